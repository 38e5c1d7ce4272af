"""The copy appears whole or not at all, and whoever reads the old one keeps it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from warehouse.connection import open_warehouse
from warehouse.errors import QueryFailed, WarehouseDamaged, WarehouseError, WarehouseMissing, WarehouseUnwritable
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.schema import migrate, schema_version

HOUR = timedelta(hours=1)


@pytest.fixture
def live(make, path):
    with open_warehouse(path) as db:
        migrate(db)
        store_results(db, [(make.source(), make.result(make.item(1), make.item(2)))], now=make.now)
    return path


@pytest.fixture
def copy(live, tmp_path):
    publish(live, tmp_path / "out" / "analysts.duckdb")
    return tmp_path / "out" / "analysts.duckdb"


def store_another(make, live, number=3):
    with open_warehouse(live) as db:
        at = make.now + number * HOUR
        store_results(db, [(make.source(), make.result(make.item(number), at=at))], now=at)


def test_the_copy_answers_what_the_live_file_holds(copy):
    assert run_sql(copy, "SELECT item_id FROM items ORDER BY item_id").rows == [("court:1",), ("court:2",)]


def test_a_reader_of_the_old_copy_is_not_disturbed_and_a_new_one_sees_the_new(make, live, copy):
    reader = "import sys, duckdb; db = duckdb.connect(sys.argv[1], read_only=True)\nfor line in sys.stdin:\n"
    reader += "    print(db.execute('SELECT count(*) FROM items').fetchone()[0], flush=True)\n"
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(copy)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as old:
        assert old.stdin is not None
        assert old.stdout is not None

        def ask() -> str:
            old.stdin.write("\n")
            old.stdin.flush()
            return old.stdout.readline().strip()

        assert ask() == "2"
        store_another(make, live)
        publish(live, copy)
        assert ask() == "2"
        assert run_sql(copy, "SELECT count(*) FROM items").rows == [(3,)]
        assert ask() == "2"
        old.stdin.close()


def test_a_failed_publication_leaves_the_old_copy_and_no_debris(make, live, copy, monkeypatch):
    before = copy.read_bytes()
    store_another(make, live)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.publish.shutil.copyfile", full)
    with pytest.raises(WarehouseUnwritable, match="No space left"):
        publish(live, copy)
    assert copy.read_bytes() == before
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]


def test_publishing_without_a_live_file_is_an_error_and_makes_none(tmp_path):
    with pytest.raises(WarehouseMissing):
        publish(tmp_path / "none.duckdb", tmp_path / "copy.duckdb")
    assert list(tmp_path.iterdir()) == []


def test_the_copy_keeps_views_macros_and_their_comments(copy):
    [(comment,)] = run_sql(copy, "SELECT comment FROM duckdb_views() WHERE view_name = 'events'").rows
    assert "real-world event" in comment
    assert run_sql(copy, "SELECT count(*) FROM items_as_of('2000-01-01')").rows == [(0,)]
    [(version,)] = run_sql(copy, "SELECT schema_version FROM about").rows
    assert version == schema_version()


def test_times_come_back_aware_and_in_utc(make, copy):
    columns, rows = run_sql(copy, "SELECT item_id, first_seen_at, revised_at FROM items ORDER BY item_id LIMIT 1;")
    assert columns == ["item_id", "first_seen_at", "revised_at"]
    assert rows[0][1] == make.now + timedelta(seconds=2)


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("FROM items SELECT first_seen_at, first_seen_at -- twice", ["first_seen_at", "first_seen_at"]),
        ("VALUES (now());", ["col0"]),
        ("DESCRIBE items", ["column_name", "column_type", "null", "key", "default", "extra"]),
        ("SHOW TABLES", ["name"]),
        ("EXPLAIN SELECT 1", ["explain_key", "explain_value"]),
        ("CALL pragma_version()", ["library_version", "source_id", "codename"]),
    ],
)
def test_whatever_can_be_asked_is_answered_under_its_own_column_names(copy, sql, columns):
    answer = run_sql(copy, sql)
    assert answer.columns == columns
    assert answer.rows
    assert all(value.tzinfo == UTC for row in answer.rows for value in row if isinstance(value, datetime))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO 'out.csv'",
        "CREATE TABLE mine (x INTEGER)",
        "DELETE FROM base.items",
        "SET enable_external_access = true",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "SELECT nothing FROM items",
        "not even SQL",
        "",
    ],
)
def test_what_is_no_plain_question_is_refused_in_one_line(copy, sql, tmp_path):
    with pytest.raises(QueryFailed) as caught:
        run_sql(copy, sql)
    assert str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_a_missing_or_broken_copy_is_said_to_be_so(tmp_path):
    with pytest.raises(WarehouseMissing, match="courtwatch run"):
        run_sql(tmp_path / "none.duckdb", "SELECT 1")
    broken = tmp_path / "broken.duckdb"
    broken.write_bytes(b"x" * 10_000)
    with pytest.raises(WarehouseDamaged):
        run_sql(broken, "SELECT 1")


def test_a_held_live_file_is_not_waited_for_by_readers_of_the_copy(live, copy):
    with open_warehouse(live) as db:
        db.execute("SELECT 1")
        assert run_sql(copy, "SELECT 1 AS one") == (["one"], [(1,)])


def test_every_error_of_this_room_is_one_family():
    assert all(issubclass(kind, WarehouseError) for kind in (QueryFailed, WarehouseDamaged, WarehouseMissing))
    assert not issubclass(WarehouseError, duckdb.Error)
