"""The lexicon: words and phrases of many languages mapped to a few dozen concepts, so that one rule serves them all."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count
from typing import NamedTuple

from classifiers.errors import RulesError
from classifiers.memo import Memo
from classifiers.text import words

_HEAD = 3  # letters of a stem by which it is looked up
_GAP = 7  # ".." in a term stands for at most this many words
_PLACES = 1000  # of a word in a sentence, whose hits are remembered
_EVERY = ""  # in place of a language: the term counts in all
_ARABIC_PARTICLES = "وفبلكس"
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Hit(NamedTuple):
    """One concept found in a sentence, from word ``start`` up to but not including word ``end``."""

    start: int
    end: int
    concept: str
    whole: bool = True  # no words of others between its own


@dataclass(frozen=True, slots=True)
class _Phrase:
    """The rest of a phrase after the words it was found by: (element, words that may stand before it)."""

    rank: tuple[str, int]  # its place among the phrases that one word may open
    lang: str  # the language in which alone it counts, or _EVERY
    concept: str
    rest: tuple[tuple[str, int], ...]
    whole: bool


_Found = tuple[tuple[str, int], int, _Phrase]  # rank, end, phrase


@dataclass(frozen=True, slots=True)
class _Opening:
    """The phrases that begin with one element: by their second element, and those with a gap before it."""

    next: dict[str, list[_Phrase]]
    later: list[_Phrase]


@dataclass(slots=True, eq=False)  # not frozen: thousands are made in a process's first seconds, at a third of the cost
class _Word:
    """What is known of a word: the concepts it names alone, the pattern elements it meets, the phrases it may open."""

    concepts: tuple[str, ...]
    alone: Mapping[int, tuple[Hit, ...]]  # the hits of the concepts by where the word stands: made once, shared by all
    elements: frozenset[str]
    next: Mapping[str, list[_Phrase]]  # the phrases it may open, by the element that the next word must meet
    later: tuple[_Phrase, ...]  # the phrases that go on after other words
    laters: frozenset[str]  # elements of which a word behind it must meet one to go on with such a phrase
    resumes: frozenset[str]  # the elements with which it may itself go on with such a phrase
    tells: bool  # names a concept or may open a phrase; the others only go on with one


class Lexicon:
    """Finds concepts in words. The cost grows with the text, not with the number of terms."""

    def __init__(
        self,
        terms: Mapping[str, Iterable[str]],
        scope: Mapping[str, frozenset[str]] | None = None,
        numerals: frozenset[str] = frozenset(),
        own: Mapping[str, Mapping[str, Iterable[str]]] | None = None,
    ) -> None:
        """Learn ``terms``, concept -> patterns, and ``own``, language -> the like that counts in it alone."""
        self._scope = scope or {}
        self._numerals = numerals
        self._single: dict[str, list[tuple[str, str]]] = {}  # element -> (concept, language)
        self._openings: dict[str, _Opening] = {}
        self._langs: dict[str, set[str]] = {}  # element -> the languages whose terms have it
        numbers = count()
        for lang, table in {_EVERY: terms, **(own or {})}.items():
            for concept, patterns in table.items():
                for pattern in patterns:
                    first, rest = _parse(pattern)
                    for element in (first, *(element for element, _ in rest)):
                        self._langs.setdefault(element, set()).add(lang)
                    if rest:
                        self._open(first, next(numbers), lang, concept, rest)
                    elif (concept, lang) not in self._single.setdefault(first, []):
                        self._single[first].append((concept, lang))
        elements = self._elements = frozenset(self._langs)
        self._stems = {element[:-1]: element for element in elements if element.endswith("*")}
        self._short = {len(stem) for stem in self._stems if len(stem) < _HEAD}
        self._lengths: dict[str, set[int]] = {}  # how long the stems are, by how they begin
        for stem in self._stems:
            self._lengths.setdefault(stem[:_HEAD], set(self._short)).add(len(stem))
        self._inner = tuple(sorted(element for element in elements if element.startswith("*")))
        self._resuming = {phrase.rest[0][0] for opening in self._openings.values() for phrase in opening.later}
        self._memo = Memo[str, Memo[str, _Word | None]](lambda lang: Memo(partial(self._learn, lang)))
        self._alone: dict[tuple[str, ...], Memo[int, tuple[Hit, ...]]] = {}
        self._words: dict[tuple[frozenset[str], bool, str], _Word] = {}
        self._meant: Memo[tuple[str, str], _Opening] = Memo(self._opening)

    def _open(self, first: str, number: int, lang: str, concept: str, rest: tuple[tuple[str, int], ...]) -> None:
        opening = self._openings.setdefault(first, _Opening({}, []))
        (second, gap), further = rest[0], rest[1:]
        if gap:
            opening.later.append(_Phrase((first, number), lang, concept, rest, whole=False))
        else:
            whole = not any(gap for _, gap in further)
            opening.next.setdefault(second, []).append(_Phrase((first, number), lang, concept, further, whole))

    def find(self, tokens: list[str], lang: str = "en") -> list[Hit]:
        """Return the concepts in one sentence's words, in order of their first word."""
        known = [*map(self._memo[lang].__getitem__, tokens), None]
        hits: list[Hit] = []
        before = 0  # where the longest phrase without gaps ends of those that began at an earlier word
        resuming: Set[str] | None = None  # the elements that go on after a gap, once somebody asks
        for position, word in enumerate(known):
            if word is None or not word.tells:
                continue
            found: list[_Found] = []
            if word.next and (follower := known[position + 1]) is not None:
                for element in follower.elements:
                    if element in word.next:
                        for phrase in word.next[element]:
                            end = _follow(phrase.rest, known, position + 2) if phrase.rest else position + 2
                            if end:
                                found.append((phrase.rank, end, phrase))
            if word.later:
                if resuming is None:
                    resuming = frozenset().union(*[other.resumes for other in known if other and other.resumes])
                if not resuming.isdisjoint(word.laters):
                    found += _later(word, known, position, resuming)
            if found:
                before = _tell(word, position, found, before, hits)
            elif word.concepts and before <= position:
                hits += word.alone[position]
        return hits

    def _learn(self, lang: str, token: str) -> _Word | None:
        elements = set()
        for form in _forms(token):
            if form in self._elements:
                elements.add(form)
            for length in self._lengths.get(form[:_HEAD], self._short):
                element = self._stems.get(form[:length])
                if element is not None:
                    elements.add(element)
        if not token.isascii() and _CJK.search(token):
            elements.update(element for element in self._inner if element[1:] in token)
        if token in self._numerals or (token.isdigit() and len(token) < 4):
            elements.add("#")
        here = {_EVERY, lang}
        elements = {element for element in elements if not here.isdisjoint(self._langs.get(element, here))}
        if not elements:
            return None
        alone = lang in self._scope.get(token, {lang})  # in a phrase of its own language a short word is safe
        known = (frozenset(elements), alone, lang)
        if known not in self._words:
            self._words[known] = self._word(*known)
        return self._words[known]

    def _word(self, elements: frozenset[str], alone: bool, lang: str) -> _Word:
        ordered = sorted(elements)
        openings = [self._meant[element, lang] for element in ordered if element in self._openings]
        following = openings[0].next if openings else {}
        if len(openings) > 1:
            following = {}
            for opening in openings:
                for second, phrases in opening.next.items():
                    following.setdefault(second, []).extend(phrases)
        later = tuple(phrase for opening in openings for phrase in opening.later)
        named = [known for element in ordered for known in self._single.get(element, ())]
        concepts = tuple(dict.fromkeys(c for c, own in named if own == lang or (alone and own == _EVERY)))
        if concepts not in self._alone:
            self._alone[concepts] = Memo(partial(_singles, concepts), limit=_PLACES)
        return _Word(
            concepts=concepts,
            alone=self._alone[concepts],
            elements=elements,
            next=following,
            later=later,
            laters=frozenset(phrase.rest[0][0] for phrase in later),
            resumes=elements & self._resuming,
            tells=bool(concepts or following or later),
        )

    def _opening(self, opened: tuple[str, str]) -> _Opening:
        """Return the phrases that begin with an element and count in a language."""
        element, lang = opened
        every = self._openings[element]
        kept = {
            second: meant
            for second, phrases in every.next.items()
            if (meant := [phrase for phrase in phrases if phrase.lang in (_EVERY, lang)])
        }
        return _Opening(kept, [phrase for phrase in every.later if phrase.lang in (_EVERY, lang)])


