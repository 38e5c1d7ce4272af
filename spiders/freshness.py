"""How long an answer says that it stays the same (RFC 9111, section 4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,10})\b")
_UNUSABLE = re.compile(r"\bno-(?:cache|store)\b")
_LONGEST = timedelta(days=366)


def fresh_for(headers: Mapping[str, str], *, now: datetime) -> timedelta:
    """Return for how long asking again is pointless: ``max-age``, else ``Expires``, less the ``Age`` it has already.

    Zero when the answer says nothing usable, or that it must not be kept. ``headers`` in lower case.
    """
    said = headers.get("cache-control", "").lower()
    if _UNUSABLE.search(said):
        return timedelta()
    found = _MAX_AGE.search(said)
    if found:
        lifetime = timedelta(seconds=int(found[1]))
    else:
        expires = read_http_date(headers.get("expires"))
        if expires is None:
            return timedelta()
        lifetime = expires - (read_http_date(headers.get("date")) or now)
    age = headers.get("age", "").strip()
    spent = timedelta(seconds=int(age)) if re.fullmatch(r"\d{1,10}", age, re.ASCII) else timedelta()
    return min(max(lifetime - spent, timedelta()), _LONGEST)


def read_http_date(value: str | None) -> datetime | None:
    """Read the date of an HTTP header as a UTC instant; None for what is none, such as "0" and "-1"."""
    try:
        at = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
