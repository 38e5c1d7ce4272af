"""Reading and writing the small per-source tables: catalogue, state, runs, incidents, memory."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from spiders.catalogue import Source
from spiders.items import CollectResult
from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.connection import Connection
from warehouse.health import SourceState
from warehouse.rows import IncidentChange

_STATE = {
    "source": "VARCHAR",
    "state": "VARCHAR",
    "reason": "VARCHAR",
    "last_run_at": "TIMESTAMPTZ",
    "next_due_at": "TIMESTAMPTZ",
    "last_success_at": "TIMESTAMPTZ",
    "last_item_at": "TIMESTAMPTZ",
    "failures": "INTEGER",
    "trouble_since": "TIMESTAMPTZ",
    "incident_opened_at": "TIMESTAMPTZ",
    "accepted_at": "TIMESTAMPTZ",
    "items": "BIGINT",
    "streak_outcome": "VARCHAR",
    "streak_note": "VARCHAR",
    "streak_status": "INTEGER",
    "streak_since": "TIMESTAMPTZ",
    "streak_until": "TIMESTAMPTZ",
    "streak_runs": "INTEGER",
    "moved_to": "VARCHAR",
    "moved_since": "TIMESTAMPTZ",
}
_RUN = {
    "run_id": "VARCHAR",
    "source": "VARCHAR",
    "outcome": "VARCHAR",
    "started_at": "TIMESTAMPTZ",
    "finished_at": "TIMESTAMPTZ",
    "runs": "INTEGER",
    "status": "INTEGER",
    "note": "VARCHAR",
    "listed": "INTEGER",
    "new": "INTEGER",
    "revised": "INTEGER",
    "dropped": "INTEGER",
    "bytes": "BIGINT",
    "baseline": "BOOLEAN",
    "backfill": "BOOLEAN",
    "gap": "BOOLEAN",
}
_SOURCE = {
    "source": "VARCHAR",
    "name": "VARCHAR",
    "publisher": "VARCHAR",
    "official": "BOOLEAN",
    "tier": "VARCHAR",
    "kind": "VARCHAR",
    "url": "VARCHAR",
    "language": "VARCHAR",
    "every": "INTERVAL",
    "max_silence": "INTERVAL",
    "document": "VARCHAR",
    "first_known": "TIMESTAMPTZ",
}
_MEMORY = {"source": "VARCHAR", "memory": "JSON", "stored_at": "TIMESTAMPTZ"}
_INCIDENT = {
    "source": "VARCHAR",
    "state": "VARCHAR",
    "reason": "VARCHAR",
    "since": "TIMESTAMPTZ",
    "opened_at": "TIMESTAMPTZ",
}


def run_id_of(result: CollectResult) -> str:
    """Return the name of a run: its source and the second at which it started."""
    return f"{result.source}@{result.started_at:%Y-%m-%dT%H:%M:%S.%fZ}"


def read_states(db: Connection, sources: Iterable[str] | None = None) -> dict[str, SourceState]:
    """Return what is remembered of the given sources, or of all."""
    if sources is None:
        rows = fetch(db, _STATE, "FROM base.source_state")
    else:
        rows = fetch(db, _STATE, f"FROM base.source_state WHERE source IN {TEXTS}", [ids(sources)])
    return {row[0]: SourceState(*row) for row in rows}


def write_states(db: Connection, states: Sequence[SourceState]) -> None:
    """Store the states, new and known ones alike, in two statements."""
    if not states:
        return
    db.execute(f"DELETE FROM base.source_state WHERE source IN {TEXTS}", [ids(state.source for state in states)])
    insert(db, "base.source_state", _STATE, [tuple(getattr(state, name) for name in _STATE) for state in states])


def write_memories(db: Connection, memories: Sequence[tuple[str, Mapping[str, Any], datetime]]) -> None:
    """Store what the spiders want handed back, one (source, memory, time) each."""
    if not memories:
        return
    db.execute(f"DELETE FROM base.source_memory WHERE source IN {TEXTS}", [ids(row[0] for row in memories)])
    insert(db, "base.source_memory", _MEMORY, memories)


def read_memories(db: Connection, sources: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the stored memory of each of the sources that has one."""
    shape = {"source": "VARCHAR", "memory": "JSON"}
    return dict(fetch(db, shape, f"FROM base.source_memory WHERE source IN {TEXTS}", [ids(sources)]))


