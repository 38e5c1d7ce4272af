"""The words of reports as rows of one length, so that one pass of NumPy finds what a report has in common with many."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot
from struct import Struct

import numpy as np
from numpy.typing import NDArray

BUCKETS = 1 << 18  # that words are hashed to
ZONES = (40, 14, 24)  # how many words, words of the title and names a row holds
TITLE, NAMES = slice(40, 54), slice(54, 78)
_LENGTH = sum(ZONES)
_NO_WORD = BUCKETS  # what stands where a zone holds no more words, with weight 0
_ZONE_OF = np.repeat(np.arange(len(ZONES)), ZONES)
_SHIFTS = _ZONE_OF * (BUCKETS + 1)  # keep the zones apart
_PLACES = len(ZONES) * (BUCKETS + 1)
_STARTS = np.cumsum([0, *ZONES[:-1]])
_UNIT = 1000
_TINY = 1e-6  # thousandths that a product of floats may lack to a whole number
# What struct packs NumPy reads in a quarter of the time that it takes for the list itself.
_WHOLE = Struct(f"{_LENGTH}q")
_FLOATING = Struct(f"{_LENGTH}d")

Zone = tuple[Sequence[int], Sequence[float]]  # buckets of words, and how much each tells


class Vector:
    """Words and what they tell, of unit length in each zone.

    Weights are whole thousandths: sums of their products are exact in any order, so the same in any company.
    """

    __slots__ = ("places", "weights")

    def __init__(self, zones: Sequence[Zone], scales: Sequence[float]) -> None:
        """Take the words of each zone; a weight is what a word tells times the scale of its zone."""
        buckets: list[int] = []
        worths: list[float] = []
        for (own, told), size in zip(zones, ZONES, strict=True):
            buckets += own
            worths += told
            if len(own) < size:
                buckets += [_NO_WORD] * (size - len(own))
                worths += [0.0] * (size - len(own))
        self.places: NDArray[np.int64] = np.frombuffer(_WHOLE.pack(*buckets), np.int64) + _SHIFTS
        worth: NDArray[np.float64] = np.frombuffer(_FLOATING.pack(*worths), np.float64)
        self.weights: NDArray[np.float64] = np.floor(worth * np.array(scales).take(_ZONE_OF) + _TINY)

    @classmethod
    def weighing(cls, zones: Sequence[Zone]) -> Vector:
        """Return the vector of words with what they tell, whatever unit that is in."""
        return cls(zones, [_UNIT / (hypot(*told) or 1.0) for _, told in zones])

    @classmethod
    def of(cls, zones: Sequence[Zone]) -> Vector:
        """Return the vector whose :meth:`zones` these are."""
        return cls(zones, [_UNIT] * len(ZONES))

    def words(self, zone: slice) -> list[int]:
        """Return the places of the words of a zone, weightiest first."""
        places: list[int] = self.places[zone][self.weights[zone] > 0].tolist()
        return places

    def zones(self) -> list[Zone]:
        """Return words and weights, of three decimals, of each zone."""
        buckets, weights = (self.places - _SHIFTS).tolist(), (self.weights / _UNIT).tolist()
        found: list[Zone] = []
        for start, size in zip(_STARTS.tolist(), ZONES, strict=True):
            own = buckets[start : start + size]
            count = own.index(_NO_WORD) if _NO_WORD in own else size
            found.append((own[:count], weights[start : start + count]))
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vector) and self.zones() == other.zones()

    def __hash__(self) -> int:
        return hash(self.places.tobytes())


class Likeness:
    """Cosines of one report with many, in one pass. An object is for one thread."""

    def __init__(self) -> None:
        self._weights = np.zeros(_PLACES)  # of the report that is compared, at the places of its words

    def cosines(self, one: Vector, others: Sequence[Vector]) -> list[list[float]]:
        """Return for each of ``others`` the cosines of its words, title and names with those of ``one``."""
        if not others:
            return []
        self._weights[one.places] = one.weights
        shared = self._weights.take(np.concatenate([other.places for other in others]))
        self._weights[one.places] = 0.0
        shared *= np.concatenate([other.weights for other in others])
        sums: NDArray[np.float64] = np.add.reduceat(shared.reshape(-1, _LENGTH), _STARTS, axis=1)
        found: list[list[float]] = (sums / _UNIT**2).tolist()
        return found
