"""A multinomial logistic regression over named features: trained with scikit-learn, applied with NumPy alone.

``python -m classifiers.model`` trains from the corpus and stores the result beside this file. A stored model whose
version is not that of the rules, the corpus and the code is never used: the judge then trains afresh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of one decision: ``weights[row, label]`` with a row a feature name."""

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.float32]

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Return the probability of each label, in the order of ``labels``."""
        known = sorted((row, value) for name, value in features.items() if (row := self.rows.get(name)) is not None)
        scores = np.zeros(len(self.labels))
        if known:
            index = np.fromiter((row for row, _ in known), dtype=np.intp, count=len(known))
            values = np.fromiter((value for _, value in known), dtype=np.float64, count=len(known))
            scores = values @ self.weights[index].astype(np.float64)
        scores = np.exp(scores - scores.max())
        return np.asarray(scores / scores.sum())


def train(
    samples: Sequence[Features], labels: Sequence[str], *, strength: float, least: int = 2, balance: float = 0.0
) -> Model:
    """Fit a model; ``strength`` is the inverse of regularisation, features in fewer than ``least`` samples are dropped."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only training needs these, and they are slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    counts: dict[str, int] = {}
    for sample in samples:
        for name in sample:
            counts[name] = counts.get(name, 0) + 1
    names = sorted(name for name, count in counts.items() if count >= least)
    rows = {name: row for row, name in enumerate(names)}
    pointer, index, values = [0], [], []
    for sample in samples:
        for name, value in sorted(sample.items()):
            if name in rows:
                index.append(rows[name])
                values.append(value)
        pointer.append(len(index))
    matrix = csr_matrix((values, index, pointer), shape=(len(samples), len(names)))
    sizes = Counter(labels)
    weight = {label: (len(labels) / len(sizes) / size) ** balance for label, size in sizes.items()}
    fitted = LogisticRegression(C=strength, max_iter=1000, fit_intercept=False, class_weight=weight)
    fitted.fit(matrix, list(labels))
    weights = fitted.coef_.T
    if len(fitted.classes_) == 2:
        weights = np.hstack([np.zeros_like(weights), weights])
    return Model(tuple(str(label) for label in fitted.classes_), rows, weights.astype(np.float32))
