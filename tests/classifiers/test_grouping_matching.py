from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.categories import Category
from classifiers.facts import extract
from classifiers.matching import FEATURES, features, probability
from classifiers.matching_training import same_name
from classifiers.signatures import Signature, from_json, sign
from classifiers.traces import skeleton
from classifiers.vectors import Likeness
from classifiers.verdicts import Document, Judgement, Verdict

categories = st.sampled_from([category for category in Category if category is not Category.OTHER])


def signature(title: str, text: str, category: Category, published: datetime | None, lang: str = "en") -> Signature:
    doc = Document("x", title, text, published=published, lang=lang)
    judgement = Judgement(category, True, 0.7, False, (), {str(category): 0.7, "other": 0.2, "threat": 0.1})
    return sign(doc, Verdict("x", judgement, extract(doc, judgement), "test"))


def cosines(one: Signature, other: Signature) -> list[float]:
    [found] = Likeness().cosines(one.trace.vector, [other.trace.vector])
    return found


words = ["Karim Khan", "Hungary", "on 5 June 2025", "Путин", "制裁の対象", "sanctions.", "79 states", "نتنياهو"]
days = st.dates(date(2020, 1, 1), date(2026, 1, 1))
signed = st.builds(
    signature,
    st.text(max_size=80),
    st.lists(st.sampled_from(words), max_size=20).map(" ".join),
    categories,
    st.one_of(st.none(), days.map(lambda day: datetime.combine(day, time.min, UTC))),
    st.sampled_from(["en", "ru"]),
)


@settings(max_examples=60, deadline=None)
@given(signed)
def test_a_signature_survives_storing_with_sorted_keys(found: Signature) -> None:
    assert from_json(json.loads(json.dumps(found.to_json(), sort_keys=True))) == found


@settings(max_examples=60, deadline=None)
@given(signed, signed)
def test_a_pair_has_no_direction_and_a_probability(one: Signature, other: Signature) -> None:
    assert features(one, other, cosines(one, other)) == features(other, one, cosines(other, one))
    assert len(features(one, other, cosines(one, other))) == len(FEATURES)
    assert 0.0 <= probability(one, other, cosines(one, other)) <= 1.0


@settings(max_examples=60, deadline=None)
@given(signed, signed)
def test_the_probability_is_that_of_the_weighed_features(one: Signature, other: Signature) -> None:
    weights = json.loads((files("classifiers") / "matching.json").read_text("utf-8"))["weights"]
    told = dict(zip(FEATURES, features(one, other, cosines(one, other)), strict=True))
    score = sum(weights[name] * value for name, value in told.items())
    assert probability(one, other, cosines(one, other)) == pytest.approx(1 / (1 + math.exp(-score)), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(signed)
def test_what_is_stored_and_read_back_compares_the_same(found: Signature) -> None:
    again = from_json(json.loads(json.dumps(found.to_json(), sort_keys=True)))
    alike = cosines(found, found)
    assert cosines(again, found) == alike
    assert features(again, found, alike) == features(found, found, alike)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bastrykin", "Бастрыкин"), ("Kaukoranta,", "Каукоранта"), ("Orbán", "Орбан"), ("Schmidt", "Shmidt")],
)
def test_spellings_of_a_name_share_their_consonants(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert skeleton(one).startswith("~")


@pytest.mark.parametrize("word", ["court", "2025", "Ai", "—", ""])
def test_what_is_no_name_has_no_skeleton(word: str) -> None:
    assert skeleton(word) == ""


def test_two_keys_of_different_hands_may_name_one_event() -> None:
    assert same_name("yekatom-surrendered-icc-2018-11-17", "yekatom-surrendered-to-icc-2018-11-17")
    assert same_name("namibia-cabinet-exit-2015-11", "namibia-cabinet-backs-icc-withdrawal-2015-11")
    assert not same_name("hungary-announces-withdrawal-2025-04-03", "hungary-announces-withdrawal-2025-05-20")
    assert not same_name("icc-cyber-incident-undated", "icc-cyber-incident-2025-06-30")
