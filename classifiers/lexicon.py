"""The lexicon: words and phrases of many languages mapped to a few dozen concepts, so that one rule serves them all."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from classifiers.errors import RulesError
from classifiers.text import words

_GAP = 7  # ".." in a term stands for at most this many words
_MEMO_LIMIT = 200_000  # distinct words remembered before the memory is emptied
_ARABIC_PARTICLES = "وفبلكس"
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Hit(NamedTuple):
    """One concept found in a sentence, from word ``start`` up to but not including word ``end``."""

    start: int
    end: int
    concept: str
    whole: bool = True  # no words of others between its own


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of a word: the concepts it names alone, the phrases it may open, the pattern elements it meets."""

    concepts: tuple[str, ...]
    phrases: tuple[_Phrase, ...]
    elements: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The rest of a phrase after its first word: (element, words that may stand before it)."""

    concept: str
    rest: tuple[tuple[str, int], ...]
    last: str
    whole: bool


class Lexicon:
    """Finds concepts in words. The cost grows with the text, not with the number of terms."""

    def __init__(
        self,
        terms: Mapping[str, Iterable[str]],
        scope: Mapping[str, frozenset[str]] | None = None,
        numerals: frozenset[str] = frozenset(),
    ) -> None:
        self._scope = scope or {}
        self._numerals = numerals
        self._single: dict[str, list[str]] = {}
        self._phrases: dict[str, list[_Phrase]] = {}
        elements: set[str] = set()
        for concept, patterns in terms.items():
            for pattern in patterns:
                first, rest = _parse(pattern)
                elements.update((first, *(element for element, _ in rest)))
                if rest:
                    self._phrases.setdefault(first, []).append(
                        _Phrase(concept, rest, rest[-1][0], not any(gap for _, gap in rest))
                    )
                elif concept not in self._single.setdefault(first, []):
                    self._single[first].append(concept)
        self._elements = frozenset(elements)
        self._inner = tuple(sorted(element for element in elements if element.startswith("*")))
        self._memo: dict[str, dict[str, _Word]] = {}
        self._size = 0

    def find(self, tokens: list[str], lang: str = "en") -> list[Hit]:
        """Return the concepts in one sentence's words, in order of their first word."""
        memo = self._memo.setdefault(lang, {})
        known = [memo.get(token) or self._learn(token, lang) for token in tokens]
        present: set[str] = set().union(*[word.elements for word in known])
        hits: list[Hit] = []
        for position, word in enumerate(known):
            if word.concepts:
                hits += [Hit(position, position + 1, concept) for concept in word.concepts]
            for phrase in word.phrases:
                if phrase.last in present:  # most phrases end here: their last word is not in the sentence
                    end = _follow(phrase.rest, known, position + 1)
                    if end:
                        hits.append(Hit(position, end, phrase.concept, phrase.whole))
        return _outermost(hits)

    def _learn(self, token: str, lang: str) -> _Word:
        if self._size > _MEMO_LIMIT:
            self._memo.clear()
            self._size = 0
        elements = set()
        alone = lang in self._scope.get(token, {lang})  # in a phrase of its own language a short word is safe
        for form in _forms(token):
            if form in self._elements:
                elements.add(form)
            elements.update(p for n in range(1, len(form) + 1) if (p := form[:n] + "*") in self._elements)
        if _CJK.search(token):
            elements.update(element for element in self._inner if element[1:] in token)
        if token in self._numerals or (token.isdigit() and len(token) < 4):
            elements.add("#")
        ordered = sorted(elements)
        word = _Word(
            concepts=tuple(dict.fromkeys(c for e in ordered for c in self._single.get(e, ()))) if alone else (),
            phrases=tuple(p for e in ordered for p in self._phrases.get(e, ())),
            elements=frozenset(elements),
        )
        self._memo.setdefault(lang, {})[token] = word
        self._size += 1
        return word


