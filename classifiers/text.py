"""Text as judging sees it: normalised, folded, cut into words and sentences. Pure functions, any script."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from classifiers.folding import Folding

# A sentence ends after .!?… (also 。！？ and Arabic ؟), with closing quotes, before white space; every end begins with
# one of a few marks, so that the search runs from mark to mark.
_SENTENCE_END = re.compile(
    r"[.!?…؟。！？\n](?:(?<=[.!?…؟])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W_])|(?<=[。！？])|(?<=\n)\n*)"
)
_LONGEST_ABBREVIATION = 8  # letters, the stop, a quote, the blank, and the letter before it all
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Sen|Rep|Gov|St|No|Nos|Art|Arts|vs|v|Inc|Ltd|Jr|Sr|U\.S|U\.N|E\.O|H\.R"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|M|MM|Mme|art|núm|Sra?|nr|Nr|Abs|bzw|ст|г|им)|\b[A-Z])\.[\"'”’»)\]]*$"
)
# Official lists tell their corrections apart from their acts; who stands there is no news. What
# OFAC heads "Unrelated Administrative List Changes" ends with the page or where it comes back to additions.
_HOUSEKEEPING = re.compile(
    r"^[ \t*#]*(?:unrelated administrative list changes|administrative changes, no new sanctions apply)\b"
    r".*?(?=^the following [^\n]{0,60}\bha(?:s|ve) been added\b|\Z)",
    re.IGNORECASE | re.MULTILINE | re.DOTALL,
)
_BODIES = {"US": "usa", "UN": "unorg", "WH": "whorg"}
# Capitals tell these from a pronoun, an article and a question word; folding would lose that.
_CAPITALS = re.compile(r"[UW](?:(?<=\bU)\.?(?:S\.?A?|N)\b\.?|(?<=\bW)HO\b)")
_COMBINING = re.compile(r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]")
# Arabic writers use both forms of these letters.
_LETTERS = {"ة": "ه", "ى": "ي", "ı": "i", "ł": "l", "đ": "d", "ø": "o", "ß": "ss"}
_MARKS = ",;:、–—"  # close and open clauses; so does a hyphen between blanks
_NO_WORD = "\x01"  # parts words and is no blank
_HYPHEN = re.compile(r"-(?:(?<! -)|(?! ))")


def normalise(text: str) -> str:
    """Return ``text`` in NFKC with control and zero-width characters out and white space folded to single blanks."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") else " " for c in text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """Return ``text`` case-folded and without diacritics: the form names are compared in."""
    return "".join(c for c in bare(text) if not unicodedata.combining(c))


def bare(text: str) -> str:
    """Return ``text`` decomposed and without case: mathematical capitals have one only once they are decomposed."""
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.casefold()).casefold())


def _fold_for_words(char: str) -> str:
    """Return letters and figures folded, blanks as such, the marks that part clauses, and everything else apart."""
    return "".join([_fold_part(part) for part in bare(char) if not _COMBINING.match(part)])


def _fold_part(char: str) -> str:
    char = _LETTERS.get(char, char)
    if char.isalnum() or char == "-" or char in _MARKS:
        return char
    return " " if char.isspace() else _NO_WORD


_FOLDED = Folding(_fold_for_words)


def words(text: str) -> list[str]:
    """Return the folded words of ``text``, and its commas, colons and dashes, which close and open clauses.

    "US", "UN" and "WHO" in capitals become "usa", "unorg" and "whorg".
    """
    if "US" in text or "UN" in text or "WHO" in text or "U." in text:
        text = _CAPITALS.sub(lambda match: _BODIES[match.group().replace(".", "")[:2]], text)
    folded = _FOLDED(text)
    if "-" in folded:
        folded = _HYPHEN.sub(_NO_WORD, folded)
    for mark in _MARKS:
        if mark in folded:
            folded = folded.replace(mark, f" {mark} ")
    return folded.replace(_NO_WORD, " ").split()


def news_of(text: str) -> str:
    """Return a text without the housekeeping of official lists."""
    return _HOUSEKEEPING.sub("", text) if "dministrative " in text else text


@lru_cache(maxsize=64)  # judging and reading cut the same text, one after the other
def sentences(text: str) -> tuple[str, ...]:
    """Cut ``text`` into sentences, each a verbatim slice of it without outer white space."""
    result: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if "\n" not in match.group() and _is_abbreviation(text, start, match.start()):
            continue
        piece = text[start : match.end()].strip()
        if piece:
            result.append(piece)
        start = match.end()
    tail = text[start:].strip()
    if tail:
        result.append(tail)
    return tuple(result)


def _is_abbreviation(text: str, start: int, stop: int) -> bool:
    """Whether the full stop at ``stop``, with the mark behind it, ends an abbreviation that begins after ``start``."""
    end = stop + 2 if text[stop + 1 : stop + 2].strip() else stop + 1
    return _ABBREVIATION.search(text, max(start, stop - _LONGEST_ABBREVIATION), end) is not None
