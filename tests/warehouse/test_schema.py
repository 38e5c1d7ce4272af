"""Migrations happen once, whole, in order; what analysts are promised is there and described."""

from __future__ import annotations

import duckdb
import pytest

import warehouse.schema
from warehouse.connection import open_warehouse
from warehouse.errors import MigrationEdited, SchemaTooNew
from warehouse.schema import SqlFile, migrate, migrations, pending, schema_version

PROMISED = {
    *("events", "event_items", "event_changes", "items", "item_revisions", "verdicts", "facts", "designees"),
    *("withdrawals", "rulings", "clocks", "deliveries", "sources", "source_health", "source_runs", "corrections"),
    *("latency", "actions"),
}


def test_migrating_twice_does_nothing_the_second_time(path):
    with open_warehouse(path) as db:
        assert migrate(db) == [*(step.name for step in migrations()), "views"]
    with open_warehouse(path) as db:
        assert pending(db) == []
        assert migrate(db) == []


def test_the_ledger_holds_name_hash_and_time(db):
    rows = db.execute("SELECT name, sha256, applied_at <= now() FROM base.migrations").fetchall()
    assert {(step.name, step.sha256, True) for step in migrations()} <= set(rows)


def test_an_edited_migration_is_refused(db):
    db.execute("UPDATE base.migrations SET sha256 = 'other' WHERE name = ?", [schema_version()])
    with pytest.raises(MigrationEdited, match=schema_version()):
        migrate(db)


def test_a_warehouse_from_the_future_is_refused(db):
    db.execute("INSERT INTO base.migrations VALUES ('9999_later', 'x', now())")
    with pytest.raises(SchemaTooNew, match="9999_later"):
        migrate(db)


def test_a_failed_migration_leaves_nothing_behind_and_can_be_repaired(db, monkeypatch):
    broken = SqlFile("9001_more", "CREATE TABLE base.more (x INTEGER); INSERT INTO base.none VALUES (1);", "b")
    known = migrations()
    monkeypatch.setattr(warehouse.schema, "migrations", lambda: (*known, broken))
    with pytest.raises(duckdb.Error):
        migrate(db)
    assert pending(db)[0] == "9001_more"
    repaired = SqlFile("9001_more", "CREATE TABLE base.more (x INTEGER);", "c")
    monkeypatch.setattr(warehouse.schema, "migrations", lambda: (*known, repaired))
    assert migrate(db) == ["9001_more", "views"]
    assert db.execute("SELECT count(*) FROM base.more").fetchone() == (0,)


def test_changed_views_are_applied_again_without_a_migration(db, monkeypatch):
    monkeypatch.setattr(warehouse.schema, "views_hash", lambda: "another")
    assert pending(db) == ["views"]
    assert migrate(db) == ["views"]
    assert pending(db) == []


def test_every_promised_view_exists(db):
    views = {row[0] for row in db.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
    assert views >= PROMISED


def test_every_view_and_every_column_of_it_is_described(db):
    bare = db.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal AND comment IS NULL").fetchall()
    assert bare == []
    columns = db.execute(
        """
        SELECT c.table_name || '.' || c.column_name FROM duckdb_columns() AS c
        JOIN duckdb_views() AS v ON v.view_name = c.table_name AND v.schema_name = c.schema_name AND NOT v.internal
        WHERE c.comment IS NULL
        """
    ).fetchall()
    assert columns == []
