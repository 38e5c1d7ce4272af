"""Finding many names and cues in text at once, whatever the script: one Aho-Corasick pass over the folded text.

A pattern is written as people write it: a trailing ``*`` lets any inflected ending follow, a ``*`` inside lets a word
bend ("Международн* суд*"), a ``~`` between two words stands for up to four others ("drops ~ sanctions"), a trailing
``!`` asks for the very spelling (case and all: "US!" is not the pronoun). A pattern that starts with a capital needs a
capital in the text, so that a Mr Prost is not a toast.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Generic, TypeVar

import numpy as np
from ahocorasick_rs import AhoCorasick, MatchKind

from classifiers.folding import Folding, codes_of, holds_beyond
from classifiers.text import bare

Payload = TypeVar("Payload")
Hit = tuple[int, int, Payload]  # where a pattern stands, from and to, and what it stands for

_LONGEST_ENDING = 7  # letters a bending pattern may grow by: "hungar" to "Hungarians", not to another word
_LONGEST_GAP = 4  # words that "~" may stand for
_JOINT = re.compile(r"(\*|\s+~\s+)")
_LATIN_WITHOUT_MARK = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "s", "ى": "ي", "ة": "ه"}
_UNEVEN = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_IS_UNEVEN = np.zeros(sys.maxunicode + 1, bool)
_IS_UNEVEN[[code for code in range(0x10000) if _UNEVEN.match(chr(code))]] = True
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FAR = 0x3040  # where the characters begin that are written without blanks
_ARABIC = re.compile("[\u0600-\u06ff]")
# One-letter words that Arabic writes together with the next one: and, with, to, so, like.
_ARABIC_PREFIXES = ("و", "ب", "ل", "ف", "ك", "ول", "وب")


def _fold_char(char: str, *, keep_marks: bool) -> str:
    """Return the one character that ``char`` becomes, so that offsets stay true."""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    for part in bare(char):
        if not unicodedata.combining(part):
            part = _LATIN_WITHOUT_MARK.get(part, part)  # noqa: PLW2901
            if part.isalnum() or part == ".":
                return part
            break
    return char if keep_marks else " "


_WORDS = Folding(partial(_fold_char, keep_marks=False))
_MARKED = Folding(partial(_fold_char, keep_marks=True))


def fold_words(text: str) -> str:
    """Fold case, diacritics and every mark but the full stop, character by character: the length never changes."""
    return _WORDS(text)


def split_words(folded: str) -> list[str]:
    """Return the words of what :func:`fold_words` has folded."""
    return folded.replace(".", " ").split()


def fold_marked(text: str) -> str:
    """Fold case and diacritics, character by character, and keep punctuation as it stands."""
    return _MARKED(text)


def even(text: str) -> str:
    """Return ``text`` composed and without joiners and vowel marks, so that one letter is one character."""
    if text.isascii() or not _IS_UNEVEN.take(codes_of(text)).any():
        return text
    return _UNEVEN.sub("", unicodedata.normalize("NFC", text))


@dataclass(frozen=True, slots=True)
class _Target(Generic[Payload]):
    payload: Payload
    bends: bool
    capital: bool
    exact: str | None
    rest: re.Pattern[str] | None  # what follows the head
    needs: str  # the longest piece of that which stands as it is


class Matcher(Generic[Payload]):
    """Patterns with what they stand for; of two at one place the longer one wins, unless ``overlapping``."""

    def __init__(self, patterns: Iterable[tuple[str, Payload]], *, overlapping: bool = False) -> None:
        self._overlapping = overlapping
        self._targets: dict[str, list[_Target[Payload]]] = {}
        self._cjk_targets: dict[str, list[_Target[Payload]]] = {}
        for pattern, payload in patterns:
            self._add(pattern, payload)
        self._listed = list(self._targets.values())
        self._cjk_listed = list(self._cjk_targets.values())
        kind = MatchKind.Standard if overlapping else MatchKind.LeftmostLongest
        self._automaton = AhoCorasick([" " + key for key in self._targets], matchkind=kind)
        self._cjk = AhoCorasick(list(self._cjk_targets), matchkind=kind)

    def _add(self, pattern: str, payload: Payload) -> None:
        exact = even(pattern[:-1]) if pattern.endswith("!") else None
        pattern = even(pattern.rstrip("!"))
        head = _JOINT.split(pattern, maxsplit=1)[0]
        key = fold_words(head)
        tail = pattern[len(head) :]
        rest = re.compile(_tail_pattern(tail)) if tail not in ("", "*") else None
        needs = max(map(fold_words, _JOINT.split(tail)[::2]), key=len)
        target = _Target(payload, tail == "*", pattern[:1].isupper(), exact, rest, needs)
        if _CJK.search(pattern):
            self._cjk_targets.setdefault(key, []).append(target)
            return
        for variant in _arabic_variants(key) if _ARABIC.match(key) else (key,):
            self._targets.setdefault(variant, []).append(target)

    def find(self, text: str, folded: str | None = None) -> list[Hit[Payload]]:
        """Return the hits in ``text`` in their order; ``text`` must be :func:`even`, ``folded`` its words if known."""
        folded = fold_words(text) if folded is None else folded
        hits: list[Hit[Payload]] = []
        padded = f" {folded} "  # patterns begin with a blank, and no ending runs out of the text
        for index, start, end in self._automaton.find_matches_as_indexes(padded, overlapping=self._overlapping):
            stop = end
            while padded[stop].isalnum():
                stop += 1
            for target in self._listed[index]:
                close = _close(target, text, folded, start, end - 1, stop - 1)
                if close:
                    hits.append((start, close, target.payload))
        if self._cjk_listed and holds_beyond(text, _FAR) and _CJK.search(text):
            for index, start, end in self._cjk.find_matches_as_indexes(folded, overlapping=self._overlapping):
                hits.extend((start, end, target.payload) for target in self._cjk_listed[index])
            hits.sort(key=itemgetter(0))
        return hits


def _close(target: _Target[Payload], text: str, folded: str, start: int, end: int, stop: int) -> int:
    """Return where the pattern ends whose head stands from ``start`` to ``end`` in a word up to ``stop``, else 0."""
    close = stop
    if target.rest is not None:
        match = target.rest.match(folded, end) if target.needs in folded else None
        if match is None or folded[match.end() : match.end() + 1].isalnum():
            return 0
        close = match.end()
    elif stop > end and (not target.bends or stop - end > _LONGEST_ENDING):
        return 0
    if target.exact is not None and text[start:end] != target.exact:
        return 0
    return 0 if target.capital and text[start].islower() else close


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
