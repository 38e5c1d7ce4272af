"""``courtwatch backfill``: a source's archive read backwards, stored, judged and grouped; nobody is alerted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from flows.cycle import Cycle
from flows.errors import CycleRunning, FlowError
from flows.locks import run_lock
from flows.runtime import Runtime
from flows.store import StoreReport, store_batch
from spiders.archive import ArchivePage, has_archive
from spiders.archive import backfill as read_archive
from spiders.catalogue import Source
from spiders.items import CollectResult, Outcome
from warehouse.connection import open_warehouse, transaction
from warehouse.runs import read_health
from warehouse.schema import migrate

_WAIT = 2.0  # seconds between two looks at a lock that a cycle holds

Result = TypeVar("Result")


async def backfill(
    runtime: Runtime,
    source: Source,
    *,
    since: datetime,
    until: datetime,
    on_page: Callable[[ArchivePage, StoreReport], None],
) -> StoreReport:
    """Read the archive of [since, until), page by page, each page whole in one transaction; return what was added.

    A backfill that was killed goes on at its last page: the place is written down after the page is stored, and a page
    that is stored twice adds nothing. The run lock is held for a page at a time, so that the watch goes on between.
    Raises FlowError for a source that never ran, whose baseline comes first, for one without an archive, and when a
    page does not come: what was read until then is stored, and the next backfill of the same days goes on there.
    """
    _check(runtime, source)
    place = _place_of(runtime.settings.home, source, since, until)
    number, cursor = json.loads(place.read_text(encoding="utf-8")) if place.exists() else (1, None)
    total = StoreReport()
    ended = ""

    def store(page: ArchivePage) -> None:
        nonlocal total, ended
        now = runtime.now()
        note = f"archive page {page.number}"
        result = CollectResult(source.id, Outcome.OK, now, now, items=page.items, captures=page.captures, note=note)
        added = _alone(runtime, lambda: _store(runtime, result))
        if page.cursor is not None:
            place.write_text(json.dumps([page.number + 1, page.cursor]), encoding="utf-8")
        total += added
        ended = f"page {page.number} did not come: {page.note}" if page.note else ""
        on_page(page, added)

    try:
        await read_archive(
            source, since=since, until=until, now=runtime.now, options=runtime.collect,
            on_page=store, number=number, cursor=cursor,
        )  # fmt: skip
    finally:
        if total.changed:
            _alone(runtime, Cycle(runtime).publish)
    if ended:
        raise FlowError(f"{ended} {total.new} new items are stored; run the same command again to go on")
    place.unlink(missing_ok=True)
    return total


def _check(runtime: Runtime, source: Source) -> None:
    if not has_archive(source):
        raise FlowError(f"{source.id} has no archive: its file names neither `archive` nor `next` pages")
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        health = read_health(db, {source.id: source}, now=runtime.now())
    if not health or health[0].last_success_at is None:
        raise FlowError(
            f"{source.id} never answered yet: run `courtwatch run --source {source.id}` first, its baseline"
        )


def _store(runtime: Runtime, result: CollectResult) -> StoreReport:
    with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
        return store_batch(db, runtime, [result], history=True)


def _alone(runtime: Runtime, work: Callable[[], Result]) -> Result:
    """Do it while no cycle runs, waiting for one that does."""
    while True:
        try:
            with run_lock(runtime):
                return work()
        except CycleRunning:
            time.sleep(_WAIT)


def _place_of(home: Path, source: Source, since: datetime, until: datetime) -> Path:
    folder = home / "backfill"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{source.id}-{since:%Y%m%d}-{until:%Y%m%d}.json"
