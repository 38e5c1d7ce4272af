"""The indices of grouping: which events may an item belong to, found without looking at all of them.

What is posted follows from the reports that an event keeps and from nothing else, so that a book made anew from
stored events finds the same candidates.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from classifiers.signatures import Signature
from classifiers.traces import Cue

_SPAN = 8  # days of one bucket
_TOO_COMMON = 64  # a cue that leads to more events than this tells nothing, and costs nothing
_CANDIDATES = 8
_AGAINST_BEST = 0.2  # share of the best candidate's votes below which a closer look is not worth its cost
_UNDATED = "undated"  # the period of reports without a day
_ANY = "any"  # all periods, for reports without a day

_NO_DAY = 0  # what is not bound to a period: passages

_Period = int | str
_ANYWHEN: frozenset[_Period] = frozenset({_NO_DAY})


class EventBook:
    """Inverted indices over the reports of events: by key, and by cue and period (passage, actor, name, word, day)."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._index: dict[Cue, dict[_Period, dict[str, int]]] = {}
        self._by_key: dict[str, dict[str, None]] = {}

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
        for cue, period in _postings(signature):
            periods = self._index.get(cue)
            if periods is None:
                self._index[cue] = {period: {event_id: 1}}
                continue
            posted = periods.get(period)
            if posted is None:
                periods[period] = {event_id: 1}
            else:
                posted[event_id] = posted.get(event_id, 0) + 1

    def leave(self, event_id: str, signature: Signature) -> None:
        """Take back :meth:`enter` for a report that the event no longer keeps."""
        for cue, period in _postings(signature):
            periods = self._index[cue]
            posted = periods[period]
            posted[event_id] -= 1
            if not posted[event_id]:
                del posted[event_id]
            if not posted:
                del periods[period]
            if not periods:
                del self._index[cue]

    def candidates(self, signature: Signature, keys: Iterable[str]) -> list[str]:
        """Return the events worth a closer look: all that share an identifying key, then those with most in common."""
        found: dict[str, None] = {}
        for key in keys:
            found.update(self._by_key.get(key, {}))
        votes: dict[str, float] = {}
        for cue, weight, periods in self._lookups(signature):
            known = self._index.get(cue)
            if known is None:
                continue
            for period in known.keys() & periods:
                posted = known[period]
                if len(posted) <= _TOO_COMMON:
                    for event_id in posted:
                        votes[event_id] = votes.get(event_id, 0.0) + weight
        least = _AGAINST_BEST * max(votes.values(), default=0.0)
        ranked = sorted([(-vote, event_id) for event_id, vote in votes.items() if vote >= least])[:_CANDIDATES]
        found.update((event_id, None) for _, event_id in ranked)
        return list(found)

    def _lookups(self, signature: Signature) -> list[tuple[Cue, float, Set[_Period]]]:
        """Return what to look up for a report: the cue, how much a find tells, and in which periods."""
        day = signature.at
        days = sorted({value for value in (day, signature.trace.day) if value is not None})
        periods: Set[_Period] = {_ANY}
        if days:
            first, last = (days[0] - self._window) // _SPAN, (days[-1] + self._window) // _SPAN
            periods = {*range(first, last + 1), _UNDATED}
        left = signature.trace
        lookups: list[tuple[Cue, float, Set[_Period]]] = [(cue, weight, periods) for cue, weight in left.named]
        lookups += [(cue, 0.7, periods) for cue in left.headed]
        lookups += [(cue, 2.0, _ANYWHEN) for cue in left.copied]
        if days:
            near = {value + shift for value in days for shift in (-1, 0, 1)}
            lookups.append((("day", signature.category), 2.0, near))
        return lookups


def _postings(signature: Signature) -> list[tuple[Cue, _Period]]:
    day = signature.at
    period = day // _SPAN if day is not None else _UNDATED
    left = signature.trace
    posted: list[tuple[Cue, _Period]] = [(cue, period) for cue, _ in left.named]
    posted += [(cue, _ANY) for cue, _ in left.named]
    posted += [(cue, period) for cue in left.headed]
    posted += [(cue, _NO_DAY) for cue in left.copied]
    if day is not None:
        posted.append((("day", signature.category), day))
    return posted
