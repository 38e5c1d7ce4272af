"""What a cycle asks before it tells, and reminders that come once each."""

from __future__ import annotations

from datetime import date, timedelta

from classifiers.verdicts import Clock
from warehouse.changes import read_changes
from warehouse.deliveries import add_deliveries
from warehouse.events import apply_changes
from warehouse.lookups import (
    add_reminders,
    count_roots,
    existing_keys,
    first_known,
    grouped_items,
    read_changes_since,
)
from warehouse.rows import NewDelivery

HOUR = timedelta(hours=1)


def test_items_of_an_event_are_known_as_grouped(make, pipe, db):
    items = [make.item(n) for n in (1, 2)]
    pipe.run(make.source(), make.result(*items))
    apply_changes(db, [make.change(make.event(), items[0])], now=make.now)
    assert grouped_items(db, ["court:1", "court:2", "nothing"]) == {"court:1"}
    assert grouped_items(db, []) == set()


def test_keys_and_roots_of_the_outbox_are_found(make, db):
    rows = [NewDelivery(f"k{n}", kind, "C", None, None, None) for n, kind in enumerate(["root", "root", "notice"])]
    add_deliveries(db, rows[:1], now=make.now - HOUR)
    add_deliveries(db, rows[1:], now=make.now)
    assert existing_keys(db, ["k0", "k2", "k9"]) == {"k0", "k2"}
    assert count_roots(db, since=make.now - HOUR / 2) == {"C": 1}


def test_the_first_source_is_known(make, pipe, db):
    assert first_known(db) is None
    pipe.run(make.source(), make.result(make.item(1)), now=make.now)
    assert first_known(db) == make.now


def test_changes_since_leave_baselines_out(make, db):
    apply_changes(db, [make.change(make.event(1))], now=make.now, told=False)
    apply_changes(db, [make.change(make.event(2))], now=make.now)
    assert [row.event_id for row in read_changes_since(db, since=make.now)] == [make.event(2).id]
    assert read_changes_since(db, since=make.now + HOUR) == []


def test_each_reminder_of_a_clock_comes_once_also_after_an_outage(make, db):
    clock = Clock("withdrawal_effective", date(2025, 7, 10), True, "article 127(1)", "Hungary")
    event = make.event(clocks=(clock,))
    apply_changes(db, [make.change(event)], now=make.now)
    told = {}
    for days in (0, 4, 5, 6, 20, 33, 34, 35, 36, 60):
        rows = add_reminders(db, now=make.now + timedelta(days=days))
        told[days] = [row.after["days"] for row in rows]
    assert {days: steps for days, steps in told.items() if steps} == {5: [30], 33: [7], 34: [1], 35: [0]}
    summary = read_changes(db, [event.id])[-1].summary
    assert summary == "Withdrawal effective (Hungary): today, on 10 July 2025 (computed)."
