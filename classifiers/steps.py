"""The step of an event that an item reports: announced or effective, imposed or lifted, arrested or released."""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate

from classifiers.categories import Category
from classifiers.matcher import Matcher
from classifiers.reading import Reading, Sentence, read
from classifiers.verdicts import Document

# A cue of a step with this ending is no proof alone: "takes effect in a year" stands in every notification.
_WEAK = "_weak"
_WEAK_FACTOR = 0.3
_TOP = 6  # sentences, the title included
_BREAK = " \0 "  # between sentences: no cue goes on over it
_AGAIN = 0.1  # what each further sentence adds
_LATER = 0.3  # head start of each later step in a chain: its report also tells the earlier ones


Steps = Mapping[str, tuple[float, Sentence]]  # step -> how weightily it is told, and the sentence that says it best


@cache
def _cues() -> tuple[Matcher[tuple[str, str, float]], Mapping[str, Mapping[str, int]]]:
    """Return what says the steps (category, step, how much the cue proves), and the order of each category's steps."""
    data = tomllib.loads((files("classifiers") / "steps.toml").read_text("utf-8"))
    cues = [
        (cue, (category, name.removesuffix(_WEAK), _WEAK_FACTOR if name.endswith(_WEAK) else 1.0))
        for category, steps in data.items()
        for name, said_by in steps.items()
        if name != "order"
        for cue in said_by
    ]
    ranks = {category: {step: rank for rank, step in enumerate(steps["order"])} for category, steps in data.items()}
    return Matcher(cues, overlapping=True), ranks


def find_steps(reading: Reading, category: Category) -> Steps:
    """Return the steps of ``category`` that the item speaks of."""
    return all_steps(reading).get(category, {})


def all_steps(reading: Reading) -> Mapping[str, Steps]:
    """Return the steps that the item speaks of, by category; judging looks at all, facts at those of one category."""
    return _find(reading.document)


@lru_cache(maxsize=256)
def _find(document: Document) -> Mapping[str, Steps]:
    cues, _ = _cues()
    top = list(read(document).lead(_TOP))
    starts = [0, *accumulate([len(sentence.text) + len(_BREAK) for sentence in top])]
    told: list[dict[tuple[str, str], float]] = [{} for _ in top]
    whole = _BREAK.join([sentence.text for sentence in top])
    for start, _, (category, step, factor) in cues.find(whole, _BREAK.join([sentence.folded for sentence in top])):
        here = told[bisect_right(starts, start) - 1]
        here[category, step] = max(here.get((category, step), 0.0), factor)
    found: dict[str, dict[str, tuple[float, Sentence]]] = {}
    for sentence, here in zip(top, told, strict=True):
        weight = sentence.weight * (0.3 if sentence.background else 1.0)
        for (category, step), factor in here.items():
            strength = weight * factor
            steps = found.setdefault(category, {})
            known = steps.get(step)
            if known is None:
                steps[step] = (strength, sentence)
            else:
                best = sentence if strength > known[0] else known[1]
                steps[step] = (max(strength, known[0]) + _AGAIN * min(strength, known[0]), best)
    return found


def main_step(reading: Reading, category: Category) -> tuple[str, Sentence] | None:
    """Return the step that the item reports as news with its sentence, or None when it names none."""
    found = find_steps(reading, category)
    if not found:
        return None
    ranks = _cues()[1][category]
    step = max(found, key=lambda name: (found[name][0] + _LATER * ranks[name], ranks[name]))
    return step, found[step][1]
