"""The indices of grouping: which events may an item belong to, found without looking at all of them.

What is posted follows from the reports that an event keeps and from nothing else, so that a book made anew from
stored events finds the same candidates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from classifiers.signatures import Signature
from classifiers.traces import Cue, Trace

_SPAN = 8  # days of one bucket
_TOO_COMMON = 64  # a cue that leads to more events than this tells nothing, and costs nothing
_CANDIDATES = 8
_AGAINST_BEST = 0.4  # share of the best candidate's votes below which a closer look is not worth its cost
_UNDATED = "undated"  # the period of reports without a day
# What it tells to share a word of the title, a passage, the day and the category; traces say what a name tells.
_WORD, _PASSAGE, _DAY = 0.7, 2.0, 2.0

_Period = int | str
Key = TypeVar("Key")
_Posted = dict[str, int]  # event id -> how many of its reports are posted there


class EventBook:
    """Inverted indices over the reports of events: by key, by name or word of the title in a period, passage, day."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._by_word: dict[Cue, dict[_Period, _Posted]] = {}
        self._by_passage: dict[Cue, _Posted] = {}
        self._by_day: dict[tuple[str, int], _Posted] = {}
        self._by_key: dict[str, dict[str, None]] = {}
        # The last answer: a doubtful report is looked up under several categories, then placed.
        self._asked: tuple[Trace, int | None] | None = None
        self._votes: dict[str, float] = {}

    def note_keys(self, event_id: str, keys: Iterable[str]) -> None:
        """Make the event findable by its legal keys."""
        for key in keys:
            self._by_key.setdefault(key, {})[event_id] = None

    def forget_keys(self, event_id: str, keys: Iterable[str]) -> None:
        """Take back :meth:`note_keys`."""
        for key in keys:
            self._by_key.get(key, {}).pop(event_id, None)

    def enter(self, event_id: str, signature: Signature) -> None:
        """Make the event findable by one of its reports."""
        self._asked = None
        trace, day = signature.trace, signature.at
        period = _period(day)
        for cue in _words(trace):
            periods = self._by_word.get(cue)
            if periods is None:
                self._by_word[cue] = {period: {event_id: 1}}
            else:
                _post(periods, period, event_id)
        for cue in trace.copied:
            _post(self._by_passage, cue, event_id)
        if day is not None:
            _post(self._by_day, (signature.category, day), event_id)

    def leave(self, event_id: str, signature: Signature) -> None:
        """Take back :meth:`enter` for a report that the event no longer keeps."""
        self._asked = None
        trace, day = signature.trace, signature.at
        period = _period(day)
        for cue in _words(trace):
            periods = self._by_word[cue]
            _remove(periods, period, event_id)
            if not periods:
                del self._by_word[cue]
        for cue in trace.copied:
            _remove(self._by_passage, cue, event_id)
        if day is not None:
            _remove(self._by_day, (signature.category, day), event_id)

    def candidates(self, signature: Signature, keys: Iterable[str]) -> list[str]:
        """Return the events worth a closer look: all that share an identifying key, then those with most in common."""
        found: dict[str, None] = {}
        for key in keys:
            found.update(self._by_key.get(key, {}))
        if self._asked != (signature.trace, signature.at):
            self._asked = signature.trace, signature.at
            self._votes = self._votes_by_words(signature)
        votes = self._votes.copy()
        days = _days(signature)
        for day in {day + shift for day in days for shift in (-1, 0, 1)}:
            _vote(votes, self._by_day.get((signature.category, day)), _DAY)
        least = _AGAINST_BEST * max(votes.values(), default=0.0)
        ranked = sorted([(-vote, event_id) for event_id, vote in votes.items() if vote >= least])[:_CANDIDATES]
        found.update([(event_id, None) for _, event_id in ranked])
        return list(found)

    def _votes_by_words(self, signature: Signature) -> dict[str, float]:
        """Return event id -> how much the names, words and passages tell that the report shares with its reports."""
        votes: dict[str, float] = {}
        trace, days = signature.trace, _days(signature)
        if days:
            first, last = (days[0] - self._window) // _SPAN, (days[-1] + self._window) // _SPAN
            periods = {*range(first, last + 1), _UNDATED}
            for cue, weight in [*trace.named, *[(word, _WORD) for word in trace.headed]]:
                known = self._by_word.get(cue)
                if known is not None:
                    for period in known.keys() & periods:
                        _vote(votes, known[period], weight)
        else:
            for cue, weight in trace.named:
                _vote(votes, _in_any_period(self._by_word.get(cue, {})), weight)
        for cue in trace.copied:
            _vote(votes, self._by_passage.get(cue), _PASSAGE)
        return votes


def _days(signature: Signature) -> list[int]:
    """Return the days of the event and of the report, as far as they are known, in order."""
    return sorted({day for day in (signature.at, signature.trace.day) if day is not None})


def _period(day: int | None) -> _Period:
    return day // _SPAN if day is not None else _UNDATED


def _words(trace: Trace) -> list[Cue]:
    return [*[name for name, _ in trace.named], *trace.headed]


def _vote(votes: dict[str, float], posted: Collection[str] | None, weight: float) -> None:
    if posted and len(posted) <= _TOO_COMMON:
        for event_id in posted:
            votes[event_id] = votes.get(event_id, 0.0) + weight


def _in_any_period(periods: dict[_Period, _Posted]) -> set[str]:
    """Return the events posted in any period, or so many of them that they are too common."""
    found: set[str] = set()
    for posted in periods.values():
        found.update(posted)
        if len(found) > _TOO_COMMON:
            break
    return found


def _post(index: dict[Key, _Posted], key: Key, event_id: str) -> None:
    posted = index.get(key)
    if posted is None:
        index[key] = {event_id: 1}
    else:
        posted[event_id] = posted.get(event_id, 0) + 1


def _remove(index: dict[Key, _Posted], key: Key, event_id: str) -> None:
    posted = index[key]
    posted[event_id] -= 1
    if not posted[event_id]:
        del posted[event_id]
    if not posted:
        del index[key]
