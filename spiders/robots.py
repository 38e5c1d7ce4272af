"""robots.txt, obeyed: one look a host and a crawl."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError, IgnoreRequest, NotConfigured
from scrapy.http.request import NO_CALLBACK

_NAME = "Courtwatch"  # what sites may call us in their rules, whichever form the user agent takes
_MAX_BYTES = 512_000  # RFC 9309 2.5: at least 500 kibibytes are read
_LONGEST_DELAY = 30.0


class RobotsForbidError(IgnoreRequest):
    """The site's robots.txt does not allow the address."""


class RobotsMiddleware:
    """Holds requests back until the site's rules are known and turns away those that they forbid.

    A site whose robots.txt answers with an error allows everything (RFC 9309 2.3.1.3); one that cannot be reached
    fails the request itself. ``Crawl-delay`` stretches the host's delay. Requests with the meta key
    ``dont_obey_robotstxt`` pass: the caller has checked the same address within a day.
    """

    def __init__(self, crawler: Crawler):
        self._crawler = crawler
        self._rules: dict[str, asyncio.Future[Protego | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Build for a crawl. Raises NotConfigured when the settings do not ask for obedience."""
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let the request pass or raise RobotsForbidError."""
        if request.meta.get("dont_obey_robotstxt"):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._read_rules(origin, request))
        try:
            rules = await self._rules[origin]
        except Exception:
            self._rules.pop(origin, None)  # the next try asks again
            raise
        if rules is None:
            return
        if not rules.can_fetch(request.url, _NAME):
            raise RobotsForbidError("robots.txt does not allow the address")
        delay = rules.crawl_delay(_NAME)
        if delay and not self._crawler.settings.get("COURTWATCH_GATEWAY"):
            _, slot = self._crawler.engine.downloader._get_slot(request)
            slot.delay = max(slot.delay, min(float(delay), _LONGEST_DELAY))

    async def _read_rules(self, origin: str, request: Request) -> Protego | None:
        asked = Request(
            f"{origin}/robots.txt",
            headers={"User-Agent": request.headers.get("User-Agent") or b"", "Accept": "text/plain, */*;q=0.5"},
            meta={
                "dont_obey_robotstxt": True,
                "download_timeout": request.meta.get("download_timeout"),
                "download_maxsize": _MAX_BYTES,
                "download_slot": f"robots {origin}",  # need not wait for the host's delay
            },
            callback=NO_CALLBACK,
        )
        try:
            response = await self._crawler.engine.download_async(asked)
        except (DownloadCancelledError, IgnoreRequest):  # larger than anybody reads
            return None
        if response.status != 200 or b"<html" in response.body[:2_000].lower():
            return None
        return Protego.parse(response.body.decode("utf-8", "replace"))
