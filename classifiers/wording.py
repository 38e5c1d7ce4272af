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
    read = [*[tagged.tokens[0]] * (_TITLE - 1), *tagged.tokens[:_TOP]]
    times = Counter([word[:_STEM] for tokens in read for word in tokens if word.isalpha()])
    return {stem: 1.0 if count == 1 else 1 + log(count) for stem, count in times.items()}
