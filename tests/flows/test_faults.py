"""An hour in which each source fails in its own way: one notice and one recovery each, nothing false, nothing lost."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from spiders.catalogue import Source
from spiders.collect import CollectOptions, collect
from tests.spiders.conftest import LocalWeb, Reply, make_feed, make_source
from tests.spiders.test_faults import QUICK
from tests.spiders.test_pathologies import TROUBLES
from warehouse.connection import Connection, open_warehouse, transaction
from warehouse.items import store_results
from warehouse.runs import due_jobs
from warehouse.schema import migrate

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
STEP = timedelta(minutes=5)
# Every cycle of two hours, then now and then: what is gone for good is asked for once a month.
MOMENTS = [START + number * STEP for number in range(24)]
MOMENTS += [START + timedelta(hours=hours) for hours in (6, 12, 24, 48, 72, 35 * 24)]


async def look_at_all(db: Connection, web: LocalWeb, sources: Mapping[str, Source], at: datetime) -> list[str]:
    """Ask every source that is due, store the answers, return the notices."""
    jobs = due_jobs(db, sources, now=at)
    settings = CollectOptions(gateway=web.gateway, retry_delays=())
    results = await collect(jobs, sources, now=lambda: at, options=settings)
    with transaction(db):
        stored = store_results(db, [(sources[result.source], result) for result in results], now=at)
    return [f"{run.source} {run.incident.kind}" for run in stored if run.incident]


async def hour_of_faults(db: Connection) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """Let each source fail for half an hour, each beginning a little later; return its notices and its items."""
    sources = {
        f"s{number}": make_source(
            id=f"s{number}", publisher=f"P{number}", url=f"https://s{number}.test/feed", every=STEP
        )
        for number in range(len(QUICK))
    }
    notices = defaultdict(list)
    web = LocalWeb()
    await web.start()
    try:
        newest = 19  # one more with every cycle of the two hours
        for at in MOMENTS:
            newest += at < MOMENTS[24]
            for number, trouble in enumerate(QUICK):
                begins = START + STEP * (1 + number % 6)
                failing = begins <= at < begins + 6 * STEP
                body = make_feed(*range(newest, 0, -1))
                said = cast("dict[str, Any]", TROUBLES[trouble][0]) if failing else {"body": body}
                web.pages[f"s{number}.test/feed"] = Reply(**said)
            for notice in await look_at_all(db, web, sources, at):
                source, kind = notice.split()
                notices[source].append(kind)
    finally:
        await web.stop()
    items = defaultdict(set)
    for source, title in db.execute("SELECT source, title FROM items").fetchall():
        items[source].add(title)
    return notices, items


def test_each_way_of_failing_is_told_once_at_its_start_and_once_at_its_end(tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "live.duckdb") as db:
        migrate(db)
        notices, items = asyncio.run(hour_of_faults(db))
    ways = {f"s{number}": way for number, way in enumerate(QUICK)}
    assert {ways[name]: notices[name] for name in ways} == {way: ["opened", "closed"] for way in QUICK}
    shown = {f"Report {number}" for number in range(1, 44)}
    assert {ways[name]: items[name] for name in ways} == dict.fromkeys(QUICK, shown)
