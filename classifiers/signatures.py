"""What grouping remembers of an item: a small JSON-able signature that two reports of one event share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from json import loads
from math import log, sqrt
from operator import itemgetter
from zlib import crc32

from classifiers.categories import Category
from classifiers.entities import gazetteer
from classifiers.facts import GENERIC
from classifiers.fingerprints import fingerprints
from classifiers.matcher import fold_words
from classifiers.reading import Reading, read
from classifiers.verdicts import Document, Json, Verdict

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


@lru_cache(maxsize=1 << 16)
def token(word: str) -> int:
    """Return the bucket of a word."""
    return crc32(word.encode()) % BUCKETS


@dataclass(frozen=True, slots=True)
class Signature:
    """One report, reduced to what is compared."""

    item_id: str
    lang: str
    category: str
    kinds: Mapping[str, float]  # probabilities of the event categories, of unit sum
    doubt: float  # probability that it reports no event after all
    step: str | None
    day: int | None  # ordinal of the publication
    on: int | None  # ordinal of the event as stated; None when the text names no day
    days: frozenset[int]  # ordinals of days that the lead names
    actors: Mapping[str, float]
    persons: frozenset[str]  # those whom the act hits
    states: frozenset[str]  # those who act or are acted upon
    words: Mapping[int, float]
    title: Mapping[int, float]
    names: Mapping[int, float]
    numbers: frozenset[str]
    prints: frozenset[int]
    leader: str = field(init=False)  # whom the report is most about

    def __post_init__(self) -> None:
        leader = max(self.actors, key=lambda actor: (self.actors[actor], actor), default="")
        object.__setattr__(self, "leader", leader)

    def __hash__(self) -> int:
        return hash(self.item_id)

    def to_json(self) -> Json:
        """Return plain JSON that :func:`from_json` reads back without loss."""
        return {
            "item": self.item_id,
            "lang": self.lang,
            "category": self.category,
            "kinds": dict(self.kinds),
            "doubt": self.doubt,
            "step": self.step,
            "day": self.day,
            "on": self.on,
            "days": sorted(self.days),
            "actors": dict(self.actors),
            "persons": sorted(self.persons),
            "states": sorted(self.states),
            "words": _columns(self.words),
            "title": _columns(self.title),
            "names": _columns(self.names),
            "numbers": sorted(self.numbers),
            "prints": sorted(self.prints),
        }


def from_json(data: Json) -> Signature:
    """Read a signature back."""
    return Signature(
        item_id=data["item"],
        lang=data["lang"],
        category=data["category"],
        kinds=dict(data["kinds"]),
        doubt=data["doubt"],
        step=data["step"],
        day=data["day"],
        on=data["on"],
        days=frozenset(data["days"]),
        actors=dict(data["actors"]),
        persons=frozenset(data["persons"]),
        states=frozenset(data["states"]),
        words=dict(zip(*data["words"], strict=True)),
        title=dict(zip(*data["title"], strict=True)),
        names=dict(zip(*data["names"], strict=True)),
        numbers=frozenset(data["numbers"]),
        prints=frozenset(data["prints"]),
    )


def _columns(weights: Mapping[int, float]) -> Json:
    """Return buckets and weights as two lists: JSON has no integer keys."""
    return [list(weights), list(weights.values())]


def sign(doc: Document, verdict: Verdict) -> Signature:
    """Return the signature of a judged item."""
    reading = read(doc)
    findings = verdict.findings
    stated = findings.event_date if findings.event_date_basis in ("stated", "relative") else None
    return Signature(
        item_id=doc.id,
        lang=doc.lang,
        category=str(verdict.category),
        kinds=_kinds(verdict),
        doubt=round(verdict.judgement.probabilities.get(Category.OTHER, 0.0), 3),
        step=findings.step,
        day=reading.published.toordinal() if reading.published else None,
        on=stated.toordinal() if stated else None,
        days=_days(reading),
        actors=_actors(reading),
        persons=_ids(findings.facts, ("designees", "persons", "target")),
        states=_ids(findings.facts, ("states", "imposed_by", "actor")),
        words=_words(reading),
        title=_weigh(_tokens(reading.sentences[0].folded), 14),
        names=_names(reading),
        numbers=_numbers(reading),
        prints=frozenset(fingerprints(" ".join([sentence.folded for sentence in reading.sentences[1:]])[:_READ])),
    )


def _kinds(verdict: Verdict) -> dict[str, float]:
    """Return what kinds of event the item may report, given that it reports one."""
    odds = {str(kind): odd for kind, odd in verdict.judgement.probabilities.items() if kind != Category.OTHER}
    odds[str(verdict.category)] = max(odds.get(str(verdict.category), 0.0), 0.05)
    total = sum(odds.values())
    return {kind: round(odd / total, 3) for kind, odd in sorted(odds.items()) if odd / total >= 0.05}


def _days(reading: Reading) -> frozenset[int]:
    days = {stated.on.toordinal() for sentence in reading.lead(6) for stated in sentence.dates}
    return frozenset(sorted(days)[:10])


def _actors(reading: Reading) -> dict[str, float]:
    ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))[:_ACTORS_KEPT]
    rarity = _rarity()
    return {
        actor: round(weight * rarity.weight(token("@" + actor)), 3) for actor, weight in ranked if actor not in GENERIC
    }


@cache
def _ids_by_name() -> dict[str, str]:
    return {known.name: known.id for known in gazetteer().entities.values()}


def _ids(facts: Mapping[str, Json], keys: tuple[str, ...]) -> frozenset[str]:
    found: dict[str, None] = {}
    for key in keys:
        value = facts.get(key, ())
        for name in (value,) if isinstance(value, str) else value:
            if isinstance(name, dict):
                name = name.get("name", "")  # noqa: PLW2901
            known = _ids_by_name().get(name)
            if known is not None and known not in GENERIC:
                found[known] = None
    return frozenset(found)


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
