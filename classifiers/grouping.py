"""From judged items to events, online and in one pass: hard keys, then who, what and when, then the words.

Only candidates that share a key, an actor, a rare name, a passage or the day and category are looked at, through
indices; so the cost of an item follows what is reported around its day, not what is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

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
    """An event that an item would join, how like its reports the item is (0 to 1), and why."""

    event: EventState
    likeness: float
    reason: str


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
        return MappingProxyType(self._states)

    def add(self, doc: Document, verdict: Verdict, *, seen_at: datetime) -> list[EventChange]:
        """Place an item and return what it changes; nothing for an item that reports no event (law 7).

        An item that is added again (edited, re-judged) stays with its event; if an official source has changed what
        it states, that is told.
        """
        if not verdict.reports_event:
            return []
        known = self._event_of.get(doc.id)
        if known is not None:
            return self._revise(self._dossiers[known], doc, verdict)
        at = doc.published or seen_at.astimezone(UTC)
        signature = sign(doc, verdict)
        matches = self._matches(signature, verdict)
        if not matches:
            return [self._open(doc, verdict, signature, at)]
        event_id, match = matches[0]
        proven = self._proven(event_id, match, matches[1:])
        changes = self._join(event_id, explain(signature, match), doc, verdict, signature, at)
        for other_id, other in matches[1:]:
            sure = other.probability >= _MERGE and match.probability >= _MERGE
            if {event_id, other_id} in self._apart:
                continue
            if sure and (other_id in proven or self._same(event_id, other_id)):
                changes.append(self._merge(event_id, other_id, doc, explain(signature, other)))
                break
        return changes

    def categories_near(self, doc: Document, verdict: Verdict) -> frozenset[Category]:
        """Return the categories of the events that have anything in common with the item."""
        keys = [key for key in verdict.findings.keys if identifies(key)]
        near = self._book.candidates(sign(doc, verdict), keys)
        return frozenset(self._states[event_id].category for event_id in near)

    def fit(self, doc: Document, verdict: Verdict) -> Fit | None:
        """Return the event of the verdict's category that the item fits best, without placing it; None for no fit."""
        signature = sign(doc, verdict)
        for event_id, match in self._matches(signature, verdict):
            event = self._states[event_id]
            if event.category is verdict.category:
                return Fit(event, match.likeness, explain(signature, match))
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

    def _open(self, doc: Document, verdict: Verdict, signature: Signature, at: datetime) -> EventChange:
        dossier = Dossier.open(doc, verdict, signature, at)
        while dossier.id in self._dossiers:  # two items of one digest: rare, and still the same on every run
            dossier.id += "x"
        self._dossiers[dossier.id] = dossier
        self._settle(dossier, (), ())
        return self._change("opened", dossier, doc, f"New event: {dossier.title}", "no event known that it fits")

    def _join(
        self, event_id: str, reason: str, doc: Document, verdict: Verdict, signature: Signature, at: datetime
    ) -> list[EventChange]:
        dossier = self._dossiers[event_id]
        members, keys = tuple(dossier.members), tuple(dossier.keys)
        step = dossier.add(doc, verdict, signature, at)
        self._settle(dossier, members, keys)
        before: dict[str, Json] = {"review": True} if step.released else {}
        who = doc.publisher or "Another source"
        changes = [self._change("joined", dossier, doc, f"{who} reports it too.", reason, before)]
        changes += self._told(dossier, step, doc, reason)
        return changes

    def _revise(self, dossier: Dossier, doc: Document, verdict: Verdict) -> list[EventChange]:
        if doc.source_kind not in OFFICIAL_TIERS:
            return []
        members, keys = tuple(dossier.members), tuple(dossier.keys)
        step = dossier.revise(doc, verdict)
        self._settle(dossier, members, keys)
        return self._told(dossier, step, doc, "the source changed what it states")

    def _settle(self, dossier: Dossier, members: Sequence[Signature], keys: Sequence[str]) -> None:
        """Bring state and indices in line with the dossier, which held ``members`` and ``keys`` before."""
        kept = {member.trace.item_id for member in dossier.members}
        had = {member.trace.item_id for member in members}
        for member in members:
            if member.trace.item_id not in kept:
                self._book.leave(dossier.id, member)
        for member in dossier.members:
            if member.trace.item_id not in had:
                self._book.enter(dossier.id, member)
        self._book.note_keys(dossier.id, dossier.keys[len(keys) :])
        self._event_of.update(dict.fromkeys(dossier.items[-1:], dossier.id))
        self._states[dossier.id] = dossier.state()

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

    def _merge(self, event_id: str, other_id: str, doc: Document, reason: str) -> EventChange:
        """Let the older event absorb the younger one."""
        older, younger = sorted(
            (self._dossiers[event_id], self._dossiers[other_id]), key=lambda known: (known.first_item_at, known.id)
        )
        members, keys = tuple(older.members), tuple(older.keys)
        for member in younger.members:
            self._book.leave(younger.id, member)
        self._book.forget_keys(younger.id, younger.keys)
        older.absorb(younger)
        self._apart |= {pair - {younger.id} | {older.id} for pair in self._apart if younger.id in pair}
        del self._dossiers[younger.id], self._states[younger.id]
        self._event_of.update(dict.fromkeys(younger.items, older.id))
        self._settle(older, members, keys)
        change = self._change(
            "merged", older, doc, f"“{younger.title}” is the same event.", f"one report fits both: {reason}"
        )
        return _with_other(change, younger.id)

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
        return EventChange(kind, self._states[dossier.id], doc.id, summary, reason, before or {})


def _another_matter(judgement: Judgement, dossier: Dossier) -> bool:
    """Whether one of the two is about the Court and the other surely is not."""
    no, yes = dossier.about
    certainty = (yes if judgement.about_court else no) / (no + yes)
    return judgement.about_confidence >= _CERTAIN and certainty <= 1 - _CERTAIN


def _with_other(change: EventChange, other_event_id: str) -> EventChange:
    return EventChange(
        change.kind, change.event, change.item_id, change.summary, change.reason, change.before, other_event_id
    )


def _plain(status: Status) -> str:
    return str(status).replace("_", " ")


def _shown(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(_shown(entry) for entry in value)
    return str(value.get("name", value)) if isinstance(value, dict) else str(value)
