"""Do two reports tell of one event? Features of a pair, a learned weight for each, vetoes that nothing outweighs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from json import loads
from math import exp, fsum
from operator import mul
from typing import NamedTuple

from classifiers.categories import Category
from classifiers.dossier import Dossier
from classifiers.entities import entity
from classifiers.fingerprints import COPY, containment
from classifiers.keys import identifies
from classifiers.memo import Memo
from classifiers.signatures import Signature
from classifiers.traces import Trace
from classifiers.vectors import Likeness

# What follows from how two reports stand to each other: few combinations, each weighed once.
RELATION = (
    "bias",
    "same_on",
    "on_near",
    "on_far",
    "gap",
    "undated",
    "same_category",
    "same_step",
    "other_step",
    "other_step_apart",
    "other_exit_step",
    "same_step_near",
    "persons_shared",
    "persons_apart",
    "persons_near",
    "persons_one_side",
    "states_shared",
    "states_apart",
    "same_state_step",
    "other_language",
)
# What is measured for each pair.
LIKENESS = (
    "words",
    "title",
    "names",
    "words_names",
    "undated_words",
    "actors",
    "other_language_actors",
    "strangers",
    "strangers_near",
    "kinds",
    "kinds_near",
    "doubt",
    "doubt_near",
    "copy",
    "numbers",
    "days",
    "day_near",
)
FEATURES = RELATION + LIKENESS


def overlap(one: Trace, other: Trace) -> float:
    """Return the weighted share of the actors whom either names that both name."""
    named = other.actors
    shared = fsum(
        [
            mine if mine < named[actor] else named[actor]  # several times faster than min()
            for actor, mine in one.actors.items()
            if actor in named
        ]
    )
    union = one.spoken + other.spoken - shared
    return shared / union if union else 0.0


class Relation(NamedTuple):
    """How two reports stand to each other."""

    apart: int | None  # days between what they report; None when one has no day
    same_on: bool  # both state the same day
    same_category: bool
    same_step: bool | None  # None: one tells no step, or a step of another kind of event
    exit: bool  # both report a withdrawal
    persons: bool | None  # whether those hit have one in common; None when one names nobody
    persons_one_side: bool
    states: bool | None
    foreign: bool  # they are in two languages


def relation_of(one: Signature, other: Signature) -> Relation:
    """Return how two reports stand to each other; it has no direction."""
    same_category = one.category == other.category
    return Relation(
        abs(one.at - other.at) if one.at is not None and other.at is not None else None,
        one.on is not None and one.on == other.on,
        same_category,
        one.step == other.step if same_category and one.step is not None and other.step is not None else None,
        same_category and one.category == Category.WITHDRAWAL,
        _in_common(one.persons, other.persons),
        bool(one.persons) != bool(other.persons),
        _in_common(one.states, other.states),
        one.trace.lang != other.trace.lang,
    )


def _in_common(mine: Set[str], theirs: Set[str]) -> bool | None:
    return not mine.isdisjoint(theirs) if mine and theirs else None


def _relation_features(relation: Relation) -> tuple[float, ...]:
    """Return the features named in :data:`RELATION`."""
    apart, same_step = relation.apart, relation.same_step
    near = _nearness[apart]
    another_step = same_step is False
    return (
        1.0,
        relation.same_on,
        near,
        exp(-apart / 7) if apart is not None else 0.0,
        min(apart, 30) / 30 if apart is not None else 0.0,
        apart is None,
        relation.same_category,
        same_step is True,
        another_step,
        another_step and apart is not None and apart > 1,
        another_step and bool(apart) and relation.exit,
        near if same_step else 0.0,
        relation.persons is True,
        relation.persons is False,
        near if relation.persons else 0.0,
        relation.persons_one_side,
        relation.states is True,
        relation.states is False,
        relation.states is True and same_step is True,
        relation.foreign,
    )


_nearness: Memo[int | None, float] = Memo(lambda apart: 0.0 if apart is None else exp(-apart / 1.5))
_day_nearness: Memo[int | None, float] = Memo(lambda days: 0.0 if days is None else exp(-days / 2))


def _likeness_features(
    one: Signature, other: Signature, relation: Relation, cosines: Sequence[float]
) -> tuple[float, ...]:
    """Return the features named in :data:`LIKENESS`."""
    mine, theirs = one.trace, other.trace
    words, title, names = cosines
    actors = overlap(mine, theirs)
    strange = _strange(mine, theirs)
    roots = other.roots
    kinds = fsum([root * roots[kind] for kind, root in one.roots.items() if kind in roots])
    doubt = max(one.doubt, other.doubt)
    near = _nearness[relation.apart]
    return (
        words,
        title,
        names,
        words * names,
        words if relation.apart is None else 0.0,
        actors,
        actors if relation.foreign else 0.0,
        strange,
        strange * near,
        kinds,
        kinds * near,
        doubt,
        doubt * near,
        containment(mine.prints, theirs.prints),
        _few(mine.numbers, theirs.numbers),
        _few(mine.days, theirs.days),
        _day_nearness[abs(mine.day - theirs.day) if mine.day is not None and theirs.day is not None else None],
    )


def _few(mine: Set[str] | Set[int], theirs: Set[str] | Set[int]) -> float:
    """Return what two sets have in common: 1 from three on."""
    return 0.0 if mine.isdisjoint(theirs) else min(len(mine & theirs), 3) / 3


def features(one: Signature, other: Signature, cosines: Sequence[float]) -> tuple[float, ...]:
    """Return the features of a pair, in the order of :data:`FEATURES`; the pair has no direction.

    ``cosines`` are those of the words, titles and names of the two (:class:`classifiers.vectors.Likeness`).
    """
    relation = relation_of(one, other)
    return _relation_features(relation) + _likeness_features(one, other, relation, cosines)


def _strange(one: Trace, other: Trace) -> float:
    """Return how many of the two leading actors the other report does not name at all, from 0 to 1."""
    if not one.actors or not other.actors:
        return 0.0
    return ((one.leader not in other.actors) + (other.leader not in one.actors)) / 2


@cache
def _model() -> tuple[float, Mapping[str, float]]:
    data = loads((files("classifiers") / "matching.json").read_text("utf-8"))
    return float(data["threshold"]), data["weights"]


def _weights(names: Sequence[str]) -> tuple[float, ...]:
    return tuple([_model()[1].get(name, 0.0) for name in names])


def threshold() -> float:
    """Return the probability from which a report joins an event."""
    return _model()[0]


def probability(one: Signature, other: Signature, cosines: Sequence[float]) -> float:
    """Return the learned probability that the two report one event."""
    relation = relation_of(one, other)
    measured = _likeness_features(one, other, relation, cosines)
    score = _relation_score[relation] + sum(map(mul, _likeness_weights(), measured))
    return 1 / (1 + exp(-max(-30.0, min(30.0, score))))


_relation_score: Memo[Relation, float] = Memo(
    lambda relation: sum(map(mul, _weights(RELATION), _relation_features(relation)))
)


@cache
def _likeness_weights() -> tuple[float, ...]:
    return _weights(LIKENESS)


@dataclass(frozen=True, slots=True)
class Match:
    """How well a report fits an event, and why: a key or a veto, or else the report of it that it resembles most."""

    probability: float
    decided_by: str = ""
    like: Signature | None = None
    likeness: float = 0.0  # the probability by words, names and days: not by a document cited or a person hit


def compare(signature: Signature, keys: Sequence[str], events: Sequence[Dossier], likeness: Likeness) -> list[Match]:
    """Compare a report with events; a shared key that names an act decides, a veto forbids, else likeness tells."""
    decided = [_decided(signature, keys, event) for event in events]
    members = [
        member for event, match in zip(events, decided, strict=True) if match is None for member in event.members
    ]
    cosines = iter(likeness.cosines(signature.trace.vector, [member.trace.vector for member in members]))
    return [
        match if match is not None else _alike(signature, event, cosines)
        for event, match in zip(events, decided, strict=True)
    ]


def _decided(signature: Signature, keys: Sequence[str], event: Dossier) -> Match | None:
    """Return what a veto, a key or a headline decides, if any does."""
    veto = forbids(signature, keys, event)
    if veto:
        return Match(0.0, veto)
    shared = [key for key in keys if key in event.keys]
    if shared:
        return Match(1.0, f"same document: {shared[0]}")
    for member in event.members:
        if _same_headline(signature, member):
            return Match(_SAME_HEADLINE, like=member, likeness=_SAME_HEADLINE)
    return None


def _alike(signature: Signature, event: Dossier, cosines: Iterator[Sequence[float]]) -> Match:
    """Return how well a report fits an event by its likeness to each of the reports, whose cosines come in order."""
    day = signature.at
    fits = [
        0.0 if _too_far(day, member.at) else probability(signature, member, own)
        for member, own in zip(event.members, cosines, strict=False)  # the cosines go on with those of other events
    ]
    best = max(fits)
    fit = (best + sum(fits) / len(fits)) / 2
    if signature.trace.day is None or all(member.trace.day is None for member in event.members):
        # Without a day there is only the likeness; one report that is much alike says more than the mean of all.
        fit = min(1.0, _UNDATED * best)
    like = event.members[fits.index(best)]
    if fit < _SAME_ACT and any(_same_act(signature, member) for member in event.members):
        return Match(_SAME_ACT, like=like, likeness=fit)
    return Match(fit, like=like, likeness=fit)


# A register prints what a ministry published under the same words; the day of the act is the same.
_SAME_HEADLINE = 0.99
_HEADLINE_WORDS = 4
# Who + step + window: one person is listed, arrested or convicted once in so many days, a state notifies its exit once
# and receives the same wanted man once.
_SAME_ACT = 0.75
_ACT_DAYS = {
    Category.SANCTION_ROUND: ({"imposed", "delisted", "lifted", "suspended"}, 20),
    Category.CUSTODY: ({"arrested", "surrendered", "appeared", "released"}, 4),
    Category.WITHDRAWAL: ({"notified", "effective"}, 35),
    Category.NON_COOPERATION: ({"hosted", "overflight"}, 4),
}


def _same_headline(one: Signature, other: Signature) -> bool:
    mine, theirs = one.trace.headline, other.trace.headline
    if one.category != other.category or len(mine) < _HEADLINE_WORDS or mine != theirs:
        return False
    first, second = one.at, other.at
    return first is not None and second is not None and abs(first - second) <= 1


def _same_act(one: Signature, other: Signature) -> bool:
    """Whether both tell of the same step by or against the same ones, within the days in which it is news."""
    if one.category != other.category or one.step is None or one.step != other.step:
        return False
    category = Category(one.category)
    steps, window = _ACT_DAYS.get(category, (frozenset(), 0))
    if one.step not in steps or not _same_ones(one, other, category):
        return False
    first, second = one.at, other.at
    if first is None or second is None:
        return category is Category.NON_COOPERATION  # guest and host tell which visit it is; others need the day
    return abs(first - second) <= window


def _same_ones(one: Signature, other: Signature, category: Category) -> bool:
    """Whether both name one of those who make the act: who leaves, whom it hits, or host and guest alike."""
    states, persons = not one.states.isdisjoint(other.states), not one.persons.isdisjoint(other.persons)
    if category is Category.NON_COOPERATION:
        return states and persons  # one wanted man tours several hosts
    return states if category in _BY_STATES else persons


# How far before (or, when documents arrive out of order, after) a report its event may lie without a shared key.
WINDOW = timedelta(days=30)
_UNDATED = 1.3
# Steps of a suspect's way that never are one event: the first appearance is later than the arrest.
_SEPARATE = frozenset({"appeared", "released", "died"})
# What becomes of sanctions: reports of two of these are never one event.
_FATE = {
    "imposed": "imposed",
    "order": "imposed",
    "extended": "imposed",
    "suspended": "suspended",
    "lifted": "lifted",
    "delisted": "lifted",
}
# In these categories the acting or leaving states, or those whom the act hits, are the event.
_BY_STATES = frozenset({Category.WITHDRAWAL})
_BY_PERSONS = frozenset({Category.SANCTION_ROUND, Category.NON_COOPERATION})
# Days within which reports that word the step of an exit differently can still mean the same one.
_ONE_LINK = 3
# Numbers of which an event has one: two different ones are two acts.
_ONE_OF_A_KIND = ("fr:", "icc-filing:", "cn:")


def forbids(signature: Signature, keys: Sequence[str], event: Dossier) -> str:
    """Return why the report cannot be of the event, or an empty string (DESIGN law 8: rounds and steps stay apart)."""
    for kind in _ONE_OF_A_KIND if keys else ():
        mine = {key for key in keys if key.startswith(kind)}
        theirs = {key for key in event.keys if key.startswith(kind)}
        if mine and theirs and mine.isdisjoint(theirs):
            return f"another {kind}"
    category = event.category
    if signature.category != category:
        return ""
    if category in _BY_STATES and _apart(signature.states, [member.states for member in event.members]):
        return "other states"
    if category in _BY_STATES and _unknown_state(signature, event):
        return "a state that no table knows"
    if category is Category.WITHDRAWAL and _another_link(signature, event):
        return "another step of the exit"
    by_persons = category in _BY_PERSONS or (category is Category.RULING and _another_step(signature, event))
    if by_persons and _apart(signature.persons, [member.persons for member in event.members]):
        return "other persons"
    if category is Category.SANCTION_ROUND and _opposed(signature.step, event.step):
        return "another fate of the sanctions"
    if category is Category.CUSTODY and _another_step(signature, event):
        return "" if _SEPARATE.isdisjoint((signature.step, event.step)) else "another step"
    return ""


def _unknown_state(signature: Signature, event: Dossier) -> bool:
    """Whether the event is that of a state we know, and the report names neither a state we know nor anybody of it."""
    return (
        not signature.states
        and any(member.states for member in event.members)
        and all(signature.trace.actors.keys().isdisjoint(member.trace.actors) for member in event.members)
    )


def _another_step(signature: Signature, event: Dossier) -> bool:
    return signature.step is not None and event.step is not None and signature.step != event.step


def _another_link(signature: Signature, event: Dossier) -> bool:
    if not _another_step(signature, event):
        return False
    day = signature.at
    days = [known for member in event.members if (known := member.at) is not None]
    return day is not None and bool(days) and min(abs(day - known) for known in days) > _ONE_LINK


def is_proof(match: Match) -> bool:
    """Whether a number decided that a report is of an event, not its likeness to other reports."""
    return match.like is None and match.probability == 1.0


def may_be_one(one: Dossier, other: Dossier) -> bool:
    """Whether two events may be one though their reports are not alike: nothing forbids it, and their days are near."""
    keys = [key for key in one.keys if identifies(key)]
    if any(forbids(member, keys, other) for member in one.members):
        return False
    days = [[day for member in event.members if (day := member.at) is not None] for event in (one, other)]
    return any(abs(mine - theirs) <= _ONE_LINK for mine in days[0] for theirs in days[1])


def _too_far(one: int | None, other: int | None) -> bool:
    return one is not None and other is not None and abs(one - other) > WINDOW.days


def _apart(mine: Set[str], theirs: Sequence[Set[str]]) -> bool:
    known = {name for names in theirs for name in names}
    return bool(mine) and bool(known) and known.isdisjoint(mine)


def _opposed(one: str | None, other: str | None) -> bool:
    return one in _FATE and other in _FATE and _FATE[one] != _FATE[other]


def explain(one: Signature, match: Match) -> str:
    """Return in words why a report was taken to an event."""
    other = match.like
    if other is None:
        return match.decided_by
    actors = one.trace.actors
    shared = sorted(actors.keys() & other.trace.actors.keys(), key=lambda actor: (-actors[actor], actor))
    parts = []
    if shared:
        parts.append("same names: " + ", ".join(entity(actor).name for actor in shared[:4]))
    if one.category == other.category and one.step and one.step == other.step:
        parts.append(f"same step: {one.step.replace('_', ' ')}")
    first, second = one.at, other.at
    if first is not None and second is not None:
        apart = abs(first - second)
        parts.append("same day" if apart == 0 else f"{apart} days apart")
    if containment(one.trace.prints, other.trace.prints) >= COPY:
        parts.append("same wording")
    return "; ".join(parts) or "similar words"
