"""Retention: what may go when its time is over. Items, revisions, verdicts, events, alerts and corrections never do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.batch import fetch, insert
from warehouse.connection import Connection

_MAINTENANCE = {"ran_at": "TIMESTAMPTZ", "bodies": "BIGINT", "bytes": "BIGINT", "runs": "BIGINT", "faults": "INTEGER"}


@dataclass(frozen=True, slots=True)
class Maintenance:
    """What one maintenance removed and found."""

    ran_at: datetime
    bodies: int = 0  # contents of raw answers
    bytes: int = 0  # that they took, compressed
    runs: int = 0  # rows of uneventful source runs
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is kept of raw answers now."""

    responses: int
    bodies: int
    bytes: int  # compressed


def prune(db: Connection, *, now: datetime, raw_days: int, run_days: int) -> Maintenance:
    """Remove contents of raw answers and uneventful runs that are older than so many days; 0 keeps them for ever.

    What stands behind a report of any event stays, however old, also when the report was taken out of it again. Of a
    removed content its row stays, with address, headers, time and hash. Runs in the caller's transaction.
    """
    bodies, size = _prune_bodies(db, now - timedelta(days=raw_days)) if raw_days else (0, 0)
    runs = _prune_runs(db, now - timedelta(days=run_days)) if run_days else 0
    return Maintenance(now, bodies, size, runs)


def record_maintenance(db: Connection, done: Maintenance) -> None:
    """Note what a maintenance did."""
    insert(db, "base.maintenances", _MAINTENANCE, [(done.ran_at, done.bodies, done.bytes, done.runs, done.faults)])


def read_last_maintenance(db: Connection) -> Maintenance | None:
    """Return what the newest maintenance did; None before the first."""
    rows = fetch(db, _MAINTENANCE, "FROM base.maintenances ORDER BY ran_at DESC LIMIT 1")
    return Maintenance(*rows[0]) if rows else None


def read_holdings(db: Connection) -> Holdings:
    """Count what is kept of raw answers."""
    row = db.execute(
        """
        SELECT (SELECT count(*) FROM base.responses), count(*), coalesce(sum(octet_length(gzip)), 0)::BIGINT
        FROM base.bodies
        """
    ).fetchone()
    return Holdings(*row) if row else Holdings(0, 0, 0)


def _prune_bodies(db: Connection, eldest: datetime) -> tuple[int, int]:
    removed = db.execute(
        """
        DELETE FROM base.bodies WHERE sha256 NOT IN (
            SELECT sha256 FROM base.responses WHERE fetched_at >= $eldest::TIMESTAMPTZ OR response_id IN (
                SELECT response_id FROM base.response_items WHERE item_no IN (SELECT item_no FROM base.event_items)
            )
        ) RETURNING octet_length(gzip)
        """,
        {"eldest": eldest.isoformat()},
    ).fetchall()
    return len(removed), sum(row[0] for row in removed)


def _prune_runs(db: Connection, eldest: datetime) -> int:
    removed = db.execute(
        """
        DELETE FROM base.runs
        WHERE finished_at < $eldest::TIMESTAMPTZ AND new = 0 AND revised = 0 AND NOT baseline AND NOT backfill
            AND run_id NOT IN (SELECT run_id FROM base.sightings) AND run_id NOT IN (SELECT run_id FROM base.responses)
            AND run_id NOT IN (SELECT run_id FROM base.doors)
        RETURNING 1
        """,
        {"eldest": eldest.isoformat()},
    ).fetchall()
    return len(removed)
