"""Dates that a text states: calendar dates, weekdays and "today" in many languages, held against the publication.

The languages' words are one table: a month name means the same month wherever it stands, and the few that mean
different things in two languages are left out.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from importlib.resources import files
from typing import Any, Literal, NamedTuple

from classifiers.folding import numbers_in
from classifiers.matcher import even, fold_marked, fold_words, split_words

DateKind = Literal["full", "day", "weekday", "relative"]

_WORDS: dict[str, Any] = tomllib.loads((files("classifiers") / "dates.toml").read_text("utf-8"))


def _table(groups: Sequence[Sequence[str]], first: int) -> dict[str, int]:
    return {fold_marked(even(word)): number for number, words in enumerate(groups, first) for word in words}


_MONTH = _table(_WORDS["months"], 1)
_WEEKDAY = _table(_WORDS["weekdays"], 0)  # Monday is 0
_DAYS_AGO = {**_table([_WORDS["today"]], 0), **_table([_WORDS["yesterday"]], -1)}
_FUTURE = frozenset(_WORDS["coming"])
_PAST = frozenset(_WORDS["past"])
# Arabic writes "and" and "in" onto the word.
_WEEKDAY.update(
    {prefix + word: day for word, day in list(_WEEKDAY.items()) if word.startswith("ال") for prefix in "وب"}
)
# First words of these, as a cheap test whether a text names such a day at all.
_SPOKEN = frozenset(split_words(fold_words(word))[0] for word in (*_WEEKDAY, *_DAYS_AGO))

_WHOLE = re.compile(r"(?<![^\W_])\w+")  # a word from its first letter

_NUMBERS = re.compile(
    r"(?:"
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})"
    r"|(?P<y2>\d{4})年(?P<m2>\d{1,2})月(?P<d2>\d{1,2})日|(?P<m3>\d{1,2})月(?P<d3>\d{1,2})日"
    r"|(?P<a>\d{1,2})(?P<sep>[./])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<y4>\d{4})"
    r"|(?P<y5>\d{4})\.\s(?P<w5>[^\W\d_]{3,})\s(?P<d5>\d{1,2})"
    r"|(?P<d6>\d{1,2})(?:st|nd|rd|th|er|eme|ª|º|o|°|-го|-е|\.)?,?\s(?:de\s|of\s|di\s|d')?(?P<w6>[^\W\d_]{2,})\.?(?:/[^\W\d_]+)?"
    r"(?:,?\s(?:de\s|del\s|of\s|عام\s|سنة\s)?(?P<y6>\d{4}))?"
    r")(?!\d)"
)
# The day after its month is looked for from its digits, and the word in front of them is looked up.
_WORD_DAY = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\d:%]|[.,]\d)(?:,?\s(?P<year>\d{4})(?!\d))?")
_LAST_WORD = re.compile(r"([^\W\d_]+)\.?$")
_APOSTROPHE = re.compile(r"'[^\W\d_]+")
_NEARBY = 24  # characters in which the next word begins
# Of folded text, in which every figure is one of these.
_DIGITS = re.compile(r"[0-9](?<![0-9.,/:-][0-9])(?:[0-9]{3}|[0-9]?)(?![0-9])")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


class DateMention(NamedTuple):
    """A day that a text names. ``kind`` says how: with its year, without, as a weekday, or as today or yesterday."""

    on: date
    kind: DateKind
    start: int
    end: int


def find_dates(text: str, published: date | None, words: Iterable[str] | None = None) -> list[DateMention]:
    """Return the days named in ``text``, in their order. Without ``published`` only dates with a year can be told.

    ``words`` are the words of ``fold_words(text)`` of an even text, where they are known already.
    """
    if words is None:
        text = even(text)
        words = split_words(fold_words(text))
    folded = fold_marked(text)
    found = _calendar(folded, published)
    if published is not None:
        for word in sorted(_SPOKEN.intersection(words)):
            found += _spoken(folded, word, published)
    found.sort(key=lambda mention: (mention.start, -mention.end))
    result: list[DateMention] = []
    for mention in found:
        if not result or mention.start >= result[-1].end:
            result.append(mention)
    return result


def _calendar(folded: str, published: date | None) -> list[DateMention]:
    found: list[DateMention] = []
    for start in numbers_in(folded):
        if _DIGITS.match(folded, start) is None:
            continue
        match = _NUMBERS.match(folded, start)
        parts = _numeric_parts(match) if match else None
        if match and parts is not None:
            _append(found, match, *parts, published)
        match = _WORD_DAY.match(folded, start)
        if match is None or folded[match.start() - 1 : match.start()] != " ":
            continue
        word = _LAST_WORD.search(folded, max(0, match.start() - 15), match.start() - 1)
        month = _MONTH.get(word[1]) if word else None
        if word and month is not None:
            _append(found, match, match["year"], month, int(match["day"]), published, back=len(word.group()) + 1)
    return found


def _numeric_parts(match: re.Match[str]) -> tuple[str | None, int, int] | None:
    if match["y1"]:
        return match["y1"], int(match["m1"]), int(match["d1"])
    if match["y2"]:
        return match["y2"], int(match["m2"]), int(match["d2"])
    if match["m3"]:
        return None, int(match["m3"]), int(match["d3"])
    if match["y4"]:
        first, second = int(match["a"]), int(match["b"])
        # Day first, except where that cannot be; 03/04/2025 with strokes is left alone: it means two things.
        if match["sep"] == "/" and first <= 12 and second <= 12 and first != second:
            return None
        return (match["y4"], second, first) if second <= 12 else (match["y4"], first, second)
    word, year, day = ("w5", "y5", "d5") if match["y5"] else ("w6", "y6", "d6")
    month = _MONTH.get(match[word])
    return None if month is None else (match[year], month, int(match[day]))


def _append(
    found: list[DateMention],
    match: re.Match[str],
    year: str | None,
    month: int,
    day: int,
    published: date | None,
    back: int = 0,
) -> None:
    if year is not None:
        on = _date(int(year), month, day)
        if on is not None and 1990 <= on.year <= 2100:
            found.append(DateMention(on, "full", match.start() - back, match.end()))
        return
    if published is None:
        return
    # A day without its year is the nearest one, and of two the past one: news tells what was.
    candidates = [on for y in (published.year - 1, published.year, published.year + 1) if (on := _date(y, month, day))]
    if candidates:
        on = min(candidates, key=lambda c: (c - published).days * 3 if c > published else (published - c).days)
        found.append(DateMention(on, "day", match.start() - back, match.end()))


def _spoken(folded: str, word: str, published: date) -> list[DateMention]:
    """Return the days that stand as a weekday or as today and yesterday in words that begin with ``word``."""
    found: list[DateMention] = []
    start = -1
    while (start := folded.find(word, start + 1)) >= 0:
        match = _WHOLE.match(folded, start)
        if match:
            form = match.group()
            # "aujourd'hui" and "п'ятниця" are one word of two parts.
            rest = _APOSTROPHE.match(folded, match.end())
            whole = form + rest.group() if rest else form
            if whole in _DAYS_AGO:
                found.append(_mention(published + timedelta(days=_DAYS_AGO[whole]), "relative", match))
            elif whole in _WEEKDAY:
                before = _WORD.findall(folded, max(0, match.start() - _NEARBY), match.start())[-1:]
                after = _WORD.findall(folded, match.end(), match.end() + _NEARBY)[:1]
                if _FUTURE.isdisjoint(before + after):
                    back = (published.weekday() - _WEEKDAY[whole]) % 7
                    if back == 0 and not _PAST.isdisjoint(before + after):
                        back = 7
                    found.append(_mention(published - timedelta(days=back), "weekday", match))
    return found


def _mention(on: date, kind: DateKind, match: re.Match[str]) -> DateMention:
    return DateMention(on, kind, match.start(), match.end())


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