def _outermost(hits: list[Hit]) -> list[Hit]:
    """Drop what stands inside a longer name or phrase without gaps: "court" in "Hague court" is no second actor."""
    covered: dict[int, int] = {}
    for hit in hits:
        if hit.whole and hit.end - hit.start > 1:
            covered[hit.start] = max(covered.get(hit.start, 0), hit.end)
    if not covered:
        return list(dict.fromkeys(hits))
    spans = sorted(covered.items())
    return [
        hit
        for hit in dict.fromkeys(hits)
        if not any(start <= hit.start and hit.end <= end and end - start > hit.end - hit.start for start, end in spans)
    ]


def _parse(pattern: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """Return a term's first element and the elements that follow, each with the gap allowed before it."""
    elements: list[tuple[str, int]] = []
    gap = 0
    for piece in pattern.split():
        if piece == "..":
            gap = _GAP
            continue
        parts = ["#"] if piece == "#" else words(piece)
        for index, part in enumerate(parts):
            text = part
            if index == 0 and piece.startswith("*"):
                text = "*" + part
            elif index == len(parts) - 1 and piece.endswith("*"):
                text = part + "*"
            elements.append((text, gap))
            gap = 0
    if not elements:
        raise RulesError(f"term {pattern!r} has no word in it")
    return elements[0][0], tuple(elements[1:])


def _follow(rest: tuple[tuple[str, int], ...], known: list[_Word], position: int) -> int:
    """Return the end of the phrase that continues at ``position``, or 0 when it does not."""
    for element, gap in rest:
        stop = min(position + gap + 1, len(known))
        for index in range(position, stop):
            if element in known[index].elements:
                position = index + 1
                break
        else:
            return 0
    return position


def _forms(token: str) -> list[str]:
    """Return the word itself and, for Arabic, the word without attached particles and article."""
    forms = [token]
    if "\u0600" <= token[0] <= "\u06ff":
        bare = token
        for _ in range(2):
            if len(bare) > 3 and bare[0] in _ARABIC_PARTICLES:
                bare = bare[1:]
                forms.append(bare)
                if bare.startswith("ل"):
                    forms.append("ا" + bare)  # "لل" stands for "ل" + "ال"
        forms.extend(form[2:] for form in tuple(forms) if form.startswith("ال") and len(form) > 4)
    return forms


def _rule_files() -> list[Traversable]:
    folder = files("classifiers").joinpath("rules")
    return sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name)


@cache
def load_scope() -> dict[str, frozenset[str]]:
    """Return word -> the languages in which it counts, from the [scope] tables."""
    scope: dict[str, frozenset[str]] = {}
    for path in _rule_files():
        for word, langs in tomllib.loads(path.read_text(encoding="utf-8")).get("scope", {}).items():
            scope.update(dict.fromkeys(words(word), frozenset(langs.split())))
    return scope


@cache
def load_numerals() -> frozenset[str]:
    """Return the spelled numbers of the [numerals] tables, folded."""
    tables = (tomllib.loads(path.read_text(encoding="utf-8")).get("numerals", {}) for path in _rule_files())
    return frozenset(word for table in tables for word in words(table.get("words", "")))


@cache
def load_concepts() -> dict[str, dict[str, str]]:
    """Return concept -> {"reason", "terms"} from ``classifiers/rules/*.toml``."""
    concepts: dict[str, dict[str, str]] = {}
    for path in _rule_files():
        for concept, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if concept in ("scope", "numerals"):
                continue
            if not {"reason", "terms"} <= set(table) <= {"reason", "terms", "category"} or concept in concepts:
                raise RulesError(f"{path.name}: [{concept}] must be there once, with reason and terms")
            concepts[concept] = table
    return concepts


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon of all rule files, built once a process."""
    return Lexicon(
        {
            concept: [
                term for line in table["terms"].splitlines() for part in line.split(",") if (term := part.strip())
            ]
            for concept, table in load_concepts().items()
        },
        load_scope(),
        load_numerals(),
    )


def rules_digest() -> str:
    """Return a hash over the rule files: a part of the judge's version."""
    digest = hashlib.sha256()
    for concept, table in sorted(load_concepts().items()):
        digest.update(f"{concept}\0{table['reason']}\0{table['terms']}\0{table.get('category')}\0".encode())
    digest.update(repr(sorted((word, sorted(langs)) for word, langs in load_scope().items())).encode())
    digest.update(repr(sorted(load_numerals())).encode())
    return digest.hexdigest()
