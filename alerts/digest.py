"""The weekly digest: one set of sections, as text, as mail HTML and as a page (DESIGN 4.4, PEERS 6.3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

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
from warehouse.rows import ChangeRow, ClockRow, DigestData, EventRow, ReviewRow

SIZE = 95_000  # bytes as sent; Gmail clips at 102 KB and some clients count the whole encoded message
_CAPS = (60, 30, 15, 8, 4, 2)  # entries a section shows, the first that fits
BLIND = 1.0  # hours without a healthy answer that are worth a line


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a section with what stands under it."""

    title: str
    details: tuple[str, ...] = ()
    url: str | None = None
    url_label: str = ""
    language: str = "en"

    @property
    def direction(self) -> str:
        """Which way the title runs."""
        return "rtl" if runs_right_to_left(self.title) else "ltr"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its entries; ``left_out`` of them did not fit."""

    name: str
    heading: str
    entries: tuple[Entry, ...]
    empty: str = ""  # what is said when there are none; empty: the section is left out
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture of the week."""

    label: str
    number: int
    percent: int


@dataclass(frozen=True, slots=True)
class DigestMail:
    """A finished digest: ``text`` says all that ``html`` says."""

    subject: str
    text: str
    html: str
    period: str
    page: str = field(default="", repr=False)  # the same as a page for a browser: the bulletin


def render_digest(data: DigestData, *, why: str = "", unsubscribe: str = "") -> DigestMail:
    """Render the digest of one period.

    ``why`` says why the reader gets it, ``unsubscribe`` is a mail address. Sections are shortened, and say by how
    much, until the whole is under :data:`SIZE` bytes as mail.
    """
    whole = sections(data)
    for cap in _CAPS:
        shown = [_capped(section, cap) for section in whole if section.entries or section.empty]
        values = {
            "title": _title(data),
            "period": data.period,
            "summary": _summary(data),
            "sections": shown,
            "bars": _bars(data.opened),
            "figures": [f"{label({}, name)}: {number:,}" for name, number in sorted(data.counts.items())],
            "why": why or "You get this because your address is on this watch's recipients list.",
            "unsubscribe": unsubscribe,
        }
        text = _text.get_template("digest.txt").render(values)
        html = _inliner.inline(_html.get_template("digest.html").render(values))
        if _size(text, html) < SIZE:
            break
    return DigestMail(f"Courtwatch {data.period}: {_headline(data)}", text, html, data.period)


def sections(data: DigestData) -> list[Section]:
    """Put a period's rows into sections, in the order in which people need them."""
    return [
        Section(
            "moved",
            "What moved",
            tuple(_moved(event, changes) for event, changes in data.moved),
            "No known event moved.",
        ),
        Section(
            "clocks",
            "Dates coming up",
            tuple(_clock(clock, data.until) for clock in sorted(data.clocks, key=_due)),
            "None.",
        ),
        Section("opened", "New events", tuple(map(_opened, _by_category(data.opened))), "No new event."),
        Section("revisions", "Edited or taken down by official sources", tuple(map(_revision, data.revisions))),
        Section("shield", "Measures that protect the Court", tuple(map(_opened, _protective(data.opened)))),
        Section("review", "Too uncertain to alert: please look", tuple(map(_review, data.review))),
        Section("coverage", "Coverage", tuple(_coverage(data)), "All sources answered as they should."),
    ]


def _moved(event: EventRow, changes: Sequence[ChangeRow]) -> Entry:
    details = []
    for change in changes:
        old, new = change.before.get("status"), change.after.get("status")
        move = (
            f"{label(STATUSES, str(old))} → {label(STATUSES, str(new))}: "
            if change.kind == "status" and old and new
            else ""
        )
        details.append(f"{instant(change.at)}: {move}{cut(clean(change.summary), 300)}")
    proofs = [change for change in reversed(changes) if web_address(change.item_url)]
    if proofs:
        url, publisher = web_address(proofs[0].item_url), clean(proofs[0].item_publisher)
    else:
        url, publisher = _best(event)
    return Entry(_line(event.title), (_standing(event), *details[:6]), url, publisher)


def _opened(event: EventRow) -> Entry:
    facts = joined(
        (f"{title}: {cut(text, 160)}" for title, text in fact_lines(event, names=6)[:6] if title != "When"), "; "
    )
    url, publisher = _best(event)
    others = len(event.sources) - 1
    reports = f"and {count(others, 'other report')}" if others > 0 else ""
    return Entry(_line(event.title), (_standing(event), facts, reports), url, publisher)


def _standing(event: EventRow) -> str:
    when = day(event.event_date) if event.event_date else "date not stated"
    parts = (label(CATEGORIES, event.category), label(SEVERITIES, event.severity), label(STATUSES, event.status), when)
    return joined((*parts, confirmation(event)))


def _best(event: EventRow) -> tuple[str | None, str]:
    official, others = split_sources(event)
    for source in (*official, *others):
        if web_address(source.url):
            return web_address(source.url), clean(source.publisher)
    return web_address(event.official_url), "official text"


def _clock(clock: ClockRow, until: datetime) -> Entry:
    left = (clock.due_on - until.date()).days
    when = "today" if left == 0 else f"in {count(left, 'day')}" if left > 0 else f"{count(-left, 'day')} ago"
    return Entry(f"{clock_text(clock)}, {when}", (_line(clock.event_title),) if clock.event_title else ())


