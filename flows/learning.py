"""Learning from people: their corrections score the present judge, and train one of our own beside the shipped one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from classifiers import scores
from classifiers.categories import Category
from classifiers.classify import group, load_classifier
from classifiers.judge import Judge, train_locally
from classifiers.labels import Labelled
from classifiers.scores import Judged
from flows.errors import FlowError
from warehouse.judged import JudgedItem, read_corrected


@dataclass(frozen=True)
class Agreement:
    """How far the present judge agrees with what people said against an earlier verdict."""

    version: str
    items: int  # whose category or bearing on the Court people said
    category_right: int
    about_court_right: int
    alert_right: int
    regrouped: int  # whose event people merged or split
    grouping_precision: float  # B-cubed over these, 1 when there are none
    grouping_recall: float


def agreement(copy: Path, model: Path | None = None) -> Agreement:
    """Judge and group again what people corrected in the published copy, and compare. Raises FlowError for none."""
    found = _corrections(copy)
    classifier = load_classifier(model)
    documents = [item.document for item in found]
    verdicts, events = group(documents, classifier.classify(documents))
    judged = [
        (item, Judged(labelled(item), verdict.judgement, events.get(item.document.id)))
        for item, verdict in zip(found, verdicts, strict=True)
    ]
    said = [one for item, one in judged if item.corrected]
    grouping = scores.b_cubed(scores.grouping_pairs([one for item, one in judged if item.regrouped], keyed_only=False))
    return Agreement(
        version=classifier.version,
        items=len(said),
        category_right=sum(one.right for one in said),
        about_court_right=sum(one.item.about_court == one.judgement.about_court for one in said),
        alert_right=sum(one.should_alert == one.would_alert for one in said),
        regrouped=grouping.support,
        grouping_precision=grouping.precision,
        grouping_recall=grouping.recall,
    )


def learn(copy: Path, path: Path) -> tuple[Judge, int]:
    """Train on the corpus and on what people said, store the judge at ``path``; return it and how many they were."""
    said = [labelled(item) for item in _corrections(copy) if item.corrected]
    path.parent.mkdir(parents=True, exist_ok=True)
    return train_locally(said, path), len(said)


def labelled(item: JudgedItem) -> Labelled:
    """Return a corrected item as a labelled example."""
    return Labelled(
        document=item.document,
        category=Category(item.category),
        about_court=item.about_court,
        event_key=item.event_id if item.category != Category.OTHER else None,
        at=item.document.published,
        file="corrections",
    )


def _corrections(copy: Path) -> list[JudgedItem]:
    found = read_corrected(copy)
    if not found:
        raise FlowError(
            "nobody has corrected anything yet, so there is nothing to learn from or to score against: corrections are "
            "made with `courtwatch correct EVENT`, or in Slack with the button Wrong…"
        )
    return found
