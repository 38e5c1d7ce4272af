"""When a healthy source is asked again: fast while it publishes, slower the longer it is silent, inside its bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from spiders.catalogue import Source

#: A source that has been silent for a day is asked every hour, for two days every two hours, inside its bounds.
QUIET_SHARE = 24
#: Pauses are cut by up to this share, so that what was asked together once is not asked together for ever.
JITTER = 0.1
_SATURDAY = 6  # of isoweekday


def pause_of(source: Source, *, last_item_at: datetime | None, now: datetime) -> timedelta:
    """Return how long a healthy source is left alone after a look at ``now``, between ``every`` and ``longest_pause``.

    In the hours in which it publishes that is ``every``; else the pause grows with the time since its newest item.
    """
    if last_item_at is None or _is_open(source, now):
        return source.every
    return min(max(source.every, (now - last_item_at) / QUIET_SHARE), source.longest_pause)


def next_look(
    source: Source, *, asked_at: datetime, last_item_at: datetime | None, fresh_until: datetime | None
) -> datetime:
    """Return when to ask a healthy source again, never before the answer's own freshness ends.

    ``fresh_until`` counts up to the source's longest pause: a server that calls its news fresh for a year is not
    believed. A pause does not run past the opening of the source's hours.
    """
    pause = pause_of(source, last_item_at=last_item_at, now=asked_at)
    due = asked_at + pause * (1 - JITTER * _chance(source, asked_at))
    opening = _next_opening(source, asked_at)
    if opening is not None:
        due = min(due, max(opening, asked_at + source.every))
    if fresh_until is not None:
        due = max(due, min(fresh_until, asked_at + source.longest_pause))
    return due


def _is_open(source: Source, moment: datetime) -> bool:
    """Whether a moment lies in the hours in which the source publishes."""
    if source.hours is None:
        return False
    local = moment.astimezone(ZoneInfo(source.timezone))
    opens, closes = source.hours
    return local.isoweekday() < _SATURDAY and opens <= local.time() < closes


def _next_opening(source: Source, moment: datetime) -> datetime | None:
    """Return the next opening of the source's hours after a moment, if it has hours."""
    if source.hours is None:
        return None
    zone = ZoneInfo(source.timezone)
    today = moment.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(5))  # a weekend and the days around it
    openings = (_instant(datetime.combine(day, source.hours[0]), zone) for day in days if day.isoweekday() < _SATURDAY)
    return next(opening for opening in openings if opening > moment)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone).astimezone(UTC)


def _chance(source: Source, asked_at: datetime) -> float:
    """Return a number of [0, 1) that looks random and is the same in every replay."""
    name = f"{source.id}@{asked_at.isoformat()}"
    return int.from_bytes(sha256(name.encode()).digest()[:4]) / 2**32
