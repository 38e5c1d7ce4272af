"""The bulletin: a digest as a page of its own, with a picture of the period; a static file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alerts.digest import digest_values
from alerts.sections import read_sections
from alerts.text import clean, cut
from alerts.wording import CATEGORIES, SEVERITIES, instant, label
from warehouse.rows import DigestData, EventRow

_LEFT, _WIDTH, _LANE, _TOP = 150, 760, 28, 26  # the picture's measures, in its own units
_CROWD = 9  # units between dots that would lie on each other


@dataclass(frozen=True, slots=True)
class Dot:
    """One event in the picture."""

    x: int
    y: int
    severity: str
    said: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture of a period: a lane a category, a dot an event at the instant when it was first seen."""

    width: int
    height: int
    lanes: tuple[tuple[int, str], ...]
    days: tuple[tuple[int, str], ...]
    dots: tuple[Dot, ...]


def render_bulletin(data: DigestData, *, muted: Sequence[str] = ()) -> str:
    """Render a period as a page: the same sections as the digest, none of them shortened."""
    style = _templates.loader.get_source(_templates, "bulletin.css")[0] if _templates.loader else ""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    return _templates.get_template("bulletin.html").render(
        digest_values(data)
        | {
            "sections": read_sections(data, muted),
            "timeline": draw_timeline(data.opened, data.since, data.until),
            "style": Markup(style),  # noqa: S704 - our own style sheet
            "style_hash": digest,
        }
    )


def write_bulletin(path: Path, data: DigestData, *, muted: Sequence[str] = ()) -> None:
    """Write the page, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(render_bulletin(data, muted=muted), encoding="utf-8")
    draft.replace(path)


def draw_timeline(events: Sequence[EventRow], since: datetime, until: datetime) -> Timeline | None:
    """Place the events of a period; None when there are none."""
    if not events or until <= since:
        return None
    names = [name for name in CATEGORIES if any(event.category == name for event in events)]
    names += sorted({event.category for event in events} - set(names))
    rows = {name: _TOP + _LANE * number + _LANE // 2 for number, name in enumerate(names)}
    dots: list[Dot] = []
    for event in sorted(events, key=lambda event: (event.first_seen_at, event.id)):
        x, y = _place(event.first_seen_at, since, until), rows[event.category]
        while any(dot.y == y and abs(dot.x - x) < _CROWD for dot in dots):
            x += _CROWD
        said = f"{label(SEVERITIES, event.severity)}: {cut(clean(event.title), 120)} ({instant(event.first_seen_at)})"
        severity = event.severity if event.severity in SEVERITIES else "normal"
        dots.append(Dot(x, y, severity, said))
    return Timeline(
        width=_LEFT + _WIDTH + 40,
        height=_TOP + _LANE * len(names) + 24,
        lanes=tuple((rows[name], label(CATEGORIES, name)) for name in names),
        days=tuple((_place(day, since, until), f"{day.day} {day:%b}") for day in _days(since, until)),
        dots=tuple(dots),
    )


def _days(since: datetime, until: datetime) -> list[datetime]:
    """Return the beginnings of at most ten equal steps of whole days."""
    step = timedelta(days=max(1, -(-(until - since).days // 10)))
    days, day = [], since
    while day < until:
        days.append(day)
        day += step
    return days


def _place(at: datetime, since: datetime, until: datetime) -> int:
    share = (at - since) / (until - since)
    return _LEFT + round(_WIDTH * min(1.0, max(0.0, share)))


_templates = Environment(
    loader=PackageLoader("alerts"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
