"""Collecting: one Scrapy crawl that looks at many sources and brings back one result for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from spiders.answers import read_answer
from spiders.archive import fill_gap
from spiders.articles import ArticleReader
from spiders.catalogue import Source
from spiders.crawl import CollectOptions, crawl
from spiders.fetching import Answer, Fetcher
from spiders.freshness import fresh_for
from spiders.items import CollectJob, CollectResult, Outcome, ProbeResult
from spiders.memory import Memory
from spiders.reading import body_hash

__all__ = ["CollectOptions", "collect"]

logger = logging.getLogger(__name__)


async def collect(
    jobs: Sequence[CollectJob],
    sources: Mapping[str, Source],
    *,
    now: Callable[[], datetime],
    options: CollectOptions,
    on_result: Callable[[CollectResult], None] | None = None,
) -> list[CollectResult]:
    """Look at the sources of ``jobs`` in one crawl and return one result a job, in the order of ``jobs``.

    A source's trouble is an outcome with a sentence, never an exception. ``on_result`` hears of each result at once.
    Runs in any asyncio loop, as often as wanted, in processes without a Twisted reactor.
    """
    results: dict[int, CollectResult] = {}

    async def run(index: int, job: CollectJob, fetcher: Fetcher) -> None:
        results[index] = result = await _run_job(job, sources.get(job.source), fetcher)
        if on_result is not None:
            on_result(result)

    async def work(fetcher: Fetcher) -> None:
        await asyncio.gather(*(run(index, job, fetcher) for index, job in enumerate(jobs)))

    if jobs:
        wanted = [sources[job.source] for job in jobs if job.source in sources]
        await crawl(wanted, work, now=now, options=options)
    return [results[index] for index in range(len(jobs))]


async def _run_job(job: CollectJob, source: Source | None, fetcher: Fetcher) -> CollectResult:
    started_at = fetcher.now()
    if source is None:
        note = "There is no such source in the catalogue."
        return CollectResult(job.source, Outcome.FAILED, started_at, started_at, note=note)
    try:
        return await _SourceRun(source, job, fetcher, started_at).run()
    except Exception as error:
        # The border of one source: what it sends may break us, but not the watch over the others.
        logger.exception("source %s: an error of ours", source.id)
        note = f"An error of ours, please report it: {type(error).__name__}: {error}"[:300]
        return CollectResult(source.id, Outcome.FAILED, started_at, fetcher.now(), note=note)


class _SourceRun:
    """One look at one source."""

    def __init__(self, source: Source, job: CollectJob, fetcher: Fetcher, started_at: datetime):
        self._source, self._job, self._fetcher, self._started_at = source, job, fetcher, started_at
        self._memory = Memory.from_json(job.memory)
        self._articles = ArticleReader(source, fetcher, self._memory)

    async def run(self) -> CollectResult:
        result = await self._look()
        probes: list[ProbeResult] = []
        revised = {item.id: item for item in result.items}
        for probe in self._job.probes:
            answer, item = await self._articles.probe(probe)
            probes.append(answer)
            if item is not None:
                revised.setdefault(item.id, item)
        items = tuple(revised.values())
        return replace(
            result,
            items=items,
            probes=tuple(probes),
            captures=self._articles.captures.evidence_of(items),
            size=result.size + self._articles.size,
            finished_at=self._fetcher.now(),
        )

    async def _look(self) -> CollectResult:
        source, memory = self._source, self._memory
        full = memory.needs_full(self._started_at)
        answer = await self._ask(full)
        result = CollectResult(
            source=source.id,
            outcome=Outcome.OK,
            started_at=self._started_at,
            finished_at=self._started_at,
            status=answer.status,
            final_url=answer.url,
            moved_to=answer.moved_to,
            size=answer.size,
        )
        if answer.trouble is not None:
            trouble = answer.trouble
            return replace(result, outcome=trouble.outcome, note=trouble.note, retry_at=trouble.retry_at)
        lifetime = fresh_for(answer.headers, now=self._fetcher.now())
        result = replace(result, fresh_until=self._started_at + lifetime if lifetime else None)
        if answer.status == 304:
            return replace(result, outcome=Outcome.NOT_MODIFIED)
        if memory.listed and memory.body == body_hash(answer.body):
            kept = _validated(memory, answer, full_at=self._started_at if full else memory.full_at)
            return replace(result, outcome=Outcome.NOT_MODIFIED, listed=memory.listed_ids, memory=kept.to_json())
        reading = await read_answer(source, answer, memory, self._articles, now=self._fetcher.now())
        if reading.trouble is not None or reading.memory is None:
            outcome = reading.trouble or Outcome.FAILED
            return replace(result, outcome=outcome, note=reading.note, dropped=reading.dropped)
        gap = bool(memory.listed) and not any(name in memory.by_id for name in reading.listed)
        if gap:
            reading = await fill_gap(source, reading, memory, self._articles, self._fetcher)
        kept = _validated(reading.memory or memory, answer, full_at=self._started_at if full else memory.full_at)
        return replace(
            result,
            gap=gap,
            note=reading.note,
            items=reading.items,
            listed=reading.listed,
            memory=kept.to_json(),
            dropped=reading.dropped,
        )

    async def _ask(self, full: bool) -> Answer:
        validators = {}
        if not full and self._memory.etag:
            validators["If-None-Match"] = self._memory.etag
        if not full and self._memory.modified:
            validators["If-Modified-Since"] = self._memory.modified
        source, today = self._source, self._started_at.astimezone(UTC)
        url = source.url.replace("{year}", str(today.year))
        answer = await self._fetcher.get(source, url, source.kind, validators=validators, robots=full)
        if url != source.url and answer.trouble and answer.trouble.outcome is Outcome.GONE and today.month == 1:
            # The new year's file appears with its first release.
            url = source.url.replace("{year}", str((today - timedelta(days=31)).year))
            answer = await self._fetcher.get(source, url, source.kind, validators=validators, robots=full)
        return answer


def _validated(memory: Memory, answer: Answer, *, full_at: datetime | None) -> Memory:
    """Return the memory with the validators of an answer that was accepted, which alone may be used again (law 1)."""
    if memory.owes_articles:
        return replace(memory, etag=None, modified=None, body="", full_at=full_at)
    return replace(
        memory, etag=answer.headers.get("etag"), modified=answer.headers.get("last-modified"), full_at=full_at
    )
