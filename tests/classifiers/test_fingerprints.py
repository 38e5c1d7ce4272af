from __future__ import annotations

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from classifiers.fingerprints import COPY, containment, fingerprints
from classifiers.matcher import fold_words, split_words

ORIGINAL = " ".join(f"word{number} of the dispatch number {number * 7 % 101}" for number in range(60))


def prints(text: str) -> frozenset[int]:
    return frozenset(fingerprints(split_words(fold_words(text)), limit=1000))


def test_a_truncated_copy_is_contained_in_its_original() -> None:
    assert containment(prints(ORIGINAL[: len(ORIGINAL) // 2]), prints(ORIGINAL)) >= 0.9


def test_a_copy_with_another_frame_and_case_is_a_copy() -> None:
    copy = "By our own staff, Tuesday. " + ORIGINAL.upper() + " Read more on our pages about this and that."
    assert containment(prints(copy), prints(ORIGINAL)) >= COPY


def test_two_texts_on_one_matter_are_no_copies() -> None:
    one = "The court said on Monday that it had detected a cyber incident and contained it within the day."
    two = "An incident in its systems was noticed and contained, the tribunal in The Hague announced this week."
    assert containment(prints(one), prints(two)) < COPY


def test_a_few_common_words_are_no_evidence() -> None:
    assert containment(frozenset({1, 2}), frozenset({1, 2})) == 0.0
    assert containment(frozenset(), frozenset({1, 2, 3})) == 0.0


def test_text_without_blanks_has_fingerprints_too() -> None:
    text = "米国が先週国際刑事裁判所の裁判官四人を制裁の対象に加えたことを受け欧州連合が強く反発している"
    assert containment(prints(text), prints(text[5:])) >= COPY


@given(st.text())
def test_fingerprints_are_the_same_on_every_call_and_bounded(text: str) -> None:
    words = text.split()
    assert fingerprints(words) == fingerprints(words)
    assert len(fingerprints(words)) <= 64


@given(st.lists(st.text("abc", min_size=1), max_size=60))
def test_of_every_window_of_eight_runs_the_least_hash_is_kept(words: list[str]) -> None:
    hashes = [crc32(word.encode()) for word in words]
    runs = [
        (one * 1_000_003 + two * 10_007 + three * 101 + four) % 2**32
        for one, two, three, four in zip(hashes, hashes[1:], hashes[2:], hashes[3:], strict=False)
    ]
    windows = [runs[at : at + 8] for at in range(max(1, len(runs) - 7))]
    assert fingerprints(words) == tuple(sorted({min(window) for window in windows if window}))
