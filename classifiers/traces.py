"""What the words of an item leave for grouping, whatever it is judged to be: names, days, words, passages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from json import loads
from math import floor, fsum, log, sqrt
from typing import TypeVar
from zlib import crc32

from classifiers.facts import GENERIC
from classifiers.fingerprints import fingerprints
from classifiers.matcher import fold_words, split_words
from classifiers.memo import Memo
from classifiers.reading import Reading, Sentence, read
from classifiers.verdicts import Document

BUCKETS = 1 << 18
_ACTORS_KEPT = 14
_READ = 4000  # characters of a text that fingerprints are taken of
_WORDS_KEPT = 40
_NAMES_KEPT = 24
_LEAD = 1.5  # what a word of the first sentences counts beside one of the rest
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
        most = max(self.actors.values(), default=0.0)
        leader = max([actor for actor, weight in self.actors.items() if weight == most], default="")
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
        title=_weigh(_tokens(reading.sentences[:1]), 14),
        names=_names(reading),
        numbers=_numbers(reading),
        prints=frozenset(fingerprints(_opening(reading))),
    )


def _weightiest(weights: Mapping[Name, float], count: int) -> list[Name]:
    least = sorted(weights.values())[-count] if len(weights) > count else 0.0
    ranked = sorted([(-weight, name) for name, weight in weights.items() if weight >= least])
    return [name for _, name in ranked[:count]]


def _days(reading: Reading) -> frozenset[int]:
    days = {stated.on.toordinal() for sentence in reading.lead(6) for stated in sentence.dates}
    return frozenset(sorted(days)[:10])


def _actors(reading: Reading) -> dict[str, float]:
    ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))[:_ACTORS_KEPT]
    return {actor: round(weight * _rarity_of["@" + actor], 3) for actor, weight in ranked if actor not in GENERIC}


def _opening(reading: Reading) -> list[str]:
    """Return the words behind the title, as far as fingerprints are taken of them."""
    told = reading.sentences[1:]
    if told and told[-1].start + len(told[-1].text) - told[0].start <= _READ:
        return [word for sentence in told for word in sentence.words]
    return split_words(" ".join([sentence.folded for sentence in told])[:_READ])


def _tokens(sentences: Sequence[Sentence]) -> dict[str, float]:
    """Return the words of sentences, in their order, with how much each tells."""
    words = [_token_of[word] for sentence in sentences for word in sentence.words]
    for sentence in sentences:
        if not sentence.folded.isascii():
            for run in _CJK_RUN.findall(sentence.folded):
                words.extend(run[at : at + 2] for at in range(len(run) - 1))
    rarities = dict(zip(words, map(_rarity_of.__getitem__, words), strict=True))
    rarities.pop("", None)
    return rarities


def _beginning(word: str) -> str:
    """Return the letters of a word that count; none of a word too short to tell anything."""
    return word[:_PREFIX] if len(word) > 2 or word.isdigit() else ""


_token_of = Memo(_beginning)


def _words(reading: Reading) -> dict[int, float]:
    worth = _tokens(reading.sentences[3:])
    worth.update({word: _LEAD * rarity for word, rarity in _tokens(reading.sentences[:3]).items()})
    return _weigh(worth, _WORDS_KEPT)


def _names(reading: Reading) -> dict[int, float]:
    """Return the capitalised words inside sentences, by their consonants: the names that no table knows."""
    found: dict[str, float] = {}
    for sentence in reversed(reading.sentences[1:]):
        weight = _LEAD if sentence.number < 4 else 1.0
        for word in sentence.text.split():
            if not word[0].islower() and len(word) > 2:
                bones = _bones_of[word]
                if bones:
                    found[bones] = weight * _rarity_of[bones]
    return _weigh(found, _NAMES_KEPT)


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


_bones_of = Memo(skeleton)


def _weigh(worth: Mapping[str, float], keep: int) -> dict[int, float]:
    """Return the ``keep`` words of most worth as buckets with weights of unit length."""
    weights: dict[int, float] = {}
    for word in sorted(worth, key=worth.__getitem__, reverse=True):  # of equal ones, the first in the text
        weights.setdefault(token(word), worth[word])
        if len(weights) == keep:
            break
    scale = 1000 / (sqrt(sum([weight * weight for weight in weights.values()])) or 1.0)
    return {bucket: floor(weight * scale) / 1000 for bucket, weight in weights.items()}  # three decimals: stored short


def _rarity_of_word(word: str) -> float:
    return _rarity().weight(token(word))


_rarity_of = Memo(_rarity_of_word)


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
    _rarity_of.clear()
    trace.cache_clear()


def count_words(documents: list[Document]) -> dict[int, int]:
    """Return in how many of the documents each bucket of words, names and entities occurs."""
    counts: dict[int, int] = {}
    for doc in documents:
        reading = read(doc)
        buckets = {token("@" + actor) for actor in reading.weights}
        for sentence in reading.sentences:
            buckets.update(map(token, _tokens([sentence])))
            names = (skeleton(word) for word in sentence.text.split())
            buckets.update(token(name) for name in names if name)
        for bucket in buckets:
            counts[bucket] = counts.get(bucket, 0) + 1
    return counts
