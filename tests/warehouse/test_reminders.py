"""Reminders of clocks come once each."""

from __future__ import annotations

from datetime import date, timedelta

from classifiers.verdicts import Clock
from warehouse.changes import read_changes
from warehouse.events import apply_changes
from warehouse.reminders import add_reminders


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
