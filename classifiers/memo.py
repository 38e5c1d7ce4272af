"""A memory of answers: what was worked out once for a word need not be worked out again."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_LIMIT = 1 << 17


class Memo(dict[Key, Value]):
    """``memo[key]`` is ``work_out(key)``, which must follow from the key alone; emptied at ``limit`` answers.

    Beside ``functools.lru_cache`` a find costs half: it is one look into a dictionary, and moves nothing.
    """

    def __init__(self, work_out: Callable[[Key], Value], *, limit: int = _LIMIT) -> None:
        super().__init__()
        self._work_out = work_out
        self._limit = limit

    def __missing__(self, key: Key) -> Value:
        if len(self) >= self._limit:
            self.clear()
        value = self[key] = self._work_out(key)
        return value
