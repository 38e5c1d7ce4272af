from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.model import Features, from_bytes, to_bytes
from classifiers.network import Network, train_network

# Either of two signs alone is one thing, both or none another: no sum of weights tells them apart.
SIGNS = [dict.fromkeys(("bias", *signs), 1.0) for signs in product(("a", "-"), ("b", "."))] * 60
KINDS = ["one" if ("a" in signs) != ("b" in signs) else "other" for signs in SIGNS]
STEMS: list[Features] = [{"word": 1.0}, {"word": 1.0, "more": 1.0}] * 120


@pytest.fixture(scope="module")
def network() -> Network:
    return train_network(SIGNS, STEMS, KINDS, [1.0] * len(SIGNS), balance=0.5)


def test_it_learns_what_signs_mean_together(network: Network) -> None:
    best = network.probabilities(SIGNS[:4], STEMS[:4]).argmax(axis=1)
    assert [network.labels[column] for column in best] == KINDS[:4]


def test_training_twice_gives_the_same(network: Network) -> None:
    again = train_network(SIGNS, STEMS, KINDS, [1.0] * len(SIGNS), balance=0.5)
    assert np.array_equal(network.probabilities(SIGNS[:4], STEMS[:4]), again.probabilities(SIGNS[:4], STEMS[:4]))


def test_what_is_stored_and_read_back_answers_the_same(network: Network) -> None:
    layers, _ = from_bytes(to_bytes(network.layers(), "1"))
    stored = Network(layers["told"], layers["words"], layers["out"])
    assert np.array_equal(network.probabilities(SIGNS[:4], STEMS[:4]), stored.probabilities(SIGNS[:4], STEMS[:4]))


FEATURES = st.dictionaries(st.sampled_from(["bias", "a", "-", "b", ".", "new"]), st.floats(0, 2), max_size=6)
WORDS = st.dictionaries(st.sampled_from(["word", "more", "unknown"]), st.floats(0.1, 4), max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(FEATURES, WORDS), min_size=1, max_size=40))
def test_a_sample_gives_the_same_bits_in_any_company(
    network: Network, samples: list[tuple[dict[str, float], dict[str, float]]]
) -> None:
    together = network.probabilities(*map(list, zip(*samples, strict=True)))
    for told, words, found in zip(*zip(*samples, strict=True), together, strict=True):
        assert np.array_equal(network.probabilities([told], [words])[0], found)
    assert np.allclose(together.sum(axis=1), 1)
