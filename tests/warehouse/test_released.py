"""Warehouses that released versions wrote open, migrate, keep every row and answer what the guide asks."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from warehouse.connection import open_warehouse
from warehouse.errors import CopyOutdated
from warehouse.explain import explain
from warehouse.export import export_evidence
from warehouse.guide import load_queries
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import open_copy, run_sql
from warehouse.schema import migrate, migrations, pending
from warehouse.upkeep import backup, find_faults, restore

RELEASED = sorted((Path(__file__).parent / "released").glob("*.duckdb.gz"))
# What these versions did not keep yet: the queries run, and find nothing.
LATER = {"evidence", "reconciliation"}


@pytest.fixture(params=RELEASED, ids=lambda file: file.name.partition(".")[0])
def version(request):
    return request.param.name.partition(".")[0]


@pytest.fixture
def old(version, tmp_path):
    """The warehouse as that version left it."""
    path = tmp_path / "old.duckdb"
    packed = Path(__file__).parent / "released" / f"{version}.duckdb.gz"
    path.write_bytes(gzip.decompress(packed.read_bytes()))
    return path


def columns_of(path):
    """The columns of every base table but the ledger."""
    with open_warehouse(path) as db:
        rows = db.execute(
            """
            SELECT table_name, string_agg(column_name, ', ' ORDER BY column_index) FROM duckdb_columns()
            WHERE schema_name = 'base' AND table_name <> 'migrations' GROUP BY table_name
            """
        ).fetchall()
        return dict(rows)


def rows_of(path, tables):
    """Every row of these tables, in these columns of theirs."""
    with open_warehouse(path) as db:
        return {
            table: db.execute(f"SELECT row({columns})::VARCHAR FROM base.{table} ORDER BY rowid").fetchall()  # noqa: S608
            for table, columns in tables.items()
        }


def test_every_released_schema_but_the_newest_has_its_file():
    assert [file.name.partition(".")[0] for file in RELEASED] == [step.name for step in migrations()][:-1]


def test_an_old_warehouse_migrates_and_keeps_every_row(old, version):
    tables = columns_of(old)
    tables.pop("locks", None)  # who may run was a row here; it is a lock on a file since 0006
    before = rows_of(old, tables)
    assert sum(map(len, before.values())) > 50
    with open_warehouse(old) as db:
        steps = [step.name for step in migrations()]
        assert migrate(db) == [*steps[steps.index(version) + 1 :], "views"]
        assert pending(db) == []
        assert find_faults(db) == []
    assert rows_of(old, tables) == before


def test_an_old_warehouse_answers_every_worked_query(old, tmp_path):
    with open_warehouse(old) as db:
        migrate(db)
    publish(old, tmp_path / "copy.duckdb")
    empty = {query.name for query in load_queries() if not run_sql(tmp_path / "copy.duckdb", query.sql).rows}
    assert empty <= LATER


def test_an_old_warehouse_goes_on(make, old):
    with open_warehouse(old) as db:
        migrate(db)
        at = make.now + timedelta(days=30)
        source = make.source("state", tier="official")
        item = make.item(77, "state", tier="official")
        store_results(db, [(source, make.result(item, source="state", at=at, captures=(make.capture(item),)))], now=at)
        assert find_faults(db) == []
        assert (
            db.execute("SELECT max(revisions) FROM seals").fetchone()
            == db.execute("SELECT count(*) FROM base.revisions").fetchone()
        )


def test_an_old_backup_is_restored_and_migrated(make, old, tmp_path):
    backup(old, tmp_path / "saved.duckdb")
    live = tmp_path / "live.duckdb"
    restore(tmp_path / "saved.duckdb", live)
    with open_warehouse(live) as db:
        migrate(db)
        assert find_faults(db) == []


def test_a_copy_that_an_old_version_published_answers_queries_and_says_what_to_do_for_the_rest(make, old, tmp_path):
    assert run_sql(old, "SELECT count(*) FROM events").rows == [(3,)]
    with pytest.raises(CopyOutdated, match="courtwatch maintain"), open_copy(old, current=True):
        pass
    with pytest.raises(CopyOutdated, match=migrations()[-1].name):
        export_evidence(old, make.event(1).id, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with open_warehouse(old) as db:
        migrate(db)
    publish(old, tmp_path / "copy.duckdb")
    with open_copy(tmp_path / "copy.duckdb", current=True) as db:
        found = explain(db, make.event(1).id)
        assert found is not None
        assert len(found.items) == 2
