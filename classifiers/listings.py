"""Entries of a sanctions list as its keeper prints them: one a line, the programme tags at the end.

"SURNAME, Given, City; nationality State (individual) [ICC-EO14203]." is how OFAC writes its notices and we its deltas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Act = Literal["added", "removed"]
COURT_PROGRAMME = "ICC-EO14203"  # OFAC's tag of the sanctions against the Court

_ENTRY = re.compile(
    r"^(?P<who>[^\n\[]{3,2000}?)\s*\[(?P<tags>[A-Z0-9][A-Z0-9-]*(?:\] \[[A-Z0-9][A-Z0-9-]*)*)\]\.?\s*$", re.M
)
_HEADING = re.compile(r"^the following [^\n]{0,80}$", re.IGNORECASE | re.MULTILINE)
_REMOVAL = re.compile(r"\b(?:deletions|deleted|removed|removals)\b", re.IGNORECASE)
_ADDITION = re.compile(r"\badded\b|\badditions\b", re.IGNORECASE)
_NATIONALITY = re.compile(r"\bnationality ([A-Z][\w .'-]{2,40}?)(?=[;,(]|$)")
# A list prints family names in capitals, and given names after the first comma.
_PERSON = re.compile(r"^(?P<family>[^,;(]{2,80}), (?P<given>[^,;(]{1,80})")
_NAME = re.compile(r"^[^,;(]{2,120}")


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry: its name as people write it, in full and without further given names, and what the list says of it."""

    name: str
    short: str
    programmes: tuple[str, ...]
    nationality: str | None
    line: str


def find_entries(text: str, act: Act) -> Iterator[ListEntry]:
    """Yield the entries that a text says were added to a list, or removed from it, in its order.

    Entries without a heading above them count as added.
    """
    headings = [(match.start(), match[0]) for match in _HEADING.finditer(text)]
    for match in _ENTRY.finditer(text):
        above = next((heading for start, heading in reversed(headings) if start < match.start()), "")
        if _act_of(above) == act:
            yield _entry(match["who"], tuple(match["tags"].split("] [")), match[0])


def _act_of(heading: str) -> Act | None:
    if _REMOVAL.search(heading):
        return "removed"
    return "added" if not heading or _ADDITION.search(heading) else None


def _entry(who: str, programmes: tuple[str, ...], line: str) -> ListEntry:
    nationality = _NATIONALITY.search(who)
    name, short = _names(who)
    return ListEntry(name, short, programmes, nationality[1].strip() if nationality else None, line.strip())


def _names(who: str) -> tuple[str, str]:
    """Return "Given Names Family" and "Given Family" of a person; a body keeps its spelling."""
    person = _PERSON.match(who) if "(individual)" in who.lower() else None
    if person is None:
        body = _NAME.match(who)
        name = (body[0] if body else who).strip()
        return name, name
    family, given = person["family"].strip(), person["given"].split()
    family = family.title() if family.isupper() else family
    return " ".join([*given, family]), " ".join([*given[:1], family])
