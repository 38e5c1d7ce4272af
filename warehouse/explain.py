"""Why is it so? Everything stored about one item or event, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.batch import fetch, ids
from warehouse.changes import read_changes
from warehouse.connection import Connection
from warehouse.corrections import read_corrections
from warehouse.event_rows import read_events
from warehouse.known import find_items
from warehouse.rows import ChangeRow, Correction, EventRow


@dataclass(frozen=True, slots=True)
class RevisionNote:
    """One text that an item has had."""

    number: int
    title: str
    text: str
    url: str
    content_hash: str
    published_raw: str | None
    published_at: datetime | None
    published_precision: str | None  # instant, day, month: what of it was stated
    seen_at: datetime
    run_id: str


@dataclass(frozen=True, slots=True)
class VerdictNote:
    """One conclusion about an item."""

    number: int
    revision: int
    category: str
    about_court: bool
    confidence: float
    needs_review: bool
    evidence: tuple[Mapping[str, str], ...]
    facts: Mapping[str, Any]
    fact_evidence: tuple[Mapping[str, str], ...]
    keys: tuple[str, ...]
    probabilities: Mapping[str, float]
    version: str
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """One report's place in an event, and why it belongs there."""

    event_id: str
    item_id: str
    reason: str
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """One alert and what became of it."""

    key: str
    kind: str
    channel: str
    state: str
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class ItemNote:
    """One item with all its texts and conclusions."""

    item_id: str
    sources: tuple[str, ...]  # that it was read from, the first first
    publisher: str
    tier: str
    first_seen_at: datetime
    revisions: tuple[RevisionNote, ...]
    verdicts: tuple[VerdictNote, ...]
    sightings: tuple[tuple[str, datetime, str], ...]  # kind, when, note


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is stored about an item, or about an event and its items."""

    subject: str
    kind: str  # item, event
    items: tuple[ItemNote, ...]
    events: tuple[EventRow, ...]
    memberships: tuple[Membership, ...]
    changes: tuple[ChangeRow, ...]
    deliveries: tuple[DeliveryNote, ...]
    corrections: tuple[Correction, ...]


_REVISION = {
    "number": "INTEGER",
    "title": "VARCHAR",
    "text": "VARCHAR",
    "url": "VARCHAR",
    "content_hash": "VARCHAR",
    "published_raw": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "published_precision": "VARCHAR",
    "seen_at": "TIMESTAMPTZ",
    "run_id": "VARCHAR",
}
_VERDICT = {
    "number": "INTEGER",
    "revision": "INTEGER",
    "category": "VARCHAR",
    "about_court": "BOOLEAN",
    "confidence": "DOUBLE",
    "needs_review": "BOOLEAN",
    "evidence": "JSON",
    "facts": "JSON",
    "fact_evidence": "JSON",
    "keys": "JSON",
    "probabilities": "JSON",
    "version": "VARCHAR",
    "judged_at": "TIMESTAMPTZ",
}
_MEMBER = {
    "event_id": "VARCHAR",
    "item_id": "VARCHAR",
    "reason": "VARCHAR",
    "known_from": "TIMESTAMPTZ",
    "known_to": "TIMESTAMPTZ",
}
_DELIVERY = {
    "key": "VARCHAR",
    "kind": "VARCHAR",
    "channel": "VARCHAR",
    "state": "VARCHAR",
    "attempts": "INTEGER",
    "created_at": "TIMESTAMPTZ",
    "sent_at": "TIMESTAMPTZ",
    "last_error": "VARCHAR",
}


def explain(db: Connection, item_or_event: str) -> Explanation | None:
    """Return all that is stored about an item (by id or address) or an event (by id); None when there is neither.

    Works on the live warehouse and on the published copy.
    """
    events = read_events(db, [item_or_event])
    if events:
        members = _members(db, "event_id", item_or_event)
        item_ids = list(dict.fromkeys(member.item_id for member in members))
        kind = "event"
    else:
        found = _item_id(db, item_or_event)
        if found is None:
            return None
        item_ids, kind = [found], "item"
        members = _members(db, "item_id", found)
        events = read_events(db, sorted({member.event_id for member in members}))
    return Explanation(
        subject=item_or_event,
        kind=kind,
        items=_items(db, item_ids),
        events=tuple(events.values()),
        memberships=members,
        changes=tuple(read_changes(db, list(events))),
        deliveries=_deliveries(db, list(events)),
        corrections=tuple(read_corrections(db, [*events, *item_ids])),
    )


def _item_id(db: Connection, text: str) -> str | None:
    if (known := find_items(db, [text]).get(text)) is not None:
        return known.item_id
    row = db.execute("SELECT item_id FROM base.items WHERE url = ? ORDER BY item_no LIMIT 1", [text]).fetchone()
    return str(row[0]) if row else None


def _members(db: Connection, column: str, value: str) -> tuple[Membership, ...]:
    rows = fetch(db, _MEMBER, f"FROM base.event_items WHERE {column} = ? ORDER BY known_from, item_no", [value])
    return tuple(Membership(*row) for row in rows)


def _items(db: Connection, item_ids: list[str]) -> tuple[ItemNote, ...]:
    known = find_items(db, item_ids)
    notes = []
    for item in sorted(known.values(), key=lambda item: item.item_no):
        where = [item.item_no]
        revisions = fetch(db, _REVISION, "FROM base.revisions WHERE item_no = ? ORDER BY number", where)
        verdicts = fetch(db, _VERDICT, "FROM base.verdicts WHERE item_no = ? ORDER BY number", where)
        doors = db.execute("SELECT source FROM base.doors WHERE item_no = ? ORDER BY rowid", where).fetchall()
        sightings = fetch(db, {"kind": "VARCHAR", "noticed_at": "TIMESTAMPTZ", "note": "VARCHAR"},
                          "FROM base.sightings WHERE item_no = ? ORDER BY noticed_at", where)  # fmt: skip
        notes.append(
            ItemNote(
                item.item_id,
                (item.source, *(source for (source,) in doors)),
                item.publisher,
                item.tier,
                item.first_seen_at,
                tuple(RevisionNote(*row) for row in revisions),
                tuple(_verdict(row) for row in verdicts),
                tuple((kind, moment, note) for kind, moment, note in sightings),
            )
        )
    return tuple(notes)


def _verdict(row: tuple[Any, ...]) -> VerdictNote:
    values = dict(zip(_VERDICT, row, strict=True))
    lists = ("evidence", "fact_evidence", "keys")
    return VerdictNote(**values | {name: tuple(values[name]) for name in lists})


def _deliveries(db: Connection, event_ids: list[str]) -> tuple[DeliveryNote, ...]:
    tail = """
        FROM base.deliveries WHERE event_id IN (SELECT unnest(from_json_strict(?, '["VARCHAR"]'))) ORDER BY delivery_id
    """
    return tuple(DeliveryNote(*row) for row in fetch(db, _DELIVERY, tail, [ids(event_ids)]))