def _singles(concepts: tuple[str, ...], position: int) -> tuple[Hit, ...]:
    return tuple(Hit(position, position + 1, concept) for concept in concepts)


def _later(word: _Word, known: list[_Word | None], position: int, resuming: Set[str]) -> list[_Found]:
    """Return the phrases with a gap behind ``word`` that the words complete."""
    found = []
    for phrase in word.later:
        if phrase.rest[0][0] in resuming:
            end = _follow(phrase.rest, known, position + 1)
            if end:
                found.append((phrase.rank, end, phrase))
    return found


def _tell(word: _Word, position: int, found: list[_Found], before: int, hits: list[Hit]) -> int:
    """Add the hits of a word and of the phrases ``found`` that begin with it; return the new ``before``.

    What stands inside a longer name or phrase without gaps is left out: "court" in "Hague court" is no second actor.
    """
    here = 0
    for _, end, phrase in found:
        if phrase.whole and end > here:
            here = end
    if word.concepts and before <= position and not here:
        hits += word.alone[position]
    if len(found) > 1:
        found.sort()
    first = len(hits)
    for _, end, phrase in found:
        if before < end and here <= end:
            hit = Hit(position, end, phrase.concept, phrase.whole)
            if hit not in hits[first:]:
                hits.append(hit)
    return max(before, here)


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


