"""Folding in C: the same as character by character."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from classifiers.folding import Folding, codes_of, holds_beyond, numbers_in

LONGER = {"ß": "ss", "é": "e", "\u0301": "", "…": "...", "\ud800": "?"}


def folded(char: str) -> str:
    if char >= "\U000f0000":
        return " "
    return LONGER.get(char, char.lower() if char.isascii() else char)


@given(st.lists(st.text(st.characters(), max_size=40), min_size=1))
@example(["Straße", "Cafe\u0301 …", "\ud800 \U000f0000", "plain", ""])
def test_a_text_becomes_what_its_characters_become(texts: list[str]) -> None:
    folding = Folding(folded)
    for text in texts:
        assert folding(text) == "".join(map(folded, text))


@given(st.text())
def test_code_points_are_those_of_python(text: str) -> None:
    assert codes_of(text).tolist() == list(map(ord, text))
    assert holds_beyond(text, 0x3040) == any(char >= "\u3040" for char in text)


def test_numbers_are_found_where_they_begin() -> None:
    assert numbers_in("14203, 6 Février: 7") == [0, 7, 18]
    assert numbers_in("٣ none") == []
