"""The step of an event that an item reports: announced or effective, imposed or lifted, arrested or released."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from classifiers.categories import Category
from classifiers.matcher import Matcher
from classifiers.reading import Reading, Sentence

# A cue of a step with this ending is no proof alone: "takes effect in a year" stands in every notification.
_WEAK = "_weak"
_WEAK_FACTOR = 0.3
_AGAIN = 0.1  # what each further sentence adds
_LATER = 0.3  # head start of each later step in a chain: its report also tells the earlier ones


@dataclass(frozen=True, slots=True)
class _Chain:
    """The steps of one category: what says them, and their order."""

    cues: Matcher[tuple[str, float]]  # step and how much the cue proves
    ranks: Mapping[str, int]


@cache
def _chains() -> Mapping[str, _Chain]:
    data = tomllib.loads((files("classifiers") / "steps.toml").read_text("utf-8"))
    chains = {}
    for category, steps in data.items():
        patterns = [
            (cue, (name.removesuffix(_WEAK), _WEAK_FACTOR if name.endswith(_WEAK) else 1.0))
            for name, cues in steps.items()
            if name != "order"
            for cue in cues
        ]
        ranks = {step: rank for rank, step in enumerate(steps["order"])}
        chains[category] = _Chain(Matcher(patterns, overlapping=True), ranks)
    return chains


def find_steps(reading: Reading, category: Category) -> dict[str, tuple[float, Sentence]]:
    """Return the steps of ``category`` that the item speaks of: how weightily, and the sentence that says it best."""
    matcher = _chains()[category].cues
    found: dict[str, tuple[float, Sentence]] = {}
    for sentence in reading.lead(6):
        weight = sentence.weight * (0.3 if sentence.background else 1.0)
        here: dict[str, float] = {}
        for hit in matcher.find(sentence.text, sentence.folded):
            step, factor = hit.payload
            here[step] = max(here.get(step, 0.0), weight * factor)
        for step, strength in here.items():
            known = found.get(step)
            if known is None:
                found[step] = (strength, sentence)
            else:
                best = sentence if strength > known[0] else known[1]
                found[step] = (max(strength, known[0]) + _AGAIN * min(strength, known[0]), best)
    return found


def main_step(reading: Reading, category: Category) -> tuple[str, Sentence] | None:
    """Return the step that the item reports as news with its sentence, or None when it names none."""
    found = find_steps(reading, category)
    if not found:
        return None
    ranks = _chains()[category].ranks
    step = max(found, key=lambda name: (found[name][0] + _LATER * ranks[name], ranks[name]))
    return step, found[step][1]
