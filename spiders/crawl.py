"""One Scrapy crawl around a piece of work that asks for answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner, Crawler

from spiders.catalogue import Source
from spiders.fetching import Fetcher
from spiders.transport import crawl_settings

_CONCURRENCY = 64  # requests under way at once, over all hosts


@dataclass(frozen=True, slots=True)
class CollectOptions:
    """How to collect.

    ``gateway`` ("http://127.0.0.1:PORT") takes every request in place of its host, which it finds in the Host header;
    ``contact`` stands in the user agent; ``timeout`` is for one answer, in seconds, as are ``retry_delays``.
    """

    allow_private: bool = False
    contact: str = ""
    timeout: float = 30.0
    gateway: str | None = None
    retry_delays: tuple[float, ...] = (2.0, 8.0)


async def crawl(
    sources: Iterable[Source],
    work: Callable[[Fetcher], Awaitable[None]],
    *,
    now: Callable[[], datetime],
    options: CollectOptions,
) -> None:
    """Run ``work`` with a fetcher inside one crawl; what it raises comes out here."""
    settings = crawl_settings(sources, allow_private=options.allow_private, gateway=options.gateway)
    failures: list[BaseException] = []
    runner = AsyncCrawlerRunner(settings)
    crawler = runner.create_crawler(WorkSpider)
    running = runner.crawl(crawler, work=work, now=now, options=options, failures=failures)
    try:
        # Shielded, because Scrapy swallows a cancellation and would go on as if all were done.
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await _stop(crawler)
        await asyncio.wait([running])
        raise
    if failures:
        raise failures[0]


async def _stop(crawler: Crawler) -> None:
    """End a crawl now: its connections are closed, because Scrapy would wait for all answers."""
    stopping = asyncio.ensure_future(crawler.stop_async())
    for handler in crawler.engine.downloader.handlers._handlers.values():
        await handler.close()
    await stopping


class WorkSpider(Spider):
    """Hands Scrapy's engine, with its middlewares, slots and guarded handler, to straight coroutines.

    The scheduler and the item pipeline, made for crawls that find their way, have no part in it.
    """

    name = "work"

    def __init__(
        self,
        *,
        work: Callable[[Fetcher], Awaitable[None]],
        now: Callable[[], datetime],
        options: CollectOptions,
        failures: list[BaseException],
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self._work, self._now, self._options, self._failures = work, now, options, failures

    async def start(self) -> AsyncIterator[Request]:
        """Do the work; there is nothing to schedule."""
        fetcher = Fetcher(
            download=self.crawler.engine.download_async,
            now=self._now,
            gate=asyncio.Semaphore(_CONCURRENCY),
            contact=self._options.contact,
            timeout=self._options.timeout,
            retry_delays=self._options.retry_delays,
        )
        try:
            await self._work(fetcher)
        except BaseException as error:
            self._failures.append(error)
            if not isinstance(error, Exception):
                raise
        return
        yield  # makes this the asynchronous generator that Scrapy expects
