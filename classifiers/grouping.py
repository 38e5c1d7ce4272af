"""From judged items to events, online and in one pass: hard keys, then who, what and when, then the words.

Only candidates that share a key, an actor, a rare name, a passage or the day and category are looked at, through
indices; so the cost of an item follows what is reported around its day, not what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal, NamedTuple

from classifiers.categories import Category, Status
from classifiers.dossier import Dossier, Step
from classifiers.eventbook import EventBook
from classifiers.keys import identifies
from classifiers.lifecycle import OFFICIAL_TIERS
from classifiers.matching import WINDOW, Match, compare, explain, is_proof, may_be_one, threshold
from classifiers.signatures import Signature, sign
from classifiers.vectors import Likeness
from classifiers.verdicts import ChangeKind, Document, EventChange, EventState, Json, Judgement, Verdict

__all__ = ["WINDOW", "Fit", "Grouper"]

_CERTAIN = 0.8  # from which what an item, or an event, is about keeps likeness from bringing them together
_MERGE = 0.93  # two events that one report fits this well, and that fit each other, are one


@dataclass(frozen=True, slots=True)
class Fit:
    """An event that an item would join, by its title; how like its reports the item is (0 to 1), and why."""

    title: str
    likeness: float
    reason: str


class _Move(NamedTuple):
    """What placing an item did: it opened or joined an event, or showed that two are one."""

    kind: Literal["opened", "joined", "merged"]
    dossier: Dossier
    why: tuple[Signature, Match] | None = None  # the report that was compared, and how it fitted
    absorbed: Dossier | None = None


class Grouper:
    """Holds the events that the next item may belong to and says what each item changes.

    ``events`` are the states that earlier runs stored; taking them up again loses nothing. ``apart`` are pairs of event
    ids that people told apart: they are never merged, whatever a report fits.
    """

    def __init__(self, events: Iterable[EventState] = (), *, apart: Iterable[frozenset[str]] = ()) -> None:
        self._apart = set(apart)
        self._book = EventBook(WINDOW.days)
        self._likeness = Likeness()
        self._dossiers: dict[str, Dossier] = {}
        self._states: dict[str, EventState] = {}
        self._event_of: dict[str, str] = {}
        self._absorbed: dict[str, str] = {}  # events that another one absorbed
        for state in events:
            dossier = Dossier.of(state)
            self._dossiers[state.id] = dossier
            self._states[state.id] = state
            self._event_of.update(dict.fromkeys(dossier.items, state.id))
            self._book.note_keys(state.id, dossier.keys)
            for member in dossier.members:
                self._book.enter(state.id, member)

    @property
    def events(self) -> Mapping[str, EventState]:
        """The events held, by id, as they stand."""
        return MappingProxyType({event_id: self._state(dossier) for event_id, dossier in self._dossiers.items()})

    def event_of(self, item_id: str) -> str | None:
        """Return the id of the event that an item is placed in, after all mergers."""
        event_id = self._event_of.get(item_id)
        while event_id in self._absorbed:
            event_id = self._absorbed[event_id]
        return event_id

    def add(self, doc: Document, verdict: Verdict, *, seen_at: datetime) -> list[EventChange]:
        """Place an item and return what it changes; nothing for an item that reports no event (law 7).

        An item that is added again (edited, re-judged) stays with its event; if an official source has changed what
        it states, that is told.
        """
        known = self.event_of(doc.id)
        if known is not None and verdict.reports_event:
            return self._revise(self._dossiers[known], doc, verdict)
        # Each change is told as things stand then: before the next move is made.
        return [change for move in self._moves(doc, verdict, seen_at) for change in self._changes(move, doc)]

    def place(self, doc: Document, verdict: Verdict, *, seen_at: datetime) -> None:
        """Place an item as :meth:`add` does, for those who ask only which event it is of (:meth:`event_of`)."""
        if self.event_of(doc.id) is not None:
            self.add(doc, verdict, seen_at=seen_at)
            return
        for _ in self._moves(doc, verdict, seen_at):
            pass

    def _moves(self, doc: Document, verdict: Verdict, seen_at: datetime) -> Iterator[_Move]:
        if not verdict.reports_event:
            return
        at = doc.published or seen_at.astimezone(UTC)
        signature = sign(doc, verdict)
        matches = self._matches(signature, verdict)
        if not matches:
            yield self._open(doc, verdict, signature, at)
            return
        event_id, match = matches[0]
        proven = self._proven(event_id, match, matches[1:])
        yield self._join(event_id, match, doc, verdict, signature, at)
        for other_id, other in matches[1:]:
            sure = other.probability >= _MERGE and match.probability >= _MERGE
            if {event_id, other_id} in self._apart:
                continue
            if sure and (other_id in proven or self._same(event_id, other_id)):
                yield self._merge(event_id, other_id, (signature, other))
                break

    def categories_near(self, doc: Document, verdict: Verdict) -> frozenset[Category]:
        """Return the categories of the events that have anything in common with the item."""
        keys = [key for key in verdict.findings.keys if identifies(key)]
        near = self._book.candidates(sign(doc, verdict), keys)
        return frozenset([self._dossiers[event_id].category for event_id in near])

    def fit(self, doc: Document, verdict: Verdict) -> Fit | None:
        """Return the event of the verdict's category that the item fits best, without placing it; None for no fit."""
        signature = sign(doc, verdict)
        for event_id, match in self._matches(signature, verdict):
            event = self._dossiers[event_id]
            if event.category is verdict.category:
                return Fit(event.title, match.likeness, explain(signature, match))
        return None

    def _matches(self, signature: Signature, verdict: Verdict) -> list[tuple[str, Match]]:
        """Return the events that the item fits, best first."""
        keys = [key for key in verdict.findings.keys if identifies(key)]
        near = [self._dossiers[event_id] for event_id in self._book.candidates(signature, keys)]
        near = [
            dossier
            for dossier in near
            if not _another_matter(verdict.judgement, dossier) or any(key in dossier.keys for key in keys)
        ]
        matches = compare(signature, keys, near, self._likeness)
        found = [
            (dossier.id, match)
            for dossier, match in zip(near, matches, strict=True)
            if match.probability >= threshold()
        ]
        found.sort(key=lambda pair: (-pair[1].probability, pair[0]))
        return found

    def _open(self, doc: Document, verdict: Verdict, signature: Signature, at: datetime) -> _Move:
        dossier = Dossier.open(doc, verdict, signature, at)
        while dossier.id in self._dossiers:  # two items of one digest: rare, and still the same on every run
            dossier.id += "x"
        self._dossiers[dossier.id] = dossier
        self._event_of[doc.id] = dossier.id
        self._settle(dossier, (), 0)
        return _Move("opened", dossier)

    def _join(
        self, event_id: str, match: Match, doc: Document, verdict: Verdict, signature: Signature, at: datetime
    ) -> _Move:
        dossier = self._dossiers[event_id]
        members, keys = tuple(dossier.members), len(dossier.keys)
        dossier.add(doc, verdict, signature, at)
        self._event_of[doc.id] = event_id
        self._settle(dossier, members, keys)
        return _Move("joined", dossier, (signature, match))

    def _revise(self, dossier: Dossier, doc: Document, verdict: Verdict) -> list[EventChange]:
        if doc.source_kind not in OFFICIAL_TIERS:
            return []
        step = dossier.revise(doc, verdict)
        self._states.pop(dossier.id, None)
        return self._told(dossier, step, doc, "the source changed what it states")

    def _settle(self, dossier: Dossier, members: Sequence[Signature], keys: int) -> None:
        """Bring the indices in line with the dossier, which held ``members`` and so many ``keys`` before."""
        kept = {member.trace.item_id for member in dossier.members}
        had = {member.trace.item_id for member in members}
        for member in members:
            if member.trace.item_id not in kept:
                self._book.leave(dossier.id, member)
        for member in dossier.members:
            if member.trace.item_id not in had:
                self._book.enter(dossier.id, member)
        self._book.note_keys(dossier.id, dossier.keys[keys:])
        self._states.pop(dossier.id, None)

    def _state(self, dossier: Dossier) -> EventState:
        """Return an event as it stands; worked out when it is asked for, and kept until the event changes."""
        state = self._states.get(dossier.id)
        if state is None:
            state = self._states[dossier.id] = dossier.state()
        return state

    def _changes(self, move: _Move, doc: Document) -> list[EventChange]:
        """Tell in words what a move has changed."""
        dossier, reason = move.dossier, explain(*move.why) if move.why is not None else ""
        if move.kind == "opened":
            return [self._change("opened", dossier, doc, f"New event: {dossier.title}", "no event known that it fits")]
        if move.absorbed is not None:
            told = f"“{move.absorbed.title}” is the same event."
            merged = self._change("merged", dossier, doc, told, f"one report fits both: {reason}")
            return [replace(merged, other_event_id=move.absorbed.id)]
        step = dossier.tell()
        before: dict[str, Json] = {"review": True} if step.released else {}
        who = doc.publisher or "Another source"
        joined = self._change("joined", dossier, doc, f"{who} reports it too.", reason, before)
        return [joined, *self._told(dossier, step, doc, reason)]

    def _told(self, dossier: Dossier, step: Step, doc: Document, reason: str) -> list[EventChange]:
        who = doc.publisher or "An official source"
        changes = []
        if step.status_before is not None:
            moved = f"{_plain(step.status_before)} → {_plain(dossier.status)}: {who}, “{doc.title}”."
            changes.append(self._change("status", dossier, doc, moved, reason, {"status": str(step.status_before)}))
        if step.new_document:
            changes.append(self._change("document", dossier, doc, f"{who} published “{doc.title}”.", reason))
        if step.facts_before:
            facts = dossier.facts()
            words = "; ".join(f"{key.replace('_', ' ')}: {_shown(facts[key])}" for key in sorted(step.facts_before))
            changes.append(self._change("facts", dossier, doc, f"{who} states {words}.", reason, step.facts_before))
        return changes

    def _merge(self, event_id: str, other_id: str, why: tuple[Signature, Match]) -> _Move:
        """Let the older event absorb the younger one."""
        older, younger = sorted(
            (self._dossiers[event_id], self._dossiers[other_id]), key=lambda known: (known.first_item_at, known.id)
        )
        members, keys = tuple(older.members), len(older.keys)
        for member in younger.members:
            self._book.leave(younger.id, member)
        self._book.forget_keys(younger.id, younger.keys)
        older.absorb(younger)
        self._apart |= {pair - {younger.id} | {older.id} for pair in self._apart if younger.id in pair}
        del self._dossiers[younger.id]
        self._states.pop(younger.id, None)
        self._absorbed[younger.id] = older.id
        self._settle(older, members, keys)
        return _Move("merged", older, why, absorbed=younger)

    def _proven(self, event_id: str, match: Match, others: Sequence[tuple[str, Match]]) -> set[str]:
        """Return the events that a report's number shows to be the one that it joins, as they are before it joins."""
        return {
            other_id
            for other_id, other in others
            if (is_proof(match) or is_proof(other)) and may_be_one(self._dossiers[event_id], self._dossiers[other_id])
        }

    def _same(self, event_id: str, other_id: str) -> bool:
        one, other = self._dossiers[event_id], self._dossiers[other_id]
        keys = [key for key in one.keys if identifies(key)]
        fits = [compare(member, keys, [other], self._likeness)[0].probability for member in one.members]
        return min(fits) >= threshold() and sum(fits) / len(fits) >= 0.7

    def _change(
        self,
        kind: ChangeKind,
        dossier: Dossier,
        doc: Document,
        summary: str,
        reason: str,
        before: Mapping[str, Json] | None = None,
    ) -> EventChange:
        return EventChange(kind, self._state(dossier), doc.id, summary, reason, before or {})


def _another_matter(judgement: Judgement, dossier: Dossier) -> bool:
    """Whether one of the two is about the Court and the other surely is not."""
    no, yes = dossier.about
    certainty = (yes if judgement.about_court else no) / (no + yes)
    return judgement.about_confidence >= _CERTAIN and certainty <= 1 - _CERTAIN


def _plain(status: Status) -> str:
    return str(status).replace("_", " ")


def _shown(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(entry) for entry in value)
    return str(value.get("name", value)) if isinstance(value, dict) else str(value)
