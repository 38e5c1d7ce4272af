"""Judging: what does an item report as news, and is it about the Court?

``python -m classifiers.judge`` trains on the whole corpus and stores the result beside this file (a test fails while
it is not that of the present rules, corpus and code); a judge without a current one trains afresh, some seconds long.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from classifiers.categories import Category
from classifiers.circumstances import circumstances
from classifiers.court import court_features
from classifiers.errors import InputError
from classifiers.evidence import quote
from classifiers.features import Features, category_features, is_call, performatives
from classifiers.guards import overrule
from classifiers.labels import Labelled, corpus_digest, load_corpus
from classifiers.lexicon import load_concepts, rules_digest
from classifiers.model import Model, from_bytes, to_bytes, train
from classifiers.network import Network, train_network
from classifiers.reading import read
from classifiers.tagging import Tagged, tag
from classifiers.verdicts import Document, Evidence, Judgement
from classifiers.wording import word_features

CODE_VERSION = "17"  # raise it when features or training change what is learnt from the same rules and corpus
_STORED = "model.npz"
_LOCAL = "+"  # in a version: what stands behind it was trained here
_REVIEW_BELOW = 0.45  # an event named with less confidence is shown in the digest, not told
# The like for what an organisation calls upon states to do: whether that is an event is a border of the definitions
# (docs/categories.md), on which labels are divided too.
_REVIEW_CALLS_BELOW = 0.8
# How much likelier a category is when an official release performs its act. Releases are too few to learn it from,
# and missing one costs more than anything: recall on them is to be complete.
_OFFICIAL_WEIGHT = 12.0
# Share of the plain words in a judgement (a geometric mean with what the rules' features say): the best on items that
# nobody had read, where rules know least. What the words hold for impossible is only unlikely.
_WORDING = 0.25
_COURT_WORDING = 0.4  # the like for whether an item is about the Court
_UNLIKELY = 1e-3
# Share of the network, which learns what the features mean together; what it holds for impossible is only unlikely.
_NETWORK = 0.6
# Regularised weights are too modest: with this power the confidence is the share that is right (cross-validated).
_SHARPNESS = 1.9
# Share of a category's probability that a guard takes away: nearly all of it.
_OVERRULED = 0.95
_DECIMALS = 4  # of the probabilities that are told


class Judge:
    """Judges documents, a batch at a time; the answer never depends on what else is in the batch."""

    def __init__(self, models: Mapping[str, Model], version: str) -> None:
        """Take the models that :func:`train_judge` names."""
        self._models = dict(models)
        self._category, self._wording = models["category"], models["wording"]
        self._network = Network(models["network told"], models["network words"], models["network out"])
        self._court, self._court_wording = models["court"], models["court wording"]
        self.version = version
        self._acts = {name: table["category"] for name, table in load_concepts().items() if "category" in table}

    def judge(self, docs: Sequence[Document]) -> list[Judgement]:
        """Return a judgement for each document, in order."""
        if not docs:
            return []
        tagged = [tag(doc) for doc in docs]
        words = [word_features(one) for one in tagged]
        odds = self._odds(tagged, words)
        about = self._about(tagged, words)
        settled = [
            self._settle(one, own, about_court=court >= 0.5)
            for one, own, court in zip(tagged, odds, about, strict=True)
        ]
        told = odds.round(_DECIMALS).tolist()
        return [
            self._judgement(one, category, evidence, dict(zip(self._category.labels, own, strict=True)), court)
            for one, (category, evidence), own, court in zip(tagged, settled, told, about, strict=True)
        ]

    def pack(self) -> bytes:
        """Return the judge as it is stored."""
        return to_bytes(self._models, self.version)

    def _about(self, tagged: Sequence[Tagged], words: Sequence[Features]) -> list[float]:
        """Return the probability that each document is about the Court."""
        odds = self._court.probabilities([court_features(one) for one in tagged]) ** (1 - _COURT_WORDING)
        odds *= self._court_wording.probabilities(words) ** _COURT_WORDING
        odds /= odds.sum(axis=1, keepdims=True)
        shares: list[float] = odds[:, self._court.labels.index("yes")].tolist()
        return shares

    def _odds(self, tagged: Sequence[Tagged], words: Sequence[Features]) -> NDArray[np.float64]:
        """Return the probability of each category for each document, ``[document, label]``, before any guard."""
        told = [features_of(one) for one in tagged]
        odds = self._category.probabilities(told) ** (1 - _WORDING)
        odds *= (self._wording.probabilities(words) + _UNLIKELY) ** _WORDING
        odds **= _SHARPNESS * (1 - _NETWORK)
        odds /= odds.sum(axis=1, keepdims=True)
        odds *= (self._network.probabilities(told, words) + _UNLIKELY) ** _NETWORK
        for row, one in enumerate(tagged):
            performed = {self._acts[act] for act in performatives(one, self._acts)}
            if performed:
                odds[row] *= [_OFFICIAL_WEIGHT if label in performed else 1.0 for label in self._category.labels]
        odds /= odds.sum(axis=1, keepdims=True)
        return odds

    def _settle(
        self, tagged: Tagged, odds: NDArray[np.float64], *, about_court: bool
    ) -> tuple[Category, tuple[Evidence, ...]]:
        """Return the likeliest category, or that of a guard, to which ``odds`` are moved then, with what shows it."""
        best = int(odds.argmax())
        category = Category(self._category.labels[best])
        evidence = quote(tagged, category, about=about_court)
        overruled = overrule(tagged.document, category, about_court=about_court)
        if overruled is None:
            return category, evidence
        category, proof = overruled
        moved = odds[best] * _OVERRULED
        odds[best] -= moved
        odds[self._category.labels.index(category)] += moved
        return category, (proof, *evidence)

    @staticmethod
    def _judgement(
        tagged: Tagged,
        category: Category,
        evidence: tuple[Evidence, ...],
        probabilities: Mapping[str, float],
        about: float,
    ) -> Judgement:
        confidence = probabilities[category]
        calls = category is Category.PROTECTIVE_MEASURE and is_call(tagged)
        return Judgement(
            category=category,
            about_court=about >= 0.5,
            confidence=confidence,
            needs_review=category is not Category.OTHER
            and confidence < (_REVIEW_CALLS_BELOW if calls else _REVIEW_BELOW),
            evidence=evidence,
            probabilities=probabilities,
            about_confidence=round(max(about, 1 - about), _DECIMALS),
        )


def features_of(tagged: Tagged) -> Features:
    """Return what the category is judged by: concepts in their places, and the circumstances."""
    told, acts = category_features(tagged)
    told.update(circumstances(read(tagged.document), acts))
    return told


def train_judge(corpus: Iterable[Labelled], version: str = "unversioned") -> Judge:
    """Return a judge trained on ``corpus`` alone: shipping, cross-validation and time splits all use this."""
    items = list(corpus)
    tagged = [tag(item.document) for item in items]
    words = [word_features(one) for one in tagged]
    labels, weights = [str(item.category) for item in items], [item.weight for item in items]
    about = ["yes" if item.about_court else "no" for item in items]
    told = [features_of(one) for one in tagged]
    models = {
        "category": train(told, labels, weights, strength=0.06, least=3, balance=0.5),
        "wording": train(words, labels, weights, strength=5.0, balance=0.75, by_rarity=True),
        "court": train([court_features(one) for one in tagged], about, weights, strength=1.0),
        "court wording": train(words, about, weights, strength=5.0, by_rarity=True),
    }
    network = train_network(told, words, labels, weights, balance=0.5)
    models |= {f"network {name}": layer for name, layer in network.layers().items()}
    return Judge(models, version)


def current_version() -> str:
    """Return the hash over rules, tables, corpus and code that the shipped judge must have."""
    tables = hashlib.sha256(b"\0".join(table.read_bytes() for table in _tables())).hexdigest()
    return hashlib.sha256(f"{CODE_VERSION} {rules_digest()} {tables} {corpus_digest()}".encode()).hexdigest()[:12]


def _tables() -> list[Traversable]:
    """Return the tables of steps, days and names, from which features are made too."""
    here = files("classifiers")
    names = sorted((table for table in (here / "entities").iterdir() if table.is_file()), key=lambda table: table.name)
    return [here / "dates.toml", here / "steps.toml", *names]


@cache
def load_judge(local: Path | None = None) -> Judge:
    """Return the judge of the present rules, corpus and code: stored, else trained; made once a process.

    ``local`` is a file that :func:`train_locally` made, used instead of the shipped one. Raises InputError when it is
    no such file or was trained under other rules.
    """
    version = current_version()
    if local is not None:
        return _load_local(local, version)
    stored = files("classifiers").joinpath(_STORED)
    if stored.is_file():
        models, known = from_bytes(stored.read_bytes())
        if known == version:
            return Judge(models, version)
    return train_judge(load_corpus(), version)


def _load_local(path: Path, version: str) -> Judge:
    try:
        models, known = from_bytes(path.read_bytes())
        judge = Judge(models, known)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise InputError(f"{path}: no model that can be read ({error}); make it with `courtwatch train`") from None
    if known.partition(_LOCAL)[0] != version:
        raise InputError(f"{path}: trained under other rules ({known}, now {version}); run `courtwatch train` again")
    return judge


def train_locally(extra: Iterable[Labelled], path: Path) -> Judge:
    """Train on the corpus and on ``extra``, which wins where both know an item; store the judge at ``path``.

    Its version is that of the shipped judge, a plus and a hash over ``extra``: every verdict says which model it is of.
    """
    own = {item.document.id: item for item in extra}
    told = [
        [key, item.document.title, item.document.text, item.category, item.about_court] for key, item in own.items()
    ]
    digest = hashlib.sha256(json.dumps(sorted(told), ensure_ascii=False).encode()).hexdigest()[:8]
    shipped = [item for item in load_corpus() if item.document.id not in own]
    judge = train_judge([*shipped, *(own[key] for key in sorted(own))], f"{current_version()}{_LOCAL}{digest}")
    part = path.with_name(path.name + ".part")
    part.write_bytes(judge.pack())
    part.replace(path)
    return judge


if __name__ == "__main__":
    Path(__file__).with_name(_STORED).write_bytes(train_judge(load_corpus(), current_version()).pack())
