"""Events: what grouping needs to know of them, every state they were in, and each step of their lives."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from classifiers.categories import Category, Severity, Status
from classifiers.verdicts import EventChange, EventState, Verdict
from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.changes import add_rows, change_counts, change_of
from warehouse.connection import Connection
from warehouse.event_rows import clocks_of, read_events
from warehouse.known import KnownItem, find_items
from warehouse.rows import ChangeRow

__all__ = ["apply_changes", "read_candidates", "read_events", "read_states"]

_VERSION = {
    "event_id": "VARCHAR",
    "version": "INTEGER",
    "known_from": "TIMESTAMPTZ",
    "category": "VARCHAR",
    "about_court": "BOOLEAN",
    "title": "VARCHAR",
    "status": "VARCHAR",
    "severity": "VARCHAR",
    "step": "VARCHAR",
    "event_date": "DATE",
    "first_item_at": "TIMESTAMPTZ",
    "last_item_at": "TIMESTAMPTZ",
    "item_count": "INTEGER",
    "publishers": "JSON",
    "official_url": "VARCHAR",
    "quote": "VARCHAR",
    "quote_url": "VARCHAR",
    "facts": "JSON",
    "keys": "JSON",
    "actors": "JSON",
    "clocks": "JSON",
    "merged_into": "VARCHAR",
    "first_known": "TIMESTAMPTZ",
    "told": "BOOLEAN",
}
_PROFILE = {"event_id": "VARCHAR", "version": "INTEGER", "profile": "JSON"}
_EVENT_ITEM = {
    "event_id": "VARCHAR",
    "item_no": "BIGINT",
    "item_id": "VARCHAR",
    "known_from": "TIMESTAMPTZ",
    "reason": "VARCHAR",
}
_KEY = {"key": "VARCHAR", "event_id": "VARCHAR", "known_from": "TIMESTAMPTZ"}

# The newest version of each of some events; beside it grouping's notes, which are looked for by the same ids: DuckDB
# would read those of all events to join them.
_HEADS = f"""
    FROM (
        SELECT * FROM base.event_versions WHERE event_id IN {TEXTS}
        QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY version DESC) = 1
    ) AS v
"""
_PROFILES = f"""
    LEFT JOIN (
        SELECT event_id, version, profile FROM base.event_profiles WHERE event_id IN {TEXTS}
    ) AS p USING (event_id, version)
"""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest stored version of an event, and its row as stored."""

    version: int
    first_known: datetime
    told: bool
    row: tuple[Any, ...]


def read_candidates(db: Connection, verdicts: Sequence[Verdict], *, since: datetime) -> list[EventState]:
    """Return the events that these verdicts may belong to: those with a report since then, or sharing a hard key.

    Reads as much as there is news, not as much as there is history: recent versions are found by their row groups'
    bounds, old events only through the table of keys.
    """
    keys = {key for verdict in verdicts for key in verdict.findings.keys}
    wanted = {
        row[0]
        for row in db.execute(
            "SELECT DISTINCT event_id FROM base.event_versions WHERE last_item_at >= ?::TIMESTAMPTZ",
            [since.isoformat()],
        ).fetchall()
    }
    if keys:
        found = db.execute(f"SELECT DISTINCT event_id FROM base.event_keys WHERE key IN {TEXTS}", [ids(keys)])
        wanted.update(row[0] for row in found.fetchall())
    return read_states(db, sorted(wanted))


def read_states(db: Connection, event_ids: Sequence[str]) -> list[EventState]:
    """Return the present states of these events as grouping knows them; absorbed ones are left out."""
    if not event_ids:
        return []
    shape = {f"v.{name}" if name != "profile" else "p.profile": kind for name, kind in _VERSION.items()}
    shape["p.profile"] = "JSON"
    wanted = ids(event_ids)
    tail = f"{_HEADS} {_PROFILES} WHERE v.merged_into IS NULL ORDER BY v.event_id"
    rows = fetch(db, shape, tail, [wanted, wanted])
    return [_state(dict(zip([*_VERSION, "profile"], row, strict=True))) for row in rows]


def apply_changes(
    db: Connection, changes: Sequence[EventChange], *, now: datetime, told: bool = True
) -> list[ChangeRow]:
    """Store what grouping concluded, in order, and return the changes as rows, one for each.

    All changes of one call to one event make one version of it. ``told`` is False for baselines and backfills: such
    events and changes stay out of the digest. Runs inside the caller's transaction, after the items were stored.
    """
    if not changes:
        return []
    items = find_items(db, {change.item_id for change in changes if change.item_id})
    touched = {change.event.id for change in changes}
    absorbed = {c.other_event_id: c.event.id for c in changes if c.kind == "merged" and c.other_event_id}
    heads = _heads(db, sorted(touched | set(absorbed)))
    counts = change_counts(db, touched)
    rows = []
    for change in changes:
        counts[change.event.id] = counts.get(change.event.id, 0) + 1
        rows.append(change_of(change, counts[change.event.id], items, now))
    add_rows(db, rows, items, told=told)
    _add_versions(db, changes, absorbed, heads, now=now, told=told)
    _move_items(db, changes, absorbed, now)
    _add_event_items(db, changes, items, now)
    return rows