def _revision(change: ChangeRow) -> Entry:
    words = {"edited": "Edited", "taken_down": "Taken down", "restored": "Back online"}
    lines = [line for line in change.diff.splitlines() if line[:1] in "+-" and not line.startswith(("+++", "---"))]
    details = tuple(f"{'was' if line[0] == '-' else 'now'}: {cut(clean(line[1:]), 200)}" for line in lines[:4] if line)
    publisher = clean(change.item_publisher) or "a source"
    title = f"{words.get(change.kind, label({}, change.kind))}, {publisher}: {clean(change.summary)}"
    return Entry(
        cut(title, 300), (instant(change.at), *details), web_address(change.item_url), clean(change.item_publisher)
    )


def _review(row: ReviewRow) -> Entry:
    said = f"{label(CATEGORIES, row.category)}? {row.confidence:.0%} sure · {clean(row.item_id)}"
    quote = f"“{cut(clean(row.quote), 240)}”" if row.quote else ""
    return Entry(_line(row.title), (said, quote), web_address(row.url), clean(row.publisher))


def _coverage(data: DigestData) -> Iterable[Entry]:
    names = {row.source: clean(row.name) for row in data.health}
    for row in sorted(data.health, key=lambda row: (not row.official, row.name)):
        if row.incident_opened_at is not None:
            official = "official source, " if row.official else ""
            last = f"last good answer {instant(row.last_success_at)}" if row.last_success_at else "never answered well"
            details = (f"{official}{last}", cut(clean(row.reason), 200))
            yield Entry(
                f"{clean(row.name)}: {clean(row.state).replace('_', ' ')} since {instant(row.incident_opened_at)}",
                details,
            )
    troubled = {row.source for row in data.health if row.incident_opened_at is not None}
    for source, hours in sorted(data.blind_hours.items(), key=lambda pair: (-pair[1], pair[0])):
        if hours >= BLIND and source not in troubled:
            yield Entry(
                f"{names.get(source, clean(source))}: blind for {hours:,.0f} of the period's hours, well again now"
            )


def _line(text: str) -> str:
    return cut(clean(text), 220)


def _capped(section: Section, cap: int) -> Section:
    shown = tuple(
        Entry(
            entry.title,
            tuple(part for part in entry.details if part),
            entry.url,
            entry.url_label or "source",
            entry.language,
        )
        for entry in section.entries[:cap]
    )
    return Section(section.name, section.heading, shown, section.empty, len(section.entries) - len(shown))


def _by_category(events: Sequence[EventRow]) -> list[EventRow]:
    order = [name for name in CATEGORIES if name != "protective_measure"]
    rest = [event for event in events if event.category != "protective_measure"]
    return sorted(
        rest,
        key=lambda event: (_place(order, event.category), -_loudness(event), event.event_date or date.min, event.id),
    )


def _protective(events: Sequence[EventRow]) -> list[EventRow]:
    return [event for event in events if event.category == "protective_measure"]


def _place(order: Sequence[str], category: str) -> int:
    return order.index(category) if category in order else len(order)


def _loudness(event: EventRow) -> int:
    return SEVERITY_ORDER.index(event.severity) if event.severity in SEVERITY_ORDER else 1


def _due(clock: ClockRow) -> tuple[date, str, str]:
    return clock.due_on, clock.event_id, clock.kind


def _bars(events: Sequence[EventRow]) -> list[Bar]:
    numbers = Counter(event.category for event in events)
    most = max(numbers.values(), default=1)
    ordered = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Bar(label(CATEGORIES, name), number, max(4, round(100 * number / most))) for name, number in ordered]


def _title(data: DigestData) -> str:
    first, last = data.since.date(), (data.until - timedelta(microseconds=1)).date()
    week = re.fullmatch(r"(\d{4})-W(\d{2})", data.period)
    if week:  # the days of the week itself: its bounds in UTC may lie on the days before
        first = date.fromisocalendar(int(week[1]), int(week[2]), 1)
        last = first + timedelta(days=6)
    return f"Courtwatch digest {data.period}: {day(first)} to {day(last)}"


def _headline(data: DigestData) -> str:
    if not data.opened and not data.moved:
        return "a quiet week"
    return joined(
        (count(len(data.opened), "new event"), f"{count(len(data.moved), 'event')} moved" if data.moved else ""), ", "
    )


def _summary(data: DigestData) -> str:
    critical = [event for event in data.opened if event.severity == "critical"]
    troubled = sum(row.incident_opened_at is not None for row in data.health)
    soon = sum(clock.due_on <= (data.until + timedelta(days=30)).date() for clock in data.clocks)
    parts = [
        count(len(data.opened), "new event") + (f" ({len(critical)} critical)" if critical else ""),
        f"{count(len(data.moved), 'known event')} moved",
        f"{count(soon, 'date')} within 30 days",
        f"{count(len(data.health), 'source')} watched, {troubled} in trouble" if data.health else "",
    ]
    return joined(parts, "; ") + "."


def _size(text: str, html: str) -> int:
    return (
        sum((len(part.encode("utf-8")) * 4 + 2) // 3 * 78 // 76 for part in (text, html)) + 2_000
    )  # base64, and headers


_html = Environment(
    loader=PackageLoader("alerts"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_text = Environment(
    loader=PackageLoader("alerts"),
    autoescape=False,  # noqa: S701 - plain text: there is nothing to escape for
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_inliner = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)
