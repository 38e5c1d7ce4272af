"""A multinomial logistic regression over named features: trained with scikit-learn, applied with NumPy alone."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from math import log
from struct import pack
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Features = Mapping[str, float]
_NOTHING: Features = {"": 0.0}  # stands for a sample without features
_SHORTEST = 1e-9  # length that a sample of unknown words is taken to have
_RARITY = " rarity"  # behind a model's name: its factors, in a stored file
_KEPT = 0.004  # weights that never reach this cannot change an answer in the digits we report


@dataclass(frozen=True, slots=True)
class Model:
    """Weights of one decision: ``weights[row, label]``, a row for each known feature name.

    With ``rarity``, one factor a row, values are multiplied by it and then brought to unit length (tf-idf).
    """

    labels: tuple[str, ...]
    rows: Mapping[str, int]
    weights: NDArray[np.float64]
    rarity: NDArray[np.float64] | None = None
    _table: NDArray[np.float64] = field(init=False, repr=False)  # the weights, and a row of zeros for what is unknown

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_table", np.vstack([self.weights, np.zeros((1, len(self.labels)), self.weights.dtype)])
        )

    def probabilities(self, samples: Sequence[Features]) -> NDArray[np.float64]:
        """Return the probability of each label for each sample: ``[sample, label]``, labels in the order of ``labels``.

        A sample gives the same bits in any company, and whatever the order of its features. There must be a sample.
        """
        return softmax(self.scores(samples))

    def scores(self, samples: Sequence[Features]) -> NDArray[np.float64]:
        """Return the sum of the weights of each sample, ``[sample, label]``, under the same terms."""
        samples = [sample or _NOTHING for sample in samples]
        sizes = np.array([len(sample) for sample in samples])
        starts, total, unknown = sizes.cumsum() - sizes, int(sizes.sum()), len(self.weights)
        # Packing takes less than half of what NumPy takes to read Python's numbers one by one.
        found = map(self.rows.get, chain.from_iterable(samples), repeat(unknown))
        rows = np.frombuffer(pack(f"{total}q", *found), np.int64)
        values = np.frombuffer(
            pack(f"{total}d", *chain.from_iterable([sample.values() for sample in samples])), np.float64
        )
        # Sums of floats depend on their order, the answer must not: within each sample by row, what is unknown last.
        order = (np.arange(len(samples)).repeat(sizes) * (unknown + 1) + rows).argsort(kind="stable")
        rows, values = rows.take(order), values.take(order)
        if self.rarity is not None:
            values *= np.append(self.rarity, 0.0).take(rows)
            lengths = np.sqrt(np.add.reduceat(values * values, starts))
            values /= np.maximum(lengths, _SHORTEST).repeat(sizes)
        values = values.astype(self._table.dtype, copy=False)
        summed = np.add.reduceat(self._table.take(rows, axis=0) * values[:, np.newaxis], starts, axis=0)
        return np.asarray(summed, dtype=np.float64)


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return probabilities, each row of unit sum."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def train(
    samples: Sequence[Features],
    labels: Sequence[str],
    weights: Sequence[float] | None = None,
    *,
    strength: float,
    least: int = 2,
    balance: float = 0.0,
    by_rarity: bool = False,
) -> Model:
    """Fit a model; ``weights`` say how much each sample counts.

    ``strength`` is the inverse of regularisation; features in fewer than ``least`` samples are dropped; ``balance``
    between 0 and 1 lifts rare labels from their share (0) to an equal say (1); ``by_rarity`` weighs features by how few
    samples have them, ln((1 + samples) / (1 + with it)) + 1, and brings each sample to unit length.
    """
    # Only training needs it, and it is slow to import.
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    names, matrix, rarity = table(samples, least, by_rarity=by_rarity)
    sizes = Counter(labels)
    weight = {label: (len(labels) / len(sizes) / size) ** balance for label, size in sizes.items()}
    exact = 1e-4 if by_rarity else 1e-3  # values of unit length make small gradients
    fitted = LogisticRegression(C=strength, max_iter=1000, tol=exact, fit_intercept=False, class_weight=weight)
    fitted.fit(matrix, list(labels), sample_weight=weights)
    learnt = fitted.coef_.T
    if len(fitted.classes_) == 2:
        learnt = np.hstack([np.zeros_like(learnt), learnt])
    labelled = tuple(str(label) for label in fitted.classes_)
    if rarity is not None:  # every known word counts for the length: none is dropped
        return Model(labelled, {name: row for row, name in enumerate(names)}, halved(learnt), halved(rarity))
    return _pruned(labelled, names, learnt)


def table(
    samples: Sequence[Features], least: int, *, by_rarity: bool
) -> tuple[list[str], csr_matrix, NDArray[np.float64] | None]:
    """Return the features that at least ``least`` samples have, samples by features, and each feature's rarity."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - as above

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
    if not by_rarity:
        return names, matrix, None
    rarity = np.array([log((1 + len(samples)) / (1 + counts[name])) + 1 for name in names])
    matrix = matrix.multiply(rarity).tocsr()
    lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return names, matrix.multiply(1 / np.maximum(lengths, _SHORTEST)[:, np.newaxis]).tocsr(), rarity


def _pruned(labels: tuple[str, ...], names: list[str], weights: NDArray[np.float64]) -> Model:
    """Drop rows that say nothing."""
    kept = np.flatnonzero(np.abs(weights).max(axis=1) >= _KEPT)
    return Model(labels, {names[row]: position for position, row in enumerate(kept)}, halved(weights[kept]))


def halved(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Round to the half precision in which a model is stored."""
    return values.astype(np.float16).astype(np.float64)


def to_bytes(models: Mapping[str, Model], version: str) -> bytes:
    """Pack models for storing: the same models give the same bytes, and nothing in them is a pickle."""
    header = {
        "version": version,
        "models": {name: {"labels": model.labels, "rows": list(model.rows)} for name, model in models.items()},
    }
    arrays: dict[str, Any] = {name: model.weights.astype(np.float16) for name, model in models.items()}
    arrays |= {
        name + _RARITY: model.rarity.astype(np.float16) for name, model in models.items() if model.rarity is not None
    }
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
                stored[name + _RARITY].astype(np.float64) if name + _RARITY in stored else None,
            )
            for name, about in header["models"].items()
        }
    return models, str(header["version"])
