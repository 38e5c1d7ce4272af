"""Fingerprints of text (winnowing): what a copied or shortened dispatch keeps of its original.

Hashes of runs of four words are taken, and of every window of eight such hashes the smallest one is kept, so that two
texts which share a passage of some ten words share a fingerprint wherever the passage stands
(Schleimer, Wilkerson, Aiken: Winnowing, SIGMOD 2003).
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from zlib import crc32

import numpy as np

from classifiers.memo import Memo

_RUN = 4
_MIX = np.array([1_000_003, 10_007, 101, 1], dtype=np.uint64)  # what makes one hash of those of a run
_WINDOW = 8
_DOUBLING = (1, 2, 4)  # the least of two neighbours, of two such pairs, of two such fours: of a window
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_SHARED_AT_LEAST = 3
COPY = 0.3  # containment from which a text is a copy of another

# Bytes, because joining them makes an array of hashes in half the time that a list of numbers takes.
_hash_of: Memo[str, bytes] = Memo(lambda word: np.uint32(crc32(word.encode())).tobytes(), limit=1 << 16)


def fingerprints(words: Sequence[str], *, limit: int = 64) -> tuple[int, ...]:
    """Return the fingerprints of a text in ascending order, the ``limit`` smallest: the same for both of a pair.

    ``words`` are those of the folded text (:func:`classifiers.matcher.split_words`).
    """
    whole = "".join(words)
    if not whole.isascii() and _CJK.search(whole):
        words = [char for word in words for char in (word if _CJK.match(word) else (word,))]
    if len(words) < _RUN:
        return ()
    hashes = np.frombuffer(b"".join(map(_hash_of.__getitem__, words)), np.uint32).astype(np.uint64)
    least = np.correlate(hashes, _MIX) & 0xFFFFFFFF
    if len(least) < _WINDOW:
        return (int(least.min()),)
    for step in _DOUBLING:
        least = np.minimum(least[:-step], least[step:])
    kept = least[1:][least[1:] != least[:-1]].tolist()  # neighbouring windows mostly have the same least hash
    return tuple(sorted({*kept, int(least[0])})[:limit])


def containment(one: Set[int], other: Set[int]) -> float:
    """Return the share of the shorter text's fingerprints that the other has too; 0 below three common ones."""
    if one.isdisjoint(other):
        return 0.0
    shared = len(one & other)
    return shared / min(len(one), len(other)) if shared >= _SHARED_AT_LEAST else 0.0
