from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifiers.matcher import fold_marked, fold_words


@pytest.mark.parametrize("text", ["“Beti Hohler’s” – 6 Février", "Путін, якого розшукує Гаазький суд", "ICC: 3/4 ²"])
def test_a_text_is_folded_as_its_characters_are(text: str) -> None:
    assert fold_words(text) == "".join(map(fold_words, text))
    assert fold_marked(text) == "".join(map(fold_marked, text))


@given(st.text())
@example("\x80\x81𝑨")  # a capital that has a case only once it is decomposed
def test_folding_keeps_every_place(text: str) -> None:
    assert fold_words(text) == "".join(map(fold_words, text))
    assert fold_marked(text) == "".join(map(fold_marked, text))
    assert len(fold_words(text)) == len(fold_marked(text)) == len(text)
