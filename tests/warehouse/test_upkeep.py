"""Backups come back whole, tampering shows, and exports say what the copy says."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import duckdb
import pytest

from warehouse.connection import open_warehouse
from warehouse.errors import SchemaTooNew, WarehouseDamaged, WarehouseMissing
from warehouse.events import apply_changes
from warehouse.export import export_parquet
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.schema import migrate
from warehouse.upkeep import backup, compact, find_faults, restore
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)


@pytest.fixture
def live(make, path):
    item = make.item(1)
    with open_warehouse(path) as db:
        migrate(db)
        store_results(db, [(make.source(), make.result(item, make.item(2)))], now=make.now)
        edited = make.item(1, text="Edited.")
        store_results(db, [(make.source(), make.result(edited, at=make.now + HOUR))], now=make.now + HOUR)
        add_verdicts(db, [make.verdict(item)], now=make.now)
        apply_changes(db, [make.change(make.event(), item)], now=make.now)
    return path


def texts(path):
    with open_warehouse(path, read_only=True) as db:
        return db.execute("SELECT item_id, text FROM items ORDER BY item_id").fetchall()


def test_a_backup_brings_back_what_was_there_and_keeps_what_is_replaced(make, live, tmp_path):
    saved = tmp_path / "backups" / "monday.duckdb"
    before = texts(live)
    backup(live, saved)
    with open_warehouse(live) as db:
        store_results(db, [(make.source(), make.result(make.item(3), at=make.now + 2 * HOUR))], now=make.now)
    after = texts(live)
    kept = restore(saved, live)
    assert texts(live) == before != after
    assert kept is not None
    assert texts(kept) == after


def test_a_backup_can_be_restored_where_nothing_is(live, tmp_path):
    backup(live, tmp_path / "saved.duckdb")
    (tmp_path / "new.duckdb.wal").write_bytes(b"journal of a lost file")
    assert restore(tmp_path / "saved.duckdb", tmp_path / "new.duckdb") is None
    assert texts(tmp_path / "new.duckdb") == texts(live)


def test_a_backup_that_cannot_be_used_changes_nothing(live, tmp_path):
    before = live.read_bytes()
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"x" * 9000)
    with pytest.raises(WarehouseDamaged):
        restore(broken, live)
    newer = tmp_path / "newer.duckdb"
    backup(live, newer)
    with open_warehouse(newer) as db:
        db.execute("INSERT INTO base.migrations VALUES ('9999_later', 'x', now())")
    with pytest.raises(SchemaTooNew):
        restore(newer, live)
    with pytest.raises(WarehouseMissing):
        restore(tmp_path / "none.duckdb", live)
    assert live.read_bytes() == before


def test_compaction_keeps_everything_and_is_still_readable_by_older_clients(live):
    before = texts(live)
    with open_warehouse(live) as db:
        db.execute("CREATE TABLE base.ballast AS SELECT repeat('x' || range, 99) AS x FROM range(200000)")
    with open_warehouse(live) as db:
        db.execute("DROP TABLE base.ballast")
    was, now = compact(live)
    assert 0 < now <= was
    assert texts(live) == before
    with open_warehouse(live) as db:
        assert migrate(db) == []
        assert find_faults(db) == []
        [tags] = db.execute("SELECT tags FROM duckdb_databases() WHERE NOT internal").fetchone()
        assert tags["storage_version"].startswith("v1.5")
        assert db.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'events'").fetchone() != (None,)


@pytest.mark.parametrize(
    ("harm", "fault"),
    [
        ("UPDATE base.revisions SET text = 'Forged.' WHERE number = 1 AND item_id = 'court:1'", "text was changed"),
        ("UPDATE base.revisions SET number = 5 WHERE number = 2", "not numbered 1, 2, 3"),
        ("DELETE FROM base.revisions WHERE item_id = 'court:2'", "an item has no text"),
        ("INSERT INTO base.items SELECT * FROM base.items LIMIT 1", "stored twice"),
        ("UPDATE base.verdicts SET revision = 9", "does not exist"),
        ("DELETE FROM base.event_versions", "belongs to no event"),
    ],
)
def test_what_does_not_hang_together_is_found(live, harm, fault):
    with open_warehouse(live) as db:
        assert find_faults(db) == []
        db.execute(harm)
        assert any(fault in line for line in find_faults(db))


def test_exports_hold_what_the_views_hold(live, tmp_path):
    copy, folder = tmp_path / "copy.duckdb", tmp_path / "it's out"
    publish(live, copy)
    for _ in range(2):
        written = export_parquet(copy, folder)
    assert {path.name for path in written} >= {"items", "events.parquet", "designees.parquet"}
    quoted = str(folder).replace("'", "''")
    rows = duckdb.sql(f"SELECT item_id, text, month FROM '{quoted}/items/*/*.parquet' ORDER BY item_id").fetchall()  # noqa: S608
    assert [row[:2] for row in rows] == texts(live)
    assert {row[2] for row in rows} == {"2025-06"}


INTERRUPTED = """
import os, signal, sys
from datetime import timedelta
from pathlib import Path
import duckdb
from tests.warehouse.conftest import Maker
from warehouse.connection import CONFIG, transaction
from warehouse.items import store_results

