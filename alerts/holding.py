"""When something is told: quiet hours, mutes and budgets. They hold what is told, never what is judged or stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from alerts.text import clean, cut
from alerts.wording import CATEGORIES, SEVERITIES, SEVERITY_ORDER, count, instant, label
from classifiers.categories import EVENT_CATEGORIES
from warehouse.rows import EventRow, NewDelivery

SeverityName = Literal["low", "normal", "high", "critical"]
CATEGORY_NAMES = frozenset(category.value for category in EVENT_CATEGORIES)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone; write one like Europe/Amsterdam") from None
    return name


def _clock(value: object) -> object:
    if isinstance(value, str) and len(value) == 5:
        return time.fromisoformat(value)
    if isinstance(value, time):  # TOML has times of its own: 22:00:00
        return value
    raise ValueError('write a time of day like "22:00"')


def _category(name: str) -> str:
    if name not in CATEGORY_NAMES:
        raise ValueError(f"there is no category {name}; there are {', '.join(sorted(CATEGORY_NAMES))}")
    return name


class QuietHours(BaseModel):
    """A daily span in a time zone in which only what is loud enough is told; the rest is told when it ends."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    timezone: Annotated[str, AfterValidator(_zone)]
    start: Annotated[time, BeforeValidator(_clock)] = Field(alias="from")
    end: Annotated[time, BeforeValidator(_clock)] = Field(alias="to")
    days: tuple[Literal[DAYS], ...] = DAYS  # type: ignore[valid-type]  # on which it begins
    unless: SeverityName = "critical"  # this and louder is told at once

    def held_until(self, at: datetime, severity: str) -> datetime | None:
        """Return when something of ``severity`` may be told that happens ``at``; None: at once."""
        if rank(severity) >= rank(self.unless):
            return None
        zone = ZoneInfo(self.timezone)
        local = at.astimezone(zone)
        for back in (0, 1):  # the span that began today, or the one of last night
            begins_on = local.date() - timedelta(days=back)
            start = datetime.combine(begins_on, self.start, zone)
            ends_on = begins_on if self.end > self.start else begins_on + timedelta(days=1)
            end = datetime.combine(ends_on, self.end, zone)
            if DAYS[begins_on.weekday()] in self.days and start <= local < end:
                return end.astimezone(UTC)
        return None


class Conditions(BaseModel):
    """What an event must be like; everything that is left out matches."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    categories: tuple[Annotated[str, AfterValidator(_category)], ...] = ()
    states: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()


class Mute(Conditions):
    """Nothing of this is told in Slack until a day; the digest names the mute and has the events."""

    until: AwareDatetime
    reason: str = Field(min_length=3)
    channel: str | None = None  # None: in all
    event: str | None = None  # an event id

    def line(self) -> str:
        """Describe the mute for the digest."""
        what = (
            ", ".join((*self.categories, *self.states, *self.persons, *([self.event] if self.event else [])))
            or "everything"
        )
        where = f" in {self.channel}" if self.channel else ""
        return f"{clean(what)}{where}, until {instant(self.until)}: {clean(self.reason)}"


class Budget(BaseModel):
    """How many new events a channel is told in an hour; what is over it comes as one summary."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    roots_per_hour: int = Field(default=20, ge=1)
    unless: SeverityName = "critical"  # this and louder is always told

    def over(self, roots: Sequence[NewDelivery], already: int) -> list[NewDelivery]:
        """Return the roots of one channel that are over the budget: the quietest and latest."""
        always = [row for row in roots if rank(row.severity) >= rank(self.unless)]
        others = sorted((row for row in roots if row not in always), key=lambda row: -rank(row.severity))
        return others[max(0, self.roots_per_hour - already - len(always)) :]


def overflow_notice(channel: str, events: Iterable[EventRow]) -> NewDelivery:
    """Tell in one message what is over a channel's budget."""
    rows = sorted(events, key=lambda event: (-rank(event.severity), event.id))
    mark = sha256("|".join(sorted(event.id for event in rows)).encode()).hexdigest()[:16]
    lines = [f"{_standing(event)}: {cut(clean(event.title), 160)} ({event.id})" for event in rows[:10]]
    more = [f"and {len(rows) - 10} more; all are in the digest and in `courtwatch sql`."] if len(rows) > 10 else []
    payload = {
        "title": f"📚 {count(len(rows), 'more new event')} at once",
        "lines": [*lines, *more],
        "kind": "overflow",
    }
    key = f"slack:{channel}:overflow:{mark}"
    return NewDelivery(key, "notice", channel, None, None, None, payload, None, rows[0].severity if rows else "normal")


def _standing(event: EventRow) -> str:
    return f"{label(SEVERITIES, event.severity)}, {label(CATEGORIES, event.category).lower()}"


def rank(severity: str) -> int:
    """Return how loud a severity is; unknown ones are normal."""
    return SEVERITY_ORDER.index(severity) if severity in SEVERITY_ORDER else SEVERITY_ORDER.index("normal")
