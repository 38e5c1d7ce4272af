"""``courtwatch backtest``: what today's rules and model would have made of stored items, before they go live."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers.classify import group, load_classifier
from warehouse.judged import JudgedItem, read_judged


@dataclass(frozen=True)
class Difference:
    """One item that would be told differently now."""

    kind: str  # gained, lost, moved
    title: str
    publisher: str
    before: str
    now: str


@dataclass(frozen=True)
class Backtest:
    """The outcome: how many items were judged again, and what would change."""

    items: int
    version: str
    differences: tuple[Difference, ...]
    merged: tuple[tuple[str, ...], ...]  # events of then that would be one now
    split: tuple[str, ...]  # events of then that would be several now
    kept: int  # items that would be judged otherwise, and stay as a person said


def backtest(copy: Path, *, since: datetime, model: Path | None = None) -> Backtest:
    """Judge and group the stored items again and compare; nothing is written.

    ``model`` is a file of `courtwatch train` to be tried. What a person said outlives every judging, here too.
    """
    stored = read_judged(copy, since=since)
    classifier = load_classifier(model)
    documents = [item.document for item in stored]
    verdicts, now_of = group(documents, classifier.classify(documents))
    differences, kept = [], 0
    for item, verdict in zip(stored, verdicts, strict=True):
        judgement = verdict.judgement
        if item.corrected:
            kept += (item.category, item.about_court) != (judgement.category, judgement.about_court)
            continue
        alerts = verdict.reports_event and judgement.about_court and not judgement.needs_review
        before, now = (
            _said(item.category, item.about_court, item.needs_review),
            _said(judgement.category, judgement.about_court, judgement.needs_review),
        )
        kind = _kind(item, alerts, before != now)
        if kind:
            differences.append(Difference(kind, item.document.title, item.document.publisher, before, now))
    # A person's grouping stays as well.
    merged, split = _regrouped([item for item in stored if not item.regrouped], now_of)
    order = ("lost", "gained", "moved")
    return Backtest(
        len(stored),
        classifier.version,
        tuple(sorted(differences, key=lambda d: order.index(d.kind))),
        merged,
        split,
        kept,
    )


def _kind(item: JudgedItem, alerts: bool, differs: bool) -> str:
    if item.alerts != alerts:
        return "gained" if alerts else "lost"
    return "moved" if alerts and differs else ""


def _said(category: str, about_court: bool, needs_review: bool) -> str:
    about = "" if about_court else ", not about the Court"
    return f"{category}{about}{', needs review' if needs_review else ''}"


def _regrouped(stored: list[JudgedItem], now_of: dict[str, str]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """Return the events of then that share an event now, and those whose items lie in several."""
    then_of_now: dict[object, set[str]] = defaultdict(set)
    now_of_then: dict[str, set[object]] = defaultdict(set)
    for item in stored:
        now = now_of.get(item.document.id)
        if item.event_id is not None and now is not None:
            then_of_now[now].add(item.event_id)
            now_of_then[item.event_id].add(now)
    merged = sorted(tuple(sorted(events)) for events in then_of_now.values() if len(events) > 1)
    split = sorted(event for event, parts in now_of_then.items() if len(parts) > 1)
    return tuple(merged), tuple(split)
