"""A warehouse of its own for every test, and short ways to make what goes into it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from classifiers.categories import Category, Severity, Status
from classifiers.verdicts import Clock, EventChange, EventState, Evidence, Findings, Judgement, Verdict
from spiders.catalogue import Source
from spiders.items import Capture, CollectResult, DateEvidence, Item, Outcome
from warehouse.connection import Connection, open_warehouse, transaction
from warehouse.items import store_results
from warehouse.rows import StoredRun
from warehouse.schema import migrate

NOW = datetime(2025, 6, 5, 12, 0, tzinfo=UTC)


class Maker:
    """Makes sources, items, results, verdicts and events that differ only where a test says so."""

    now = NOW

    def source(self, slug: str = "court", **changes: Any) -> Source:
        plain = Source(slug, f"{slug} releases", slug.title(), "html", f"https://{slug}.example/news", official=True,
                       tier="court", watch_edits=True)  # fmt: skip
        return replace(plain, **changes)

    def item(self, number: int = 1, source: str = "court", text: str = "", title: str = "", **changes: Any) -> Item:
        title = title or f"Release {number} of {source}"
        text = text or f"The {source} published release {number}. It has two sentences."
        url = f"https://{source}.example/news/{number}"
        day = NOW - timedelta(hours=number)
        return Item(
            id=changes.pop("item_id", f"{source}:{number}"),
            source=source,
            url=url,
            title=title,
            text=text,
            published=changes.pop("published", DateEvidence(day.isoformat(), day, "instant", "feed")),
            language="en",
            publisher=source.title(),
            tier=changes.pop("tier", "court"),
            content_hash=sha256((title + text).encode()).hexdigest(),
            **changes,
        )

    def result(
        self, *items: Item, source: str = "court", at: datetime = NOW, outcome: Outcome = Outcome.OK, **changes: Any
    ) -> CollectResult:
        healthy = outcome is Outcome.OK
        changes.setdefault("listed", tuple(item.id for item in items) if healthy else None)
        changes.setdefault("memory", {"etag": at.isoformat()} if healthy else None)
        changes.setdefault("finished_at", at + timedelta(seconds=2))
        return CollectResult(source, outcome, at, items=items, **changes)

    def capture(self, *items: Item, body: bytes = b"<h1>As it came</h1>", **changes: Any) -> Capture:
        plain = Capture(
            url="https://court.example/news",
            status=200,
            headers=(("Content-Type", "text/html"), ("Content-Length", "7")),
            fetched_at=NOW,
            sha256=sha256(body).hexdigest(),
            size=len(body),
            body=gzip.compress(body, mtime=0),
            gave=tuple((item.id, item.content_hash) for item in items),
        )
        return replace(plain, **changes)

    def verdict(self, item: Item, category: Category = Category.RULING, **findings: Any) -> Verdict:
        judged = Judgement(category, True, 0.97, False, (Evidence("The Court ruled.", "verb of ruling"),),
                           {category.value: 0.97})  # fmt: skip
        plain = Findings({"court": "ICC"}, ("icc-filing:ICC-01/11-209",), ("icc",), "ruled", date(2025, 6, 5), "stated")
        return Verdict(item.id, judged, replace(plain, **findings), "test-1")

    def event(self, number: int = 1, **changes: Any) -> EventState:
        plain = EventState(
            id=f"2025-06-05-ruling-{number:06x}",
            category=Category.RULING,
            about_court=True,
            title=f"The Court ruled ({number})",
            status=Status.REPORTED,
            severity=Severity.HIGH,
            step="ruled",
            event_date=date(2025, 6, 5),
            first_item_at=NOW,
            last_item_at=NOW,
            item_count=1,
            publishers=("Court",),
            official_url="https://court.example/news/1",
            quote="The Court ruled.",
            quote_url="https://court.example/news/1",
            facts={"court": "ICC", "persons": ["A. Person"]},
            keys=(f"icc-filing:ICC-01/11-{number}",),
            actors=("icc",),
            clocks=(Clock("deadline", date(2025, 7, 5), False, "within thirty days", "Italy"),),
            profile={"terms": {"ruled": 1.5}},
        )
        return replace(plain, **changes)

    def change(self, event: EventState, item: Item | None = None, kind: Any = "opened", **changes: Any) -> EventChange:
        return EventChange(kind, event, item.id if item else None, f"{kind}: {event.title}", "same filing", **changes)


@pytest.fixture
def make() -> Maker:
    return Maker()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "courtwatch.duckdb"


@pytest.fixture
def db(path: Path) -> Iterator[Connection]:
    with open_warehouse(path) as connection:
        migrate(connection)
        yield connection


class Pipe:
    """Stores runs the way a cycle does."""

    def __init__(self, db: Connection) -> None:
        self.db = db

    def run(self, source: Source, result: CollectResult, now: datetime | None = None) -> StoredRun:
        with transaction(self.db):
            [run] = store_results(self.db, [(source, result)], now=now or result.finished_at)
        return run


@pytest.fixture
def pipe(db: Connection) -> Pipe:
    return Pipe(db)