make = Maker()
db = duckdb.connect(Path(sys.argv[1]), config=CONFIG | {"checkpoint_threshold": "1GB"})
for number in (3, 4):
    at = make.now + timedelta(hours=number)
    db.execute("BEGIN TRANSACTION")
    store_results(db, [(make.source(), make.result(make.item(number), at=at))], now=at)
    if number == 3:
        db.execute("COMMIT")
os.kill(os.getpid(), signal.SIGKILL)  # committed work stands in the journal only, other work is half done
"""


def interrupt(live):
    subprocess.run([sys.executable, "-c", INTERRUPTED, str(live)], check=False)
    assert live.with_name(f"{live.name}.wal").stat().st_size > 0


@pytest.mark.parametrize("after", ["backup", "compact"])
def test_what_a_killed_run_had_committed_is_in_the_next_backup_and_the_rest_is_not(live, tmp_path, after):
    interrupt(live)
    if after == "compact":
        compact(live)
    backup(live, tmp_path / "saved.duckdb")
    restore(tmp_path / "saved.duckdb", tmp_path / "new.duckdb")
    for path in (live, tmp_path / "new.duckdb"):
        assert [item for item, _ in texts(path)] == ["court:1", "court:2", "court:3"]
        with open_warehouse(path) as db:
            assert find_faults(db) == []


def test_backup_restore_and_compaction_leave_an_analysts_open_connection_alone(make, live, tmp_path):
    copy = tmp_path / "copy.duckdb"
    publish(live, copy)
    with duckdb.connect(copy, read_only=True) as analyst:
        before = analyst.execute("SELECT item_id, text FROM items ORDER BY item_id").fetchall()
        backup(live, tmp_path / "saved.duckdb")
        with open_warehouse(live) as db:
            store_results(db, [(make.source(), make.result(make.item(3), at=make.now + 2 * HOUR))], now=make.now)
        compact(live)
        publish(live, copy)
        restore(tmp_path / "saved.duckdb", live)
        publish(live, copy)
        assert analyst.execute("SELECT item_id, text FROM items ORDER BY item_id").fetchall() == before == texts(live)


def test_a_compaction_that_was_killed_leaves_nothing_that_harms_the_next_one(live, tmp_path):
    before = texts(live)
    backup(live, tmp_path / "saved.duckdb")
    interrupt(tmp_path / "saved.duckdb")
    fresh = live.with_name(f".{live.name}.compact")
    (tmp_path / "saved.duckdb").rename(fresh)
    (tmp_path / "saved.duckdb.wal").rename(fresh.with_name(f"{fresh.name}.wal"))
    compact(live)
    assert texts(live) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [live.name]
