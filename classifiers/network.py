"""A small neural network beside the regressions: what concepts mean together, which no sum of weights can say.

One hidden layer over the same features. Several are trained from different seeds and joined into one wide layer: the
mean of their scores. In training features and units are left out by chance, so that none is relied on alone (dropout:
Srivastava et al., JMLR 15, 2014); steps are those of Adam (Kingma, Ba, ICLR 2015).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifiers.model import Features, Model, halved, softmax, table

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_UNITS = 24  # of one network
_SEEDS = 3
_PASSES = 8  # over the corpus
_BATCH = 64
_STEP = 0.002
_MEMORY = (0.9, 0.999)  # of Adam, for the mean of a gradient and of its square
_DECAY = 1e-4  # of each weight, a step
_FEATURES_OUT = 0.45
_UNITS_OUT = 0.3
_LEAST = 4  # samples that must have a feature
_WORDS_COUNT = 4.0  # length to which the words are brought, beside concepts that count 1 each
_BIAS = "bias"
_GRAIN = 64  # weights of the first layer are kept to so many parts of one: a stored network is a quarter of the size


class Network:
    """``told`` and ``words`` are the first layer (their labels are the hidden units), ``out`` the second."""

    def __init__(self, told: Model, words: Model, out: Model) -> None:
        # Half the numbers' length is half the time: what counts is how much of a table is read.
        self._told = replace(told, weights=told.weights.astype(np.float32))
        self._words = replace(words, weights=words.weights.astype(np.float32))
        self._out = out
        rows = [out.rows[unit] for unit in told.labels]
        self._weights, self._bias = out.weights[rows], out.weights[out.rows[_BIAS]]
        self.labels = out.labels

    def probabilities(self, told: Sequence[Features], words: Sequence[Features]) -> NDArray[np.float64]:
        """Return the probability of each label for each sample, ``[sample, label]``, the same bits in any company."""
        hidden = np.maximum(self._told.scores(told) + self._words.scores(words), 0.0)
        # Not a matrix product: its sums may depend on how many samples there are.
        return softmax((hidden[:, :, np.newaxis] * self._weights).sum(axis=1) + self._bias)

    def layers(self) -> dict[str, Model]:
        """Return the layers by name, as they are stored."""
        return {"told": self._told, "words": self._words, "out": self._out}


def train_network(
    told: Sequence[Features], words: Sequence[Features], labels: Sequence[str], weights: Sequence[float], balance: float
) -> Network:
    """Fit a network to ``labels``; ``weights`` say how much each sample counts, ``balance`` as for a regression."""
    from scipy.sparse import hstack  # noqa: PLC0415 - only training needs it, and it is slow to import

    names, first, _ = table(told, _LEAST, by_rarity=False)
    stems, second, rarity = table(words, _LEAST, by_rarity=True)
    matrix = hstack([first, second * _WORDS_COUNT]).tocsr().astype(np.float32)
    sizes = Counter(labels)
    lift = {label: (len(labels) / len(sizes) / size) ** balance for label, size in sizes.items()}
    counts = np.array([weight * lift[label] for weight, label in zip(weights, labels, strict=True)], np.float32)
    categories = sorted(sizes)
    truth = np.array([categories.index(label) for label in labels])
    layers = [_fit(matrix, truth, counts, len(categories), seed) for seed in range(_SEEDS)]
    inner, outer = np.hstack([layer.inner for layer in layers]), np.vstack([layer.outer for layer in layers]) / _SEEDS
    inner[names.index(_BIAS)] += np.concatenate([layer.inner_bias for layer in layers])  # what every sample has
    units = tuple(str(unit) for unit in range(inner.shape[1]))
    return Network(
        Model(units, _rows(names), _rounded(inner[: len(names)])),
        Model(
            units,
            _rows(stems),
            _rounded(inner[len(names) :] * _WORDS_COUNT),
            None if rarity is None else halved(rarity),
        ),
        Model(
            tuple(categories),
            _rows([*units, _BIAS]),
            halved(np.vstack([outer, np.mean([layer.outer_bias for layer in layers], axis=0)])),
        ),
    )


class _Layers(NamedTuple):
    inner: NDArray[np.float32]  # [feature, unit]
    inner_bias: NDArray[np.float32]
    outer: NDArray[np.float32]  # [unit, label]
    outer_bias: NDArray[np.float32]


def _fit(matrix: csr_matrix, truth: NDArray[np.intp], counts: NDArray[np.float32], labels: int, seed: int) -> _Layers:
    """Fit one network to ``truth``, the number of each sample's label; a seed gives one result on one machine."""
    chance = np.random.default_rng(seed)
    layers = _Layers(
        chance.normal(0, 0.05, (matrix.shape[1], _UNITS)).astype(np.float32),
        np.zeros(_UNITS, np.float32),
        chance.normal(0, 0.1, (_UNITS, labels)).astype(np.float32),
        np.zeros(labels, np.float32),
    )
    means, squares = [np.zeros_like(part) for part in layers], [np.zeros_like(part) for part in layers]
    step = 0
    for _ in range(_PASSES):
        order = chance.permutation(len(truth))
        for start in range(0, len(order), _BATCH):
            step += 1
            chosen = order[start : start + _BATCH]
            gradients = _gradients(layers, matrix[chosen], truth[chosen], counts[chosen], chance)
            for number, (part, gradient) in enumerate(zip(layers, gradients, strict=True)):
                mean = means[number] = means[number] + (1 - _MEMORY[0]) * (gradient - means[number])
                square = squares[number] = squares[number] + (1 - _MEMORY[1]) * (gradient**2 - squares[number])
                ahead = (mean / (1 - _MEMORY[0] ** step)) / (np.sqrt(square / (1 - _MEMORY[1] ** step)) + 1e-8)
                np.subtract(part, _STEP * ahead + _DECAY * part, out=part)
    return layers


def _gradients(
    layers: _Layers,
    samples: csr_matrix,
    truth: NDArray[np.intp],
    counts: NDArray[np.float32],
    chance: np.random.Generator,
) -> _Layers:
    """Return how the cross-entropy of a batch changes with each weight, some features and units left out."""
    samples.data *= (chance.random(len(samples.data)) > _FEATURES_OUT) / np.float32(1 - _FEATURES_OUT)
    reached = samples @ layers.inner + layers.inner_bias
    kept = ((chance.random(reached.shape) > _UNITS_OUT) & (reached > 0)) / np.float32(1 - _UNITS_OUT)
    hidden = reached * kept
    wrong = softmax(hidden @ layers.outer + layers.outer_bias).astype(np.float32)
    wrong[np.arange(len(truth)), truth] -= 1
    wrong *= counts[:, np.newaxis] / len(truth)
    back = (wrong @ layers.outer.T) * kept
    return _Layers(samples.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0))


def _rounded(weights: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    return np.asarray(np.round(weights * _GRAIN) / _GRAIN, dtype=np.float64)


def _rows(names: Iterable[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}
