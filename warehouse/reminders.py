"""Reminders of clocks: a change of its event some days before the day, once each."""

from __future__ import annotations

from datetime import date, datetime

from warehouse.batch import fetch
from warehouse.changes import add_rows, change_counts, read_changes
from warehouse.connection import Connection
from warehouse.event_rows import clock_rows
from warehouse.rows import ChangeRow, ClockRow

#: Days before a clock's date on which people are reminded of it.
REMINDERS = (30, 7, 1, 0)


def add_reminders(db: Connection, *, now: datetime) -> list[ChangeRow]:
    """Add a change for each clock that is 30, 7, 1 or 0 days off (nearer after an outage), once each; return them."""
    today = now.date()
    due = [(clock, step) for clock in _clocks(db, today) if (step := _step((clock.due_on - today).days)) is not None]
    events = sorted({clock.event_id for clock, _ in due})
    told = {_mark(row.after) for row in read_changes(db, events) if row.kind == "clock"} if events else set()
    numbers = change_counts(db, set(events))
    rows = []
    for clock, step in due:
        after = {"event_id": clock.event_id, "clock": clock.kind, "subject": clock.subject,
                 "due_on": clock.due_on.isoformat(), "days": step}  # fmt: skip
        if _mark(after) in told:
            continue
        numbers[clock.event_id] = numbers.get(clock.event_id, 0) + 1
        rows.append(
            ChangeRow(
                f"{clock.event_id}#{numbers[clock.event_id]}", clock.event_id, "clock", now,
                _sentence(clock, (clock.due_on - today).days), clock.basis, after=after,
            )
        )  # fmt: skip
    add_rows(db, rows, {}, told=True)
    return rows


def _clocks(db: Connection, today: date) -> list[ClockRow]:
    """Return the clocks of present events that have not run out."""
    tail = """
        FROM (
            SELECT * FROM base.event_versions
            QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY version DESC) = 1
        ) WHERE merged_into IS NULL AND about_court AND clocks <> '[]' ORDER BY event_id
    """
    rows = fetch(db, {"event_id": "VARCHAR", "title": "VARCHAR", "clocks": "JSON"}, tail)
    return [clock for row in rows for clock in clock_rows(*row) if clock.due_on >= today]


def _step(days: int) -> int | None:
    """Return the reminder that stands for this many days before the date: the nearest one not yet passed."""
    return min((step for step in REMINDERS if step >= days), default=None)


def _mark(after: object) -> tuple[object, ...]:
    return (
        tuple(after[name] for name in ("event_id", "clock", "subject", "due_on", "days"))
        if isinstance(after, dict)
        else ()
    )


def _sentence(clock: ClockRow, days: int) -> str:
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    what = clock.kind.replace("_", " ").capitalize()
    return f"{what}{f' ({clock.subject})' if clock.subject else ''}: {when}, on {clock.due_on:%d %B %Y}" + (
        " (computed)." if clock.computed else "."
    )
