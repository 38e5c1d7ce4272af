"""Finding many names and cues in text at once, whatever the script: one Aho-Corasick pass over the folded text.

A pattern is written as people write it: a trailing ``*`` lets any inflected ending follow, a ``*`` inside lets a word
bend ("Международн* суд*"), a ``~`` between two words stands for up to four others ("drops ~ sanctions"), a trailing
``!`` asks for the very spelling (case and all: "US!" is not the pronoun). A pattern that starts with a capital needs a
capital in the text, so that a Mr Prost is not a toast.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind

from classifiers.text import bare, ease, translate

Payload = TypeVar("Payload")

_LONGEST_ENDING = 7  # letters a bending pattern may grow by: "hungar" to "Hungarians", not to another word
_LONGEST_GAP = 4  # words that "~" may stand for
_JOINT = re.compile(r"(\*|\s+~\s+)")
_LATIN_WITHOUT_MARK = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "s", "ى": "ي", "ة": "ه"}
_UNEVEN = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ARABIC = re.compile("[\u0600-\u06ff]")
# One-letter words that Arabic writes together with the next one: and, with, to, so, like.
_ARABIC_PREFIXES = ("و", "ب", "ل", "ف", "ك", "ول", "وب")


class _FoldTable(dict[int, str]):
    """A translation table that fills itself: every character becomes exactly one, so offsets stay true."""

    def __init__(self, *, keep_marks: bool) -> None:
        super().__init__()
        self.keep_marks = keep_marks

    def __missing__(self, code: int) -> str:
        folded = self._fold(chr(code))
        self[code] = folded
        return folded

    def _fold(self, char: str) -> str:
        if char.isdecimal():
            return str(unicodedata.decimal(char))
        for part in bare(char):
            if not unicodedata.combining(part):
                part = _LATIN_WITHOUT_MARK.get(part, part)  # noqa: PLW2901
                if part.isalnum() or part == ".":
                    return part
                return char if self.keep_marks else " "
        return char if self.keep_marks else " "


_WORDS = _FoldTable(keep_marks=False)
_MARKED = _FoldTable(keep_marks=True)


def fold_words(text: str) -> str:
    """Fold case, diacritics and every mark but the full stop, character by character: the length never changes."""
    return translate(text, _WORDS)


def split_words(folded: str) -> list[str]:
    """Return the words of what :func:`fold_words` has folded."""
    return folded.replace(".", " ").split()


def fold_marked(text: str) -> str:
    """Fold case and diacritics, character by character, and keep punctuation as it stands."""
    eased = ease(text, _MARKED)
    return text.translate(_MARKED) if eased is None else eased.lower()


def even(text: str) -> str:
    """Return ``text`` composed and without joiners and vowel marks, so that one letter is one character."""
    if text.isascii() or not _UNEVEN.search(text):
        return text
    return _UNEVEN.sub("", unicodedata.normalize("NFC", text))


class Hit(NamedTuple, Generic[Payload]):
    """One place where a pattern stands."""

    start: int
    end: int
    payload: Payload


@dataclass(frozen=True, slots=True)
class _Target(Generic[Payload]):
    payload: Payload
    bends: bool
    capital: bool
    exact: str | None
    rest: re.Pattern[str] | None


class Matcher(Generic[Payload]):
    """Patterns with what they stand for; of two at one place the longer one wins, unless ``overlapping``."""

    def __init__(self, patterns: Iterable[tuple[str, Payload]], *, overlapping: bool = False) -> None:
        self._overlapping = overlapping
        self._targets: dict[str, list[_Target[Payload]]] = {}
        self._cjk_targets: dict[str, list[_Target[Payload]]] = {}
        for pattern, payload in patterns:
            self._add(pattern, payload)
        self._keys = list(self._targets)
        self._cjk_keys = list(self._cjk_targets)
        kind = MatchKind.Standard if overlapping else MatchKind.LeftmostLongest
        self._automaton = AhoCorasick([" " + key for key in self._keys], matchkind=kind)
        self._cjk = AhoCorasick(self._cjk_keys, matchkind=kind)

    def _add(self, pattern: str, payload: Payload) -> None:
        exact = even(pattern[:-1]) if pattern.endswith("!") else None
        pattern = even(pattern.rstrip("!"))
        head = _JOINT.split(pattern, maxsplit=1)[0]
        key = fold_words(head)
        tail = pattern[len(head) :]
        rest = re.compile(_tail_pattern(tail)) if tail not in ("", "*") else None
        target = _Target(payload, tail == "*", pattern[:1].isupper(), exact, rest)
        if _CJK.search(pattern):
            self._cjk_targets.setdefault(key, []).append(target)
            return
        for variant in _arabic_variants(key) if _ARABIC.match(key) else (key,):
            self._targets.setdefault(variant, []).append(target)

    def find(self, text: str, folded: str | None = None) -> list[Hit[Payload]]:
        """Return the hits in ``text`` in their order; ``text`` must be :func:`even`, ``folded`` its words if known."""
        folded = fold_words(text) if folded is None else folded
        hits: list[Hit[Payload]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(" " + folded, overlapping=self._overlapping):
            # The automaton saw one blank more in front, and the pattern's own blank: start stands on the first letter.
            self._check(text, folded, start, end - 1, self._targets[self._keys[index]], hits)
        if self._cjk_keys and not text.isascii() and _CJK.search(text):
            for index, start, end in self._cjk.find_matches_as_indexes(folded, overlapping=self._overlapping):
                hits.extend(Hit(start, end, target.payload) for target in self._cjk_targets[self._cjk_keys[index]])
            hits.sort(key=lambda hit: hit.start)
        return hits

    @staticmethod
    def _check(
        text: str, folded: str, start: int, end: int, targets: Sequence[_Target[Payload]], hits: list[Hit[Payload]]
    ) -> None:
        stop = end
        while stop < len(folded) and folded[stop].isalnum():
            stop += 1
        for target in targets:
            close = stop
            if target.rest is not None:
                match = target.rest.match(folded, end)
                if match is None:
                    continue
                close = match.end()
                if close < len(folded) and folded[close].isalnum():
                    continue
            elif (stop > end and not target.bends) or stop - end > _LONGEST_ENDING:
                continue
            if target.exact is not None and text[start:end] != target.exact:
                continue
            if target.capital and text[start].islower():
                continue
            hits.append(Hit(start, close, target.payload))


def _tail_pattern(tail: str) -> str:
    """Return the regular expression for what follows the fixed head of a pattern."""
    pieces = []
    for piece in _JOINT.split(tail):
        if piece == "*":
            pieces.append(rf"\w{{0,{_LONGEST_ENDING}}}")
        elif piece.strip() == "~":
            pieces.append(rf"(?:\s+\w+){{0,{_LONGEST_GAP}}}?\s+")
        else:
            pieces.append(re.escape(fold_words(piece)))
    return "".join(pieces)


def _arabic_variants(key: str) -> list[str]:
    variants = [key, *(prefix + key for prefix in _ARABIC_PREFIXES)]
    if key.startswith("ال"):
        variants += ["لل" + key[2:], "ولل" + key[2:]]
    return variants
