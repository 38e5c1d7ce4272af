"""The bundled record: what a simulated web publishes over 2025 and 2026, and what a reader ought to make of it.

The data lies beside this module in ``record/``: ``items/<source>.jsonl`` (one page a line), ``events.toml``
(what really happened), ``faults.toml`` (what goes wrong when) and ``moments.toml`` (when the demo looks).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, ConfigDict, TypeAdapter, ValidationError, with_config

from replay.faults import Fault

Day = date  # under this name too: Event has a field that is called date
FOLDER = Path(__file__).parent / "record"

Role = Literal[
    "report",  # reports an event of events.toml as news
    "duplicate",  # the same report once more, by the same or another outlet
    "mention",  # names events as background
    "reaction",  # an institution answers to an event
    "scheduled",  # says that something will happen
    "traffic",  # ordinary news about the Court
    "off_topic",  # ordinary news about something else, look-alikes included
    "document",  # a long document that names nearly everything and reports nothing
    "baseline",  # published before the first moment, or an old page listed again
]
_STRICT = ConfigDict(extra="forbid")


class RecordError(ValueError):
    """The record contradicts itself; the text names the file and the item."""


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Truth:
    """What an item is: ``event`` names the one event of events.toml that it primarily reports, if any."""

    role: Role
    event: str | None = None
    category: str = "other"
    about_court: bool = False


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Edit:
    """From ``at`` on, the page says something else; a new ``guid`` is how some feeds number their revisions."""

    at: AwareDatetime
    title: str | None = None
    text: str | None = None
    guid: str | None = None


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Item:
    """One page of the simulated web.

    ``published`` is when it goes live; ``stated`` is the date it shows when that is another one, and ``undated``
    pages show none. ``path`` is its path and query on its publisher's host. ``text`` is paragraphs split by blank
    lines; ``summary`` is what a feed shows when that is not the text. ``gone_at`` is when it is taken down.
    """

    id: str
    source: str
    published: AwareDatetime
    path: str
    guid: str
    title: str
    text: str
    truth: Truth
    also_in: tuple[str, ...] = ()
    type: str = ""
    summary: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    lang: str = "en"
    fields: Mapping[str, Any] = field(default_factory=dict)
    stated: AwareDatetime | None = None
    undated: bool = False
    edits: tuple[Edit, ...] = ()
    gone_at: AwareDatetime | None = None

    @property
    def paragraphs(self) -> list[str]:
        """Return the paragraphs of the text."""
        return [part.strip() for part in self.text.split("\n\n") if part.strip()]

    @property
    def shown_date(self) -> datetime | None:
        """Return the publication date the page shows, None when it shows none."""
        return None if self.undated else self.stated or self.published

    @property
    def teaser(self) -> str:
        """Return what a feed shows of the page: the summary, else the whole text in one paragraph."""
        return self.summary or " ".join(self.paragraphs)

    def seen_at(self, now: datetime) -> Item | None:
        """Return the page as it stood at ``now``, edits applied; None before it is published and after it is gone."""
        if now < self.published or (self.gone_at is not None and now >= self.gone_at):
            return None
        shown = self
        for edit in self.edits:
            if edit.at <= now:
                said = {name: getattr(edit, name) for name in ("title", "text", "guid") if getattr(edit, name)}
                shown = replace(shown, **said)
        return shown

    def changed_at(self, now: datetime) -> datetime:
        """Return when the page last changed, looked at from ``now``."""
        moments = [self.published, *(edit.at for edit in self.edits)]
        if self.gone_at is not None:
            moments.append(self.gone_at)
        return max(at for at in moments if at <= now)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Event:
    """Something that really happened. ``alert``: the demo must tell it as exactly one root alert.

    ``date`` is the event's date; a date up to ``until`` is right as well where the event spans days.
    ``reason`` says why it alerts or does not.
    """

    key: str
    category: str
    date: Day
    title: str
    alert: bool
    reason: str
    until: Day | None = None
    about_court: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


@with_config(_STRICT)
@dataclass(frozen=True, slots=True)
class Moment:
    """One look at the simulated web; ``note`` is a line for the reader of the demo."""

    at: AwareDatetime
    note: str


@dataclass(frozen=True, slots=True)
class Record:
    """The whole record, checked: items by publication, events by key, faults, moments in order."""

    items: tuple[Item, ...]
    events: Mapping[str, Event]
    faults: tuple[Fault, ...]
    moments: tuple[Moment, ...]

    def listed_by(self, source: str, now: datetime) -> list[Item]:
        """Return what ``source`` can list at ``now``, newest first, each page as it stands then."""
        shown = (item.seen_at(now) for item in self.items if source == item.source or source in item.also_in)
        return sorted((item for item in shown if item), key=lambda item: (item.published, item.id), reverse=True)

    def reports_of(self, event: str) -> list[Item]:
        """Return the items that primarily report ``event``, earliest first."""
        return [item for item in self.items if item.truth.event == event]


def load_record(folder: Path = FOLDER) -> Record:
    """Return the record of ``folder``, validated; raise RecordError with one line that says what contradicts what."""
    items = [item for path in sorted((folder / "items").glob("*.jsonl")) for item in _parse_items(path)]
    events = _parse_tables(folder / "events.toml", "event", _EVENTS)
    faults = _parse_tables(folder / "faults.toml", "fault", _FAULTS)
    moments = _parse_tables(folder / "moments.toml", "moment", _MOMENTS)
    items.sort(key=lambda item: (item.published, item.id))
    record = Record(tuple(items), {event.key: event for event in events}, tuple(faults), tuple(moments))
    if len(record.events) != len(events):
        raise RecordError("events.toml: an event key stands there twice")
    _check_items(record)
    _check_events(record)
    _check_order([moment.at for moment in record.moments], "moments.toml: moments")
    return record


def validate(items: Iterable[Item], events: Iterable[Event] = ()) -> Record:
    """Return a record of these items and events without faults or moments: a small world for a test."""
    ordered = sorted(items, key=lambda item: (item.published, item.id))
    record = Record(tuple(ordered), {event.key: event for event in events}, (), ())
    _check_items(record)
    return record


_Row = TypeVar("_Row")
_ITEM = TypeAdapter(Item)
_EVENTS = TypeAdapter(list[Event])
_FAULTS = TypeAdapter(list[Fault])
_MOMENTS = TypeAdapter(list[Moment])


def _parse_items(path: Path) -> list[Item]:
    items = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            item = _ITEM.validate_json(line)
        except ValidationError as error:
            raise RecordError(f"{path.name}, line {number}: {_first(error)}") from None
        if item.source != path.stem:
            raise RecordError(f"{path.name}, line {number}: item {item.id} belongs to {item.source}.jsonl")
        items.append(item)
    return items


def _parse_tables(path: Path, name: str, adapter: TypeAdapter[list[_Row]]) -> list[_Row]:
    try:
        return adapter.validate_python(tomllib.loads(path.read_text(encoding="utf-8")).get(name, []))
    except ValidationError as error:
        raise RecordError(f"{path.name}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def _check_items(record: Record) -> None:
    seen: dict[tuple[str, ...], str] = {}
    for item in record.items:
        for key in (("id", item.id), *((source, "guid", item.guid) for source in (item.source, *item.also_in))):
            if key in seen:
                raise RecordError(f"{item.source}.jsonl: {item.id} has the {key[-2]} of {seen[key]}")
            seen[key] = item.id
        _check_order([item.published, *(edit.at for edit in item.edits)], f"{item.source}.jsonl: edits of {item.id}")
        if item.gone_at is not None and item.gone_at <= item.published:
            raise RecordError(f"{item.source}.jsonl: {item.id} is gone before it is published")
        if item.truth.event is None:
            if item.truth.role in ("report", "duplicate"):
                raise RecordError(f"{item.source}.jsonl: {item.id} reports no event of events.toml")
            continue
        event = record.events.get(item.truth.event)
        if event is None:
            raise RecordError(f"{item.source}.jsonl: {item.id} names the unknown event {item.truth.event}")
        if (event.category, event.about_court) != (item.truth.category, item.truth.about_court):
            raise RecordError(f"{item.source}.jsonl: {item.id} and event {event.key} differ in category or about_court")


def _check_events(record: Record) -> None:
    first = record.moments[0].at if record.moments else datetime.min.replace(tzinfo=UTC)
    for event in record.events.values():
        reports = record.reports_of(event.key)
        if not reports:
            raise RecordError(f"events.toml: no item reports {event.key}")
        if event.until is not None and event.until < event.date:
            raise RecordError(f"events.toml: {event.key} ends before it begins")
        if event.alert and reports[0].published <= first:
            raise RecordError(f"events.toml: {event.key} must alert but is reported before the first moment")


def _check_order(moments: list[datetime], what: str) -> None:
    if any(later <= earlier for earlier, later in pairwise(moments)):
        raise RecordError(f"{what} are not in order")
