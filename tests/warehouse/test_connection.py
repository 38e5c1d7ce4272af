"""The file opens for one at a time, and every trouble with it is one line that says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import warehouse.connection
from warehouse.connection import open_warehouse, transaction
from warehouse.errors import (
    WarehouseDamaged,
    WarehouseError,
    WarehouseLocked,
    WarehouseMissing,
    WarehouseUnwritable,
)

HOLD = """
import sys, duckdb
db = duckdb.connect(sys.argv[1])
db.execute("CREATE TABLE IF NOT EXISTS t (x INTEGER)")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(path: Path):
    """Another process that holds the file until its input is closed."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    yield child
    child.communicate()


def one_line(error: WarehouseError) -> str:
    text = str(error)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_another_process_holds_says_who_holds_it(path, holder, read_only):
    with pytest.raises(WarehouseLocked) as caught, open_warehouse(path, read_only=read_only, wait=0):
        pass
    assert caught.value.pid == holder.pid
    assert f"process {holder.pid}" in one_line(caught.value)


def test_a_held_file_is_tried_again_until_it_is_free(path, holder, monkeypatch):
    pauses: list[float] = []

    def let_go(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            holder.communicate()

    monkeypatch.setattr(warehouse.connection.time, "sleep", let_go)
    with open_warehouse(path, wait=3600) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert len(pauses) == 3
    assert pauses[2] > pauses[0]


@pytest.mark.parametrize("content", [b"not a database", b"x" * 20_000])
def test_a_file_that_is_no_warehouse_is_damaged_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(WarehouseDamaged) as caught, open_warehouse(path):
        pass
    assert "restore a backup" in one_line(caught.value)
    assert path.read_bytes() == content


def test_a_truncated_warehouse_is_damaged(path):
    with open_warehouse(path) as db:
        db.execute("CREATE TABLE t AS SELECT range AS x, repeat('long text', 50) AS y FROM range(100000)")
    path.write_bytes(path.read_bytes()[:8192])
    with pytest.raises(WarehouseDamaged), open_warehouse(path) as db:
        db.execute("SELECT sum(x), max(y) FROM t").fetchall()


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(WarehouseUnwritable) as caught, open_warehouse(tmp_path / "none" / "w.duckdb"):
        pass
    assert "none" in one_line(caught.value)


def test_a_missing_file_is_not_made_by_reading(path):
    with pytest.raises(WarehouseMissing), open_warehouse(path, read_only=True):
        pass
    assert not path.exists()


def test_a_failed_transaction_leaves_nothing_behind(db):
    def fail() -> None:
        with transaction(db):
            db.execute("INSERT INTO base.cycles VALUES (now(), now(), '{}')")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert db.execute("SELECT count(*) FROM base.cycles").fetchone() == (0,)


def test_the_error_of_a_failed_commit_is_not_hidden_by_the_rollback(db):
    with pytest.raises(duckdb.TransactionException, match="no transaction is active"), transaction(db):
        db.execute("COMMIT")


def test_a_bug_in_a_query_is_not_dressed_up_as_trouble_with_the_file(path):
    with pytest.raises(duckdb.CatalogException), open_warehouse(path) as db:
        db.execute("SELECT * FROM nothing_of_that_name")


def test_files_can_be_read_by_clients_of_version_one_and_a_half(db):
    row = db.execute("SELECT tags FROM duckdb_databases() WHERE database_name = current_database()").fetchone()
    assert row is not None
    assert row[0]["storage_version"].startswith("v1.5")


def test_the_session_speaks_utc_and_ignores_python_variables(db):
    zone = db.execute("SELECT current_setting('TimeZone')").fetchone()
    assert zone in [("UTC",), ("Etc/UTC",)]
    somewhere = [1, 2, 3]  # a table name must never reach this
    assert somewhere
    with pytest.raises(duckdb.CatalogException):
        db.execute("SELECT * FROM somewhere")
