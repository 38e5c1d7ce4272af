"""The plain words of an item by their stems: what no lexicon foresaw still says something, in any language."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from math import log

from classifiers.features import Features, stem_of
from classifiers.tagging import Tagged

_TOP = 5  # sentences read, the title included
_TITLE = 2  # a word of the title counts like so many


def word_features(tagged: Tagged) -> Features:
    """Return the stems of the title and the first sentences with their sublinear frequency, 1 + ln(times)."""
    read = chain(tagged.tokens[0] * (_TITLE - 1), *tagged.tokens[:_TOP])
    times = Counter(map(stem_of.__getitem__, read))
    times.pop("", None)
    return {stem: 1.0 if count == 1 else 1 + log(count) for stem, count in times.items()}
