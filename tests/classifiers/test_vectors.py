from __future__ import annotations

import json
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from classifiers.vectors import BUCKETS, NAMES, TITLE, ZONES, Likeness, Vector, Zone

buckets = st.one_of(st.integers(0, 9), st.integers(BUCKETS - 3, BUCKETS - 1))  # few, so that vectors meet


def zone(size: int) -> st.SearchStrategy[Zone]:
    """Return words in a zone: with what they tell, weightiest first."""
    found = st.dictionaries(buckets, st.floats(0.5, 12), max_size=size)
    return found.map(lambda told: (list(told), sorted(told.values(), reverse=True)))


vectors = st.tuples(*[zone(size) for size in ZONES]).map(Vector.weighing)


def exact(one: Zone, other: Zone) -> float:
    mine, theirs = dict(zip(*one, strict=True)), dict(zip(*other, strict=True))
    shared = mine.keys() & theirs.keys()
    return float(sum(Fraction(round(1000 * mine[word]) * round(1000 * theirs[word]), 10**6) for word in shared))


@given(vectors, st.lists(vectors, max_size=5))
def test_the_cosines_are_those_of_each_pair_alone_and_exact(one: Vector, others: list[Vector]) -> None:
    likeness = Likeness()
    found = likeness.cosines(one, others)
    assert found == [[exact(*pair) for pair in zip(one.zones(), other.zones(), strict=True)] for other in others]
    assert found == likeness.cosines(one, others)  # nothing is left of the first time
    assert found == [likeness.cosines(other, [one])[0] for other in others]


@given(vectors)
def test_a_vector_is_like_itself_and_survives_storing(one: Vector) -> None:
    again = Vector.of(json.loads(json.dumps(one.zones())))
    assert again == one
    assert all(cosine == 0 or 0.9 < cosine <= 1 for cosine in Likeness().cosines(one, [again])[0])


def test_weights_are_of_unit_length_and_words_stand_weightiest_first() -> None:
    vector = Vector.weighing([([5, 6], [4.0, 3.0]), ([], []), ([5], [2.0])])
    assert vector.zones() == [([5, 6], [0.8, 0.6]), ([], []), ([5], [1.0])]
    assert vector.words(TITLE) == []
    [name] = vector.words(NAMES)
    assert name not in vector.words(slice(0, ZONES[0]))  # a name is no word, though they share the bucket