def _heads(db: Connection, event_ids: Sequence[str]) -> dict[str, Head]:
    shape = {f"v.{name}": kind for name, kind in _VERSION.items()}
    place = {name: number for number, name in enumerate(_VERSION)}
    return {
        row[0]: Head(row[place["version"]], row[place["first_known"]], row[place["told"]], row)
        for row in fetch(db, shape, _HEADS, [ids(event_ids)])
    }


def _add_versions(
    db: Connection,
    changes: Sequence[EventChange],
    absorbed: dict[str, str],
    heads: dict[str, Head],
    *,
    now: datetime,
    told: bool,
) -> None:
    final = {change.event.id: change.event for change in changes}
    versions, profiles = [], []
    for event in final.values():
        head = heads.get(event.id)
        version = head.version + 1 if head else 1
        versions.append(_version(event, version, head, now=now, told=told))
        profiles.append((event.id, version, event.profile))
    place = {name: number for number, name in enumerate(_VERSION)}
    for event_id, into in absorbed.items():
        if event_id in heads and event_id not in final:
            row = list(heads[event_id].row)
            row[place["version"]] += 1
            row[place["known_from"]] = now
            row[place["merged_into"]] = into
            versions.append(tuple(row))
    insert(db, "base.event_versions", _VERSION, versions)
    db.execute(f"DELETE FROM base.event_profiles WHERE event_id IN {TEXTS}", [ids([*final, *absorbed])])
    insert(db, "base.event_profiles", _PROFILE, profiles)
    known = set(
        db.execute(f"SELECT key, event_id FROM base.event_keys WHERE event_id IN {TEXTS}", [ids(final)]).fetchall()
    )
    keys = {(key, event.id) for event in final.values() for key in event.keys} - known
    insert(db, "base.event_keys", _KEY, [(*pair, now) for pair in sorted(keys)])


def _version(event: EventState, version: int, head: Head | None, *, now: datetime, told: bool) -> tuple[Any, ...]:
    return (event.id, version, now, event.category.value, event.about_court, event.title, event.status.value,
            event.severity.value, event.step, event.event_date, event.first_item_at, event.last_item_at,
            event.item_count, event.publishers, event.official_url, event.quote, event.quote_url, event.facts,
            event.keys, event.actors, [asdict(clock) for clock in event.clocks], None,
            head.first_known if head else now, head.told if head else told)  # fmt: skip


def _move_items(db: Connection, changes: Sequence[EventChange], absorbed: dict[str, str], now: datetime) -> None:
    """Take items out of absorbed events and out of those they were split from."""
    stamp = now.isoformat()
    for event_id, into in absorbed.items():
        db.execute(
            """
            INSERT INTO base.event_items (event_id, item_no, item_id, known_from, reason)
            SELECT ?, item_no, item_id, ?::TIMESTAMPTZ, 'merged with ' || event_id FROM base.event_items AS moved
            WHERE event_id = ? AND known_to IS NULL AND NOT EXISTS (
                SELECT 1 FROM base.event_items AS held
                WHERE held.event_id = ? AND held.item_id = moved.item_id AND held.known_to IS NULL)
            """,
            [into, stamp, event_id, into],
        )
        db.execute(
            "UPDATE base.event_items SET known_to = ?::TIMESTAMPTZ WHERE event_id = ? AND known_to IS NULL",
            [stamp, event_id],
        )
    for change in changes:
        if change.kind == "split" and change.other_event_id and change.item_id:
            db.execute(
                """
                UPDATE base.event_items SET known_to = ?::TIMESTAMPTZ
                WHERE event_id = ? AND item_id = ? AND known_to IS NULL
                """,
                [stamp, change.other_event_id, change.item_id],
            )


def _add_event_items(
    db: Connection, changes: Sequence[EventChange], items: dict[str, KnownItem], now: datetime
) -> None:
    held = set(
        db.execute(
            f"SELECT event_id, item_id FROM base.event_items WHERE known_to IS NULL AND event_id IN {TEXTS}",
            [ids({change.event.id for change in changes})],
        ).fetchall()
    )
    rows = []
    for change in changes:
        if change.item_id is None or (change.event.id, change.item_id) in held:
            continue
        held.add((change.event.id, change.item_id))
        rows.append((change.event.id, items[change.item_id].item_no, change.item_id, now, change.reason))
    insert(db, "base.event_items", _EVENT_ITEM, rows)


def _state(row: dict[str, Any]) -> EventState:
    return EventState(
        id=row["event_id"],
        category=Category(row["category"]),
        about_court=row["about_court"],
        title=row["title"],
        status=Status(row["status"]),
        severity=Severity(row["severity"]),
        step=row["step"],
        event_date=row["event_date"],
        first_item_at=row["first_item_at"],
        last_item_at=row["last_item_at"],
        item_count=row["item_count"],
        publishers=tuple(row["publishers"]),
        official_url=row["official_url"],
        quote=row["quote"],
        quote_url=row["quote_url"],
        facts=row["facts"],
        keys=tuple(row["keys"]),
        actors=tuple(row["actors"]),
        clocks=clocks_of(row["clocks"]),
        profile=row["profile"] or {},
    )
