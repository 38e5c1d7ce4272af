from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.text import fold, normalise, sentences, words


def test_normalising_folds_white_space_and_drops_invisible_characters() -> None:
    assert normalise("Two\u00a0 judges\u200b\n listed\x07") == "Two judges listed"


def test_folding_removes_case_and_diacritics() -> None:
    assert fold("Ibáñez CARRANZA, Akhavān") == "ibanez carranza, akhavan"


def test_abbreviations_and_initials_do_not_end_a_sentence() -> None:
    text = "Mr. Khan met Gen. J. Smith in the U.S. Capitol. He left."
    assert sentences(text) == ("Mr. Khan met Gen. J. Smith in the U.S. Capitol.", "He left.")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Ела е. Дойде!", 2),
        ("裁判所は発表した。判事は出席した。", 2),
        ("هل رفض؟ نعم رفض.", 2),
        ("One\nTwo", 2),
        ("", 0),
    ],
)
def test_sentences_end_in_every_script(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text())
def test_sentences_are_verbatim_slices_in_order(text: str) -> None:
    start = 0
    for sentence in sentences(text):
        found = text.index(sentence, start)
        assert sentence.strip() == sentence != ""
        start = found + len(sentence)


def test_capitals_tell_the_country_and_the_bodies_from_small_words() -> None:
    assert words("US told us; UN, un juge; WHO, who") == (
        ["usa", "told", "us", ";", "unorg", ",", "un", "juge", ";", "whorg", ",", "who"]
    )


def test_words_keep_the_marks_that_close_a_clause() -> None:
    assert words("Oui – non, 3-0") == ["oui", "–", "non", ",", "3", "0"]


@given(st.text())
def test_words_never_fail_and_are_never_empty(text: str) -> None:
    assert all(words(text))
