from __future__ import annotations

from classifiers.memo import Memo


def test_an_answer_is_worked_out_once_until_there_are_too_many() -> None:
    asked: list[str] = []

    def length(word: str) -> int:
        asked.append(word)
        return len(word)

    memo = Memo(length, limit=2)
    assert [memo[word] for word in ("a", "bb", "a")] == [1, 2, 1]
    assert asked == ["a", "bb"]
    assert (memo["ccc"], len(memo)) == (3, 1)
    assert (memo["a"], asked) == (1, ["a", "bb", "ccc", "a"])
