"""From an accepted answer of any kind of source to a reading of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set
from dataclasses import replace
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
    reading = await _read_entries(source, answer, memory, now=now)
    edits = {item.id: item.content_hash for item in reading.items if source.watch_edits and item.id in memory.by_id}
    if edits:
        second = await articles.ask(answer.url, source.kind)
        again = await _read_entries(source, second, memory, now=now) if second.trouble is None else Reading()
        shown = {item.id: item.content_hash for item in again.items}
        reading = _put_off(reading, {name for name in edits if shown.get(name) != edits[name]}, memory)
    if articles.wanted and reading.items:
        return await articles.complete(reading)
    return reading


async def _read_entries(source: Source, answer: Answer, memory: Memory, *, now: datetime) -> Reading:
    if source.kind == "json":
        return await _parse(read_documents, answer, source, answer.body, memory, now=now)
    headers = {"content-location": answer.url} | dict(answer.headers)
    return await _parse(read_feed, answer, source, answer.body, headers, memory, now=now)


def _put_off(reading: Reading, flickering: Set[str], memory: Memory) -> Reading:
    """Leave out edits of official releases that one look alone showed; the next look sees them again."""
    if not flickering or reading.memory is None:
        return reading
    owing = {name: replace(memory.by_id[name], block="", tries=1) for name in flickering}
    return replace(
        reading,
        items=tuple(item for item in reading.items if item.id not in flickering),
        memory=replace(reading.memory, body="", seen=tuple(owing.get(one.id, one) for one in reading.memory.seen)),
    )


async def _parse(read: Callable[..., Reading], answer: Answer, *args: Any, now: datetime) -> Reading:
    """Parse here when it is quick, else beside the loop and not for ever."""
    if len(answer.body) <= _INLINE:
        return read(*args, now=now)
    try:
        return await asyncio.wait_for(asyncio.to_thread(read, *args, now=now), _PARSE_LIMIT)
    except TimeoutError:
        return Reading(trouble=Outcome.FAILED, note=f"Not parsed within {_PARSE_LIMIT:g} seconds.")
