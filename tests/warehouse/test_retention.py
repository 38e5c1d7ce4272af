"""What may go when its time is over goes, and nothing that an event rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import warehouse.publish
from spiders.items import Outcome
from warehouse.connection import open_warehouse, transaction
from warehouse.events import apply_changes
from warehouse.evidence import read_responses
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.retention import prune, read_holdings, read_last_maintenance, record_maintenance
from warehouse.schema import migrate
from warehouse.upkeep import find_faults

DAY = timedelta(days=1)
KEPT_FOR_EVER = ("items", "revisions", "verdicts", "event_versions", "event_items", "event_changes", "deliveries",
                 "corrections", "sightings", "responses", "response_items", "seals", "incidents")  # fmt: skip


@pytest.fixture
def stored(make, db):
    """An answer of an event's report and one of an ordinary item, a day apart; then runs without news."""
    report, other = make.item(1), make.item(2)
    for number, item in enumerate((report, other)):
        at = make.now + number * DAY
        capture = make.capture(item, body=f"page {number}".encode(), fetched_at=at)
        store_results(db, [(make.source(), make.result(item, at=at, captures=(capture,)))], now=at)
    apply_changes(db, [make.change(make.event(), report)], now=make.now)
    for days in range(2, 9):
        result = make.result(at=make.now + days * DAY, outcome=(Outcome.NOT_MODIFIED, Outcome.BLOCKED)[days % 2])
        store_results(db, [(make.source(), result)], now=result.finished_at)
    return db


def count(db, table):
    [(rows,)] = db.execute(f"SELECT count(*) FROM base.{table}").fetchall()  # noqa: S608
    return rows


def kept(db):
    return [row[0] for row in db.execute("SELECT response_id FROM responses WHERE kept ORDER BY 1").fetchall()]


def test_contents_go_when_their_time_is_over_unless_an_event_needs_them(make, stored):
    before = {table: count(stored, table) for table in KEPT_FOR_EVER}
    done = prune(stored, now=make.now + 100 * DAY, raw_days=90, run_days=0)
    assert (done.bodies, done.runs, kept(stored)) == (1, 0, [1])
    assert done.bytes > 0
    assert {table: count(stored, table) for table in KEPT_FOR_EVER} == before
    assert [response.gzip is not None for response in read_responses(stored, make.event().id)] == [True]
    assert find_faults(stored) == []


def test_a_content_stays_to_the_last_day_and_goes_on_the_next(make, stored):
    last = make.now + DAY + 90 * DAY
    assert prune(stored, now=last, raw_days=90, run_days=0).bodies == 0
    assert prune(stored, now=last + timedelta(seconds=1), raw_days=90, run_days=0).bodies == 1


def test_what_was_a_report_once_keeps_its_evidence(make, stored):
    apply_changes(stored, [make.change(make.event(2), make.item(2))], now=make.now + 2 * DAY)
    stored.execute("UPDATE base.event_items SET known_to = now()")
    assert prune(stored, now=make.now + 900 * DAY, raw_days=1, run_days=0).bodies == 0


def test_a_content_that_came_again_lately_stays(make, stored):
    at = make.now + 95 * DAY
    item = make.item(3)
    capture = make.capture(item, body=b"page 1", fetched_at=at)
    store_results(stored, [(make.source(), make.result(item, at=at, captures=(capture,)))], now=at)
    assert prune(stored, now=make.now + 100 * DAY, raw_days=90, run_days=0).bodies == 0


def test_nought_keeps_for_ever(make, stored):
    done = prune(stored, now=make.now + 9000 * DAY, raw_days=0, run_days=0)
    assert (done.bodies, done.runs) == (0, 0)


def test_only_runs_that_brought_nothing_go(make, stored):
    rows = "SELECT count(*) FILTER (new > 0 OR baseline), count(*) FILTER (new = 0 AND NOT baseline) FROM base.runs"
    [(news, uneventful)] = stored.execute(rows).fetchall()
    assert news == 2
    assert uneventful > 0
    assert prune(stored, now=make.now + 500 * DAY, raw_days=0, run_days=400).runs == uneventful
    assert stored.execute(rows).fetchall() == [(news, 0)]


def test_the_last_maintenance_and_what_is_held_can_be_asked(make, stored):
    assert read_last_maintenance(stored) is None
    done = replace(prune(stored, now=make.now + 100 * DAY, raw_days=90, run_days=0), faults=3)
    record_maintenance(stored, done)
    assert read_last_maintenance(stored) == done
    held = read_holdings(stored)
    assert (held.responses, held.bodies, held.bytes > 0) == (2, 1, True)


def test_a_copy_from_before_a_maintenance_is_written_anew(make, path, tmp_path, monkeypatch):
    monkeypatch.setattr(warehouse.publish, "SMALL", 0)
    copy = tmp_path / "copy.duckdb"

    def grow(number):
        at = make.now + number * DAY
        item = make.item(number)
        capture = make.capture(item, body=f"page {number}".encode(), fetched_at=at)
        with open_warehouse(path) as db:
            migrate(db)
            store_results(db, [(make.source(), make.result(item, at=at, captures=(capture,)))], now=at)

    for number in (1, 2, 3):
        grow(number)
    for _ in range(3):  # now the copy that waits for its turn has all three contents as well
        publish(path, copy)
    with open_warehouse(path) as db, transaction(db):
        done = prune(db, now=make.now + 92 * DAY + timedelta(hours=1), raw_days=90, run_days=0)
        record_maintenance(db, done)
    assert done.bodies == 2
    for number in (4, 5, 6):  # it grows beyond what it was: its length does not tell
        grow(number)
    for _ in range(2):
        publish(path, copy)
        kept = "SELECT response_id FROM responses WHERE kept ORDER BY 1"
        assert run_sql(copy, kept).rows == [(3,), (4,), (5,), (6,)]
        assert run_sql(copy, "SELECT count(*) FROM response_bodies").rows == [(4,)]


def test_a_maintenance_that_is_broken_off_has_removed_nothing(make, stored):
    def interrupted() -> None:
        with transaction(stored):
            prune(stored, now=make.now + 900 * DAY, raw_days=1, run_days=1)
            raise KeyboardInterrupt

    before = count(stored, "bodies"), count(stored, "runs")
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (count(stored, "bodies"), count(stored, "runs")) == before
