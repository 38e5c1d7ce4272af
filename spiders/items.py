"""What was published: the types that leave the spiders. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

Tier = Literal["official", "court", "un", "ngo", "press", "blog"]
Precision = Literal["instant", "day", "month"]
DateOrigin = Literal["feed", "page", "json-ld", "meta", "url", "api"]


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """A publication date as it was stated, and what we believe of it (DESIGN law 5).

    ``at`` is an aware UTC instant, or None when nothing believable was stated; the raw string is kept either way.
    """

    raw: str | None = None
    at: datetime | None = None
    precision: Precision | None = None
    origin: DateOrigin | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One release, article or list entry as its source shows it now.

    ``id`` is identity (source and guid, else canonical URL) and survives every edit;
    ``content_hash`` is the hash of title and normalised text and names a revision.
    """

    id: str
    source: str
    url: str
    title: str
    text: str
    published: DateEvidence
    language: str
    publisher: str
    tier: Tier
    content_hash: str
    guid: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()


class Outcome(StrEnum):
    """How one source run ended. ``OK``, ``NOT_MODIFIED`` and ``QUIET`` are healthy; the rest are named troubles."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"  # 304, or a 200 whose body is what we had
    EMPTY = "empty"  # parsed to fewer plausible items than expect.min_items
    CHANGED_LAYOUT = "changed_layout"  # the page answered, the selectors found nothing
    BLOCKED = "blocked"  # 401/403, challenge, consent, decoy page, robots
    WAIT = "wait"  # 429 or 503 with Retry-After
    MOVED = "moved"  # redirected to another host or to something that is no feed
    GONE = "gone"  # 404 or 410
    FAILED = "failed"  # DNS, connection, TLS, time-out, 5xx, unreadable body

    @property
    def healthy(self) -> bool:
        """Whether the source answered as it should."""
        return self in (Outcome.OK, Outcome.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class Probe:
    """A request to look again at one known article: is it still there, does it say the same?"""

    item_id: str
    url: str


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """``gone`` is a definite 404 or 410; anything uncertain (time-out, 5xx, block) is ``unknown``."""

    item_id: str
    state: Literal["present", "gone", "unknown"]
    status: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer of a source whose answers are kept as evidence.

    ``sha256`` and ``size`` (bytes) are of the content, after transfer and content decoding; ``body`` is that content in
    gzip, None when it was larger than what is kept. ``headers`` are as received, cookies left out. ``gave`` names the
    revisions that were read from it, by item id and content hash; the hash is "" where it shows that the item is gone.
    """

    url: str  # the address that answered, after redirects
    status: int
    headers: tuple[tuple[str, str], ...]
    fetched_at: datetime
    sha256: str
    size: int
    body: bytes | None
    gave: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CollectJob:
    """What the spiders are asked to do for one source.

    ``memory`` is what the last accepted run of this source handed back, verbatim (validators, hashes of what was
    seen); it belongs to the spiders, everybody else only stores it. ``probes`` are articles to look at again.
    """

    source: str
    memory: dict[str, Any] | None = None
    probes: tuple[Probe, ...] = ()


@dataclass(frozen=True, slots=True)
class CollectResult:
    """What one source run brought back.

    ``items`` holds what is new or differs from ``CollectJob.memory`` (everything, when there was no memory).
    ``listed`` is the ids of all plausible items the source shows now, in its order, and None when that was not
    looked at (304, failure): set difference with what was known is how a disappearance is found.
    ``memory`` is None unless the body was an accepted 200 that parsed to a plausible listing (DESIGN law 1):
    then the old memory stays. ``captures`` are the answers that ``items`` were read from and that show what is gone, of
    sources whose answers are evidence (``Source.keep_raw``).
    """

    source: str
    outcome: Outcome
    started_at: datetime
    finished_at: datetime
    items: tuple[Item, ...] = ()
    listed: tuple[str, ...] | None = None
    memory: dict[str, Any] | None = None
    probes: tuple[ProbeResult, ...] = ()
    captures: tuple[Capture, ...] = ()
    note: str = ""  # a sentence for people: what went wrong and what was seen
    status: int | None = None
    retry_at: datetime | None = None  # from Retry-After: do not ask before
    fresh_until: datetime | None = None  # from Cache-Control and Expires: asking before is pointless
    final_url: str | None = None
    moved_to: str | None = None  # the source's address has moved there for good, says its server
    size: int = 0  # bytes of bodies received
    dropped: int = 0  # entries that could not be read or were implausible
    gap: bool = False  # nothing listed now was known before: items may have been missed (``note`` says what was done)
