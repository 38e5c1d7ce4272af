"""A multinomial logistic regression over named features: trained with scikit-learn, applied with NumPy alone."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

Features = Mapping[str, float]
_UNKNOWN = -1  # the row of a feature without weights
_KEPT = 0.004  # weights that never reach this cannot change an answer in the digits we report


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of one decision: ``weights[row, label]``, a row for each known feature name."""

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.float64]

    def probabilities(self, features: Features) -> NDArray[np.float64]:
        """Return the probability of each label, in the order of ``labels``."""
        rows = np.fromiter(map(self.rows.get, features, repeat(_UNKNOWN)), np.intp, len(features))
        values = np.fromiter(features.values(), np.float64, len(features))
        # Sums of floats depend on their order, the answer must not. What is unknown comes first.
        order = rows.argsort()[len(rows) - np.count_nonzero(rows >= 0) :]
        if not len(order):
            return np.full(len(self.labels), 1 / len(self.labels))
        scores = values[order] @ self.weights.take(rows[order], axis=0)
        scores = np.exp(scores - np.maximum.reduce(scores))
        return np.asarray(scores / np.add.reduce(scores), dtype=np.float64)


def train(
    samples: Sequence[Features], labels: Sequence[str], *, strength: float, least: int = 2, balance: float = 0.0
) -> Model:
    """Fit a model.

    ``strength`` is the inverse of regularisation; features in fewer than ``least`` samples are dropped; ``balance``
    between 0 and 1 lifts rare labels from their share (0) to an equal say (1).
    """
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - only training needs these, and they are slow to import
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    counts = Counter(name for sample in samples for name in sample)
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
    fitted = LogisticRegression(C=strength, max_iter=1000, tol=1e-3, fit_intercept=False, class_weight=weight)
    fitted.fit(matrix, list(labels))
    weights = fitted.coef_.T
    if len(fitted.classes_) == 2:
        weights = np.hstack([np.zeros_like(weights), weights])
    return _pruned(tuple(str(label) for label in fitted.classes_), names, weights)


def _pruned(labels: tuple[str, ...], names: list[str], weights: NDArray[np.float64]) -> Model:
    """Drop rows that say nothing, and round to the half precision in which a model is stored."""
    kept = np.flatnonzero(np.abs(weights).max(axis=1) >= _KEPT)
    small = weights[kept].astype(np.float16).astype(np.float64)
    return Model(labels, {names[row]: position for position, row in enumerate(kept)}, small)


def to_bytes(models: Mapping[str, Model], version: str) -> bytes:
    """Pack models for storing: the same models give the same bytes, and nothing in them is a pickle."""
    header = {
        "version": version,
        "models": {name: {"labels": model.labels, "rows": list(model.rows)} for name, model in models.items()},
    }
    arrays: dict[str, Any] = {name: model.weights.astype(np.float16) for name, model in models.items()}
    arrays["header"] = np.frombuffer(json.dumps(header, ensure_ascii=False, sort_keys=True).encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def from_bytes(packed: bytes) -> tuple[dict[str, Model], str]:
    """Return the models and the version that :func:`to_bytes` packed."""
    with np.load(io.BytesIO(packed), allow_pickle=False) as stored:
        header = json.loads(stored["header"].tobytes())
        models = {
            name: Model(
                tuple(about["labels"]),
                {row: position for position, row in enumerate(about["rows"])},
                stored[name].astype(np.float64),
            )
            for name, about in header["models"].items()
        }
    return models, str(header["version"])
