"""The plain words of an item."""

from __future__ import annotations

from math import log

import pytest

from classifiers.tagging import tag
from classifiers.verdicts import Document
from classifiers.wording import word_features


def test_words_meet_by_their_stems_and_the_title_counts_twice() -> None:
    found = word_features(tag(Document("x", "Sanctions lifted", "A sanctioned judge. Judges met in 2025.")))
    assert found["sanct"] == pytest.approx(1 + log(3))
    assert found["lifte"] == pytest.approx(1 + log(2))
    assert found["judge"] == pytest.approx(1 + log(2))
    assert "2025" not in found


def test_only_the_first_sentences_are_read() -> None:
    text = " ".join(f"Sentence {name} ends." for name in ("alpha", "beta", "gamma", "delta", "omega"))
    assert "delta" in word_features(tag(Document("x", "Title", text)))
    assert "omega" not in word_features(tag(Document("x", "Title", text)))
