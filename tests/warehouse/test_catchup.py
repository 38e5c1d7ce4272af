"""A large copy is brought up to date instead of written anew, and nobody can tell the difference."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import duckdb
import pytest

import warehouse.publish
from warehouse.catchup import APPENDED, CLOSED_LATER, MOVING, PIPELINE_ONLY, REPLACED
from warehouse.changes import add_item_changes
from warehouse.connection import open_warehouse, transaction
from warehouse.corrections import add_corrections
from warehouse.deliveries import add_deliveries, mark
from warehouse.events import apply_changes
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import open_copy, run_sql
from warehouse.retention import Maintenance, prune, record_maintenance
from warehouse.rows import Correction, NewDelivery
from warehouse.schema import migrate
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)
VIEWS = (
    *("events", "event_items", "event_changes", "items", "item_revisions", "verdicts", "facts", "clocks"),
    *("deliveries", "sources", "source_health", "source_runs", "source_incidents", "corrections", "sightings"),
    *("responses", "response_items", "response_bodies", "seals", "maintenances"),
)


@pytest.fixture
def world(make, path, tmp_path, monkeypatch):
    """A live warehouse that grows by a bit of everything, and a copy that is never small enough to be copied."""
    monkeypatch.setattr(warehouse.publish, "SMALL", 0)

    class World:
        live = path
        copy = tmp_path / "copy.duckdb"
        step = 0
        copied = 0

        def grow(self):
            self.step += 1
            at = make.now + self.step * HOUR
            item = make.item(self.step)
            with open_warehouse(self.live) as db:
                migrate(db)
                shown = [make.item(1, text=f"Edit {self.step}."), item] if self.step > 1 else [item]
                capture = make.capture(*shown, body=f"Body {self.step // 2}".encode())
                result = make.result(*shown, at=at, captures=(capture,))
                run = store_results(db, [(make.source(), result)], now=at)[0]
                add_verdicts(db, [make.verdict(item)], now=at)
                event = make.event(self.step)
                changes = [make.change(event, item)]
                if self.step % 2 == 0:
                    other = make.event(self.step - 1)
                    changes.append(make.change(event, None, "merged", other_event_id=other.id))
                apply_changes(db, changes, now=at)
                add_item_changes(db, run.revised, [], now=at)
                add_deliveries(db, [NewDelivery(f"k{self.step}", "root", "C", None, None, None)], now=at)
                mark(db, 1, "due", now=at, error=f"try {self.step}")
                add_corrections(db, [Correction(item.id, "item", "note", f"n{self.step}", "ana", "", at)])

        def publish(self):
            publish(self.live, self.copy)

        def same(self):
            with open_warehouse(self.live) as db, open_copy(self.copy) as copy:
                for view in VIEWS:
                    sql = f"SELECT CAST(v AS VARCHAR) FROM {view} AS v ORDER BY 1"  # noqa: S608
                    assert copy.execute(sql).fetchall() == db.execute(sql).fetchall(), view

    world = World()
    copyfile = warehouse.publish.shutil.copyfile

    def counted(*args):
        world.copied += 1
        return copyfile(*args)

    monkeypatch.setattr(warehouse.publish.shutil, "copyfile", counted)
    world.grow()
    return world


def test_every_table_has_its_way_into_the_copy(db):
    """A new table that nobody thought of would stay empty in the copy for ever."""
    tables = {
        row[0] for row in db.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'base'").fetchall()
    }
    ways = [*APPENDED, CLOSED_LATER[0], MOVING[0], *REPLACED, *PIPELINE_ONLY, "migrations"]
    assert sorted(ways) == sorted(tables)


def test_after_two_copies_publications_only_catch_up_and_show_the_same(world):
    for _ in range(4):
        world.publish()
        world.same()
        world.grow()
    assert world.copied == 2
    assert sorted(file.name for file in world.copy.parent.glob("*copy*")) == [".copy.duckdb.spare", "copy.duckdb"]


def test_publishing_without_news_changes_nothing(world):
    for _ in range(4):
        world.publish()
    world.same()
    assert world.copied == 2


def test_after_a_maintenance_the_copy_is_written_whole(make, world):
    """What retention removes would otherwise stay in the copy, whose rows are only ever added to."""
    for _ in range(3):
        world.publish()
        world.grow()
    with open_warehouse(world.live) as db:
        record_maintenance(db, Maintenance(make.now))
    world.publish()
    world.same()
    assert world.copied == 3


def test_rows_that_a_maintenance_removed_from_a_large_table_let_no_others_in_twice(make, world):
    """More rows than a row group holds: DuckDB leaves a gap where the removed ones were, and no row moves up."""
    with open_warehouse(world.live) as db:
        quiet = "'x@' || i, 'x', 'blocked', moment, moment, 1, NULL, '', NULL, 0, 0, 0, 0, false, false, false"
        moments = "SELECT i, ?::TIMESTAMPTZ + to_seconds(i) AS moment FROM range(300000) AS t(i)"
        db.execute(f"INSERT INTO base.runs SELECT {quiet} FROM ({moments})", [make.now.isoformat()])  # noqa: S608
    with open_warehouse(world.live) as db, transaction(db):
        done = prune(db, now=make.now + 101 * HOUR, raw_days=0, run_days=4)
        record_maintenance(db, done)
    assert done.runs == 5 * 3600
    for _ in range(4):
        world.publish()
        with open_warehouse(world.live) as db:
            [runs] = db.execute("SELECT count(*) FROM base.runs").fetchall()
        assert run_sql(world.copy, "SELECT count(*) FROM source_runs").rows == [runs]
        world.grow()
    assert world.copied == 2


def test_a_reader_in_another_process_keeps_what_it_opened(world):
    world.publish()
    world.grow()
    script = "import sys, duckdb; db = duckdb.connect(sys.argv[1], read_only=True)\nfor line in sys.stdin:\n"
    script += "    print(db.execute('SELECT count(*), max(revision) FROM items').fetchone(), flush=True)\n"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(world.copy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for _ in range(3):
            reader.stdin.write("\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == "(1, 1)\n"
            world.publish()
            world.same()
            world.grow()
        reader.stdin.close()
    assert world.copied == 3  # the file that the reader holds never takes a turn


def test_a_reader_in_this_process_keeps_what_it_opened(world):
    world.publish()
    reader = duckdb.connect(world.copy, read_only=True)
    for _ in range(4):
        world.grow()
        world.publish()
        assert reader.execute("SELECT count(*), max(revision) FROM items").fetchone() == (1, 1)
    reader.close()
    world.same()


def test_a_restored_backup_is_published_as_it_is(world):
    backup = world.live.read_bytes()
    for _ in range(3):
        world.publish()
        world.grow()
    world.live.write_bytes(backup)
    world.publish()
    world.same()
    world.step += 10  # another history with as many rows
    for _ in range(2):
        world.grow()
        world.publish()
        world.same()


def test_a_change_of_the_schema_is_published(world):
    for _ in range(3):
        world.publish()
    with open_warehouse(world.live) as db:
        db.execute("INSERT INTO base.migrations VALUES ('0000_before', 'x', now())")
        db.execute("CREATE TABLE base.more AS SELECT 1 AS x")
    world.publish()
    assert run_sql(world.copy, "SELECT x FROM base.more").rows == [(1,)]


@pytest.mark.parametrize("name", ["copy.duckdb.wal", ".copy.duckdb.spare", ".copy.duckdb.new", ".copy.duckdb.held"])
@pytest.mark.parametrize("debris", [b"", b"garbage" * 2000])
def test_debris_of_a_crash_is_no_obstacle(world, name, debris):
    world.publish()
    world.copy.with_name(name).write_bytes(debris)
    world.grow()
    world.publish()
    world.same()
