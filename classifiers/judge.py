"""Judging: what does an item report as news, and is it about the Court?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import cache

from classifiers.categories import Category
from classifiers.features import category_features, court_features
from classifiers.labels import Labelled, corpus_digest, load_corpus
from classifiers.lexicon import load_concepts, rules_digest
from classifiers.model import Model, train
from classifiers.tagging import Tagged, tag
from classifiers.verdicts import Document, Evidence, Judgement

CODE_VERSION = "1"
_REVIEW_BELOW = 0.45


class Judge:
    """Judges documents one by one: the answer never depends on what else is in the batch."""

    def __init__(self, category: Model, court: Model, version: str) -> None:
        self._category = category
        self._court = court
        self.version = version

    def judge(self, docs: Sequence[Document]) -> list[Judgement]:
        """Return a judgement for each document, in order."""
        return [self._judge(tag(doc)) for doc in docs]

    def _judge(self, tagged: Tagged) -> Judgement:
        odds = self._category.probabilities(category_features(tagged))
        about = float(self._court.probabilities(court_features(tagged))[self._court.labels.index("yes")])
        best = int(odds.argmax())
        category = Category(self._category.labels[best])
        confidence = float(odds[best])
        return Judgement(
            category=category,
            about_court=about >= 0.5,
            confidence=round(confidence, 4),
            needs_review=category is not Category.OTHER and confidence < _REVIEW_BELOW,
            evidence=_evidence(tagged),
            probabilities={label: round(float(p), 4) for label, p in zip(self._category.labels, odds, strict=True)},
            about_confidence=round(max(about, 1 - about), 4),
        )


def _evidence(tagged: Tagged) -> tuple[Evidence, ...]:
    concepts = load_concepts()
    quotes = []
    for sentence, hits in list(zip(tagged.sentences, tagged.hits, strict=True))[:3]:
        reasons = list(dict.fromkeys(concepts[hit.concept]["reason"] for hit in hits))
        if reasons:
            quotes.append(Evidence(quote=sentence, reason="; ".join(reasons[:4])))
    return tuple(quotes)


def train_judge(corpus: Iterable[Labelled]) -> Judge:
    """Return a judge trained on ``corpus`` alone: what shipping, cross-validation and time splits all use."""
    items = list(corpus)
    tagged = [tag(item.document) for item in items]
    return Judge(
        category=train(
            [category_features(r) for r in tagged], [str(i.category) for i in items], strength=0.06, balance=0.5
        ),
        court=train(
            [court_features(r) for r in tagged],
            ["yes" if i.about_court else "no" for i in items],
            strength=1.0,
        ),
        version=hashlib.sha256(f"{CODE_VERSION} {rules_digest()} {corpus_digest()}".encode()).hexdigest()[:12],
    )


@cache
def load_judge() -> Judge:
    """Return the judge of this version of rules, corpus and code; made once a process, the same every time."""
    return train_judge(load_corpus())
