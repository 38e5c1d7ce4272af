"""What the words of an item leave for grouping, whatever it is judged to be: names, days, words, passages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from json import loads
from math import fsum, log, sqrt
from operator import itemgetter
from typing import TypeVar
from zlib import crc32

from classifiers.facts import GENERIC
from classifiers.fingerprints import fingerprints
from classifiers.matcher import fold_words
from classifiers.reading import Reading, read
from classifiers.verdicts import Document

BUCKETS = 1 << 18
_ACTORS_KEPT = 14
_READ = 4000  # characters of a text that fingerprints are taken of
_WORDS_KEPT = 40
_NAMES_KEPT = 24
_PREFIX = 7  # letters of a word that count: endings of inflected languages fall away
_CJK_RUN = re.compile("[\u3040-\u30ff\u3400-\u9fff]{2,}")
_NAME = re.compile(r"(?<!\S)[^\W\d_a-zà-ÿ][^\W\d_]{2,}")
_TWICE = re.compile(r"(.)\1+")
_SOUNDS = str.maketrans({"c": "k", "q": "k", "z": "s", "v": "f", **dict.fromkeys("aeiouywjh'` ")})
_NUMBER = re.compile(r"\d(?<![\d.,:/-]\d)\d{0,2}(?:[.,]\d{3})*(?:[.,]\d+)?(?![\d:/-])")
_PLAIN_NUMBER = re.compile(_NUMBER.pattern, re.ASCII)  # several times faster
_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ", "abvgdeezziiklmnoprstufkccss   eiaiiieg", strict=False)),
    }
)


Cue = tuple[str, str | int]
Name = TypeVar("Name", str, int)
_ACTORS_CUED = 8
_NAMES_CUED = 8
_WORDS_CUED = 6
_PRINTS_CUED = 12  # the smallest fingerprints: copies share them


@lru_cache(maxsize=1 << 16)
def token(word: str) -> int:
    """Return the bucket of a word."""
    return crc32(word.encode()) % BUCKETS


@dataclass(frozen=True, slots=True)
class Trace:
    """One item, reduced to what is compared."""

    item_id: str
    lang: str
    day: int | None  # ordinal of the publication
    days: frozenset[int]  # ordinals of days that the lead names
    actors: Mapping[str, float]
    words: Mapping[int, float]
    title: Mapping[int, float]
    names: Mapping[int, float]
    numbers: frozenset[str]
    prints: frozenset[int]
    leader: str = field(init=False)  # whom the item is most about
    spoken: float = field(init=False)  # sum of the weights of the actors
    named: tuple[tuple[Cue, float], ...] = field(init=False)  # names and words to find it by, with how much each tells
    copied: tuple[Cue, ...] = field(init=False)  # passages to find it by

    def __post_init__(self) -> None:
        leader = max(self.actors, key=lambda actor: (self.actors[actor], actor), default="")
        object.__setattr__(self, "leader", leader)
        object.__setattr__(self, "spoken", fsum(self.actors.values()))
        named: list[tuple[Cue, float]] = []
        named += [(("actor", actor), self.actors[actor]) for actor in _weightiest(self.actors, _ACTORS_CUED)]
        named += [(("name", name), 1.0) for name in _weightiest(self.names, _NAMES_CUED)]
        named += [(("word", word), 0.7) for word in _weightiest(self.title, _WORDS_CUED)]
        object.__setattr__(self, "named", tuple(named))
        object.__setattr__(self, "copied", tuple([("print", found) for found in sorted(self.prints)[:_PRINTS_CUED]]))

    def __hash__(self) -> int:
        return hash(self.item_id)


@lru_cache(maxsize=256)  # a doubtful item is looked up under several judgements, then placed
def trace(doc: Document) -> Trace:
    """Return the trace of a document."""
    reading = read(doc)
    return Trace(
        item_id=doc.id,
        lang=doc.lang,
        day=reading.published.toordinal() if reading.published else None,
        days=_days(reading),
        actors=_actors(reading),
        words=_words(reading),
        title=_weigh(_tokens(reading.sentences[0].folded), 14),
        names=_names(reading),
        numbers=_numbers(reading),
        prints=frozenset(fingerprints(" ".join([sentence.folded for sentence in reading.sentences[1:]])[:_READ])),
    )


def _weightiest(weights: Mapping[Name, float], count: int) -> list[Name]:
    return [name for _, name in sorted([(-weight, name) for name, weight in weights.items()])[:count]]


def _days(reading: Reading) -> frozenset[int]:
    days = {stated.on.toordinal() for sentence in reading.lead(6) for stated in sentence.dates}
    return frozenset(sorted(days)[:10])


def _actors(reading: Reading) -> dict[str, float]:
    ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))[:_ACTORS_KEPT]
    rarity = _rarity()
    return {
        actor: round(weight * rarity.weight(token("@" + actor)), 3) for actor, weight in ranked if actor not in GENERIC
    }


def _tokens(folded: str) -> list[str]:
    words = [word[:_PREFIX] for word in folded.replace(".", " ").split() if len(word) > 2 or word.isdigit()]
    if not folded.isascii():
        for run in _CJK_RUN.findall(folded):
            words.extend(run[at : at + 2] for at in range(len(run) - 1))
    return words


def _words(reading: Reading) -> dict[int, float]:
    lead = " ".join([sentence.folded for sentence in reading.sentences[:3]])
    counted = dict.fromkeys(_tokens(" ".join([sentence.folded for sentence in reading.sentences[3:]])), 1.0)
    counted.update(dict.fromkeys(_tokens(lead), 1.5))
    return _weigh(counted, _WORDS_KEPT)


def _names(reading: Reading) -> dict[int, float]:
    """Return the capitalised words inside sentences, by their consonants: the names that no table knows."""
    found: dict[str, float] = {}
    for sentence in reversed(reading.sentences[1:]):
        weight = 1.5 if sentence.number < 4 else 1.0
        for word in sentence.text.split():
            if not word[0].islower() and len(word) > 2:
                bones = skeleton(word)
                if bones:
                    found[bones] = weight
    return _weigh(found, _NAMES_KEPT)


@lru_cache(maxsize=1 << 15)
def skeleton(name: str) -> str:
    """Return the consonants of a name in one alphabet, so that spellings and scripts meet: Bastrykin, Бастрыкин.

    Empty for what is no name: lower case, a figure, fewer than three consonants.
    """
    match = _NAME.search(name)
    if match is None:
        return ""
    latin = fold_words(match.group()).translate(_CYRILLIC)
    for many, one in (("sch", "s"), ("sh", "s"), ("ch", "k"), ("tch", "k"), ("ph", "f"), ("ts", "c"), ("dj", "d")):
        latin = latin.replace(many, one)
    bones = _TWICE.sub(r"\1", latin.translate(_SOUNDS))
    return f"~{bones}" if len(bones) >= 3 else ""


def _weigh(words: Mapping[str, float] | list[str], keep: int) -> dict[int, float]:
    """Return the rarest ``keep`` words as buckets with weights of unit length."""
    counted = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
    weights: dict[int, float] = {}
    for (bucket, rarity), factor in zip(map(_worth, counted), counted.values(), strict=True):
        worth = factor * rarity
        if worth > weights.get(bucket, 0.0):
            weights[bucket] = worth
    kept = sorted(weights.items(), key=itemgetter(1), reverse=True)[:keep]  # of equal ones, the first in the text
    scale = 1000 / (sqrt(sum([weight * weight for _, weight in kept])) or 1.0)
    return {bucket: (weight * scale) // 1 / 1000 for bucket, weight in kept}  # three decimals: what is stored is short


@lru_cache(maxsize=1 << 16)
def _worth(word: str) -> tuple[int, float]:
    bucket = token(word)
    return bucket, _rarity().weight(bucket)


def _numbers(reading: Reading) -> frozenset[str]:
    found: dict[str, None] = {}
    text = " ".join([sentence.text for sentence in reading.lead(8)])
    for number in (_PLAIN_NUMBER if text.isascii() else _NUMBER).findall(text):
        plain = number.replace(",", ".").rstrip(".")
        if len(plain) > 1 and not (plain.isdigit() and 1990 <= int(plain) <= 2100):
            found[plain] = None
    return frozenset(list(found)[:12])


class Rarity:
    """How much a word tells: the logarithm of how few items of the field hold it."""

    def __init__(self, documents: int, counts: Mapping[int, int]) -> None:
        self._weights = {bucket: log((documents + 1) / (count + 0.5)) for bucket, count in counts.items()}
        self._rarest = log((documents + 1) / 1.5)

    def weight(self, bucket: int) -> float:
        """Return the weight of a word by its bucket."""
        return self._weights.get(bucket, self._rarest)


@cache
def _rarity() -> Rarity:
    data = loads((files("classifiers") / "rarity.json").read_text("utf-8"))
    return Rarity(data["documents"], {int(bucket): count for bucket, count in data["counts"].items()})


def forget_rarity() -> None:
    """Read the rarity of words anew at the next need: training has just written it."""
    _rarity.cache_clear()
    _worth.cache_clear()
    trace.cache_clear()


def count_words(documents: list[Document]) -> dict[int, int]:
    """Return in how many of the documents each bucket of words, names and entities occurs."""
    counts: dict[int, int] = {}
    for doc in documents:
        reading = read(doc)
        buckets = {token("@" + actor) for actor in reading.weights}
        for sentence in reading.sentences:
            buckets.update(token(word) for word in _tokens(sentence.folded))
            names = (skeleton(word) for word in sentence.text.split())
            buckets.update(token(name) for name in names if name)
        for bucket in buckets:
            counts[bucket] = counts.get(bucket, 0) + 1
    return counts
