"""``courtwatch backfill``: a source's archive read backwards, stored, judged and grouped; nobody is alerted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flows.errors import FlowError
from flows.runtime import Runtime
from flows.store import StoreReport, store_batch
from spiders.archive import ArchivePage
from spiders.archive import backfill as read_archive
from spiders.catalogue import Source
from spiders.items import CollectResult, Outcome
from warehouse.connection import open_warehouse, transaction
from warehouse.runs import read_health
from warehouse.schema import migrate


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
    that is stored twice adds nothing. Raises FlowError for a source that never ran: its baseline comes first.
    """
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        health = read_health(db, {source.id: source}, now=runtime.now())
    if not health or health[0].last_success_at is None:
        raise FlowError(
            f"{source.id} never answered yet: run `courtwatch run --source {source.id}` first, its baseline"
        )
    place = _place_of(runtime.settings.home, source, since, until)
    number, cursor = json.loads(place.read_text(encoding="utf-8")) if place.exists() else (1, None)
    total = StoreReport()

    def store(page: ArchivePage) -> None:
        nonlocal total
        now = runtime.now()
        result = CollectResult(source.id, Outcome.OK, now, now, items=page.items, note=f"archive page {page.number}")
        with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
            added = store_batch(db, runtime, [result], history=True)
        if page.cursor is not None:
            place.write_text(json.dumps([page.number + 1, page.cursor]), encoding="utf-8")
        total += added
        on_page(page, added)

    await read_archive(
        source, since=since, until=until, now=runtime.now, options=runtime.collect,
        on_page=store, number=number, cursor=cursor,
    )  # fmt: skip
    place.unlink(missing_ok=True)
    return total


def _place_of(home: Path, source: Source, since: datetime, until: datetime) -> Path:
    folder = home / "backfill"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{source.id}-{since:%Y%m%d}-{until:%Y%m%d}.json"
