"""Text as judging sees it: normalised, folded, cut into words and sentences. Pure functions, any script."""

from __future__ import annotations

import re
import unicodedata

# A sentence ends at .!?… (also 。！？ and Arabic ؟), with closing quotes, before white space.
_SENTENCE_END = re.compile(r"(?<=[.!?…؟])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W_])|(?<=[。！？])|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Sen|Rep|Gov|St|No|Nos|Art|Arts|vs|v|Inc|Ltd|Jr|Sr|U\.S|U\.N|E\.O|H\.R"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|M|MM|Mme|art|núm|Sra?|nr|Nr|Abs|bzw|ст|г|им)|\b[A-Z])\.[\"'”’»)\]]*$"
)
_BODIES = {"US": "usa", "UN": "unorg", "WH": "whorg"}
_COMBINING = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]+"
)
_WORD = re.compile(r"[^\W_]+|[,;:、]|(?<=\s)[-–—](?=\s)|[–—]")
# Capitals tell these from a pronoun, an article and a question word; folding would lose that.
_CAPITALS = re.compile(r"\b(?:U\.?S\.?A?\b\.?|U\.?N\b\.?|WHO\b)")
# Arabic writers use both forms of these letters.
_LETTERS = str.maketrans({"ة": "ه", "ى": "ي", "ı": "i", "ł": "l", "đ": "d", "ø": "o", "ß": "ss"})


def normalise(text: str) -> str:
    """Return ``text`` in NFKC with control and zero-width characters out and white space folded to single blanks."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf") else " " for c in text)
    return " ".join(text.split())


def fold(text: str) -> str:
    """Return ``text`` case-folded and without diacritics: the form names are compared in."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """Return the folded words of ``text``, and its commas, colons and dashes, which close and open clauses.

    "US", "UN" and "WHO" in capitals become "usa", "unorg" and "whorg".
    """
    marked = _CAPITALS.sub(lambda match: _BODIES[match.group().replace(".", "")[:2]], text)
    folded = _COMBINING.sub("", unicodedata.normalize("NFKD", marked.casefold()))
    return _WORD.findall(folded.translate(_LETTERS))


def sentences(text: str) -> list[str]:
    """Cut ``text`` into sentences, each a verbatim slice of it without outer white space."""
    result: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if "\n" not in match.group() and _ABBREVIATION.search(text[start : match.start() + 1].rstrip()):
            continue
        piece = text[start : match.end()].strip()
        if piece:
            result.append(piece)
        start = match.end()
    tail = text[start:].strip()
    if tail:
        result.append(tail)
    return result
