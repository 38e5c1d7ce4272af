"""``courtwatch bench collect``: whole cycles over a farm of feeds, beside bare Scrapy and the `reader` package."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

from alerts.blocks import SlackMessage
from alerts.outcomes import SendOutcome
from alerts.routes import load_routes
from classifiers.classify import load_classifier
from flows.bench import Measure, measured
from flows.cycle import Cycle, run_cycle
from flows.errors import FlowError
from flows.runtime import Runtime
from flows.settings import Settings
from replay.farm import START, SUFFIX
from spiders.catalogue import Source
from spiders.collect import CollectOptions
from warehouse.rows import Delivery

ROUNDS = 3  # of what is short; the quickest counts, because others use the machine too

# Our measure, the peer's, and how many times the peer's CPU seconds ours may take (DESIGN section 5).
GOALS = (
    ("unchanged cycle", "bare Scrapy, 304", 1.15),
    ("one new item a feed", "reader, one new entry a feed", 0.6),
    ("first cycle", "reader, first update", 2.5),
)


@dataclass(frozen=True)
class Ratio:
    """How one of our figures stands to a peer's of the same run."""

    name: str
    beside: str
    cpu: float
    wall: float
    goal: float


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


def bench_collect(feeds: int, entries: int = 20) -> list[Measure]:
    """Measure whole cycles (collect, judge, group, store, publish) over a farm of feeds, and the peers on the same.

    Ours: first, unchanged (304), one new item a feed. `reader` is left out where the extra `bench` is not installed.
    Raises FlowError when a cycle or a peer did not bring what the farm had: then its time means nothing.
    """
    load_classifier()
    with farm(feeds, entries) as gateway, tempfile.TemporaryDirectory() as folder:
        measures = [_bare_scrapy(gateway, feeds)]
        cycles = _Cycles(gateway, feeds, Path(folder))
        measures.append(cycles.run("first cycle", feeds * entries))
        cycles.run("publishing what the first cycle left", 0)
        for name, work in (
            ("bare Scrapy, 304", lambda: _bare_scrapy(gateway, feeds, version=0)),
            ("unchanged cycle", lambda: cycles.run("unchanged cycle", 0)),
        ):
            measures.append(replace(quickest(work), name=name))
        measures.append(quickest(lambda: cycles.advance().run("one new item a feed", feeds)))
    if find_spec("reader") is not None:
        with farm(feeds, entries) as gateway, tempfile.TemporaryDirectory() as folder:
            measures += _reader(gateway, feeds, entries, Path(folder) / "reader.sqlite")
    return measures


def ratios(measures: Sequence[Measure]) -> list[Ratio]:
    """Compare with the peers that were measured."""
    known = {measure.name: measure for measure in measures}
    return [
        Ratio(ours, peer, known[ours].cpu / known[peer].cpu, known[ours].wall / known[peer].wall, goal)
        for ours, peer, goal in GOALS
        if ours in known and peer in known
    ]


def quickest(work: Callable[[], Measure]) -> Measure:
    """Do it several times and return the one that took the least CPU."""
    return min((work() for _ in range(ROUNDS)), key=lambda measure: measure.cpu)


class _Nobody:
    """Takes every message; the bench of the cycle is not about Slack."""

    paused_until = None

    def send(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        return SendOutcome("sent", external_id=delivery.key)


class _Cycles:
    """Our pipeline over one farm, on a clock of its own."""

    def __init__(self, gateway: str, feeds: int, home: Path) -> None:
        self._gateway, self._feeds = gateway, feeds
        self._now = START + timedelta(days=2)
        sources = {
            f"f{number}": Source(
                f"f{number}", f"Feed {number}", "Farm", "rss", f"http://f{number}{SUFFIX}/feed",
                every=timedelta(minutes=5), delay=0.0,
            )
            for number in range(feeds)
        }  # fmt: skip
        self._runtime = Runtime(
            settings=Settings(home=home), sources=sources, routes=load_routes(), sender=_Nobody(),
            collect=CollectOptions(gateway=gateway), now=lambda: self._now, channel="C0BENCH", ops_channel="C0BENCH",
        )  # fmt: skip

    def advance(self) -> _Cycles:
        """Publish one new item in every feed."""
        urllib.request.urlopen(f"{self._gateway}/_advance", timeout=10).read()  # noqa: S310 - our own server
        return self

    def run(self, name: str, expected: int) -> Measure:
        """Run one cycle over all feeds, due or not, which has to bring so many new items."""
        self._now += timedelta(minutes=10)
        cycle = Cycle(self._runtime, force=True)
        measures: list[Measure] = []
        with measured(name, measures):
            asyncio.run(run_cycle(cycle))
        _counted(
            measures[0], sum(result.outcome.healthy for result in cycle.results), self._feeds, self._feeds, "answers"
        )
        return _counted(measures[0], cycle.stored.new, expected, self._feeds)


def _bare_scrapy(gateway: str, feeds: int, version: int | None = None) -> Measure:
    """Fetch every feed with Scrapy as it comes; with the ETag of a version, which answers 304."""
    more = [] if version is None else [str(version)]
    [figures] = _peer("scrapy", gateway, str(feeds), *more)
    name = f"bare Scrapy, {200 if version is None else 304}"
    return _counted(Measure(name, figures["wall"], figures["cpu"]), figures["count"], feeds, feeds, "answers")


def _reader(gateway: str, feeds: int, entries: int, database: Path) -> list[Measure]:
    """Update a reader of all feeds as often as our cycles run."""
    figures = _peer("reader", gateway, str(feeds), str(ROUNDS), str(database))
    parts = (
        ("reader, first update", figures[:1], feeds * entries),
        ("reader, unchanged", figures[1 : 1 + ROUNDS], 0),
        ("reader, one new entry a feed", figures[1 + ROUNDS :], feeds),
    )
    return [
        min(
            (_counted(Measure(name, one["wall"], one["cpu"]), one["count"], expected, feeds) for one in part),
            key=lambda measure: measure.cpu,
        )
        for name, part, expected in parts
    ]


def _peer(*arguments: str) -> list[dict[str, float]]:
    command = [sys.executable, "-m", "flows.bench_peers", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise FlowError(f"{arguments[0]} failed: {done.stderr.strip().rpartition(chr(10))[2]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def _counted(measure: Measure, count: float, expected: int, feeds: int, what: str = "new items") -> Measure:
    """Say what was counted, which must be what the farm had."""
    if count != expected:
        raise FlowError(f"{measure.name}: {count:.0f} {what} instead of {expected}; its time means nothing")
    return replace(measure, note=f"{count:.0f} {what}, {measure.cpu / feeds * 1000:.2f} CPU ms a feed")
