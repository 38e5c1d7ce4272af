"""OFAC's list changes: the delta file behind a publication, as text that can be judged like any other release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lxml import etree

from spiders.items import DateEvidence
from spiders.pages import Article
from spiders.text import tidy

_MAX_LINES = 400  # entries named; large housekeeping changes touch thousands
_MAX_TAGS = 6  # programmes named in a headline for each action
_ADDED, _REMOVED, _CHANGED = "added", "delisted", "changed"
_ACTIONS = {"add": _ADDED, "remove": _REMOVED}  # any other action changes an entry
_DONE = {"add": "added", "remove": "removed"}  # to a part of an entry
_SORTS = {"individual": "individuals", "entity": "entities", "vessel": "vessels", "aircraft": "aircraft"}
# What the programme tag of the sanctions against the Court stands for; others explain themselves by their order.
_PROGRAMMES = {"ICC-EO14203": "sanctions over the International Criminal Court, Executive Order 14203"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the list that a publication touched."""

    action: str
    name: str
    sort: str
    programmes: tuple[str, ...]
    changes: tuple[str, ...] = ()

    @property
    def about_court(self) -> bool:
        return not _PROGRAMMES.keys().isdisjoint(self.programmes)

    @property
    def line(self) -> str:
        """Write the entry as OFAC's own notices do: name, sort, programme tags.

        A corrected entry gets no tag: the number of an order beside a name reads as an act under that order.
        """
        sort = f" ({self.sort})" if self.sort else ""
        if self.action == _CHANGED:
            return f"{self.name}{sort}: {'; '.join(self.changes) or 'details changed'}."
        return f"{self.name}{sort} [{'] ['.join(self.programmes)}]."


def parse_delta(body: bytes) -> Article | None:
    """Read a delta file (namespace DeltaFile/1.0): who was added, removed or changed under which programme.

    One entry a line under OFAC's own headings, those of the Court's programme first.
    None when the body is no such file.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError):
        return None
    if root is None or str(root.tag).rpartition("}")[2] != "sanctionsData":
        return None
    entries = [entry for entity in root.iterfind(".//{*}entity") for entry in _read_entries(entity)]
    entries.sort(key=lambda entry: not entry.about_court)
    kept = entries[:_MAX_LINES]
    more = [f"And {len(entries) - len(kept)} more entries."] if len(entries) > len(kept) else []
    programmes = Counter(tag for entry in entries for tag in entry.programmes)
    return Article(
        title=_headline(entries),
        text="\n".join([*_sections(kept), *more]),
        published=DateEvidence(),  # the list of publications tells it
        tags=tuple(programmes),
    )


def _headline(entries: Sequence[_Entry]) -> str:
    """Count what was added and removed under each programme; corrections are no news of any programme."""
    parts = []
    for action in (_ADDED, _REMOVED):
        tags = Counter(tag for entry in entries if entry.action == action for tag in entry.programmes)
        ranked = sorted(tags, key=lambda tag: (tag not in _PROGRAMMES, -tags[tag]))[:_MAX_TAGS]
        parts += [f"{tags[tag]} {action} under {_explain(tag)}" for tag in ranked]
    corrected = sum(entry.action == _CHANGED for entry in entries)
    if corrected:
        parts.append(f"{corrected} corrected")
    return f"OFAC sanctions list: {'; '.join(parts) or 'no entry touched'}"


def _explain(tag: str) -> str:
    return f"{tag} ({_PROGRAMMES[tag]})" if tag in _PROGRAMMES else tag


def _sections(entries: Sequence[_Entry]) -> Iterator[str]:
    """Yield headings and lines: additions by sort, deletions, changes."""
    added = [entry for entry in entries if entry.action == _ADDED]
    for sort in dict.fromkeys(entry.sort for entry in added):
        yield f"The following {_SORTS.get(sort, 'parties')} have been added to OFAC's SDN List:"
        yield from (entry.line for entry in added if entry.sort == sort)
    yield from _section("The following deletions have been made to OFAC's SDN List:", entries, _REMOVED)
    yield from _section("Administrative changes, no new sanctions apply:", entries, _CHANGED)


def _section(heading: str, entries: Iterable[_Entry], action: str) -> Iterator[str]:
    lines = [entry.line for entry in entries if entry.action == action]
    if lines:
        yield heading
        yield from lines


def _read_entries(entity: etree._Element) -> Iterator[_Entry]:
    """Read what was done to one entry: a known party can be put under a further programme, or taken out of one."""
    action = _ACTIONS.get(entity.get("action", "").strip().lower(), _CHANGED)
    name, sort = _name(entity), " ".join(_texts(entity, "entityType")[:1]).lower()
    programmes = tuple(_texts(entity, "sanctionsProgram"))
    if action != _CHANGED:
        yield _Entry(action, name, sort, programmes)
        return
    acts: dict[str, list[str]] = {_ADDED: [], _REMOVED: []}
    for one in entity.iterfind(".//{*}sanctionsProgram"):
        act = _ACTIONS.get(one.get("action", "").strip().lower())
        if act is not None:
            acts[act].append(tidy("".join(one.itertext())))
    yield from (_Entry(act, name, sort, tuple(tags)) for act, tags in acts.items() if tags)
    if not any(acts.values()):
        yield _Entry(_CHANGED, name, sort, programmes, tuple(_changes(entity)))


def _changes(entity: etree._Element) -> Iterator[str]:
    """Say which of its names a changed entry gained, lost or spells differently.

    The parts of an entry carry an ``action`` of their own when they changed; an entry whose names carry none had
    something else corrected.
    """
    for name in entity.iterfind(".//{*}name"):
        acts = [one.get("action", "") for one in (name, *name.iterfind(".//{*}translation"))]
        said = next((act.strip().lower() for act in acts if act.strip()), "")
        spelt = _spelling(name)
        if said and spelt:
            yield f"name {_DONE.get(said, 'changed')}: {spelt}"


def _name(entity: etree._Element) -> str:
    """Return the primary name in Latin letters, else the first there is."""
    names = list(entity.iterfind(".//{*}name"))
    names.sort(key=lambda name: _texts(name, "isPrimary")[:1] != ["true"])
    spelt = (_spelling(name) for name in names)
    return next(filter(None, spelt), "") or f"entry {entity.get('id', 'without a name')}"


def _spelling(name: etree._Element) -> str:
    """Return a name in Latin letters, else as it is; put together from its parts when it is not given whole."""
    best = ""
    for translation in name.iterfind(".//{*}translation"):
        parts = (" ".join(_texts(translation, part)[:1]) for part in ("formattedLastName", "formattedFirstName"))
        full = " ".join(_texts(translation, "formattedFullName")[:1]) or ", ".join(filter(None, parts))
        if full and _texts(translation, "script")[:1] in ([], ["Latin"]):
            return full
        best = best or full
    return best


def _texts(element: etree._Element, name: str) -> list[str]:
    found = (tidy("".join(one.itertext())) for one in element.iterfind(f".//{{*}}{name}"))
    return [text for text in found if text]
