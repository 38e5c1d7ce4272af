"""The simulated clock: the demo and the tests say what time it is, and everything local asks it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock


class SimulatedClock:
    """A clock that stands still until it is set or advanced; it never runs backwards. Safe to share between threads."""

    def __init__(self, start: datetime) -> None:
        self._lock = Lock()
        self._now = _utc(start)

    def now(self) -> datetime:
        """Return the simulated instant, in UTC."""
        with self._lock:
            return self._now

    def set(self, at: datetime) -> datetime:
        """Move the clock to ``at`` and return it; raise ValueError when that lies in the clock's past."""
        at = _utc(at)
        with self._lock:
            if at < self._now:
                raise ValueError(
                    f"the clock stands at {self._now.isoformat()} and does not go back to {at.isoformat()}"
                )
            self._now = at
            return at

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward by ``by`` and return the new instant; raise ValueError for a negative step."""
        if by < timedelta(0):
            raise ValueError("the clock does not run backwards")
        with self._lock:
            self._now += by
            return self._now


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a simulated instant needs a time zone")
    return at.astimezone(UTC)
