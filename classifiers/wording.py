"""The plain words of an item by their stems: what no lexicon foresaw still says something, in any language."""

from __future__ import annotations

from collections import Counter
from math import log

from classifiers.features import Features
from classifiers.tagging import Tagged

_STEM = 5  # letters: enough for the meaning, few enough for inflection
_TOP = 5  # sentences read, the title included
_TITLE = 2  # a word of the title counts like so many


def word_features(tagged: Tagged) -> Features:
    """Return the stems of the title and the first sentences with their sublinear frequency, 1 + ln(times)."""
    times: Counter[str] = Counter()
    for place, tokens in enumerate(tagged.tokens[:_TOP]):
        for word in tokens:
            if word.isalpha():
                times[word[:_STEM]] += _TITLE if place == 0 else 1
    return {stem: 1 + log(count) for stem, count in times.items()}
