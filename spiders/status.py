"""Status tables: lists whose change is the news, such as the depositary's list of the parties to a treaty.

Nothing is published beside such a table: what it says now is held against what it said before, and each difference is
an item in the words of the table.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches

from lxml import etree

from spiders.catalogue import Source
from spiders.dates import read_date
from spiders.fetching import Answer
from spiders.items import DateEvidence, Item, Outcome
from spiders.memory import Memory, Seen
from spiders.pages import find_elements, parse_html
from spiders.reading import Reading, body_hash, judge_listing
from spiders.text import content_hash, element_text, tidy, title_text
from spiders.urls import canonical_url, digest, item_id

# The depositary stamps its pages "STATUS AS AT : 20-11-2026 09:15:05 EDT".
_STAMP = re.compile(r"status as at\W{0,5}(\d{1,2}-\d{1,2}-\d{4}(?: \d{1,2}:\d{2}:\d{2})?)", re.IGNORECASE)
_NUMBER = re.compile(r"^[\[(]?\d{1,3}[\])./]\s*")  # of a note: it moves when a note is put in before it
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")
_WITHDRAWN = re.compile(r"^\[.*\]$", re.DOTALL)  # the date of a party that has left stands in brackets
_ALIKE = 0.5  # share of its text that a note keeps when it is changed and not replaced
_MOST = 12  # differences at once; more are a page set anew and not a dozen States acting in one night


@dataclass(frozen=True, slots=True)
class Status:
    """What a table says: its rows by name, the texts of its notes, when it was so."""

    rows: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    as_of: DateEvidence = field(default_factory=DateEvidence)
    trouble: Outcome | None = None
    note: str = ""

    def to_json(self) -> dict[str, object]:
        """Write what is to be remembered."""
        return {"rows": dict(self.rows), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a table says now and did not say before; ``key`` names it for good."""

    key: str
    title: str
    text: str


def parse_status(source: Source, body: bytes, charset: str | None, *, now: datetime) -> Status:
    """Read a status table by the [listing] of its source: ``item`` finds the rows, ``note`` the notes below it.

    Footnote marks and numbers are furniture: they move whenever a note is put in.
    """
    root = parse_html(body, charset)
    if root is None:
        return Status(trouble=Outcome.FAILED, note="The page cannot be read.")
    rules = source.listing
    rows: dict[str, str] = {}
    for row in find_elements(root, rules["item"]):
        name, *cells = [_cell(cell) for cell in row if cell.tag in ("td", "th")] or [""]
        if name and any(cells) and row.find("th") is None:
            rows.setdefault(name, " | ".join(cells))
    notes = tuple(dict.fromkeys(text for one in find_elements(root, rules.get("note") or ()) if (text := _note(one))))
    if not rows or (rules.get("note") and not notes):
        what = "rows" if not rows else "notes"
        return Status(trouble=Outcome.CHANGED_LAYOUT, note=f"The page shows no {what} where they were.")
    stamp = _STAMP.search(" ".join(root.text_content().split()))
    shape = "%d-%m-%Y %H:%M:%S" if stamp and ":" in stamp[1] else "%d-%m-%Y"
    as_of = read_date(stamp[1] if stamp else None, zone=source.timezone, now=now, origin="page", shape=shape)
    return Status(rows, notes, as_of)


def find_differences(source: Source, before: Status, after: Status) -> list[Difference]:
    """Say what a table says now and did not say before, in sentences that can be judged like any release."""
    subject = str(source.listing["subject"])
    found = [*_row_differences(subject, before.rows, after.rows), *_note_differences(subject, before, after)]
    if len(found) <= _MOST:
        return found
    lines = "\n".join(one.title for one in found[:50])
    text = f"The depositary's status of {subject} was set anew: {len(found)} of its lines read differently.\n{lines}"
    return [Difference(digest(*(one.key for one in found)), f"Status of {subject}: {len(found)} lines differ", text)]


