"""Folding text character by character in C: by a table of bytes where it is ASCII, by a NumPy table where it is not.

``str.translate`` asks its table for every character anew, which takes ten to twenty times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

_CHARACTERS = 0x110000
# Private characters, which no text has a use for: each stands for what is not one character until all are mapped.
_STAND_INS = 0xF0000
_STAND_IN_MARK = b"\x0f\x00"  # stands in the bytes of each of them, and of little else
_BYTES = "utf-32-le"
_LONE = "surrogatepass"  # half a pair of surrogates is no text, but must not stop us


def codes_of(text: str) -> NDArray[np.uint32]:
    """Return the code points of ``text``."""
    return np.frombuffer(text.encode(_BYTES, _LONE), "<u4")


def holds_beyond(text: str, code: int) -> bool:
    """Whether a character of ``text`` has this code point or a later one."""
    return not text.isascii() and bool(np.maximum.reduce(codes_of(text)) >= code)


def numbers_in(text: str) -> list[int]:
    """Return the places where runs of the figures 0 to 9 begin."""
    places = np.flatnonzero(codes_of(text) - ord("0") < 10).tolist()
    return [place for place, before in zip(places, [-2, *places], strict=False) if place - before > 1]


class Folding:
    """What each character becomes, worked out when it is first met; ASCII must become ASCII, one for one.

    The private characters of the last two planes become blanks.
    """

    def __init__(self, fold: Callable[[str], str]) -> None:
        self._fold = fold
        ascii_folded = "".join(map(fold, map(chr, range(128))))
        self._ascii = ascii_folded.encode("ascii").ljust(256)  # a table must know all bytes
        self._codes = np.zeros(_CHARACTERS, np.uint32)  # 0: not met yet; what is never touched takes no memory
        self._longer: dict[int, str] = {}  # by stand-in; also what becomes nothing

    def __call__(self, text: str) -> str:
        """Return ``text`` with each character replaced by what it becomes."""
        if text.isascii():
            return text.encode().translate(self._ascii).decode()
        codes = codes_of(text)
        folded = self._codes.take(codes)
        if np.count_nonzero(folded) < len(folded):
            self._learn(set(codes[folded == 0].tolist()))
            folded = self._codes.take(codes)
        packed = folded.tobytes()
        result = packed.decode(_BYTES, _LONE)
        if _STAND_IN_MARK in packed:
            for code in set(folded[folded >= _STAND_INS].tolist()):
                result = result.replace(chr(code), self._longer[code])
        return result

    def _learn(self, codes: Iterable[int]) -> None:
        for code in codes:
            folded = self._fold(chr(code)) if code < _STAND_INS else " "
            if len(folded) != 1:
                stand_in = _STAND_INS + len(self._longer)
                self._longer[stand_in] = folded
                folded = chr(stand_in)
            self._codes[code] = ord(folded)
