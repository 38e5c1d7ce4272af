"""The step of an event that an item reports: announced or effective, imposed or lifted, arrested or released."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from classifiers.categories import Category
from classifiers.matcher import Matcher
from classifiers.reading import Reading, Sentence


@cache
def _tables() -> tuple[Matcher[tuple[str, str]], Mapping[str, Mapping[str, int]]]:
    data = tomllib.loads((files("classifiers") / "steps.toml").read_text("utf-8"))
    patterns: dict[str, list[tuple[str, str]]] = {}
    ranks: dict[str, Mapping[str, int]] = {}
    for category, steps in data.items():
        ranks[category] = {step: rank for rank, step in enumerate(steps["order"])}
        for step, cues in steps.items():
            if step != "order":
                for cue in cues:
                    patterns.setdefault(cue, []).append((category, step))
    flat = [(cue, target) for cue, targets in patterns.items() for target in targets]
    return Matcher(flat), ranks


def find_steps(reading: Reading, category: Category) -> dict[str, tuple[float, Sentence]]:
    """Return the steps of ``category`` that the item speaks of: how weightily, and the sentence that says it first."""
    matcher, _ = _tables()
    found: dict[str, tuple[float, Sentence]] = {}
    for sentence in reading.lead(6):
        weight = sentence.weight * (0.3 if sentence.background else 1.0)
        for step in {
            hit.payload[1] for hit in matcher.find(sentence.text, sentence.folded) if hit.payload[0] == category
        }:
            known = found.get(step)
            found[step] = (weight, sentence) if known is None else (known[0] + weight / 2, known[1])
    return found


def main_step(reading: Reading, category: Category) -> tuple[str, Sentence] | None:
    """Return the step that the item reports as news with its sentence, or None when it names none."""
    found = find_steps(reading, category)
    if not found:
        return None
    ranks = _tables()[1][category]
    step = max(found, key=lambda name: (found[name][0] + 0.15 * ranks[name], ranks[name]))
    return step, found[step][1]
