from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.model import from_bytes, to_bytes, train

SAMPLES = [{"bias": 1.0, "rain": 1.0}, {"bias": 1.0, "rain": 1.0, "wind": 1.0}, {"bias": 1.0, "sun": 1.0}] * 4
LABELS = ["wet", "wet", "dry"] * 4


def test_a_model_learns_what_goes_with_what_and_ignores_unknown_features() -> None:
    model = train(SAMPLES, LABELS, strength=1.0)
    odds = dict(zip(model.labels, model.probabilities([{"bias": 1.0, "rain": 1.0, "snow": 3.0}])[0], strict=True))
    assert odds["wet"] > 0.8
    assert sum(odds.values()) == pytest.approx(1)


def test_nothing_known_is_an_even_chance() -> None:
    assert list(train(SAMPLES, LABELS, strength=1.0).probabilities([{"snow": 1.0}])[0]) == [0.5, 0.5]


def test_the_order_in_which_features_come_changes_nothing() -> None:
    model = train(SAMPLES, LABELS, strength=1.0)
    one = model.probabilities([{"bias": 0.1, "rain": 0.7, "wind": 0.3, "sun": 0.2}])[0]
    other = model.probabilities([{"sun": 0.2, "wind": 0.3, "rain": 0.7, "bias": 0.1}])[0]
    assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("by_rarity", [False, True])
@given(
    samples=st.lists(
        st.dictionaries(st.sampled_from(["bias", "rain", "wind", "sun", "snow"]), st.floats(0.1, 9)), min_size=1
    )
)
def test_company_changes_nothing(by_rarity: bool, samples: list[dict[str, float]]) -> None:
    model = train(SAMPLES, LABELS, strength=1.0, by_rarity=by_rarity)
    alone = [model.probabilities([sample])[0].tobytes() for sample in samples]
    assert [odds.tobytes() for odds in model.probabilities(samples)] == alone


def test_rare_features_are_dropped() -> None:
    assert "hail" not in train([*SAMPLES, {"bias": 1.0, "hail": 1.0}], [*LABELS, "wet"], strength=1.0).rows


def test_balance_lifts_a_rare_label() -> None:
    samples = [{"bias": 1.0}] * 10
    labels = ["often"] * 9 + ["seldom"]
    plain = train(samples, labels, strength=10.0).probabilities([{"bias": 1.0}])[0]
    lifted = train(samples, labels, strength=10.0, balance=1.0).probabilities([{"bias": 1.0}])[0]
    assert plain[1] < 0.2 < lifted[1]


def test_training_and_packing_give_the_same_bytes_every_time_and_lose_nothing() -> None:
    packed = to_bytes({"weather": train(SAMPLES, LABELS, strength=1.0)}, "v1")
    assert packed == to_bytes({"weather": train(SAMPLES, LABELS, strength=1.0)}, "v1")
    models, version = from_bytes(packed)
    assert version == "v1"
    features = {"bias": 1.0, "wind": 1.0}
    trained = train(SAMPLES, LABELS, strength=1.0)
    assert models["weather"].probabilities([features])[0].tobytes() == trained.probabilities([features])[0].tobytes()


def test_a_sample_counts_for_as_much_as_its_weight() -> None:
    samples, labels = [{"bias": 1.0}] * 4, ["one", "one", "other", "other"]
    learnt = train(samples, labels, [1.0, 1.0, 0.1, 0.1], strength=10.0).probabilities([{"bias": 1.0}])[0]
    assert learnt[0] > 0.8


def test_by_rarity_the_rare_word_says_more_than_the_one_that_all_have_and_length_says_nothing() -> None:
    samples = [{"the": 1.0, "storm": 1.0}, {"the": 1.0, "calm": 1.0}, {"the": 1.0}, {"the": 1.0}] * 3
    model = train(samples, ["bad", "good", "good", "bad"] * 3, strength=5.0, by_rarity=True)
    assert model.rarity is not None
    factor = dict(zip(model.rows, model.rarity, strict=True))
    assert factor["storm"] == factor["calm"] > factor["the"] == 1.0
    short, long = {"the": 1.0, "storm": 1.0}, {"the": 9.0, "storm": 9.0}
    assert model.probabilities([short])[0] == pytest.approx(model.probabilities([long])[0])
    [again] = from_bytes(to_bytes({"weather": model}, "v1"))[0].values()
    assert again.probabilities([short])[0].tobytes() == model.probabilities([short])[0].tobytes()