def write_sources(db: Connection, sources: Sequence[Source], *, now: datetime) -> None:
    """Mirror the catalogue's entries that are new or read differently now."""
    rows = [
        (s.id, s.name, s.publisher, s.official, s.tier, s.kind, s.url, s.language, _interval(s.every),
         None if s.expect.max_silence is None else _interval(s.expect.max_silence), s.document, now)
        for s in sources
    ]  # fmt: skip
    tail = """
        ON CONFLICT (source) DO UPDATE SET
            name = excluded.name, publisher = excluded.publisher, official = excluded.official, tier = excluded.tier,
            kind = excluded.kind, url = excluded.url, language = excluded.language, every = excluded.every,
            max_silence = excluded.max_silence, document = excluded.document
    """
    mirrored = (
        "SELECT source, name, publisher, official, tier, kind, url, language, epoch_us(every), epoch_us(max_silence), "
        "document FROM base.sources"
    )
    known = set(db.execute(mirrored).fetchall())
    fresh = [
        row
        for row, source in zip(rows, sources, strict=True)
        if (*row[:8], _micros(source.every), _micros(source.expect.max_silence), source.document) not in known
    ]
    insert(db, "base.sources", _SOURCE, fresh, tail)


def write_incidents(db: Connection, changes: Sequence[IncidentChange]) -> None:
    """Store incidents that opened, and the end of those that closed."""
    opened = [change for change in changes if change.kind == "opened"]
    closed = [change for change in changes if change.kind == "closed"]
    rows = [(change.source, change.state, change.reason, change.since, change.at) for change in opened]
    insert(db, "base.incidents", _INCIDENT, rows)
    if closed:
        db.execute(
            f"UPDATE base.incidents SET closed_at = ?::TIMESTAMPTZ WHERE closed_at IS NULL AND source IN {TEXTS}",
            [closed[0].at.isoformat(), ids(change.source for change in closed)],
        )


def write_runs(db: Connection, rows: Sequence[tuple[Any, ...]]) -> None:
    """Append rows to the history of runs."""
    insert(db, "base.runs", _RUN, rows)


def run_row(result: CollectResult, *, new: int, revised: int, baseline: bool, backfill: bool) -> tuple[Any, ...]:
    """Return the history row of one eventful run."""
    listed = None if result.listed is None else len(result.listed)
    return (
        *(run_id_of(result), result.source, result.outcome.value, result.started_at, result.finished_at, 1),
        *(result.status, result.note, listed, new, revised, result.dropped, result.size, baseline, backfill),
        result.gap,
    )


def continue_streak(state: SourceState, result: CollectResult) -> tuple[SourceState, tuple[Any, ...] | None]:
    """Count one uneventful run; return the history row of the streak that it ended, if it did.

    500 sources asked every five minutes make 144,000 runs a day of which a few hundred say anything: a streak of one
    outcome, note and day is one row.
    """
    same = (
        state.streak_since is not None
        and state.streak_since.date() == result.started_at.date()
        and (state.streak_outcome, state.streak_note, state.streak_status)
        == (result.outcome.value, result.note, result.status)
    )
    if same:
        return replace(state, streak_until=result.finished_at, streak_runs=state.streak_runs + 1), None
    ended = streak_row(state)
    return replace(
        state,
        streak_outcome=result.outcome.value,
        streak_note=result.note,
        streak_status=result.status,
        streak_since=result.started_at,
        streak_until=result.finished_at,
        streak_runs=1,
    ), ended


def end_streak(state: SourceState) -> tuple[SourceState, tuple[Any, ...] | None]:
    """Return the state without its streak, and the streak's history row if there was one."""
    cleared = replace(
        state,
        streak_outcome=None,
        streak_note=None,
        streak_status=None,
        streak_since=None,
        streak_until=None,
        streak_runs=0,
    )
    return cleared, streak_row(state)


def streak_row(state: SourceState) -> tuple[Any, ...] | None:
    """Return the history row of the streak so far, None when there is none."""
    if state.streak_since is None:
        return None
    run_id = f"{state.source}@{state.streak_since:%Y-%m-%dT%H:%M:%S.%fZ}"
    return (run_id, state.source, state.streak_outcome, state.streak_since, state.streak_until, state.streak_runs,
            state.streak_status, state.streak_note, None, 0, 0, 0, 0, False, False, False)  # fmt: skip


def _interval(span: timedelta) -> str:
    return f"{_micros(span)} microseconds"


def _micros(span: timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds() * 1e6)


def first_known(db: Connection) -> datetime | None:
    """Return when this warehouse came to know its first source; None before that."""
    rows = fetch(db, {"first_known": "TIMESTAMPTZ"}, "FROM base.sources ORDER BY first_known LIMIT 1")
    return rows[0][0] if rows else None
