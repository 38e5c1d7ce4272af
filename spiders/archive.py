"""What a source has shown before: its archive pages, for gaps and for backfills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urljoin

from spiders.answers import read_answer
from spiders.api import find_next
from spiders.articles import ArticleReader
from spiders.catalogue import Source
from spiders.crawl import CollectOptions, crawl
from spiders.fetching import Fetcher
from spiders.items import Capture, Item, Outcome
from spiders.memory import Memory
from spiders.reading import Reading
from spiders.urls import same_site

_GAP_PAGES = 5  # a gap that reaches further back is a matter for a backfill


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """One page of an archive. Page 1 is what the source shows first.

    ``cursor`` leads to the next page, None when this was the last one wanted or had; ``oldest`` is the earliest
    believable date on the page; ``note`` says why it ended when that was not the end of what was asked for.
    """

    number: int
    items: tuple[Item, ...]
    listed: tuple[str, ...] = ()
    cursor: str | None = None
    oldest: datetime | None = None
    note: str = ""
    captures: tuple[Capture, ...] = ()


def has_archive(source: Source) -> bool:
    """Whether there is a way to older pages: a pattern, a cursor in the answers, a file a year."""
    return bool(source.archive or source.listing.get("next") or source.api.get("next")) or "{year}" in source.url


async def backfill(
    source: Source,
    *,
    since: datetime,
    until: datetime,
    now: Callable[[], datetime],
    options: CollectOptions,
    on_page: Callable[[ArchivePage], None],
    number: int = 1,
    cursor: str | None = None,
) -> None:
    """Read a source's archive backwards from its first page, or go on after the last page that was stored.

    To go on, give that page's number plus one and its cursor.
    Hands each page to ``on_page`` with its items of [since, until), undated ones included: who stores items and cursor
    together loses nothing by a kill. Ends with the first page that lies before ``since`` altogether, that shows nothing
    that the page before it did not, or that does not come.
    """

    async def work(fetcher: Fetcher) -> None:
        at, before = number, frozenset[str]()
        place: str | None = cursor or source.url.replace("{year}", str(until.year))
        while place is not None:
            page = await _read_page(source, fetcher, at, place, before)
            wanted = tuple(item for item in page.items if _is_between(item, since, until))
            done = page.oldest is not None and page.oldest < since and not wanted
            following = page.cursor
            if "{year}" in source.url and until.year - at >= since.year:  # a file a year
                following = source.url.replace("{year}", str(until.year - at))
            page = replace(page, items=wanted, cursor=None if done else following)
            on_page(page)
            at, place, before = at + 1, page.cursor, frozenset(page.listed)

    await crawl([source], work, now=now, options=options)


async def fill_gap(
    source: Source, reading: Reading, memory: Memory, articles: ArticleReader, fetcher: Fetcher
) -> Reading:
    """Fetch older pages when nothing listed now was known, until something is; say what came of it."""
    items = {item.id: item for item in reading.items}
    place = _next_place(source, 1, None)
    before = frozenset(reading.listed)
    number = 2
    while place is not None and number <= _GAP_PAGES:
        page = await _read_page(source, fetcher, number, place, before, memory=memory, articles=articles)
        for item in page.items:
            items.setdefault(item.id, item)
        if any(name in memory.by_id for name in page.listed):
            note = f"Nothing listed was known; {len(items) - len(reading.items)} items came from older pages."
            return replace(reading, items=tuple(items.values()), note=note)
        place, before, number = page.cursor, frozenset(page.listed), number + 1
    return replace(
        reading,
        items=tuple(items.values()),
        note="Nothing listed was known: items may have been missed since the last look.",
    )


async def _read_page(
    source: Source,
    fetcher: Fetcher,
    number: int,
    place: str,
    before: frozenset[str],
    *,
    memory: Memory | None = None,
    articles: ArticleReader | None = None,
) -> ArchivePage:
    known = memory or Memory()
    answer = await fetcher.get(source, place, source.kind)
    if answer.trouble is not None:
        ended = number > 1 and answer.trouble.outcome is Outcome.GONE
        return ArchivePage(number, (), note="" if ended else answer.trouble.note)
    reader = articles or ArticleReader(source, fetcher, known)
    reading = await read_answer(source, answer, known, reader, now=fetcher.now())
    if reading.trouble is not None:
        ended = number > 1 and reading.trouble is Outcome.EMPTY
        return ArchivePage(number, (), note="" if ended else reading.note)
    if set(reading.listed) <= before:  # sites that answer any number with their first page
        return ArchivePage(number, ())
    dates = [item.published.at for item in reading.items if item.published.at is not None]
    following = _next_place(source, number, answer.body)
    if following is not None and not same_site(urljoin(place, following), source.url):
        following = None
    captures = reader.captures.evidence_of(reading.items) if articles is None else ()
    return ArchivePage(number, reading.items, reading.listed, following, min(dates, default=None), captures=captures)


def _next_place(source: Source, number: int, body: bytes | None) -> str | None:
    """Where the page after ``number`` is: counted in the address, or named in the answer of a JSON interface."""
    if source.api.get("next"):
        return find_next(source, body) if body is not None else None
    pattern = source.archive or source.listing.get("next")
    if not pattern:
        return None
    return urljoin(source.url, str(pattern).replace("{page}", str(number + 1)).replace("{page0}", str(number)))


def _is_between(item: Item, since: datetime, until: datetime) -> bool:
    at = item.published.at
    return at is None or since <= at < until
