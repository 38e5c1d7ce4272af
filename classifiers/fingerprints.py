"""Fingerprints of text (winnowing): what a copied or shortened dispatch keeps of its original.

Hashes of runs of four words are taken, and of every window of eight such hashes the smallest one is kept, so that two
texts which share a passage of some ten words share a fingerprint wherever the passage stands
(Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003).
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import lru_cache
from zlib import crc32

_RUN = 4
_WINDOW = 8
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_SHARED_AT_LEAST = 3
COPY = 0.3  # containment from which a text is a copy of another


def fingerprints(folded: str, *, limit: int = 64) -> tuple[int, ...]:
    """Return the fingerprints of a text in ascending order, the ``limit`` smallest: the same for both of a pair.

    ``folded`` is what :func:`classifiers.matcher.fold_words` makes of the text.
    """
    words = folded.replace(".", " ").split()
    if not folded.isascii() and _CJK.search(folded):
        words = [char for word in words for char in (word if _CJK.match(word) else (word,))]
    hashes = [*map(_hash, words)]
    runs = [
        (one * 1_000_003 + two * 10_007 + three * 101 + four) & 0xFFFFFFFF
        for one, two, three, four in zip(hashes, hashes[1:], hashes[2:], hashes[3:], strict=False)
    ]
    if not runs:
        return ()
    windows = [runs[at:] for at in range(_WINDOW)]
    kept = set(map(min, *windows)) if len(runs) >= _WINDOW else {min(runs)}
    return tuple(sorted(kept)[:limit])


@lru_cache(maxsize=1 << 16)
def _hash(word: str) -> int:
    return crc32(word.encode())


def containment(one: Set[int], other: Set[int]) -> float:
    """Return the share of the shorter text's fingerprints that the other has too; 0 below three common ones."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    return shared / min(len(one), len(other)) if shared >= _SHARED_AT_LEAST else 0.0
