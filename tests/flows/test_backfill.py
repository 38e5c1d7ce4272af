import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from flows.backfill import backfill
from flows.demo import World, simulated_world
from flows.errors import FlowError
from flows.store import StoreReport
from replay.record import Item, validate
from spiders.archive import ArchivePage
from tests.flows.worlds import START, cycle, designation, page
from warehouse.query import run_sql

ARCHIVE = "us_state_press_html"


@contextmanager
def archive_of(home: Path, *items: Item) -> Iterator[World]:
    """Serve these pages in the State Department's listing, ten a page."""
    home.mkdir(parents=True, exist_ok=True)
    record = validate(replace(item, source=ARCHIVE) for item in items)
    with simulated_world(home, Console(file=io.StringIO()), start=START, record=record, quiet=True) as world:
        world.runtime = replace(world.runtime, sources={ARCHIVE: world.runtime.sources[ARCHIVE]})
        yield world


def old_pages() -> list[Item]:
    traffic = [page(number, START - timedelta(days=number, hours=1)) for number in range(1, 25)]
    return [*traffic, designation(99, START - timedelta(days=22))]


def run(world: World, seen: list[int], *, stop_after: int | None = None) -> StoreReport:
    def watch(archived: ArchivePage, added: StoreReport) -> None:
        seen.append(archived.number)
        if archived.number == stop_after:
            raise KeyboardInterrupt

    source = world.runtime.sources[ARCHIVE]
    since, until = START - timedelta(days=60), START
    return asyncio.run(backfill(world.runtime, source, since=since, until=until, on_page=watch))


def titles(world: World) -> list[str]:
    from warehouse.publish import publish

    publish(world.runtime.settings.warehouse, world.runtime.settings.analysts_copy)
    _, rows = run_sql(world.runtime.settings.analysts_copy, "SELECT title FROM items ORDER BY title")
    return [title for (title,) in rows]


def test_an_archive_is_read_to_its_end_and_alerts_nobody(tmp_path: Path) -> None:
    with archive_of(tmp_path, *old_pages()) as world:
        cycle(world)
        assert len(titles(world)) == 10
        total = run(world, [])
        assert len(titles(world)) == 25
        assert (total.new, total.opened, total.planned) == (15, 1, 0)
        cycle(world, START + timedelta(hours=5))
        assert world.slack.messages == []


def test_a_killed_backfill_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with archive_of(tmp_path, *old_pages()) as world:
        cycle(world)
        first: list[int] = []
        with pytest.raises(KeyboardInterrupt):
            run(world, first, stop_after=2)
        again: list[int] = []
        run(world, again)
        assert (first, again[0]) == ([1, 2], 3)
        assert len(titles(world)) == 25


def test_a_source_that_never_ran_is_asked_to_run_first(tmp_path: Path) -> None:
    with archive_of(tmp_path, *old_pages()) as world, pytest.raises(FlowError, match="courtwatch run --source"):
        run(world, [])
