"""The weekly digest as mail: text that is complete, and HTML that says the same (DESIGN 4.4, PEERS 6.3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.sections import read_sections
from alerts.wording import CATEGORIES, count, day, joined, label
from warehouse.rows import DigestData, EventRow

SIZE = 95_000  # bytes as sent; Gmail clips at 102 KB and some clients count the whole encoded message
_CAPS = (60, 30, 15, 8, 4, 2)  # entries a section shows, the first that fits
WHY = "You get this because your address is on this watch's recipients list."


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

    @property
    def reference(self) -> str:
        """Name the mail for ever: one digest a period."""
        return f"digest.{self.period}"


def render_digest(data: DigestData, *, muted: Sequence[str] = (), why: str = WHY, unsubscribe: str = "") -> DigestMail:
    """Render the digest of one period.

    ``muted`` describes the mutes in force, ``why`` says why the reader gets it, ``unsubscribe`` is a mail address.
    Sections are shortened, and say by how much, until the whole is under :data:`SIZE` bytes as mail.
    """
    whole = read_sections(data, muted)
    values = digest_values(data) | {"why": why, "unsubscribe": unsubscribe}
    for cap in _CAPS:
        values["sections"] = [section.capped(cap) for section in whole]
        text = _text.get_template("digest.txt").render(values)
        html = _inliner.inline(_html.get_template("digest.html").render(values)).strip() + "\n"
        if _size(text, html) < SIZE:
            break
    return DigestMail(f"Courtwatch {data.period}: {_headline(data)}", text, html, data.period)


def digest_values(data: DigestData) -> dict[str, Any]:
    """Return what stands around the sections: title, summary, picture, figures."""
    return {
        "title": _title(data),
        "period": data.period,
        "summary": _summary(data),
        "bars": _bars(data.opened),
        "figures": [f"{label({}, name)}: {number:,}" for name, number in sorted(data.counts.items())],
    }


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
    moved = f"{count(len(data.moved), 'event')} moved" if data.moved else ""
    return joined((count(len(data.opened), "new event"), moved), ", ")


def _summary(data: DigestData) -> str:
    critical = sum(event.severity == "critical" for event in data.opened)
    troubled = sum(row.incident_opened_at is not None for row in data.health)
    heard = sum(row.last_success_at is not None for row in data.health)
    soon = sum(clock.due_on <= (data.until + timedelta(days=30)).date() for clock in data.clocks)
    parts = [
        count(len(data.opened), "new event") + (f" ({critical} critical)" if critical else ""),
        f"{count(len(data.moved), 'event')} moved",
        f"{count(soon, 'date')} within 30 days",
        f"{count(heard, 'source')} watched, {troubled} in trouble" if data.health else "",
    ]
    return joined(parts, "; ") + "."


def _size(text: str, html: str) -> int:
    """Return at most how many bytes the mail takes: both parts in base64 with its line ends, and the headers."""
    return sum((len(part.encode("utf-8")) * 4 + 2) // 3 * 78 // 76 for part in (text, html)) + 2_000


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
