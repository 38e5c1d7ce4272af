"""What grouping remembers of a report: what its words leave, and what it was judged to report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import sqrt

from classifiers.categories import Category
from classifiers.entities import gazetteer
from classifiers.facts import GENERIC
from classifiers.traces import Trace, trace
from classifiers.vectors import Vector
from classifiers.verdicts import Document, Json, Verdict

_ZONES = ("words", "title", "names")  # of a trace's vector


@dataclass(frozen=True, slots=True)
class Signature:
    """One report, reduced to what is compared: JSON-able, and small."""

    trace: Trace
    category: str
    kinds: Mapping[str, float]  # probabilities of the event categories, of unit sum
    doubt: float  # probability that it reports no event after all
    step: str | None
    on: int | None  # ordinal of the event as stated; None when the text names no day
    persons: frozenset[str]  # those whom the act hits
    states: frozenset[str]  # those who act or are acted upon
    roots: Mapping[str, float] = field(init=False)  # of the kinds
    at: int | None = field(init=False)  # ordinal of the day of the event, or of the report when the text names none

    def __post_init__(self) -> None:
        object.__setattr__(self, "roots", {kind: sqrt(odd) for kind, odd in self.kinds.items()})
        # The dates of a text whose own date is unknown are as often those of the background: they count as no day.
        published = self.trace.day
        object.__setattr__(self, "at", self.on if self.on is not None and published is not None else published)

    def to_json(self) -> Json:
        """Return plain JSON that :func:`from_json` reads back without loss."""
        left = self.trace
        return {
            "item": left.item_id,
            "lang": left.lang,
            "category": self.category,
            "kinds": dict(self.kinds),
            "doubt": self.doubt,
            "step": self.step,
            "day": left.day,
            "on": self.on,
            "days": sorted(left.days),
            "actors": dict(left.actors),
            "persons": sorted(self.persons),
            "states": sorted(self.states),
            **dict(zip(_ZONES, left.vector.zones(), strict=True)),
            "numbers": sorted(left.numbers),
            "prints": sorted(left.prints),
        }


def from_json(data: Json) -> Signature:
    """Read a signature back."""
    return Signature(
        trace=Trace(
            item_id=data["item"],
            lang=data["lang"],
            day=data["day"],
            days=frozenset(data["days"]),
            actors=dict(data["actors"]),
            vector=Vector.of([data[zone] for zone in _ZONES]),
            numbers=frozenset(data["numbers"]),
            prints=frozenset(data["prints"]),
        ),
        category=data["category"],
        kinds=dict(data["kinds"]),
        doubt=data["doubt"],
        step=data["step"],
        on=data["on"],
        persons=frozenset(data["persons"]),
        states=frozenset(data["states"]),
    )


def sign(doc: Document, verdict: Verdict) -> Signature:
    """Return the signature of a judged item."""
    findings = verdict.findings
    stated = findings.event_date if findings.event_date_basis in ("stated", "relative") else None
    return Signature(
        trace=trace(doc),
        category=str(verdict.category),
        kinds=_kinds(verdict),
        doubt=round(verdict.judgement.probabilities.get(Category.OTHER, 0.0), 3),
        step=findings.step,
        on=stated.toordinal() if stated else None,
        persons=_ids(findings.facts, ("designees", "persons", "target")),
        states=_ids(findings.facts, ("states", "imposed_by", "actor")),
    )


def _kinds(verdict: Verdict) -> dict[str, float]:
    """Return what kinds of event the item may report, given that it reports one."""
    odds = dict(verdict.judgement.probabilities)
    odds.pop(Category.OTHER, None)
    own = str(verdict.category)
    odds[own] = max(odds.get(own, 0.0), 0.05)
    total = sum(odds.values())
    return {kind: round(odd / total, 3) for kind, odd in sorted(odds.items()) if odd / total >= 0.05}


@cache
def _ids_by_name() -> dict[str, str]:
    return {known.name: known.id for known in gazetteer().entities.values()}


def _ids(facts: Mapping[str, Json], keys: tuple[str, ...]) -> frozenset[str]:
    found: dict[str, None] = {}
    for key in keys:
        value = facts.get(key, ())
        for name in (value,) if isinstance(value, str) else value:
            if isinstance(name, dict):
                name = name.get("name", "")  # noqa: PLW2901
            known = _ids_by_name().get(name)
            if known is not None and known not in GENERIC:
                found[known] = None
    return frozenset(found)
