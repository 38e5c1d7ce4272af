"""The indices of grouping: which events may an item belong to, found without looking at all of them.

What is posted follows from the reports that an event keeps and from nothing else, so that a book made anew from
stored events finds the same candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from classifiers.matching import event_day
from classifiers.signatures import Signature

_SPAN = 8  # days of one bucket
_TOO_COMMON = 64  # a cue that leads to more events than this tells nothing, and costs nothing
_CANDIDATES = 8
_ACTORS = 8
_NAMES = 8
_WORDS = 6
_PRINTS = 12  # smallest fingerprints of a text: copies share them
_UNDATED = "undated"  # the period of reports without a day
_ANY = "any"  # all periods, for reports without a day

_Key = tuple[object, ...]


class EventBook:
    """Inverted indices over the reports of events: by key, passage, actor and period, name and period, day."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._index: dict[_Key, dict[str, int]] = {}
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
        for key in _postings(signature):
            posted = self._index.setdefault(key, {})
            posted[event_id] = posted.get(event_id, 0) + 1

    def leave(self, event_id: str, signature: Signature) -> None:
        """Take back :meth:`enter` for a report that the event no longer keeps."""
        for key in _postings(signature):
            posted = self._index[key]
            posted[event_id] -= 1
            if not posted[event_id]:
                del posted[event_id]
                if not posted:
                    del self._index[key]

    def candidates(self, signature: Signature, keys: Iterable[str]) -> list[str]:
        """Return the events worth a closer look: all that share an identifying key, then those with most in common."""
        found: dict[str, None] = {}
        for key in keys:
            found.update(self._by_key.get(key, {}))
        votes: dict[str, float] = defaultdict(float)
        for cue, weight in self._cues(signature):
            posted = self._index.get(cue, {})
            if len(posted) <= _TOO_COMMON:
                for event_id in posted:
                    votes[event_id] += weight
        for event_id, _ in sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))[:_CANDIDATES]:
            found[event_id] = None
        return list(found)

    def _cues(self, signature: Signature) -> list[tuple[_Key, float]]:
        """Return what to look up for a report, with how much each find tells."""
        day = event_day(signature)
        days = sorted({value for value in (day, signature.day) if value is not None})
        if days:
            first, last = (days[0] - self._window) // _SPAN, (days[-1] + self._window) // _SPAN
            periods: list[object] = [*range(first, last + 1), _UNDATED]
        else:
            periods = [_ANY]
        cues: list[tuple[_Key, float]] = [
            ((*cue, period), weight) for cue, weight in _named(signature) for period in periods
        ]
        cues += [(("print", print_), 2.0) for print_ in sorted(signature.prints)[:_PRINTS]]
        near = sorted({value + shift for value in days for shift in (-1, 0, 1)})
        cues += [(("day", signature.category, value), 2.0) for value in near]
        return cues


def _postings(signature: Signature) -> list[_Key]:
    day = event_day(signature)
    period = day // _SPAN if day is not None else _UNDATED
    named = _named(signature)
    posted: list[_Key] = [(*cue, period) for cue, _ in named]
    posted += [(*cue, _ANY) for cue, _ in named if cue[0] != "word"]
    posted += [("print", print_) for print_ in sorted(signature.prints)[:_PRINTS]]
    if day is not None:
        posted.append(("day", signature.category, day))
    return posted


def _named(signature: Signature) -> list[tuple[_Key, float]]:
    """Return the names and words that a report can be found by, with how much each tells."""
    actors = sorted(signature.actors.items(), key=lambda pair: (-pair[1], pair[0]))[:_ACTORS]
    cues: list[tuple[_Key, float]] = [(("actor", actor), weight) for actor, weight in actors]
    names = sorted(signature.names.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMES]
    cues += [(("name", name), 1.0) for name, _ in names]
    words = sorted(signature.title.items(), key=lambda pair: (-pair[1], pair[0]))[:_WORDS]
    cues += [(("word", word), 0.7) for word, _ in words]
    return cues
