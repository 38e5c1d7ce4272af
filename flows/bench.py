"""``courtwatch bench``: how fast it is here. Ratios against what the same machine does in the same run."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from alerts.blocks import SlackMessage
from alerts.outcomes import SendOutcome
from alerts.routes import load_routes
from classifiers.classify import classify_documents, load_classifier
from classifiers.verdicts import Document
from flows.cycle import Cycle, run_cycle
from flows.runtime import Runtime
from flows.settings import Settings
from replay.farm import START, SUFFIX
from spiders.catalogue import Source
from spiders.collect import CollectOptions
from warehouse.bench import measure
from warehouse.rows import Delivery


@dataclass(frozen=True)
class Measure:
    """One figure: wall and CPU seconds of this process, and what it stands beside."""

    name: str
    wall: float
    cpu: float
    note: str = ""


@contextmanager
def measured(name: str, into: list[Measure], note: str = "") -> Iterator[None]:
    """Time the block and append the figure."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into.append(Measure(name, time.perf_counter() - wall, time.process_time() - cpu, note))


@contextmanager
def farm(feeds: int, entries: int) -> Iterator[str]:
    """Run the farm of feeds as a child process; yield its address."""
    command = [sys.executable, "-m", "replay.farm", str(feeds), str(entries)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None and child.stdin is not None  # noqa: S101, PT018 - both were asked for
        try:
            yield f"http://127.0.0.1:{child.stdout.readline().strip()}"
        finally:
            child.stdin.close()


class _Nobody:
    """Takes every message; the bench of the cycle is not about Slack."""

    def send(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        return SendOutcome("sent", external_id=delivery.key)


def bench_collect(feeds: int, entries: int = 20, reader: Path | None = None) -> list[Measure]:
    """Measure whole cycles (collect, judge, group, store) over a farm of feeds, beside the bare fetch of its URLs.

    Cycles: first, unchanged (304), one new item a feed. ``reader`` is the Python of an environment that holds the
    `reader` package, to be timed on the same feeds. Figures seen and goals are in docs/performance.md.
    """
    load_classifier()
    measures: list[Measure] = []
    clock = {"now": START + timedelta(days=2)}
    with farm(feeds, entries) as gateway, tempfile.TemporaryDirectory() as folder:
        sources = {
            f"f{number}": Source(
                f"f{number}", f"Feed {number}", "Farm", "rss", f"http://f{number}{SUFFIX}/feed",
                every=timedelta(minutes=5), delay=0.0,
            )
            for number in range(feeds)
        }  # fmt: skip
        runtime = Runtime(
            settings=Settings(home=Path(folder)), sources=sources, routes=load_routes(), sender=_Nobody(),
            collect=CollectOptions(gateway=gateway), now=lambda: clock["now"], channel="C0BENCH", ops_channel="C0BENCH",
        )  # fmt: skip

        def cycle(name: str) -> None:
            clock["now"] += timedelta(minutes=10)
            run = Cycle(runtime)
            with measured(name, measures, f"{feeds} feeds"):
                asyncio.run(run_cycle(run))
            measures[-1] = replace(measures[-1], note=f"{feeds} feeds, {run.stored.new} new items")

        measures.append(bare_scrapy(gateway, feeds, conditional=False))
        cycle("first cycle")
        cycle("unchanged cycle, first time")  # the copy is published once more after the first one
        measures.append(bare_scrapy(gateway, feeds, conditional=True))
        cycle("unchanged cycle")
        advance(gateway)
        cycle("one new item a feed")
        if reader is not None:
            with farm(feeds, entries) as other:
                measures.append(bench_reader(other, feeds, reader, Path(folder) / "reader.sqlite"))
    return measures


_BARE = """
import sys, time
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

base, feeds, conditional = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "True"
headers = lambda n: {"If-None-Match": f'"{n}-0"'} if conditional else {}

class Bare(Spider):
    name = "bare"
    handle_httpstatus_list = [304]
    async def start(self):
        for n in range(feeds):
            yield Request(f"{base}/{n}/feed", headers=headers(n), dont_filter=True)
    def parse(self, response):
        pass

process = CrawlerProcess({
    "LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": 64, "DOWNLOAD_DELAY": 0,
    "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "ROBOTSTXT_OBEY": False,
})
process.crawl(Bare)
wall, cpu = time.perf_counter(), time.process_time()
process.start()
print(time.perf_counter() - wall, time.process_time() - cpu)
"""

_READER = """
import sys, time
from reader import make_reader

base, feeds = sys.argv[1], int(sys.argv[2])
reader = make_reader(":memory:" if len(sys.argv) < 4 else sys.argv[3])
for n in range(feeds):
    reader.add_feed(f"{base}/{n}/feed")
wall, cpu = time.perf_counter(), time.process_time()
reader.update_feeds(workers=16)
print(time.perf_counter() - wall, time.process_time() - cpu)
"""


def bare_scrapy(gateway: str, feeds: int, *, conditional: bool) -> Measure:
    """Fetch every feed with Scrapy as it comes and do nothing with it; in a process of its own, imports not counted."""
    command = [sys.executable, "-c", _BARE, gateway, str(feeds), str(conditional)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cpu = (float(part) for part in done.stdout.split()[-2:])
    return Measure(f"bare Scrapy, {304 if conditional else 200}", wall, cpu, f"{feeds} feeds")


def bench_reader(gateway: str, feeds: int, python: Path, database: Path) -> Measure:
    """Time the first update of the `reader` package of another environment on the same feeds."""
    command = [str(python), "-c", _READER, gateway, str(feeds), str(database)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall, cpu = (float(part) for part in done.stdout.split()[-2:])
    return Measure("reader, first", wall, cpu, f"{feeds} feeds")


def advance(gateway: str) -> None:
    """Publish one new item in every feed of the farm."""
    urllib.request.urlopen(f"{gateway}/_advance", timeout=10).read()  # noqa: S310 - our own server


def bench_judge(documents: Sequence[Document]) -> list[Measure]:
    """Time judging and grouping of ``documents`` on one core, once cold and once warm."""
    measures: list[Measure] = []
    with measured("load the model", measures):
        classifier = load_classifier()
    classify_documents(documents[:50], classifier)
    with measured("judge and group", measures):
        classify_documents(documents, classifier)
    rate = len(documents) / measures[-1].cpu
    measures[-1] = replace(measures[-1], note=f"{len(documents)} items, {rate:.0f} items a CPU second")
    return measures


def bench_warehouse(sizes: Sequence[int]) -> list[Measure]:
    """Time storage alone at each size: 100 new items, a quiet cycle, publishing, the slowest documented query."""
    measures = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(Path(folder), size)
        slowest = max(figures.queries_ms, key=lambda name: figures.queries_ms[name])
        note = f"{size} items, {figures.file_mb:.0f} MB"
        for name, milliseconds in (
            ("store 100 new items", figures.cycle_ms),
            ("store 500 unchanged runs", figures.quiet_ms),
            ("publish", figures.publish_ms),
            (f"slowest query ({slowest})", figures.queries_ms[slowest]),
        ):
            measures.append(Measure(name, milliseconds / 1000, 0.0, note))
    return measures


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
