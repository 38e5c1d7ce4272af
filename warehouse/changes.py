"""The steps in an event's life, as rows: those of grouping, and edits and take-downs of official releases."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from classifiers.text import sentences
from classifiers.verdicts import EventChange
from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.connection import Connection
from warehouse.known import KnownItem, find_items
from warehouse.rows import ChangeRow, Revision, TakeDown

#: Whose edits and take-downs are told. A newspaper rewrites its articles all day.
OFFICIAL_TIERS = frozenset({"official", "court", "un"})

#: Lines of a diff that a thread can show.
DIFF_LINES = 12

_CHANGE = {
    "change_id": "VARCHAR",
    "event_id": "VARCHAR",
    "number": "INTEGER",
    "kind": "VARCHAR",
    "changed_at": "TIMESTAMPTZ",
    "summary": "VARCHAR",
    "reason": "VARCHAR",
    "item_id": "VARCHAR",
    "item_no": "BIGINT",
    "before": "JSON",
    "after": "JSON",
    "diff": "VARCHAR",
    "other_event_id": "VARCHAR",
    "told": "BOOLEAN",
}


def change_of(change: EventChange, number: int, items: Mapping[str, KnownItem], now: datetime) -> ChangeRow:
    """Return one step of grouping as a row; ``after`` holds the new values of the fields that changed."""
    item = items.get(change.item_id or "")
    return ChangeRow(
        id=f"{change.event.id}#{number}",
        event_id=change.event.id,
        kind=change.kind,
        at=now,
        summary=change.summary,
        reason=change.reason,
        item_id=change.item_id,
        item_url=item.url if item else None,
        item_publisher=item.publisher if item else None,
        before=dict(change.before),
        after={name: getattr(change.event, name, change.event.facts.get(name)) for name in change.before}
        | ({"other_event_id": change.other_event_id} if change.other_event_id else {}),
    )


def add_rows(db: Connection, rows: Sequence[ChangeRow], items: Mapping[str, KnownItem], *, told: bool) -> None:
    """Append change rows to the history."""
    stored = []
    for row in rows:
        item = items.get(row.item_id or "")
        stored.append(
            (row.id, row.event_id, int(row.id.rpartition("#")[2]), row.kind, row.at, row.summary, row.reason,
             row.item_id,
             item.item_no if item else None, row.before, row.after, row.diff, row.after.get("other_event_id"), told)
        )  # fmt: skip
    insert(db, "base.event_changes", _CHANGE, stored)


def add_item_changes(
    db: Connection, revisions: Sequence[Revision], take_downs: Sequence[TakeDown], *, now: datetime
) -> list[ChangeRow]:
    """Store edits, take-downs and reappearances of official releases as changes of the events they belong to.

    Kinds are "edited", "taken_down", "restored" (a ``TakeDown`` of kind "restored"). Items of no event change none,
    and the press's rewriting of its own articles is kept as revisions only; so is an edit that another source of the
    same release has shown already.
    """
    edits = {r.item.id: r for r in revisions if r.item.tier in OFFICIAL_TIERS and not r.echo}
    downs = {t.item_id: t for t in take_downs if t.tier in OFFICIAL_TIERS}
    wanted = [*edits, *downs]
    if not wanted:
        return []
    items = find_items(db, wanted)
    pairs = db.execute(
        f"""
        SELECT event_id, item_id FROM base.event_items WHERE known_to IS NULL AND item_id IN {TEXTS}
        ORDER BY event_id, item_no
        """,
        [ids(wanted)],
    ).fetchall()
    numbers = change_counts(db, {event_id for event_id, _ in pairs})
    rows = []
    for event_id, item_id in pairs:
        drafts = [_edit(event_id, edits[item_id], now)] if item_id in edits else []
        drafts += [_take_down(event_id, downs[item_id], now)] if item_id in downs else []
        for draft in drafts:
            numbers[event_id] += 1
            rows.append(replace(draft, id=f"{event_id}#{numbers[event_id]}", item_url=items[item_id].url,
                                item_publisher=items[item_id].publisher))  # fmt: skip
    add_rows(db, rows, items, told=True)
    return rows


def read_changes(db: Connection, event_ids: Sequence[str]) -> list[ChangeRow]:
    """Return the whole life of these events, oldest step first."""
    shape = {
        "c.change_id": "VARCHAR",
        "c.event_id": "VARCHAR",
        "c.kind": "VARCHAR",
        "c.changed_at": "TIMESTAMPTZ",
        "c.summary": "VARCHAR",
        "c.reason": "VARCHAR",
        "c.item_id": "VARCHAR",
        "i.url": "VARCHAR",
        "i.publisher": "VARCHAR",
        "c.before": "JSON",
        "c.after": "JSON",
        "c.diff": "VARCHAR",
    }
    tail = f"""
        FROM (SELECT * FROM base.event_changes WHERE event_id IN {TEXTS}) AS c
        LEFT JOIN base.items AS i ON i.item_no = c.item_no
        ORDER BY c.changed_at, c.event_id, c.number
    """
    return [ChangeRow(*row) for row in fetch(db, shape, tail, [ids(event_ids)])]


def change_counts(db: Connection, event_ids: set[str]) -> dict[str, int]:
    """Return how many changes each event has had: its next one gets the next number."""
    rows: list[tuple[str, int]] = db.execute(
        f"""
        SELECT event_id, max(number) FROM base.event_changes
        WHERE event_id IN {TEXTS} GROUP BY event_id
        """,
        [ids(event_ids)],
    ).fetchall()
    return dict.fromkeys(event_ids, 0) | dict(rows)


def _edit(event_id: str, revision: Revision, now: datetime) -> ChangeRow:
    item = revision.item
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if item.title != revision.before_title:
        before["title"], after["title"] = revision.before_title, item.title
    return ChangeRow(
        id="",
        event_id=event_id,
        kind="edited",
        at=now,
        summary=f"{item.publisher} edited its release “{item.title}”",
        reason=f"revision {revision.number} of the release differs from revision {revision.before_number}",
        item_id=item.id,
        before=before,
        after=after,
        diff=sentence_diff(revision.before_text, item.text),
    )


def _take_down(event_id: str, notice: TakeDown, now: datetime) -> ChangeRow:
    gone = notice.kind == "taken_down"
    return ChangeRow(
        id="",
        event_id=event_id,
        kind=notice.kind,
        at=now,
        summary=f"{notice.publisher} {'took down' if gone else 'restored'} its release “{notice.title}”",
        reason=notice.note or ("gone in two runs" if gone else "it answers again"),
        item_id=notice.item_id,
    )


def sentence_diff(before: str, after: str) -> str:
    """Return the sentences that went (-) and came (+), shortened to what a thread can show."""
    whole = list(difflib.unified_diff(sentences(before), sentences(after), n=0, lineterm=""))
    lines = [line for line in whole[2:] if not line.startswith("@")]  # after two lines of file names
    if len(lines) > DIFF_LINES:
        lines = [*lines[:DIFF_LINES], f"… {len(lines) - DIFF_LINES} more"]
    return "\n".join(lines)


def read_changes_since(db: Connection, *, since: datetime) -> list[ChangeRow]:
    """Return the changes that could be told since then, in order, baselines and backfills left out."""
    rows = db.execute(
        "SELECT change_id, event_id FROM base.event_changes WHERE told AND changed_at >= ?::TIMESTAMPTZ",
        [since.isoformat()],
    ).fetchall()
    wanted = {row[0] for row in rows}
    events = sorted({row[1] for row in rows})
    return [change for change in read_changes(db, events) if change.id in wanted] if events else []
