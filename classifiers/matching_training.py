"""Learn the weights of :mod:`classifiers.matching` from the corpus: ``python -m classifiers.matching_training``.

Pairs of reports within the window are the examples, once with the labelled categories and once with those that a judge
gives who has not seen the item (so that grouping learns to live with wrong categories). Everything is deterministic.
Writes ``rarity.json`` and ``matching.json`` beside this file; review the figures it prints before keeping them.
"""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from classifiers import traces
from classifiers.categories import Category
from classifiers.facts import extract
from classifiers.judge import train_judge
from classifiers.labels import Labelled, load_corpus
from classifiers.matching import FEATURES, WINDOW, features
from classifiers.signatures import Signature, sign
from classifiers.traces import count_words
from classifiers.vectors import Likeness
from classifiers.verdicts import Judgement, Verdict

THRESHOLD = 0.42  # between the lowest number of roots per event and the highest precision on held-out time
_SEEN_AT_LEAST = 5  # words of fewer items than this count as rare alike
_FOLDS = 5
_TOGETHER = 4.0  # what a pair of one event weighs against a pair of two, before the size of the event is evened out
_HERE = Path(__file__).parent
_KEY_DATE = re.compile(r"(\d{4}-\d\d)(?:-(\d\d))?$")

Example = tuple[Labelled, Signature]


def main() -> None:
    """Train and write both files."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    corpus = list(load_corpus())
    counts = count_words([item.document for item in corpus])
    rarity = {str(bucket): count for bucket, count in sorted(counts.items()) if count >= _SEEN_AT_LEAST}
    _write("rarity.json", {"documents": len(corpus), "counts": rarity})
    traces.forget_rarity()
    labelled = [(item, _signed(item, _certain(item))) for item in corpus if item.category is not Category.OTHER]
    judged = [
        (item, _signed(item, judgement))
        for item, judgement in zip(corpus, _unseen(corpus), strict=True)
        if judgement.category is not Category.OTHER
    ]
    weights = train([labelled, judged])
    rounded = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    _write("matching.json", {"threshold": THRESHOLD, "weights": rounded})
    logging.info("%d words, %d weights: %s", len(rarity), len(rounded), rounded)


def train(views: Sequence[Sequence[Example]]) -> NDArray[np.float64]:
    """Return a weight for each feature, learned from every view of the examples together."""
    likeness = Likeness()
    rows: list[tuple[float, ...]] = []
    together: list[bool] = []
    weights: list[float] = []
    for examples in views:
        found = [(one, other, _together(one[0], other[0])) for one, other in _pairs(examples)]
        pairs_of = Counter(one[0].event_key for one, _, same in found if same)
        for one, other, same in found:
            if same is None:
                continue
            [cosines] = likeness.cosines(one[1].trace.vector, [other[1].trace.vector])
            rows.append(features(one[1], other[1], cosines))
            together.append(same)
            # An event of n reports has n² pairs: by the root of that, large events count for their reports.
            weights.append(_TOGETHER / pairs_of[one[0].event_key] ** 0.5 if same else 1.0)
    model = LogisticRegression(C=3.0, max_iter=5000, fit_intercept=False)
    model.fit(np.array(rows), np.array(together), sample_weight=np.array(weights))
    learned: NDArray[np.float64] = model.coef_[0]
    return learned


def _pairs(examples: Sequence[Example]) -> Iterator[tuple[Example, Example]]:
    """Yield the pairs that lie within the window, and those of which one has no day."""
    ordered = sorted(examples, key=lambda example: (example[1].trace.day or 0, example[0].document.id))
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            first, second = one[1].trace.day, other[1].trace.day
            if first is not None and second is not None and second - first > WINDOW.days:
                break
            yield one, other


def _together(one: Labelled, other: Labelled) -> bool | None:
    """Return whether two items report one event, or None where two keys may name the same event."""
    if one.event_key is None or other.event_key is None:
        return False
    if one.event_key == other.event_key:
        return True
    return None if same_name(one.event_key, other.event_key) else False


def same_name(one: str, other: str) -> bool:
    """Whether two event keys, given by different people, may name one event: same days and several words in common."""
    first, second = _KEY_DATE.search(one), _KEY_DATE.search(other)
    if first is None or second is None or first[1] != second[1]:
        return False
    if first[2] and second[2] and abs(int(first[2]) - int(second[2])) > 2:
        return False
    words = set(one[: first.start()].split("-")), set(other[: second.start()].split("-"))
    return len((words[0] & words[1]) - {"", "icc", "to", "inv", "invented"}) >= 2


def _signed(item: Labelled, judgement: Judgement) -> Signature:
    findings = extract(item.document, judgement)
    return sign(item.document, Verdict(item.document.id, judgement, findings, "training"))


def _certain(item: Labelled) -> Judgement:
    odds = {str(item.category): 0.9}
    return Judgement(item.category, item.about_court, 0.9, needs_review=False, evidence=(), probabilities=odds)


def _unseen(corpus: Sequence[Labelled]) -> list[Judgement]:
    """Return what a judge says of each item who was trained on other events alone."""
    judgements: list[Judgement | None] = [None] * len(corpus)
    groups = [item.group for item in corpus]
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=1)
    for known, unknown in folds.split(np.zeros(len(corpus)), groups=groups):
        judge = train_judge([corpus[number] for number in known])
        for number, judgement in zip(
            unknown, judge.judge([corpus[number].document for number in unknown]), strict=True
        ):
            judgements[number] = judgement
    return [judgement for judgement in judgements if judgement is not None]


def _write(name: str, data: object) -> None:
    (_HERE / name).write_text(json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n", "utf-8")


if __name__ == "__main__":
    main()
