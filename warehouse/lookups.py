"""Small questions that a cycle asks before it tells: what is grouped, what was told, which clocks come due."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from warehouse.batch import TEXTS, fetch, ids
from warehouse.changes import add_rows, change_counts, read_changes
from warehouse.connection import Connection
from warehouse.event_rows import clock_rows
from warehouse.rows import ChangeRow, ClockRow

#: Days before a clock's date on which people are reminded of it.
REMINDERS = (30, 7, 1, 0)


def grouped_items(db: Connection, item_ids: Collection[str]) -> set[str]:
    """Return which of these items belong to an event already."""
    if not item_ids:
        return set()
    rows = db.execute(
        f"SELECT DISTINCT item_id FROM base.event_items WHERE known_to IS NULL AND item_id IN {TEXTS}", [ids(item_ids)]
    ).fetchall()
    return {row[0] for row in rows}


def existing_keys(db: Connection, keys: Collection[str]) -> set[str]:
    """Return which of these delivery keys stand in the outbox, whatever became of them."""
    if not keys:
        return set()
    rows = db.execute(f"SELECT key FROM base.deliveries WHERE key IN {TEXTS}", [ids(keys)]).fetchall()
    return {row[0] for row in rows}


def read_changes_since(db: Connection, *, since: datetime) -> list[ChangeRow]:
    """Return the changes that could be told since then, in order, baselines and backfills left out."""
    rows = db.execute(
        "SELECT change_id, event_id FROM base.event_changes WHERE told AND changed_at >= ?::TIMESTAMPTZ",
        [since.isoformat()],
    ).fetchall()
    wanted = {row[0] for row in rows}
    events = sorted({row[1] for row in rows})
    return [change for change in read_changes(db, events) if change.id in wanted] if events else []


def count_roots(db: Connection, *, since: datetime) -> dict[str, int]:
    """Return how many roots were planned for each channel since then: what counts against a channel's budget."""
    rows = db.execute(
        """
        SELECT channel, count(*) FROM base.deliveries WHERE kind = 'root' AND created_at > ?::TIMESTAMPTZ
        GROUP BY channel
        """,
        [since.isoformat()],
    ).fetchall()
    return {channel: int(roots) for channel, roots in rows}


def first_known(db: Connection) -> datetime | None:
    """Return when this warehouse came to know its first source; None before that."""
    rows = fetch(db, {"first_known": "TIMESTAMPTZ"}, "FROM base.sources ORDER BY first_known LIMIT 1")
    return rows[0][0] if rows else None


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
