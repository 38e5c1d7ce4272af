"""The indices of grouping: which events may an item belong to, found without looking at all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from classifiers.matching import event_day
from classifiers.signatures import Signature

_SPAN = 8  # days of one bucket
_KEPT = 48  # newest events of a bucket: bounds the cost of a very busy week
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
        self._index: dict[_Key, dict[str, None]] = {}
        self._by_key: dict[str, dict[str, None]] = {}
        self._renamed: dict[str, str] = {}

    def enter(self, event_id: str, signature: Signature, keys: Iterable[str]) -> None:
        """Make the event findable by one of its reports."""
        for key in keys:
            self._by_key.setdefault(key, {})[event_id] = None
        day = event_day(signature)
        period = day // _SPAN if day is not None else _UNDATED
        for number, (cue, _) in enumerate(_cues(signature)):
            self._post((*cue, period), event_id)
            if number < _ACTORS:
                self._post((*cue, _ANY), event_id)
        for print_ in sorted(signature.prints)[:_PRINTS]:
            self._post(("print", print_), event_id)
        if day is not None:
            self._post(("day", signature.category, day), event_id)

    def _post(self, key: _Key, event_id: str) -> None:
        posted = self._index.get(key)
        if posted is None:
            self._index[key] = {event_id: None}
        elif event_id not in posted:
            posted[event_id] = None
            if len(posted) > _KEPT:
                del posted[next(iter(posted))]

    def rename(self, event_id: str, into: str) -> None:
        """Let what led to a merged event lead to the one that absorbed it."""
        self._renamed[event_id] = into

    def _now(self, event_id: str) -> str:
        while event_id in self._renamed:
            event_id = self._renamed[event_id]
        return event_id

    def candidates(self, signature: Signature, keys: Iterable[str]) -> list[str]:
        """Return the events worth a closer look: all that share an identifying key, then those with most in common."""
        found: dict[str, None] = {}
        for key in keys:
            found.update(dict.fromkeys(self._now(event_id) for event_id in self._by_key.get(key, ())))
        votes: dict[str, float] = defaultdict(float)
        day = event_day(signature)
        days = {value for value in (day, signature.day) if value is not None}
        if days:
            periods: list[object] = list(
                range((min(days) - self._window) // _SPAN, (max(days) + self._window) // _SPAN + 1)
            )
            periods.append(_UNDATED)
        else:
            periods = [_ANY]
        for cue, weight in _cues(signature):
            for period in periods:
                for event_id in self._index.get((*cue, period), ()):
                    votes[self._now(event_id)] += weight
        for print_ in sorted(signature.prints)[:_PRINTS]:
            for event_id in self._index.get(("print", print_), ()):
                votes[self._now(event_id)] += 2.0
        for value in days:
            for near in (value - 1, value, value + 1):
                for event_id in self._index.get(("day", signature.category, near), ()):
                    votes[self._now(event_id)] += 2.0
        for event_id, _ in sorted(votes.items(), key=lambda pair: (-pair[1], pair[0]))[:_CANDIDATES]:
            found[event_id] = None
        return list(found)


def _cues(signature: Signature) -> list[tuple[_Key, float]]:
    """Return what the report can be found by, with how much each tells."""
    actors = sorted(signature.actors.items(), key=lambda pair: (-pair[1], pair[0]))[:_ACTORS]
    cues: list[tuple[_Key, float]] = [(("actor", actor), weight) for actor, weight in actors]
    names = sorted(signature.names.items(), key=lambda pair: (-pair[1], pair[0]))[:_NAMES]
    cues += [(("name", name), 1.0) for name, _ in names]
    cues += [(("word", word), 0.7) for word, _ in list(signature.title.items())[:_WORDS]]
    return cues
