"""The sheet that the rules of a category fill in: facts, with the sentence of each as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from classifiers.entities import Entity
from classifiers.reading import Reading, Sentence
from classifiers.verdicts import Evidence, Json


class FactSheet:
    """Facts of one item in the making."""

    def __init__(self, reading: Reading, step: str | None, day: date | None, *, stated: bool) -> None:
        self.reading = reading
        self.step = step
        self.day = day  # of the act, or of the report: what known dates are held against
        self.on = day if stated else None  # only what the text itself says may become a fact
        self.facts: dict[str, Json] = {}
        self.evidence: list[Evidence] = []
        self._ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))

    def ranked(self) -> list[tuple[str, float]]:
        """Return the entities named, weightiest first."""
        return self._ranked

    def set(self, key: str, value: Json, sentence: Sentence | None) -> None:
        """State a fact, once, with the sentence that shows it."""
        if key not in self.facts:
            self.facts[key] = value
            if sentence is not None:
                self.note(sentence, key.replace("_", " "))

    def set_names(self, key: str, entities: Iterable[Entity]) -> None:
        """State names as a list, unless there are none."""
        found = list(entities)
        if found:
            self.set(key, [who.name for who in found], self.first(found[0].id))

    def set_by_word(self, key: str, words: Mapping[str, tuple[str, ...]]) -> None:
        """State the first value one of whose words stands in the item."""
        for sentence in self.reading.sentences:
            padded = f" {sentence.folded} "
            for value, forms in words.items():
                if any(form in padded for form in forms):
                    self.set(key, value, sentence)
                    return

    def note(self, sentence: Sentence, reason: str) -> None:
        """Keep a sentence as evidence; a sentence that shows several things is quoted once."""
        quote = sentence.text
        if quote not in self.reading.document.title and quote not in self.reading.document.text:
            return  # the text holds combining marks, so the even slice is not verbatim
        for number, known in enumerate(self.evidence):
            if known.quote == quote:
                if reason not in known.reason.split("; "):
                    self.evidence[number] = Evidence(quote, f"{known.reason}; {reason}")
                return
        self.evidence.append(Evidence(quote, reason))

    def first(self, entity_id: str) -> Sentence | None:
        """Return the sentence that names the entity most prominently."""
        for sentence in self.reading.sentences:
            if any(mention.id == entity_id for mention in sentence.mentions):
                return sentence
        return None
