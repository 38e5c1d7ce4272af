"""The one entrance to judging: items in, verdicts out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from classifiers import facts
from classifiers.context import recognise
from classifiers.grouping import Grouper
from classifiers.judge import Judge, load_judge
from classifiers.verdicts import Document, Evidence, Json, Verdict
from spiders.items import Item

# Documents that go through a step together before the next one: its code and tables then stay in the processor's cache,
# and their sentences in ours (it is measured: a tenth of the time).
_BATCH = 32


class Classifier:
    """Judges documents and finds their facts; the same document gives the same verdict in any company."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.version = f"{judge.version}/{facts.VERSION}"

    def classify(self, docs: Sequence[Document]) -> list[Verdict]:
        """Return one verdict a document, in order."""
        return [
            verdict for start in range(0, len(docs), _BATCH) for verdict in self._batch(docs[start : start + _BATCH])
        ]

    def _batch(self, docs: Sequence[Document]) -> list[Verdict]:
        judgements = self._judge.judge(docs)
        return [
            Verdict(doc.id, judgement, facts.extract(doc, judgement), self.version)
            for doc, judgement in zip(docs, judgements, strict=True)
        ]


@cache
def load_classifier(model: Path | None = None) -> Classifier:
    """Return the classifier with the shipped model, or with one that was trained here; made once a process."""
    return Classifier(load_judge(model))


def document_of(item: Item) -> Document:
    """Return what judging looks at of an item."""
    return Document(
        id=item.id,
        title=item.title,
        text=item.text,
        url=item.url,
        publisher=item.publisher,
        source_kind=item.tier,
        published=item.published.at,
        lang=item.language,
    )


def classify_documents(docs: Sequence[Document], classifier: Classifier) -> list[dict[str, Json]]:
    """Judge and group ``docs`` and return the rows of ``courtwatch classify``, in the order of ``docs``.

    Grouping goes by time of publication. A document without one comes after all others (the dates in its text are as
    often those of the background); equal times go by id, so that the order of the input changes nothing.
    """
    verdicts, events = group(docs, classifier.classify(docs))
    return [_row(verdict, events.get(verdict.item_id)) for verdict in verdicts]


def group(docs: Sequence[Document], verdicts: Sequence[Verdict]) -> tuple[list[Verdict], dict[str, str]]:
    """Group in order of time what reports an event.

    Returns the verdicts, those of doubtful items as the events known before them decide, and item id -> event id.
    """
    last = max((doc.published for doc in docs if doc.published), default=datetime.min.replace(tzinfo=UTC))
    timed = sorted(
        (
            (doc.published is None, doc.published or last, doc.id, doc, verdict)
            for doc, verdict in zip(docs, verdicts, strict=True)
        ),
        key=lambda entry: entry[:3],
    )
    grouper = Grouper()
    final: dict[str, Verdict] = {}
    for _, at, _, doc, verdict in timed:
        final[doc.id] = recognise(doc, verdict, grouper)
        grouper.place(doc, final[doc.id], seen_at=at)
    events = {doc.id: event_id for doc in docs if (event_id := grouper.event_of(doc.id)) is not None}
    return [final[doc.id] for doc in docs], events


def _row(verdict: Verdict, event_id: str | None) -> dict[str, Json]:
    judgement, findings = verdict.judgement, verdict.findings
    return {
        "id": verdict.item_id,
        "category": str(judgement.category),
        "about_court": judgement.about_court,
        "confidence": judgement.confidence,
        "event_id": event_id,
        "event_date": findings.event_date.isoformat() if findings.event_date else None,
        "facts": dict(findings.facts),
        "evidence": [_quoted(evidence) for evidence in (*judgement.evidence, *findings.evidence)],
    }


def _quoted(evidence: Evidence) -> dict[str, str]:
    return {"quote": evidence.quote, "reason": evidence.reason}
