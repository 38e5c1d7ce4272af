"""What people said against the machine: kept for ever, never overwritten, stronger than any verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from classifiers.categories import Category, Severity
from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.connection import Connection
from warehouse.errors import WarehouseError
from warehouse.known import find_items
from warehouse.rows import Correction

#: What can be corrected. A merge or a split is a correction too; apply_changes carries it out. "apart_from" names
#: another event, and that the two are not the same: grouping never merges them again.
FIELDS = {
    "item": ("category", "about_court", "note"),
    "event": (
        "category", "about_court", "title", "severity", "event_date", "dismissed", "merged_into", "apart_from", "note",
    ),
}  # fmt: skip
_SHOWN = ("category", "about_court", "title", "severity", "event_date")

_CORRECTION = {
    "correction_id": "BIGINT",
    "target": "VARCHAR",
    "target_kind": "VARCHAR",
    "field": "VARCHAR",
    "value": "JSON",
    "author": "VARCHAR",
    "note": "VARCHAR",
    "made_at": "TIMESTAMPTZ",
}


def add_corrections(db: Connection, corrections: Sequence[Correction]) -> int:
    """Append corrections and return how many. Raises ``WarehouseError`` for an unknown target, field or value."""
    for correction in corrections:
        _check(db, correction)
    row = db.execute("SELECT coalesce(max(correction_id), 0) FROM base.corrections").fetchone()
    start = row[0] + 1 if row else 1
    rows = [
        (start + place, c.target, c.target_kind, c.field, c.value, c.author, c.note, c.made_at)
        for place, c in enumerate(corrections)
    ]
    insert(db, "base.corrections", _CORRECTION, rows)
    return len(rows)


def read_corrections(db: Connection, targets: Sequence[str]) -> list[Correction]:
    """Return all that was said about these items or events, oldest first."""
    shape = {name: kind for name, kind in _CORRECTION.items() if name != "correction_id"}
    tail = f"FROM base.corrections WHERE target IN {TEXTS} ORDER BY correction_id"
    return [Correction(*row) for row in fetch(db, shape, tail, [ids(targets)])]


def read_overrides(db: Connection, event_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return, for each event that people corrected, the values that are to be shown instead."""
    result: dict[str, dict[str, Any]] = {}
    for correction in read_corrections(db, event_ids):
        if correction.target_kind == "event" and correction.field in _SHOWN:
            value = correction.value
            if correction.field == "event_date" and value is not None:
                value = date.fromisoformat(value)
            result.setdefault(correction.target, {})[correction.field] = value
    return result


def read_apart(db: Connection) -> set[frozenset[str]]:
    """Return the pairs of present events that people told apart, by id; what was merged since counts as one."""
    rows = db.execute(
        """
        WITH RECURSIVE heads AS (
            SELECT event_id, max_by(merged_into, version) AS merged_into FROM base.event_versions
            WHERE event_id IN (SELECT event_id FROM base.event_versions WHERE merged_into IS NOT NULL)
            GROUP BY event_id
        ), pairs AS (
            SELECT target AS one, value ->> '$' AS other FROM base.corrections
            WHERE target_kind = 'event' AND field = 'apart_from'
            UNION
            SELECT coalesce(o.merged_into, one), coalesce(t.merged_into, other) FROM pairs
            LEFT JOIN heads AS o ON o.event_id = one LEFT JOIN heads AS t ON t.event_id = other
        )
        SELECT one, other FROM pairs
        WHERE one <> other AND NOT EXISTS (
            SELECT 1 FROM heads WHERE event_id IN (one, other) AND merged_into IS NOT NULL)
        """
    ).fetchall()
    return {frozenset(pair) for pair in rows}


def _check(db: Connection, correction: Correction) -> None:
    fields = FIELDS[correction.target_kind]
    if correction.field not in fields:
        raise WarehouseError(
            f"{correction.field!r} of an {correction.target_kind} cannot be corrected: {', '.join(fields)}"
        )
    if correction.target_kind == "item":
        exists = correction.target in {item.item_id for item in find_items(db, [correction.target]).values()}
    else:
        found = db.execute("SELECT 1 FROM base.event_versions WHERE event_id = ? LIMIT 1", [correction.target])
        exists = found.fetchone() is not None
    if not exists:
        raise WarehouseError(f"no such {correction.target_kind}: {correction.target}")
    try:
        _parse(correction.field, correction.value)
    except (TypeError, ValueError) as error:
        raise WarehouseError(f"{correction.value!r} is no {correction.field}: {error}") from error


def _parse(field: str, value: Any) -> None:
    """Raise for a value that the views could not show."""
    match field:
        case "category":
            Category(value)
        case "severity":
            Severity(value)
        case "event_date":
            if value is not None:
                date.fromisoformat(value)
        case "about_court" | "dismissed":
            if not isinstance(value, bool):
                raise TypeError("true or false is needed")
        case _:
            if not isinstance(value, str) or not value.strip():
                raise TypeError("a text is needed")
