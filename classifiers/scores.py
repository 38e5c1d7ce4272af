"""Figures about judgements against labels: pure arithmetic, no judging."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifiers.categories import Category
from classifiers.labels import Labelled
from classifiers.verdicts import Judgement

_RESAMPLES = 400
_BINS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled item, what was concluded about it, and the event that grouping put it into."""

    item: Labelled
    judgement: Judgement
    event_id: str | None = None

    @property
    def right(self) -> bool:
        """Whether the category is that of the label."""
        return self.judgement.category is self.item.category

    @property
    def should_alert(self) -> bool:
        """Whether the label asks for an alert: an event about the Court."""
        return self.item.category is not Category.OTHER and self.item.about_court

    @property
    def would_alert(self) -> bool:
        """Whether the judgement is an event about the Court, sure or not."""
        return self.judgement.category is not Category.OTHER and self.judgement.about_court


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall and their harmonic mean; ``support`` is how many items the label has."""

    precision: float
    recall: float
    support: int

    @property
    def f1(self) -> float:
        """Return the harmonic mean, 0 when nothing was found."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def binary(judged: Sequence[Judged], truth: Callable[[Judged], bool], said: Callable[[Judged], bool]) -> Scores:
    """Score a yes/no question. Nothing said is precision 1; nothing to find is recall 1."""
    hits = sum(truth(one) and said(one) for one in judged)
    positive = sum(map(said, judged))
    support = sum(map(truth, judged))
    return Scores(hits / positive if positive else 1.0, hits / support if support else 1.0, support)


def per_category(judged: Sequence[Judged]) -> dict[Category, Scores]:
    """Score each category that the labels or the judgements name."""
    named = {one.item.category for one in judged} | {one.judgement.category for one in judged}
    return {
        category: binary(
            judged,
            lambda one, c=category: one.item.category is c,  # type: ignore[misc]
            lambda one, c=category: one.judgement.category is c,  # type: ignore[misc]
        )
        for category in Category
        if category in named
    }


def macro_f1(judged: Sequence[Judged]) -> float:
    """Return the mean F1 over the categories that the labels name: each counts the same, however rare."""
    scores = [score.f1 for score in per_category(judged).values() if score.support]
    return sum(scores) / len(scores) if scores else 0.0


def accuracy(judged: Sequence[Judged]) -> float:
    """Return the share of items with the right category."""
    return sum(one.right for one in judged) / len(judged) if judged else 0.0


def interval(judged: Sequence[Judged], figure: Callable[[Sequence[Judged]], float]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of ``figure``; events are resampled, since reports of one move together."""
    groups: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        groups[one.item.group].append(one)
    names = sorted(groups)
    chance = random.Random(20250206)  # noqa: S311 - resampling, no secrets; a fixed seed gives the same interval
    values = sorted(
        figure([one for name in chance.choices(names, k=len(names)) for one in groups[name]]) for _ in range(_RESAMPLES)
    )
    return values[int(0.025 * _RESAMPLES)], values[int(0.975 * _RESAMPLES) - 1]


def b_cubed(pairs: Sequence[tuple[Hashable, Hashable]]) -> Scores:
    """Score a grouping: for each (true, found) pair, how pure is its group and how much of its event is in it."""
    true, found, both = Counter(t for t, _ in pairs), Counter(f for _, f in pairs), Counter(pairs)
    if not pairs:
        return Scores(1.0, 1.0, 0)
    precision = sum(both[pair] / found[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / true[pair[0]] for pair in pairs) / len(pairs)
    return Scores(precision, recall, len(pairs))


def grouping_pairs(judged: Sequence[Judged], *, keyed_only: bool) -> list[tuple[Hashable, Hashable]]:
    """Return (true event, found event) pairs; an item without an event stands alone on its side."""
    return [
        (one.item.group, one.event_id or f"alone:{one.item.document.id}")
        for one in judged
        if one.item.event_key or not keyed_only
    ]


def roots_per_event(judged: Sequence[Judged]) -> float:
    """Return how many alerts with a thread of their own a real event about the Court starts (1 is right)."""
    roots: dict[str, set[str]] = defaultdict(set)
    for one in judged:
        if one.should_alert and one.item.event_key and one.would_alert and one.event_id:
            roots[one.item.event_key].add(one.event_id)
    return sum(map(len, roots.values())) / len(roots) if roots else 1.0


def confusion(judged: Sequence[Judged]) -> Counter[tuple[Category, Category]]:
    """Count (label, judgement) pairs."""
    return Counter((one.item.category, one.judgement.category) for one in judged)


def calibration(judged: Sequence[Judged]) -> list[tuple[float, float, int, float, float]]:
    """Return (from, to, items, mean confidence, share right) for each range of confidence that has items."""
    rows = []
    for low, high in pairwise(_BINS):
        part = [
            one for one in judged if low <= one.judgement.confidence < high or (high == 1.0 == one.judgement.confidence)
        ]
        if part:
            rows.append((low, high, len(part), sum(o.judgement.confidence for o in part) / len(part), accuracy(part)))
    return rows
