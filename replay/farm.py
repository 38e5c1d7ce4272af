"""A farm of feeds for the benchmarks: many hosts behind one local server, each with its own feed of small releases.

Run as a process of its own (``python -m replay.farm FEEDS ENTRIES``), so that serving does not count as collecting.
The first line on standard output is the port. ``GET /_advance`` publishes one new item in every feed.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import web

SUFFIX = ".farm.example"
START = datetime(2026, 1, 1, tzinfo=UTC)

_SUBJECTS = ("fisheries", "a port", "the budget", "a visit", "clean water", "a road", "the harvest", "a school")


class Farm:
    """``feeds`` feeds of ``entries`` entries each; every advance adds one entry on top of each and drops the oldest."""

    def __init__(self, feeds: int, entries: int) -> None:
        self.feeds, self.entries, self.version = feeds, entries, 0
        self._bodies: dict[tuple[int, int], bytes] = {}

    def body(self, feed: int) -> bytes:
        """Return the feed as it stands; the same bytes until the next advance."""
        key = (feed, self.version)
        if key not in self._bodies:
            newest = self.entries + self.version
            items = "".join(self._item(feed, number) for number in range(newest, newest - self.entries, -1))
            head = f"<title>Feed {feed}</title><link>http://f{feed}{SUFFIX}/</link><description>Releases</description>"
            self._bodies[key] = (
                f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()
            )
        return self._bodies[key]

    def _item(self, feed: int, number: int) -> str:
        subject = _SUBJECTS[(feed + number) % len(_SUBJECTS)]
        date = format_datetime(START + timedelta(hours=number, seconds=feed))
        text = (
            f"The ministry said on Monday that the talks on {subject} of district {feed} went on in round {number}. "
            f"Officials of both sides spoke of progress and will meet again. A report of {number + 40} pages follows. "
            f"Residents of quarter {feed * 7 + number} were heard; their spokesman asked for patience and more light."
        )
        return (
            f"<item><title>Talks on {subject}, district {feed}, round {number}</title>"
            f"<link>http://f{feed}{SUFFIX}/{number}</link><guid>f{feed}-{number}</guid>"
            f"<pubDate>{date}</pubDate><description>{text}</description></item>"
        )

    async def answer(self, request: web.Request) -> web.Response:
        """Answer for whatever host the request names, or for ``/N/feed`` without one."""
        if request.path == "/_advance":
            self.version += 1
            return web.Response(text="ok")
        if request.path == "/robots.txt":
            return web.Response(status=404)
        name = request.path.split("/")[1] if request.path.count("/") > 1 else request.host.split(".")[0].lstrip("f")
        etag = f'"{name}-{self.version}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        body = self.body(int(name))
        return web.Response(body=body, headers={"ETag": etag, "Content-Type": "application/rss+xml; charset=utf-8"})


async def serve(feeds: int, entries: int) -> None:
    """Serve on a free port of 127.0.0.1 until standard input ends."""
    farm = Farm(feeds, entries)
    app = web.Application()
    app.router.add_get("/{tail:.*}", farm.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
