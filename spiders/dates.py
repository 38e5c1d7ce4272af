"""Dates as evidence (DESIGN law 5): what was written, the UTC instant it means, how precisely, where it stood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from time import struct_time
from zoneinfo import ZoneInfo

from spiders.items import DateEvidence, DateOrigin, Precision

# A clock of ours or theirs may be a little wrong; more than this ahead is not believed.
_TOLERANCE = timedelta(hours=1)
_EARLIEST = datetime(1945, 1, 1, tzinfo=UTC)  # before the United Nations nothing we watch was published

# Month names without diacritics and final dots; the first three letters are not enough in French (juin, juillet).
_MONTH_NAMES = """
january jan janvier janv enero ene januari januar jan. gennaio gen janeiro sausio yanvarya январь января янв ocak
february feb fevrier fev fevr febrero februari februar febbraio fevereiro февраль февраля фев şubat subat
march mar mars marzo maart marz maerz marco mrt marcius март марта мар mart
april apr avril avr abril abr aprile aprilis апрель апреля апр nisan
may mai mayo mei maggio mag maio majus май мая mayis
june jun juin junio juni giugno giu junho junius июнь июня июн haziran
july jul juillet juil julio juli luglio lug julho julius июль июля июл temmuz
august aug aout agosto ago augustus augusztus август августа авг agustos
september sep sept septembre septiembre set settembre setembro szeptember szept сентябрь сентября сен сент eylul
october oct octobre octubre oktober okt ottobre ott outubro out październik октябрь октября окт ekim
november nov novembre noviembre novembro ноябрь ноября ноя нояб kasim
december dec decembre diciembre dic dezember dez dicembre dezembro dez декабрь декабря дек aralik
"""
_MONTHS = {name: number for number, line in enumerate(_MONTH_NAMES.split("\n")) for name in line.split()}
# Zone names that mean one offset wherever they are written, in hours.
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "sast": 2, "cat": 2, "eat": 3, "wat": 1, "est": -5, "edt": -4, "cst": -6, "cdt": -5,
    "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "jst": 9,
    "kst": 9, "hkt": 8, "pht": 8, "sgt": 8, "wib": 7, "ict": 7, "pkt": 5, "aest": 10, "aedt": 11,
    "nzst": 12, "nzdt": 13,
}  # fmt: skip
_TIME = r"(?P<hour>\d{1,2})[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
_ZONE = r"(?:\s*(?P<zone>(?:utc|gmt)?\s*[+-]\d{1,2}:?\d{0,2}\b|[a-z]{1,5}\b))?"
_WORD = r"[^\W\d_]+\.?"
_SHAPES = [
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日",
        # 2026-07-06T14:24:09Z, 2026-07-06 14:24, 2026/07/06, 20260706T142409Z, 2026-07
        rf"(?P<year>\d{{4}})(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})\.?(?:[t\s,]+{_TIME}{_ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:t?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?P<zone>z)?)?(?!\d)",
        r"(?P<year>\d{4})-(?P<month>\d{2})(?![\d-])",
        # 06 Jul 2026 14:24:09 +0000, 1er juillet 2026, 6 de julio de 2026, 6. Juli 2026 um 14:24 Uhr
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.|º)?[\s-]+(?:of\s+|de\s+)?(?P<name>{_WORD})[\s,-]+(?:de\s+|del\s+)?(?P<year>\d{{4}}|\d{{2}}(?![\d:]))"
        rf"(?:\s*(?:г\.?|года)?[\s,|-]*(?:at|um|om|a|à|le|om)?\s*{_TIME}{_ZONE})?",
        # July 6, 2026 2:24 p.m. EDT, Sept. 5, 2025
        rf"(?P<name>{_WORD})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})(?:[\s,|-]*(?:at)?\s*{_TIME}{_ZONE})?",
        # Mon Jul  6 14:24:09 2026 (asctime), with or without a zone before the year
        r"(?P<name>[a-z]{3})\s+(?P<day>\d{1,2})\s+(?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})\s+(?:(?P<zone>[a-z]{1,5}|[+-]\d{4})\s+)?(?P<year>\d{4})",
        # 2026. július 6. 14:24
        rf"(?P<year>\d{{4}})\.?\s+(?P<name>{_WORD})\s+(?P<day>\d{{1,2}})\.?(?:[\s,]+{_TIME}{_ZONE})?",
        # 06.07.2026, 07/06/2026 - 14:24: the order is the source's country's
        rf"(?P<first>\d{{1,2}})(?P<sep>[/.-])(?P<other>\d{{1,2}})(?P=sep)(?P<year>\d{{4}}|\d{{2}}(?!\d))(?:[\s,-]+{_TIME}{_ZONE})?",
        # July 2026
        rf"(?<!\d )(?P<name>{_WORD})\s+(?P<year>\d{{4}})",
    )
]


def read_date(
    raw: str | None,
    *,
    zone: str,
    now: datetime,
    origin: DateOrigin,
    finest: Precision = "instant",
    shape: str | None = None,
    otherwise: Callable[[], struct_time | None] | None = None,
) -> DateEvidence:
    """Read a publication date as its publisher wrote it.

    ``zone`` is the source's: naive times and bare days are local there, and a zone label that names it in summer or
    winter ("EST", "CET") means local time whatever the season. A bare day is its local midnight, or midnight UTC where
    that would be the day before, so that the UTC date is the stated one. More than an hour after ``now``, or not
    readable: ``at`` is None and ``raw`` is kept. ``finest`` is "day" where the source invents the hour; midnight to the
    second is an invented hour everywhere. ``shape`` is a strptime format tried first, ``otherwise`` is called last.
    """
    text = " ".join(raw.split())[:200] if raw else ""
    if not text:
        return DateEvidence()
    local = _zone(zone)
    found = _read_shape(text, shape, local) or _read_epoch(text) or _read_text(text, local)
    if found is None and otherwise is not None and (parsed := otherwise()) is not None:
        found = _from_struct(parsed)
    if found is None:
        return DateEvidence(raw=text, origin=origin)
    at, precision = found
    if precision == "instant" and finest == "day":
        at, precision = _day(at.astimezone(local).date(), local), "day"
    if at < _EARLIEST or at > now + _TOLERANCE + (timedelta(hours=14) if precision != "instant" else timedelta()):
        return DateEvidence(raw=text, precision=precision, origin=origin)
    return DateEvidence(raw=text, at=at, precision=precision, origin=origin)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _read_shape(text: str, shape: str | None, local: ZoneInfo) -> tuple[datetime, Precision] | None:
    if shape is None:
        return None
    try:
        read = datetime.strptime(text, shape)  # noqa: DTZ007 - the zone is the source's, applied below
    except ValueError:
        return None
    if read.tzinfo is not None:
        return read.astimezone(UTC), "instant"
    if any(code in shape for code in ("%H", "%I", "%X", "%c")):
        return _to_utc(read, local), "instant"
    return _day(read.date(), local), "day" if "%d" in shape else "month"


def _read_epoch(text: str) -> tuple[datetime, Precision] | None:
    if not re.fullmatch(r"\d{9,10}(\d{3})?", text):
        return None
    seconds = int(text) / (1000 if len(text) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC), "instant"


def _read_text(text: str, local: ZoneInfo) -> tuple[datetime, Precision] | None:
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c) or c == "\u0306")
    plain = unicodedata.normalize("NFC", plain)
    for shape in _SHAPES:
        for match in shape.finditer(plain):
            if not _starts_clean(plain, match.start()):
                continue
            found = _read_match(match.groupdict(), local)
            if found is not None:
                return found
    return None


def _starts_clean(text: str, start: int) -> bool:
    """Whether the match does not begin in the middle of a longer number or word."""
    return start == 0 or not text[start - 1].isalnum()


def _read_match(part: dict[str, str | None], local: ZoneInfo) -> tuple[datetime, Precision] | None:
    year, month, day = _read_year(part["year"] or ""), _read_month(part, local), _read_day(part, local)
    if month is None:
        return None
    try:
        stated = date(year, month, day or 1)
    except ValueError:  # 30 February
        return None
    if part.get("hour") is None:
        return _day(stated, local), "day" if day else "month"
    hour, minute, second = int(part["hour"] or 0), int(part["minute"] or 0), min(int(part.get("second") or 0), 59)
    half = (part.get("half") or "").replace(".", "")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 24 or minute > 59 or (hour == 24 and (minute or second)):
        return None
    naive = datetime(stated.year, stated.month, stated.day) + timedelta(hours=hour, minutes=minute, seconds=second)  # noqa: DTZ001
    offset = _read_offset(part.get("zone"), naive, local)
    if part.get("second") and not (hour or minute or second or offset):
        return _day(naive.date(), local), "day"
    return (_to_utc(naive, local) if offset is None else (naive - offset).replace(tzinfo=UTC)), "instant"


def _read_year(text: str) -> int:
    year = int(text)
    if len(text) == 2:  # RFC 822; the window is POSIX's
        year += 2000 if year < 69 else 1900
    return year


def _read_month(part: dict[str, str | None], local: ZoneInfo) -> int | None:
    if (name := part.get("name")) is not None:
        return _MONTHS.get(name.rstrip("."))
    if part.get("first") is not None:
        return _split_numbers(part, local)[1]
    return int(part["month"] or 0)


def _read_day(part: dict[str, str | None], local: ZoneInfo) -> int | None:
    if part.get("first") is not None:
        return _split_numbers(part, local)[0]
    return int(part["day"] or 0) if part.get("day") else None


def _split_numbers(part: dict[str, str | None], local: ZoneInfo) -> tuple[int, int]:
    """Tell day and month apart in 06/07/2026: by value, else month first where US time is kept."""
    first, other = int(part["first"] or 0), int(part["other"] or 0)
    us = local.key.startswith(("America/New_York", "America/Chicago", "America/Los_Angeles", "America/Denver", "US/"))
    month_first = other > 12 or (us and part["sep"] == "/" and first <= 12)
    return (other, first) if month_first else (first, other)


def _read_offset(label: str | None, naive: datetime, local: ZoneInfo) -> timedelta | None:
    """Return the offset that a zone label means, None when there is none or it means the source's local time."""
    if not label:
        return None
    if match := re.fullmatch(r"(?:utc|gmt)?\s*([+-])(\d{1,2}):?(\d{2})?", label):
        hours, minutes = int(match[2]), int(match[3] or 0)
        size = timedelta(hours=hours, minutes=minutes)
        if size > timedelta(hours=14) or minutes > 59:
            return timedelta()
        return size if match[1] == "+" else -size
    if label in _own_labels(local, naive.year):
        return None
    return timedelta(hours=_ZONES[label]) if label in _ZONES else None


@lru_cache(maxsize=256)
def _own_labels(local: ZoneInfo, year: int) -> frozenset[str]:
    names = (datetime(max(year, 1), month, 1, tzinfo=local).tzname() or "" for month in (1, 7))
    return frozenset(name.lower() for name in names) - {"utc", "gmt"}


def _to_utc(naive: datetime, local: timezone | ZoneInfo) -> datetime:
    return naive.replace(tzinfo=local).astimezone(UTC)


def _day(stated: date, local: ZoneInfo) -> datetime:
    midnight = datetime(stated.year, stated.month, stated.day, tzinfo=UTC)
    return max(midnight.replace(tzinfo=local).astimezone(UTC), midnight)


def _from_struct(parsed: struct_time) -> tuple[datetime, Precision] | None:
    try:
        return datetime(*parsed[:6], tzinfo=UTC), "instant"
    except ValueError:
        return None
