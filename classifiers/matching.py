"""Do two reports tell of one event? Features of a pair, a learned weight for each, and vetoes that nothing outweighs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from json import loads
from math import exp

from classifiers.dossier import Dossier
from classifiers.entities import entity
from classifiers.fingerprints import COPY, containment
from classifiers.signatures import Signature

# Categories between which reports of one event are often divided: a plan and its execution on the same day,
# a reprisal told as a ruling of the reprising court, an exit bill told as a threat.
_NEAR = frozenset(
    {
        frozenset({"threat", "sanction_round"}),
        frozenset({"reprisal", "ruling"}),
        frozenset({"reprisal", "sanction_round"}),
        frozenset({"reprisal", "threat"}),
        frozenset({"custody", "ruling"}),
        frozenset({"custody", "non_cooperation"}),
        frozenset({"non_cooperation", "ruling"}),
        frozenset({"withdrawal", "threat"}),
        frozenset({"withdrawal", "protective_measure"}),
        frozenset({"protective_measure", "sanction_round"}),
        frozenset({"protective_measure", "threat"}),
        frozenset({"protective_measure", "ruling"}),
        frozenset({"cyber_incident", "reprisal"}),
    }
)

FEATURES = (
    "bias",
    "words",
    "title",
    "names",
    "actors",
    "copy",
    "same_on",
    "on_near",
    "on_far",
    "day_near",
    "same_category",
    "near_category",
    "same_step",
    "other_step",
    "persons_shared",
    "persons_apart",
    "states_shared",
    "states_apart",
    "numbers",
    "days",
    "other_language",
    "other_language_actors",
    "undated",
    "words_names",
)


def cosine(one: Mapping[int, float], other: Mapping[int, float]) -> float:
    """Return the cosine of two weightings of unit length."""
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other[key] for key, weight in one.items() if key in other)


def overlap(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the weighted share of what either names that both name."""
    shared = union = 0.0
    for key, weight in one.items():
        twin = other.get(key)
        if twin is None:
            union += weight
        else:
            shared += min(weight, twin)
            union += max(weight, twin)
    union += sum(weight for key, weight in other.items() if key not in one)
    return shared / union if union else 0.0


def event_day(signature: Signature) -> int | None:
    """Return the day of the event, or that of the report when the text names none."""
    return signature.on if signature.on is not None else signature.day


def features(one: Signature, other: Signature) -> tuple[float, ...]:
    """Return the features of a pair, in the order of :data:`FEATURES`; the pair has no direction."""
    words = cosine(one.words, other.words)
    names = cosine(one.names, other.names)
    actors = overlap(one.actors, other.actors)
    foreign = float(one.lang != other.lang)
    same_category = one.category == other.category
    steps = same_category and one.step is not None and other.step is not None
    persons = bool(one.persons) and bool(other.persons)
    persons_shared = persons and not frozenset(one.persons).isdisjoint(other.persons)
    states = bool(one.states) and bool(other.states)
    states_shared = states and not frozenset(one.states).isdisjoint(other.states)
    one_on, other_on = event_day(one), event_day(other)
    apart = abs(one_on - other_on) if one_on is not None and other_on is not None else None
    days = abs(one.day - other.day) if one.day is not None and other.day is not None else None
    numbers = len(frozenset(one.numbers).intersection(other.numbers))
    shared_days = len(frozenset(one.days).intersection(other.days))
    return (
        1.0,
        words,
        cosine(one.title, other.title),
        names,
        actors,
        min(1.0, containment(one.prints, other.prints)),
        float(one.on is not None and one.on == other.on),
        exp(-apart / 1.5) if apart is not None else 0.0,
        exp(-apart / 7) if apart is not None else 0.0,
        exp(-days / 2) if days is not None else 0.0,
        float(same_category),
        float(not same_category and frozenset({one.category, other.category}) in _NEAR),
        float(steps and one.step == other.step),
        float(steps and one.step != other.step),
        float(persons_shared),
        float(persons and not persons_shared),
        float(states_shared),
        float(states and not states_shared),
        min(numbers, 3) / 3,
        min(shared_days, 3) / 3,
        foreign,
        foreign * actors,
        float(apart is None),
        words * names,
    )


@cache
def _model() -> tuple[float, tuple[float, ...]]:
    data = loads((files("classifiers") / "matching.json").read_text("utf-8"))
    return float(data["threshold"]), tuple(float(data["weights"][name]) for name in FEATURES)


THRESHOLD = _model()[0]


def probability(one: Signature, other: Signature) -> float:
    """Return the learned probability that the two report one event."""
    score = sum(weight * value for weight, value in zip(_model()[1], features(one, other), strict=True))
    return 1 / (1 + exp(-max(-30.0, min(30.0, score))))


@dataclass(frozen=True, slots=True)
class Match:
    """How well a report fits an event, and why."""

    probability: float
    reason: str


def compare(signature: Signature, keys: Sequence[str], event: Dossier) -> Match:
    """Compare a report with an event; a shared key that names an act decides, a veto forbids."""
    shared = [key for key in keys if key in event.keys]
    veto = forbids(signature, keys, event)
    if veto:
        return Match(0.0, veto)
    if shared:
        return Match(1.0, f"same {shared[0]}")
    fits = [probability(signature, member) for member in event.members]
    best = max(fits)
    return Match((best + sum(fits) / len(fits)) / 2, _explain(signature, event.members[fits.index(best)]))


def forbids(signature: Signature, keys: Sequence[str], event: Dossier) -> str:
    """Return why the report cannot be of the event, or an empty string."""
    return ""


def _explain(one: Signature, other: Signature) -> str:
    shared = sorted(frozenset(one.actors).intersection(other.actors), key=lambda actor: (-one.actors[actor], actor))
    parts = []
    if shared:
        parts.append("same names: " + ", ".join(entity(actor).name for actor in shared[:4]))
    if one.category == other.category and one.step and one.step == other.step:
        parts.append(f"same step: {one.step.replace('_', ' ')}")
    first, second = event_day(one), event_day(other)
    if first is not None and second is not None:
        apart = abs(first - second)
        parts.append("same day" if apart == 0 else f"{apart} days apart")
    if containment(one.prints, other.prints) >= COPY:
        parts.append("same wording")
    return "; ".join(parts) or "similar words"
