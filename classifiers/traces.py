"""What the words of an item leave for grouping, whatever it is judged to be: names, days, words, passages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from importlib.resources import files
from itertools import chain
from json import loads
from math import fsum, log
from zlib import crc32

from classifiers.facts import GENERIC
from classifiers.fingerprints import fingerprints
from classifiers.matcher import fold_words, split_words
from classifiers.memo import Memo
from classifiers.reading import Reading, Sentence, read
from classifiers.vectors import BUCKETS, NAMES, TITLE, ZONES, Vector, Zone
from classifiers.verdicts import Document

_ACTORS_KEPT = 14
_READ = 4000  # characters of a text that fingerprints are taken of
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


Cue = str | int | tuple[str, str]
_ACTORS_CUED = 8
_NAMES_CUED = 8
_WORDS_CUED = 6
_PRINTS_CUED = 12  # the smallest fingerprints: copies share them
_PRINT = 1 << 32  # sets cues of passages apart from those of words


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
    vector: Vector  # of words, those of the title and names
    numbers: frozenset[str]
    prints: frozenset[int]
    leader: str = field(init=False)  # whom the item is most about
    spoken: float = field(init=False)  # sum of the weights of the actors
    headline: frozenset[int] = field(init=False)  # the words of the title
    named: tuple[tuple[Cue, float], ...] = field(init=False)  # names to find it by, with how much each tells
    headed: tuple[Cue, ...] = field(init=False)  # words of the title to find it by
    copied: tuple[Cue, ...] = field(init=False)  # passages to find it by

    def __post_init__(self) -> None:
        actors = sorted([(-weight, actor) for actor, weight in self.actors.items()])
        most = actors[0][0] if actors else 0.0
        leader = max([actor for weight, actor in actors if weight == most], default="")
        title, names = self.vector.words(TITLE), self.vector.words(NAMES)
        named: list[tuple[Cue, float]] = [(actor, -weight) for weight, actor in actors[:_ACTORS_CUED]]
        named += [(name, 1.0) for name in names[:_NAMES_CUED]]
        object.__setattr__(self, "leader", leader)
        object.__setattr__(self, "spoken", fsum(self.actors.values()))
        object.__setattr__(self, "headline", frozenset(title))
        object.__setattr__(self, "named", tuple(named))
        object.__setattr__(self, "headed", tuple(title[:_WORDS_CUED]))
        object.__setattr__(self, "copied", tuple([_PRINT + found for found in sorted(self.prints)[:_PRINTS_CUED]]))

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
        vector=_vector(reading),
        numbers=_numbers(reading),
        prints=frozenset(fingerprints(_opening(reading))),
    )


def _days(reading: Reading) -> frozenset[int]:
    days = {stated.on.toordinal() for sentence in reading.lead(6) for stated in sentence.dates}
    return frozenset(sorted(days)[:10])


def _actors(reading: Reading) -> dict[str, float]:
    ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))[:_ACTORS_KEPT]
    return {actor: round(weight * _worth_of_actor[actor][1], 3) for actor, weight in ranked if actor not in GENERIC}


def _opening(reading: Reading) -> list[str]:
    """Return the words behind the title, as far as fingerprints are taken of them."""
    told = reading.sentences[1:]
    if told and told[-1].start + len(told[-1].text) - told[0].start <= _READ:
        return [word for sentence in told for word in sentence.words]
    return split_words(" ".join([sentence.folded for sentence in told])[:_READ])


def _vector(reading: Reading) -> Vector:
    sentences = reading.sentences
    words = _worths(sentences[3:], 1.0)
    words.update(_worths(sentences[:3], _LEAD))
    found = (words, _worths(sentences[:1], 1.0), _names(sentences))
    return Vector.weighing([_weightiest(worths, keep) for worths, keep in zip(found, ZONES, strict=True)])


def _weightiest(worths: Mapping[int, float], keep: int) -> Zone:
    ranked = sorted(worths, key=worths.__getitem__, reverse=True)[:keep]  # of equal ones, the first in the text
    return ranked, [worths[bucket] for bucket in ranked]


def _worths(sentences: Sequence[Sentence], factor: float) -> dict[int, float]:
    """Return the words of sentences, in their order, with how much each tells."""
    words = chain.from_iterable([sentence.words for sentence in sentences])
    worths = dict(map(_worth_of[factor].__getitem__, words))
    for sentence in sentences:
        if not sentence.folded.isascii():
            for run in _CJK_RUN.findall(sentence.folded):
                worths.update([_worth(factor, run[at : at + 2]) for at in range(len(run) - 1)])
    worths.pop(_NOWHERE, None)
    return worths


def _names(sentences: Sequence[Sentence]) -> dict[int, float]:
    """Return the capitalised words inside sentences, by their consonants: the names that no table knows."""
    found: dict[int, float] = {}
    for part, factor in ((sentences[:3:-1], 1.0), (sentences[3:0:-1], _LEAD)):
        words = " ".join([sentence.text for sentence in part]).split()
        found.update(map(_name_worth_of[factor].__getitem__, words))
    found.pop(_NOWHERE, None)
    return found


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


_Worth = tuple[int, float]  # a bucket, and how much what is hashed to it tells
_NOWHERE = -1
_NOTHING: _Worth = (_NOWHERE, 0.0)


def _worth(factor: float, name: str) -> _Worth:
    bucket = token(name)
    return bucket, factor * _rarity().weight(bucket)


def _worth_of_word(factor: float, word: str) -> _Worth:
    """Return what the beginning of a word tells; nothing for a word too short to tell anything."""
    return _worth(factor, word[:_PREFIX]) if len(word) > 2 or word.isdigit() else _NOTHING


def _worth_of_name(factor: float, word: str) -> _Worth:
    bones = "" if word[0].islower() or len(word) < 3 else skeleton(word)
    return _worth(factor, bones) if bones else _NOTHING


def _memos(worth_of: Callable[[float, str], _Worth]) -> dict[float, Memo[str, _Worth]]:
    return {factor: Memo(partial(worth_of, factor), limit=1 << 16) for factor in (1.0, _LEAD)}


_worth_of = _memos(_worth_of_word)
_name_worth_of = _memos(_worth_of_name)
_worth_of_actor: Memo[str, _Worth] = Memo(lambda actor: _worth(1.0, f"@{actor}"))


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
    for memo in (*_worth_of.values(), *_name_worth_of.values(), _worth_of_actor):
        memo.clear()
    trace.cache_clear()


def count_words(documents: list[Document]) -> dict[int, int]:
    """Return in how many of the documents each bucket of words, names and entities occurs."""
    counts: dict[int, int] = {}
    for doc in documents:
        reading = read(doc)
        buckets = {token("@" + actor) for actor in reading.weights}
        for sentence in reading.sentences:
            buckets.update(_worths([sentence], 1.0))
            names = (skeleton(word) for word in sentence.text.split())
            buckets.update(token(name) for name in names if name)
        for bucket in buckets:
            counts[bucket] = counts.get(bucket, 0) + 1
    return counts