def _follow(rest: tuple[tuple[str, int], ...], known: list[_Word | None], position: int) -> int:
    """Return the end of the phrase that continues at ``position``, or 0 when it does not."""
    for element, gap in rest:
        for index in range(position, min(position + gap + 1, len(known))) if gap else (position,):
            word = known[index]
            if word is not None and element in word.elements:
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
    """Return concept -> {"reason", "terms"} from ``classifiers/rules/*.toml``.

    ``says`` is the reason for people, what a headline or sentence does; it decides nothing and is no part of a version.
    """
    concepts: dict[str, dict[str, str]] = {}
    for path in _rule_files():
        for concept, table in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if concept in ("scope", "numerals"):
                continue
            if not {"reason", "terms"} <= set(table) <= {"reason", "says", "terms", "category"} or concept in concepts:
                raise RulesError(f"{path.name}: [{concept}] must be there once, with reason and terms")
            concepts[concept] = table
    return concepts


@cache
def load_vocabularies() -> dict[str, dict[str, str]]:
    """Return language -> concept -> terms that count in that language alone, from ``rules/languages/*.toml``."""
    folder = files("classifiers").joinpath("rules", "languages")
    vocabularies: dict[str, dict[str, str]] = {}
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        lang, _, kind = path.name.partition(".")
        if kind != "toml":
            continue
        vocabulary = tomllib.loads(path.read_text(encoding="utf-8"))
        if unknown := sorted(vocabulary.keys() - load_concepts().keys()):
            raise RulesError(f"languages/{path.name}: no concept has the name {unknown[0]!r}; see the files in rules/")
        vocabularies[lang] = vocabulary
    return vocabularies


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon of all rule files, built once a process."""
    return Lexicon(
        {concept: _terms(table["terms"]) for concept, table in load_concepts().items()},
        load_scope(),
        load_numerals(),
        {
            lang: {concept: _terms(text) for concept, text in vocabulary.items()}
            for lang, vocabulary in load_vocabularies().items()
        },
    )


def _terms(text: str) -> list[str]:
    return [term for line in text.splitlines() for part in line.split(",") if (term := part.strip())]


def rules_digest() -> str:
    """Return a hash over the rule files: a part of the judge's version."""
    digest = hashlib.sha256()
    for concept, table in sorted(load_concepts().items()):
        digest.update(f"{concept}\0{table['reason']}\0{table['terms']}\0{table.get('category')}\0".encode())
    digest.update(repr(sorted((lang, sorted(table.items())) for lang, table in load_vocabularies().items())).encode())
    digest.update(repr(sorted((word, sorted(langs)) for word, langs in load_scope().items())).encode())
    digest.update(repr(sorted(load_numerals())).encode())
    return digest.hexdigest()
