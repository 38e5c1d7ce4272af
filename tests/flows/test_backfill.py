import asyncio
import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from flows.backfill import backfill
from flows.demo import World, simulated_world
from flows.errors import FlowError
from flows.locks import run_lock
from flows.store import StoreReport
from replay.faults import Fault
from replay.record import Item, validate
from spiders.archive import ArchivePage
from tests.flows.worlds import START, cycle, designation, page
from warehouse.connection import open_warehouse
from warehouse.query import run_sql

ARCHIVE = "us_state_press_html"
DAY = timedelta(days=1)


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


def run(
    world: World,
    seen: list[int],
    *,
    stop_after: int | None = None,
    on_page: Callable[[ArchivePage, StoreReport], None] | None = None,
) -> StoreReport:
    def watch(archived: ArchivePage, added: StoreReport) -> None:
        seen.append(archived.number)
        if on_page is not None:
            on_page(archived, added)
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


def test_a_page_that_does_not_come_ends_it_with_a_word_and_the_place_is_kept(tmp_path: Path) -> None:
    with archive_of(tmp_path, *old_pages()) as world:
        cycle(world)
        faults = []

        def break_after_first(page: ArchivePage, added: StoreReport) -> None:
            if page.number == 1:
                faults.append(world.site.faults.add(Fault(ARCHIVE, START, "status", status=403)))

        with pytest.raises(FlowError, match=r"page 2 did not come: .*HTTP 403.* run the same command again"):
            run(world, [], on_page=break_after_first)
        world.site.faults.remove(faults[0])
        again: list[int] = []
        run(world, again)
        assert again[0] == 2
        assert len(titles(world)) == 25


def test_an_archive_says_nothing_of_how_its_source_is_now(tmp_path: Path) -> None:
    with archive_of(tmp_path, *old_pages()) as world:
        cycle(world)
        before = state(world)
        run(world, [])
        after = state(world)
        assert after == before
        with open_warehouse(world.runtime.settings.warehouse, read_only=True) as db:
            assert db.execute("SELECT bool_and(backfill) FROM base.runs WHERE NOT baseline").fetchone() == (True,)
            assert db.execute("SELECT count(*) FILTER (backfill), count(*) FROM base.items").fetchone() == (15, 25)
            assert db.execute("SELECT items FROM base.source_state").fetchone() == (25,)


def test_the_watch_goes_on_between_two_pages_and_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with archive_of(tmp_path, *old_pages(), page(90, START - timedelta(minutes=1))) as world:
        cycle(world)
        another_cycle = ExitStack()

        def between(archived: ArchivePage, added: StoreReport) -> None:
            another_cycle.enter_context(run_lock(world.runtime))

        def wait(seconds: float) -> None:
            another_cycle.close()

        monkeypatch.setattr("flows.backfill.time.sleep", wait)
        run(world, [], on_page=between)
        assert len(titles(world)) == 26


def test_a_source_without_an_archive_says_so(tmp_path: Path) -> None:
    with archive_of(tmp_path, *old_pages()) as world:
        cycle(world)
        source = world.runtime.sources[ARCHIVE]
        bare = replace(source, listing={name: rule for name, rule in source.listing.items() if name != "next"})
        world.runtime = replace(world.runtime, sources={ARCHIVE: bare})
        with pytest.raises(FlowError, match="has no archive"):
            run(world, [])


def state(world: World) -> tuple[object, ...]:
    with open_warehouse(world.runtime.settings.warehouse, read_only=True) as db:
        row = db.execute(
            """
            SELECT s.* EXCLUDE (items), m.memory::VARCHAR
            FROM base.source_state s JOIN base.source_memory m USING (source)
            """
        ).fetchone()
    assert row is not None
    return row
