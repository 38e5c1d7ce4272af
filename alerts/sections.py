"""A period in sections, in the order in which people need them: the one content of mail, text and page (law 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from alerts.differences import read_edits, write_runs
from alerts.text import clean, cut, runs_right_to_left, web_address
from alerts.wording import (
    CATEGORIES,
    SEVERITIES,
    SEVERITY_ORDER,
    STATUSES,
    clock_text,
    confirmation,
    count,
    day,
    fact_lines,
    instant,
    joined,
    label,
    split_sources,
)
from warehouse.rows import ChangeRow, ClockRow, DigestData, EventRow, Mismatch, ReviewRow, SourceHealth

_UNHEARD = 10  # names of sources that never answered, before the rest is counted
BLIND = 1.0  # hours without a healthy answer that are worth a line
_DOCUMENTS = {"release": "No release", "list": "The sanctions list", "register": "The official register"}
_REVISIONS = {"edited": "Edited", "taken_down": "Taken down", "restored": "Back online"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a section with what stands under it."""

    title: str
    details: tuple[str, ...] = ()
    url: str | None = None
    url_label: str = "source"

    @property
    def direction(self) -> str:
        """Which way the title runs."""
        return "rtl" if runs_right_to_left(self.title) else "ltr"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its entries; ``left_out`` of them did not fit."""

    heading: str
    entries: tuple[Entry, ...]
    empty: str = ""  # what is said when there are none; empty: the section is left out
    left_out: int = 0

    def capped(self, most: int) -> Section:
        """Return the section with its first ``most`` entries and the number of the others."""
        return replace(self, entries=self.entries[:most], left_out=max(0, len(self.entries) - most))


def read_sections(data: DigestData, muted: Sequence[str] = ()) -> list[Section]:
    """Put a period's rows into sections. An event that opened and moved in the period stands once, with its moves.

    ``muted`` describes the mutes in force (:meth:`alerts.routes.Routes.muted`).
    """
    moves = {event.id: changes for event, changes in data.moved}
    new = {event.id for event in data.opened}
    shield = [event for event in data.opened if event.category == "protective_measure"]
    threats = [event for event in data.opened if event.category != "protective_measure"]
    moved = [_moved(event, changes) for event, changes in data.moved if event.id not in new]
    clocks = [_clock(clock, data.until) for clock in sorted(data.clocks, key=_due)]
    found = [
        Section("What moved", tuple(moved), "No known event moved."),
        Section("Dates coming up", tuple(clocks), "None."),
        Section("New events", tuple(_opened(event, moves) for event in sorted(threats, key=_place)), "No new event."),
        Section("Edited or taken down by official sources", tuple(map(_revision, data.revisions))),
        Section(
            "Measures that protect the Court", tuple(_opened(event, moves) for event in sorted(shield, key=_place))
        ),
        Section("Too uncertain to alert: please look", tuple(map(_review, data.review))),
        Section("Muted in Slack", tuple(Entry(clean(line)) for line in muted)),
        Section("Coverage", tuple(_coverage(data)), "All sources answered as they should."),
    ]
    return [section for section in found if section.entries or section.empty]


def _moved(event: EventRow, changes: Sequence[ChangeRow]) -> Entry:
    proofs = [change for change in reversed(changes) if web_address(change.item_url)]
    if proofs:
        url, publisher = web_address(proofs[0].item_url), clean(proofs[0].item_publisher)
    else:
        url, publisher = _best(event)
    return Entry(_line(event.title), (_standing(event), *_moves(changes)), url, publisher or "source")


def _moves(changes: Sequence[ChangeRow], most: int = 6) -> list[str]:
    lines = []
    for change in changes:
        old, new = change.before.get("status"), change.after.get("status")
        told = change.kind == "status" and old and new
        move = f"{label(STATUSES, str(old))} → {label(STATUSES, str(new))}: " if told else ""
        lines.append(f"{instant(change.at)}: {move}{cut(clean(change.summary), 300)}")
    return [*lines[:most], *([f"and {len(lines) - most} more"] if len(lines) > most else [])]


def _opened(event: EventRow, moves: Mapping[str, Sequence[ChangeRow]]) -> Entry:
    told = [f"{title}: {cut(text, 160)}" for title, text in fact_lines(event, names=6)[:6] if title != "When"]
    url, publisher = _best(event)
    others = len(event.sources) - 1
    reports = f"and {count(others, 'other report')}" if others > 0 else ""
    details = (_standing(event), joined(told, "; "), reports, *_moves(moves.get(event.id, ())))
    return Entry(_line(event.title), tuple(part for part in details if part), url, publisher)


def _standing(event: EventRow) -> str:
    when = day(event.event_date) if event.event_date else "date not stated"
    parts = (label(CATEGORIES, event.category), label(SEVERITIES, event.severity), label(STATUSES, event.status), when)
    return joined((*parts, confirmation(event)))


def _best(event: EventRow) -> tuple[str | None, str]:
    official, others = split_sources(event)
    for source in (*official, *others):
        if web_address(source.url):
            return web_address(source.url), clean(source.publisher) or "source"
    return web_address(event.official_url), "official text"


def _clock(clock: ClockRow, until: datetime) -> Entry:
    left = (clock.due_on - until.date()).days
    when = "today" if left == 0 else f"in {count(left, 'day')}" if left > 0 else f"{count(-left, 'day')} ago"
    return Entry(f"{clock_text(clock)}, {when}", (_line(clock.event_title),) if clock.event_title else ())


def _revision(change: ChangeRow) -> Entry:
    diff = [
        f"{word}: {cut(write_runs(side, str, str), 240)}"
        for edit in read_edits(change.diff)[:2]
        for word, side in (("was", edit.before), ("now", edit.after))
        if side
    ]
    publisher = clean(change.item_publisher) or "a source"
    title = f"{label(_REVISIONS, change.kind)}, {publisher}: {clean(change.summary)}"
    return Entry(cut(title, 300), (instant(change.at), *diff), web_address(change.item_url), publisher)


def _review(row: ReviewRow) -> Entry:
    said = f"{label(CATEGORIES, row.category)}? {row.confidence:.0%} sure · {clean(row.item_id)}"
    quote = (f"“{cut(clean(row.quote), 240)}”",) if clean(row.quote) else ()
    return Entry(_line(row.title), (said, *quote), web_address(row.url), clean(row.publisher) or "source")


def _coverage(data: DigestData) -> Iterable[Entry]:
    troubled = [row for row in data.health if row.incident_opened_at is not None]
    yield from (_trouble(row) for row in sorted(troubled, key=lambda row: (not row.official, row.name)))
    unheard = [row for row in data.health if row.last_success_at is None and row.incident_opened_at is None]
    if unheard:
        named = ", ".join(sorted(clean(row.name) for row in unheard)[:_UNHEARD])
        more = f" and {len(unheard) - _UNHEARD} more" if len(unheard) > _UNHEARD else ""
        yield Entry(f"{count(len(unheard), 'source')} never answered so far: not watched", (f"{named}{more}",))
    names = {row.source: clean(row.name) for row in data.health}
    known = {row.source for row in troubled}
    for source, hours in sorted(data.blind_hours.items(), key=lambda pair: (-pair[1], pair[0])):
        if hours >= BLIND and source not in known:
            yield Entry(
                f"{names.get(source, clean(source))}: blind for {hours:,.0f} of the period's hours, well again now"
            )

    for source, said in sorted(data.gaps.items()):
        yield Entry(f"{names.get(source, clean(source))}: a gap between two looks", (cut(clean(said), 200),))
    yield from _omissions(data.mismatches)


def _omissions(mismatches: Iterable[Mismatch]) -> Iterable[Entry]:
    """Tell of each round whose documents do not name the same people, one line a round and document."""
    rounds: dict[tuple[date, str, str, str], list[Mismatch]] = {}
    for row in mismatches:
        for kind in row.overdue:
            rounds.setdefault((row.event_date, row.event_id, row.event_title, kind), []).append(row)
    for (on, _, title, kind), rows in rounds.items():
        names = [clean(row.name) for row in rows]
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        since = min(row.since for row in rows)
        verb = "names" if kind == "release" else "does not name"
        details = f"{cut(clean(title), 160)}; named elsewhere since {instant(since)}"
        yield Entry(f"{_DOCUMENTS[kind]} {verb} {shown} ({day(on)})", (details,))


def _trouble(row: SourceHealth) -> Entry:
    last = f"last good answer {instant(row.last_success_at)}" if row.last_success_at else "never answered well"
    since = f" since {instant(row.incident_opened_at)}" if row.incident_opened_at else ""
    details = (f"official source, {last}" if row.official else last, cut(clean(row.reason), 200))
    title = f"{clean(row.name)}: {clean(row.state).replace('_', ' ')}{since}"
    return Entry(title, tuple(part for part in details if part))


def _line(text: str) -> str:
    return cut(clean(text), 220) or "(no title)"


def _place(event: EventRow) -> tuple[int, int, date, str]:
    order = list(CATEGORIES)
    category = order.index(event.category) if event.category in order else len(order)
    weight = SEVERITY_ORDER.index(event.severity) if event.severity in SEVERITY_ORDER else 1
    return category, -weight, event.event_date or date.min, event.id


def _due(clock: ClockRow) -> tuple[date, str, str]:
    return clock.due_on, clock.event_id, clock.kind