async def read_status(
    source: Source, answer: Answer, memory: Memory, again: Callable[[], Awaitable[Answer]], *, now: datetime
) -> Reading:
    """Read a status table and what has changed in it since the last look; ``again`` fetches it a second time.

    A difference counts when a second look shows it too. The first look is a baseline.
    """
    status = parse_status(source, answer.body, answer.charset, now=now)
    if status.trouble is not None:
        return Reading(trouble=status.trouble, note=status.note)
    ids = tuple(item_id(source.id, name, source.url) for name in status.rows)
    judged = judge_listing(source, Reading(listed=ids))
    if judged.trouble is not None:
        return judged
    seen = [Seen("", name) for name in ids]
    kept = memory.after(seen, frame="", body=body_hash(answer.body))
    if not memory.table:
        return replace(judged, memory=replace(kept, table=status.to_json()))
    before = Status(memory.table["rows"], tuple(memory.table["notes"]))
    found = find_differences(source, before, status)
    if found:
        second = await again()
        confirmed = None if second.trouble else parse_status(source, second.body, second.charset, now=now)
        if confirmed is None or (confirmed.rows, confirmed.notes) != (status.rows, status.notes):
            # Nothing is remembered of what one look alone showed, so that the next look sees it again.
            owing = replace(kept, seen=tuple(replace(one, tries=1) for one in kept.seen), body="", table=memory.table)
            return replace(judged, memory=owing, note="The table changed, but not at a second look.")
    items = tuple(_item(source, one, status.as_of) for one in found)
    return replace(judged, items=items, memory=replace(kept, table=status.to_json()))


def build_differences(source: Source, before: bytes, after: bytes, *, now: datetime) -> list[Item]:
    """Return the items of two recorded pages, one before the other."""
    was, status = (parse_status(source, body, None, now=now) for body in (before, after))
    return [_item(source, one, status.as_of) for one in find_differences(source, was, status)]


def _item(source: Source, difference: Difference, as_of: DateEvidence) -> Item:
    # The day is part of the name: what comes back after it went is news again.
    guid = f"{difference.key}@{as_of.at:%Y-%m-%d}" if as_of.at else difference.key
    title = title_text(difference.title)
    return Item(
        id=item_id(source.id, guid, source.url),
        source=source.id,
        url=canonical_url(source.url) or source.url,
        title=title,
        text=difference.text,
        published=as_of,
        language=source.language,
        publisher=source.publisher,
        tier=source.tier,
        content_hash=content_hash(title, difference.text),
        guid=guid,
    )


def _row_differences(subject: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    gone = {name: entry for name, entry in before.items() if name not in after}
    for name, entry in after.items():
        old = before.get(name)
        if old == entry:
            continue
        key = digest(name, old or "", entry)
        was = next((name for name, left in gone.items() if left == entry), None) if old is None else None
        if was is not None:
            del gone[was]
            said = f"The depositary writes {name} where it wrote {was}: a name has changed, and nothing else."
            yield Difference(key, f"A change of name, {was} to {name}", said)
        elif old is None:
            said = f"The depositary's status of {subject} lists {name} now: {entry}."
            yield Difference(key, f"{name} is listed by the depositary of {subject}", said)
        elif _has_left(old, entry):
            said = (
                f"The depositary's status of {subject} shows the date of {name} in brackets: {name} is no longer a "
                f"party to {subject}, its withdrawal took effect. Before: {old}. Now: {entry}."
            )
            yield Difference(key, f"{name} is no longer a party to {subject}, its depositary shows", said)
        else:
            said = f"The depositary's status of {subject} shows for {name}: {entry}. Before it was: {old}."
            yield Difference(key, f"{subject}: the entry of {name} has changed", said)
    for name, entry in gone.items():
        said = f"The depositary's status of {subject} does not list {name} any more, which stood there with: {entry}."
        yield Difference(digest(name, entry, ""), f"{subject}: {name} is not listed any more", said)


def _has_left(old: str, entry: str) -> bool:
    """Whether a date has been put into brackets."""
    pairs = zip(old.split(" | "), entry.split(" | "), strict=False)
    return any(_WITHDRAWN.match(now) and not _WITHDRAWN.match(was) for was, now in pairs)


def _note_differences(subject: str, before: Status, after: Status) -> Iterator[Difference]:
    gone = [text for text in before.notes if text not in after.notes]
    for text in after.notes:
        if text in before.notes:
            continue
        close = get_close_matches(text, gone, n=1, cutoff=_ALIKE)
        old = close[0] if close else ""
        if old:
            gone.remove(old)
        known = set(_SENTENCE.split(old))
        fresh = [sentence for sentence in _SENTENCE.split(text) if sentence not in known] or [text]
        lead = f"The depositary's status of {subject} carries a {'changed' if old else 'new'} note."
        title = f"Depositary of {subject}: {fresh[0]}"
        yield Difference(digest(old, text), title[:300], "\n".join([*fresh, lead]))
    for text in gone:
        said = f"The depositary's status of {subject} does not carry the note any more that read:\n{text}"
        yield Difference(digest(text, ""), f"Depositary of {subject}: a note was taken away", said)


def _cell(cell: etree._Element) -> str:
    return tidy(element_text(cell, cell.findall(".//sup"))).replace("\n", " ")


def _note(element: etree._Element) -> str:
    return _NUMBER.sub("", " ".join(element_text(element, element.findall(".//sup")).split()))
