"""What stands beside us in ``courtwatch bench collect``: bare Scrapy and the `reader` package, each in its own process.

Run by flows.bench_collect as ``python -m flows.bench_peers scrapy|reader …``; a line of JSON on standard output is one
round: wall and CPU seconds without imports, and how many entries were new.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable

WORKERS = 16  # of reader; more made it slower here


def fetch_with_scrapy(gateway: str, feeds: int, *, conditional: bool, version: int) -> None:
    """Fetch every feed with Scrapy as it comes and do nothing with it."""
    from scrapy import Request, Spider  # noqa: PLC0415 - the other peer does without
    from scrapy.crawler import CrawlerProcess  # noqa: PLC0415
    from scrapy.http import Response  # noqa: PLC0415

    class Bare(Spider):
        name = "bare"
        handle_httpstatus_list = (304,)
        seen = 0

        async def start(self) -> AsyncIterator[Request]:
            for number in range(feeds):
                headers = {"If-None-Match": f'"{number}-{version}"'} if conditional else {}
                yield Request(f"{gateway}/{number}/feed", headers=headers, dont_filter=True)

        def parse(self, response: Response) -> None:
            Bare.seen += response.status == (304 if conditional else 200)

    settings = {
        "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": 64, "DOWNLOAD_DELAY": 0,
        "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "ROBOTSTXT_OBEY": False,
    }  # fmt: skip
    process = CrawlerProcess(settings)
    process.crawl(Bare)

    def fetch() -> int:
        process.start()
        return Bare.seen

    _timed(fetch)


def update_with_reader(gateway: str, feeds: int, rounds: int, database: str) -> None:
    """Update a reader of all feeds: for the first time, then unchanged, then with one new entry a feed."""
    from reader import make_reader  # noqa: PLC0415 - the other peer does without

    reader = make_reader(database)
    for number in range(feeds):
        reader.add_feed(f"{gateway}/{number}/feed")

    def update() -> int:
        # scheduled=False, because reader would not look at a feed again within its update interval of an hour.
        results = list(reader.update_feeds_iter(scheduled=False, workers=WORKERS))
        if failed := [result.url for result in results if isinstance(result.value, Exception)]:
            raise SystemExit(f"reader failed on {len(failed)} feeds, the first {failed[0]}")
        return sum(result.updated_feed.new for result in results if result.updated_feed)

    _timed(update)
    for _ in range(rounds):
        _timed(update)
    for _ in range(rounds):
        urllib.request.urlopen(f"{gateway}/_advance", timeout=10).read()  # noqa: S310 - our own server
        _timed(update)


def _timed(work: Callable[[], int]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    figures = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "count": count}
    sys.stdout.write(json.dumps(figures) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    peer, at, of, *more = sys.argv[1:]
    if peer == "scrapy":
        fetch_with_scrapy(at, int(of), conditional=bool(more), version=int(more[0]) if more else 0)
    else:
        update_with_reader(at, int(of), int(more[0]), more[1])
