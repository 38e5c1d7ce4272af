"""From an accepted answer of any kind of source to a reading of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from spiders.articles import ArticleReader
from spiders.catalogue import Source
from spiders.fetching import Answer
from spiders.items import Outcome
from spiders.memory import Memory
from spiders.reading import Reading, read_documents, read_feed
from spiders.status import read_status

_INLINE = 200_000  # bytes; larger bodies are parsed in a thread, so that other sources go on
_PARSE_LIMIT = 30.0  # seconds


async def read_answer(
    source: Source, answer: Answer, memory: Memory, articles: ArticleReader, *, now: datetime
) -> Reading:
    """Read a feed, a listing, a status table or a JSON document, and the articles behind what is new in it."""
    reading = await _read(source, answer, memory, articles, now=now)
    articles.captures.hold_listing(answer, [item.id for item in reading.items])
    return reading


async def _read(source: Source, answer: Answer, memory: Memory, articles: ArticleReader, *, now: datetime) -> Reading:
    if source.listing.get("format") == "status":
        return await read_status(source, answer, memory, lambda: articles.ask(answer.url), now=now)
    if source.kind == "html":
        return await articles.read_listing(answer, now=now)
    if source.kind == "json":
        reading = await _parse(read_documents, answer, source, answer.body, memory, now=now)
    else:
        headers = {"content-location": answer.url} | dict(answer.headers)
        reading = await _parse(read_feed, answer, source, answer.body, headers, memory, now=now)
    if articles.wanted and reading.items:
        return await articles.complete(reading)
    return reading


async def _parse(read: Callable[..., Reading], answer: Answer, *args: Any, now: datetime) -> Reading:
    """Parse here when it is quick, else beside the loop and not for ever."""
    if len(answer.body) <= _INLINE:
        return read(*args, now=now)
    try:
        return await asyncio.wait_for(asyncio.to_thread(read, *args, now=now), _PARSE_LIMIT)
    except TimeoutError:
        return Reading(trouble=Outcome.FAILED, note=f"Not parsed within {_PARSE_LIMIT:g} seconds.")
