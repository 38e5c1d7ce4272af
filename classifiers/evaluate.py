"""Scoring against labels, honestly: nothing is judged by a judge that was trained on it or on its event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers import facts, scores
from classifiers.baseline import judge_by_keywords
from classifiers.categories import Category
from classifiers.classify import group
from classifiers.jsonl import read_text
from classifiers.judge import Judge, load_judge, train_judge
from classifiers.labels import Labelled, check_split, load_corpus, parse_labelled, split_folds
from classifiers.scores import Judged, Scores
from classifiers.verdicts import Judgement, Verdict

_WORST = 25  # mistakes shown


@dataclass(frozen=True, slots=True)
class Slice:
    """The figures of one part of the items: a language, a source kind, the hard ones."""

    items: int
    accuracy: float
    macro_f1: float
    alert: Scores


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one evaluation."""

    method: str  # how the items were judged, a sentence
    judged: tuple[Judged, ...]
    accuracy: float
    macro_f1: float
    macro_interval: tuple[float, float]
    categories: Mapping[Category, Scores]
    about: Scores
    alert: Scores  # what would be told: sure enough, an event, about the Court
    alert_review: Scores  # the same with what waits for review counted
    review_share: float
    grouping: Scores
    grouping_keyed: Scores
    roots: float
    slices: Mapping[str, Mapping[str, Slice]]
    confusion: Counter[tuple[Category, Category]]
    calibration: Sequence[tuple[float, float, int, float, float]]
    baseline_macro_f1: float
    baseline_alert: Scores
    mistakes: tuple[Judged, ...]  # the surest wrong answers first


def read_labelled(path: Path) -> list[Labelled]:
    """Read a labels file; raises InputError at the first bad line."""
    return parse_labelled(read_text(path), path.name)


def evaluate(labelled: Sequence[Labelled]) -> Report:
    """Score the shipped judge; where the labels are part of its training corpus, judges trained without them."""
    corpus = load_corpus()
    known = {item.document.id for item in corpus} | {item.event_key for item in corpus if item.event_key}
    if any(item.document.id in known or item.event_key in known for item in labelled):
        return cross_validate(labelled, extra=corpus)
    judged = _judged(load_judge(), labelled)
    return report(judged, "Judged by the shipped judge, which knows neither these items nor their events.")


def cross_validate(labelled: Sequence[Labelled], folds: int = 5, extra: Iterable[Labelled] = ()) -> Report:
    """Judge each fold by a judge trained on the other folds and on what of ``extra`` shares no event with it."""
    ids = {item.document.id for item in labelled}
    more = [item for item in extra if item.document.id not in ids]
    judged: dict[str, Judgement] = {}
    for train, test in split_folds(labelled, folds):
        if not test:
            continue
        part = [labelled[i] for i in test]
        rest = [*(labelled[i] for i in train), *_without(more, part)]
        check_split(rest, part)
        judged.update((one.item.document.id, one.judgement) for one in _judged(train_judge(rest), part))
    method = f"{folds}-fold cross-validation: no item is judged by a judge that has seen an item of its event."
    return report([Judged(item, judged[item.document.id]) for item in labelled], method)


def time_split(labelled: Sequence[Labelled], before: datetime, extra: Iterable[Labelled] = ()) -> Report:
    """Train on the events that were first reported before ``before`` and judge the later ones."""
    everything = [*labelled, *_without(extra, labelled)]
    first: dict[str, datetime] = {}
    for item in everything:
        if item.at is not None:
            first[item.group] = min(item.at, first.get(item.group, item.at))
    late = {name for name, at in first.items() if at >= before}
    test = [item for item in labelled if item.group in late]
    train = [item for item in everything if item.group not in late]
    check_split(train, test)
    method = f"Trained on events first reported before {before:%d %B %Y} ({len(train)} items), judged on later ones."
    return report(_judged(train_judge(train), test), method)


def report(judged: Sequence[Judged], method: str) -> Report:
    """Return all figures of judged items; those without an event id are grouped here."""
    judged = _grouped(judged)
    naive = [Judged(one.item, judge_by_keywords(one.item.document)) for one in judged]
    wrong = sorted(
        (one for one in judged if not one.right), key=lambda o: (-o.judgement.confidence, o.item.document.id)
    )
    return Report(
        method=method,
        judged=tuple(judged),
        accuracy=scores.accuracy(judged),
        macro_f1=scores.macro_f1(judged),
        macro_interval=scores.interval(judged, scores.macro_f1),
        categories=scores.per_category(judged),
        about=scores.binary(judged, lambda one: one.item.about_court, lambda one: one.judgement.about_court),
        alert=_alert(judged, review=False),
        alert_review=_alert(judged, review=True),
        review_share=sum(one.judgement.needs_review for one in judged) / max(1, len(judged)),
        grouping=scores.b_cubed(scores.grouping_pairs(judged, keyed_only=False)),
        grouping_keyed=scores.b_cubed(scores.grouping_pairs(judged, keyed_only=True)),
        roots=scores.roots_per_event(judged),
        slices={
            "language": _slices(judged, lambda one: one.item.document.lang),
            "source kind": _slices(judged, lambda one: one.item.document.source_kind),
            "difficulty": _slices(judged, lambda one: "marked hard" if one.item.hard else "plain"),
        },
        confusion=scores.confusion(judged),
        calibration=scores.calibration(judged),
        baseline_macro_f1=scores.macro_f1(naive),
        baseline_alert=_alert(naive, review=True),
        mistakes=tuple(wrong[:_WORST]),
    )


def _judged(judge: Judge, items: Sequence[Labelled]) -> list[Judged]:
    judgements = judge.judge([item.document for item in items])
    return [Judged(item, judgement) for item, judgement in zip(items, judgements, strict=True)]


def _grouped(judged: Sequence[Judged]) -> list[Judged]:
    documents = [one.item.document for one in judged]
    verdicts = [
        Verdict(doc.id, one.judgement, facts.extract(doc, one.judgement), "evaluation")
        for doc, one in zip(documents, judged, strict=True)
    ]
    final, events = group(documents, verdicts)
    return [
        Judged(one.item, verdict.judgement, events.get(verdict.item_id))
        for one, verdict in zip(judged, final, strict=True)
    ]


def _without(items: Iterable[Labelled], others: Iterable[Labelled]) -> list[Labelled]:
    groups = set()
    ids = set()
    for item in others:
        groups.add(item.group)
        ids.add(item.document.id)
    return [item for item in items if item.group not in groups and item.document.id not in ids]


def _alert(judged: Sequence[Judged], *, review: bool) -> Scores:
    return scores.binary(
        judged,
        lambda one: one.should_alert,
        lambda one: one.would_alert and (review or not one.judgement.needs_review),
    )


def _slices(judged: Sequence[Judged], name: Callable[[Judged], str]) -> dict[str, Slice]:
    parts: dict[str, list[Judged]] = {}
    for one in judged:
        parts.setdefault(name(one), []).append(one)
    return {
        key: Slice(len(part), scores.accuracy(part), scores.macro_f1(part), _alert(part, review=True))
        for key, part in sorted(parts.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    }
