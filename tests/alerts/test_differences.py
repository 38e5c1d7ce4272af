"""Edits: what is shown is what changed."""

from __future__ import annotations

from difflib import unified_diff

from hypothesis import given
from hypothesis import strategies as st

from alerts.differences import read_edits, write_runs

LONG = "Today four people are designated under the order, among them judges of Uganda, Peru, Benin and {}, all of them."


def sides(diff: str) -> list[tuple[str, str]]:
    def write(runs: object) -> str:
        return write_runs(runs, str, lambda words: f"[{words}]")  # type: ignore[arg-type]

    return [(write(edit.before), write(edit.after)) for edit in read_edits(diff)]


def test_a_changed_word_deep_in_a_long_sentence_is_shown_with_its_neighbours() -> None:
    diff = f"--- a\n+++ b\n@@ -1 +1 @@\n-{LONG.format('Slovakia')}\n+{LONG.format('Slovenia')}\n"
    assert sides(diff) == [
        (
            "… judges of Uganda, Peru, Benin and [Slovakia,] all of them.",
            "… judges of Uganda, Peru, Benin and [Slovenia,] all of them.",
        )
    ]


def test_two_changes_in_one_sentence_are_both_shown() -> None:
    old = "On Monday " + "the court said nothing of it and " * 4 + "adjourned until May."
    assert sides(f"-{old}\n+{old.replace('Monday', 'Tuesday').replace('May', 'June')}") == [
        (
            "On [Monday] the court said nothing of it … nothing of it and adjourned until [May.]",
            "On [Tuesday] the court said nothing of it … nothing of it and adjourned until [June.]",
        )
    ]


def test_a_sentence_that_came_or_went_is_shown_whole() -> None:
    assert sides("+A new sentence.") == [("", "A new sentence.")]
    assert sides("-An old sentence.") == [("An old sentence.", "")]


def test_a_sentence_that_took_the_place_of_another_is_not_mixed_with_it() -> None:
    assert sides("-The Court thanks the host state.\n+Judges adjourned.") == [
        ("The Court thanks the host state.", "Judges adjourned.")
    ]


def test_unchanged_sentences_and_headers_are_left_out() -> None:
    diff = "\n".join(unified_diff(["One.", "Two.", "Three."], ["One.", "Two!", "Three."], "a", "b", lineterm=""))
    assert sides(diff) == [("Two.", "Two!")]


def test_a_stretch_too_long_to_match_is_one_change() -> None:
    old, new = ("start " + " ".join(f"{word}{n}" if n % 2 else "same" for n in range(300)) + " end" for word in "ab")
    [(before, after)] = sides(f"-{old}{' kept' * 300}\n+{new}{' kept' * 300}")
    assert before.startswith("start same [a1 same a3")
    assert after.startswith("start same [b1 same b3")


@given(st.lists(st.sampled_from("abcde"), max_size=30), st.lists(st.sampled_from("abcde"), max_size=30))
def test_an_edit_never_shows_words_that_its_sentence_does_not_have(old: list[str], new: list[str]) -> None:
    for before, after in sides(f"-{' '.join(old)}\n+{' '.join(new)}"):
        assert set(before.replace("[", "").replace("]", "").split()) <= {*old, "…"}
        assert set(after.replace("[", "").replace("]", "").split()) <= {*new, "…"}
