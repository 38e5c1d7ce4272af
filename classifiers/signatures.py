"""What grouping remembers of an item: a small JSON-able signature that two reports of one event share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from json import loads
from math import log, sqrt
from zlib import crc32

from classifiers.entities import entity, gazetteer
from classifiers.facts import GENERIC
from classifiers.fingerprints import fingerprints
from classifiers.matcher import fold_words
from classifiers.reading import Reading, read
from classifiers.verdicts import Document, Json, Verdict

BUCKETS = 1 << 18
_WORDS_KEPT = 56
_NAMES_KEPT = 24
_PREFIX = 7  # letters of a word that count: endings of inflected languages fall away
_TOKEN = re.compile(r"[^\W_]+")
_CJK_RUN = re.compile("[\u3040-\u30ff\u3400-\u9fff]{2,}")
_NAME = re.compile(r"(?<![.!?…:»”\"]\s)(?<=\s)[^\W\d_a-zà-ÿ][^\W\d_]{2,}")
_NUMBER = re.compile(r"(?<![\d.,:/-])\d{1,3}(?:[.,]\d{3})*(?:[.,]\d+)?(?![\d:/-])")
_VOWELS = re.compile("[aeiouywjh'`]+")
_CYRILLIC = str.maketrans(
    {
        **dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ", "abvgdeezziiklmnoprstufkccss   eiaiiieg", strict=False)),
    }
)


def token(word: str) -> int:
    """Return the bucket of a word."""
    return crc32(word.encode()) % BUCKETS


@dataclass(frozen=True, slots=True)
class Signature:
    """One report, reduced to what is compared."""

    item_id: str
    lang: str
    category: str
    step: str | None
    day: int | None  # ordinal of the publication
    on: int | None  # ordinal of the event as stated; None when the text names no day
    days: tuple[int, ...]  # ordinals of days that the lead names
    actors: Mapping[str, float]
    persons: tuple[str, ...]  # those whom the act hits
    states: tuple[str, ...]  # those who act or are acted upon
    words: Mapping[int, float]
    title: Mapping[int, float]
    names: Mapping[int, float]
    numbers: tuple[str, ...]
    prints: tuple[int, ...]

    def to_json(self) -> Json:
        """Return plain JSON that :func:`from_json` reads back without loss."""
        return {
            "item": self.item_id,
            "lang": self.lang,
            "category": self.category,
            "step": self.step,
            "day": self.day,
            "on": self.on,
            "days": list(self.days),
            "actors": dict(self.actors),
            "persons": list(self.persons),
            "states": list(self.states),
            "words": _pairs(self.words),
            "title": _pairs(self.title),
            "names": _pairs(self.names),
            "numbers": list(self.numbers),
            "prints": list(self.prints),
        }


def from_json(data: Json) -> Signature:
    """Read a signature back."""
    return Signature(
        item_id=data["item"],
        lang=data["lang"],
        category=data["category"],
        step=data["step"],
        day=data["day"],
        on=data["on"],
        days=tuple(data["days"]),
        actors=dict(data["actors"]),
        persons=tuple(data["persons"]),
        states=tuple(data["states"]),
        words=dict(map(tuple, data["words"])),
        title=dict(map(tuple, data["title"])),
        names=dict(map(tuple, data["names"])),
        numbers=tuple(data["numbers"]),
        prints=tuple(data["prints"]),
    )


def _pairs(weights: Mapping[int, float]) -> list[list[float]]:
    return [[key, value] for key, value in weights.items()]


def sign(doc: Document, verdict: Verdict) -> Signature:
    """Return the signature of a judged item."""
    reading = read(doc)
    findings = verdict.findings
    stated = findings.event_date if findings.event_date_basis in ("stated", "relative") else None
    return Signature(
        item_id=doc.id,
        lang=doc.lang,
        category=str(verdict.category),
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
        prints=fingerprints(doc.text),
    )


def _days(reading: Reading) -> tuple[int, ...]:
    days = {stated.on.toordinal() for sentence in reading.lead(6) for stated in sentence.dates}
    return tuple(sorted(days))[:10]


def _actors(reading: Reading) -> dict[str, float]:
    ranked = sorted(reading.weights.items(), key=lambda pair: (-pair[1], pair[0]))
    rarity = _rarity()
    return (
        {
            actor: round(weight * rarity.weight(token("@" + actor)), 3)
            for actor, weight in ranked
            if actor not in GENERIC
        }
        if len(ranked) <= 14
        else {
            actor: round(weight * rarity.weight(token("@" + actor)), 3)
            for actor, weight in ranked[:14]
            if actor not in GENERIC
        }
    )


@cache
def _ids_by_name() -> dict[str, str]:
    return {known.name: known.id for known in gazetteer().entities.values()}


def _ids(facts: Mapping[str, Json], keys: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for key in keys:
        value = facts.get(key, ())
        for name in (value,) if isinstance(value, str) else value:
            if isinstance(name, dict):
                name = name.get("name", "")  # noqa: PLW2901
            known = _ids_by_name().get(name)
            if known is not None and known not in GENERIC:
                found[known] = None
    return tuple(found)


def _tokens(folded: str) -> list[str]:
    words = [word[:_PREFIX] for word in _TOKEN.findall(folded) if len(word) > 2 or word.isdigit()]
    for run in _CJK_RUN.findall(folded):
        words.extend(run[at : at + 2] for at in range(len(run) - 1))
    return words


def _words(reading: Reading) -> dict[int, float]:
    counted: dict[str, float] = {}
    for sentence in reading.sentences:
        weight = 1.5 if sentence.number < 3 else 1.0
        for word in _tokens(sentence.folded):
            counted[word] = max(counted.get(word, 0.0), weight)
    return _weigh(counted, _WORDS_KEPT)


def _names(reading: Reading) -> dict[int, float]:
    found: dict[str, float] = {}
    for sentence in reading.sentences[1:]:
        for name in _NAME.findall(" " + sentence.text):
            bones = skeleton(name)
            if len(bones) >= 3:
                found["~" + bones] = 1.5 if sentence.number < 4 else 1.0
    return _weigh(found, _NAMES_KEPT)


def skeleton(name: str) -> str:
    """Return the consonants of a name in one alphabet, so that spellings and scripts meet: Hofmański, Гофманьский."""
    latin = fold_words(name).translate(_CYRILLIC)
    for many, one in (("sch", "s"), ("sh", "s"), ("ch", "k"), ("tch", "k"), ("ph", "f"), ("ts", "c"), ("dj", "d")):
        latin = latin.replace(many, one)
    bones = _VOWELS.sub("", latin.replace("c", "k").replace("q", "k").replace("z", "s").replace("v", "f"))
    return re.sub(r"(.)\1+", r"\1", bones.replace(" ", ""))


def _weigh(words: Mapping[str, float] | list[str], keep: int) -> dict[int, float]:
    """Return the rarest ``keep`` words as buckets with weights of unit length."""
    counted = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
    rarity = _rarity()
    weights: dict[int, float] = {}
    for word, factor in counted.items():
        bucket = token(word)
        weights[bucket] = max(weights.get(bucket, 0.0), factor * rarity.weight(bucket))
    kept = sorted(weights.items(), key=lambda pair: (-pair[1], pair[0]))[:keep]
    length = sqrt(sum(weight * weight for _, weight in kept)) or 1.0
    return {bucket: round(weight / length, 4) for bucket, weight in kept}


def _numbers(reading: Reading) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for sentence in reading.lead(8):
        for number in _NUMBER.findall(sentence.text):
            plain = number.replace(",", ".").rstrip(".")
            if len(plain) > 1 and not (plain.isdigit() and 1990 <= int(plain) <= 2100):
                found[plain] = None
    return tuple(found)[:12]


class Rarity:
    """How much a word tells: the logarithm of how few items of the field hold it."""

    def __init__(self, documents: int, counts: Mapping[int, int]) -> None:
        self._documents = documents
        self._counts = counts
        self._rarest = log((documents + 1) / 1.5)

    def weight(self, bucket: int) -> float:
        """Return the weight of a word by its bucket."""
        count = self._counts.get(bucket)
        return self._rarest if count is None else log((self._documents + 1) / (count + 0.5))


@cache
def _rarity() -> Rarity:
    data = loads((files("classifiers") / "rarity.json").read_text("utf-8"))
    return Rarity(data["documents"], {int(bucket): count for bucket, count in data["counts"].items()})


def count_words(documents: list[Document]) -> dict[int, int]:
    """Return in how many of the documents each bucket of words, names and entities occurs."""
    counts: dict[int, int] = {}
    for doc in documents:
        reading = read(doc)
        buckets = {token("@" + actor) for actor in reading.weights}
        for sentence in reading.sentences:
            buckets.update(token(word) for word in _tokens(sentence.folded))
            buckets.update(token("~" + skeleton(name)) for name in _NAME.findall(" " + sentence.text))
        for bucket in buckets:
            counts[bucket] = counts.get(bucket, 0) + 1
    return counts


def ordinal(day: date) -> int:
    """Return the number of a day."""
    return day.toordinal()


def describe(actor: str) -> str:
    """Return the name of an actor for a sentence to people."""
    return entity(actor).name
