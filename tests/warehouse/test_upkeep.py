"""Backups come back whole, tampering shows, and exports say what the copy says."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import duckdb
import pytest

from warehouse.connection import open_warehouse
from warehouse.errors import SchemaTooNew, WarehouseDamaged, WarehouseError, WarehouseMissing
from warehouse.events import apply_changes
from warehouse.export import export_evidence, export_parquet
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


def test_evidence_of_an_event_can_be_checked_by_its_manifest(make, live, tmp_path):
    copy = tmp_path / "copy.duckdb"
    publish(live, copy)
    manifest = export_evidence(copy, make.event().id, tmp_path / "evidence")
    told = json.loads(manifest.read_text(encoding="utf-8"))
    assert len(told["revisions"]) == 2
    for name, digest in told["sha256"].items():
        assert sha256((manifest.parent / name).read_bytes()).hexdigest() == digest
    second = json.loads((manifest.parent / "items/001-revision-2.json").read_text(encoding="utf-8"))
    assert second["text"] == "Edited."
    with pytest.raises(WarehouseError, match="no such event"):
        export_evidence(copy, "court:1", tmp_path / "other")
