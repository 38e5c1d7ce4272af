"""One reading of an item that facts and grouping share: sentences with their weight, names, dates and keys in each."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from classifiers.dates import DateMention, find_dates
from classifiers.entities import Mention, gazetteer
from classifiers.keys import find_keys
from classifiers.matcher import even, fold_words, split_words
from classifiers.text import news_of, sentences
from classifiers.verdicts import Document

# News says what is new in the title and the first sentences; what follows is mostly how it came to this.
_ZONES = (3.0, 2.0, 1.5, 1.0)
_TAIL = 0.4
# Words that open what is already known: a sentence with one of them tells of the past.
_BACKGROUND = frozenset(
    [
        *("earlier", "previously", "already", "recall", "recalls", "recalled", "recalling", "had"),
        *("auparavant", "deja", "precedemment", "avait", "avaient"),
        *("anteriormente", "previamente", "habia", "habian", "havia", "haviam"),
        *("precedenza", "gia", "aveva", "avevano"),
        *("zuvor", "bereits", "fruher", "fruhere", "fruheren", "hatte", "hatten", "eerder", "reeds"),
        *("ранее", "уже", "прежде", "раніше", "вже", "سابقا", "سبق", "korabban"),
    ]
)
_BACKGROUND_PHRASES = ("last year", "last month", "in the past", "since then", "l an dernier", "daha once")


class Sentence(NamedTuple):
    """A verbatim slice of the item with what stands in it. Number 0 is the title."""

    number: int
    start: int  # where it stands in title, newline and text: what the offsets of mentions and dates count from
    text: str
    folded: str
    weight: float
    background: bool
    words: list[str]  # of ``folded``
    mentions: tuple[Mention, ...] = ()
    dates: tuple[DateMention, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with what its sentences name."""

    document: Document
    sentences: tuple[Sentence, ...]
    weights: dict[str, float] = field(default_factory=dict)  # entity id -> how much the news is about it
    lead_keys: tuple[str, ...] = ()  # keys in the address, the title and the first sentences
    all_keys: tuple[str, ...] = ()

    def lead(self, count: int = 4) -> Iterator[Sentence]:
        """Yield the title and the first sentences, ``count`` in all."""
        return iter(self.sentences[:count])

    @property
    def published(self) -> date | None:
        """The day of publication, if known."""
        return self.document.published.date() if self.document.published else None


@lru_cache(maxsize=2048)
def read(document: Document) -> Reading:
    """Read a document once; facts and grouping ask for the same reading."""
    title, text = even(document.title), even(news_of(document.text))
    whole = f"{title}\n{text}"
    folded = fold_words(whole)
    pieces = [title, *sentences(text)]
    starts = _starts(whole, pieces)
    mentions: list[list[Mention]] = [[] for _ in pieces]
    for mention in gazetteer().find(whole, folded):
        mentions[bisect_right(starts, mention.start) - 1].append(mention)
    slices = [folded[start : start + len(piece)] for start, piece in zip(starts, pieces, strict=True)]
    words = [split_words(part) for part in slices]
    published = document.published.date() if document.published else None
    dates: list[list[DateMention]] = [[] for _ in pieces]
    for stated in find_dates(whole, published, chain.from_iterable(words)):
        dates[bisect_right(starts, stated.start) - 1].append(stated)
    result = [
        Sentence(
            number,
            start,
            piece,
            part,
            _ZONES[number] if number < len(_ZONES) else _TAIL,
            number > 0 and _is_background(part, own),
            own,
            tuple(named),
            tuple(days),
        )
        for number, (start, piece, part, own, named, days) in enumerate(
            zip(starts, pieces, slices, words, mentions, dates, strict=True)
        )
    ]
    all_keys = tuple(find_keys(f"{document.url} {whole}"))
    lead_keys = tuple(find_keys(" ".join([document.url, *pieces[:4]]))) if all_keys else ()
    return Reading(
        document=document,
        sentences=tuple(result),
        weights=_weigh(result),
        lead_keys=lead_keys,
        all_keys=all_keys,
    )


def _is_background(folded: str, words: list[str]) -> bool:
    if not _BACKGROUND.isdisjoint(words) and not _BACKGROUND.isdisjoint(folded.split()):  # with a full stop it is none
        return True
    for phrase in _BACKGROUND_PHRASES:  # noqa: SIM110 - a third of what any() costs
        if phrase in folded:
            return True
    return False


def _starts(whole: str, pieces: list[str]) -> list[int]:
    starts, at = [0], len(pieces[0]) + 1
    for piece in pieces[1:]:
        at = whole.index(piece, at)
        starts.append(at)
        at += len(piece)
    return starts


def _weigh(read_sentences: list[Sentence]) -> dict[str, float]:
    weights: dict[str, float] = {}
    for sentence in read_sentences:
        weight = sentence.weight * (0.5 if sentence.background else 1.0)
        for entity_id in {mention.id for mention in sentence.mentions}:
            # The first, weightiest place counts in full, each repetition a little.
            known = weights.get(entity_id)
            weights[entity_id] = weight if known is None else max(known, weight) + 0.1 * min(known, weight)
    return weights
