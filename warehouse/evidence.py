"""Raw answers of official sources: stored with the revisions that were read from them, each content once."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from spiders.items import CollectResult
from warehouse.batch import KEYS, fetch, ids, insert, key_of
from warehouse.connection import Connection
from warehouse.known import find_items
from warehouse.states import run_id_of

_RESPONSE = {
    "response_id": "BIGINT",
    "source": "VARCHAR",
    "run_id": "VARCHAR",
    "url": "VARCHAR",
    "status": "INTEGER",
    "headers": "JSON",
    "fetched_at": "TIMESTAMPTZ",
    "stored_at": "TIMESTAMPTZ",
    "sha256": "VARCHAR",
    "bytes": "BIGINT",
}
_LINK = {"response_id": "BIGINT", "item_no": "BIGINT", "item_id": "VARCHAR", "revision": "INTEGER"}


@dataclass(frozen=True, slots=True)
class Fresh:
    """A revision that was stored just now; None: the item is gone."""

    item_no: int
    revision: int | None
    item_id: str


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """One stored answer. ``body`` is its content, None when it was too large to keep or retention removed it."""

    response_id: int
    source: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    fetched_at: datetime
    sha256: str
    size: int
    gzip: bytes | None
    items: tuple[tuple[str, int | None], ...]  # item id and revision; None: the answer shows that the item is gone


def add_responses(
    db: Connection,
    results: Sequence[CollectResult],
    fresh: Mapping[str, Fresh],
    taken_down: Collection[str],
    *,
    now: datetime,
) -> int:
    """Store the answers that brought a new revision or prove a take-down; return how many.

    ``fresh`` gives each item that is new or revised by these runs, by the name that its source gives it.
    """
    if not any(result.captures for result in results):
        return 0
    absent = {
        name for result in results for capture in result.captures for name, content in capture.gave if not content
    }
    gone = {
        name: Fresh(item.item_no, None, item.item_id)
        for name, item in find_items(db, absent).items()
        if item.item_id in taken_down
    }
    row = db.execute("SELECT coalesce(max(response_id), 0) FROM base.responses").fetchone()
    number = int(row[0]) if row else 0
    rows, links, bodies = [], [], {}
    for result in results:
        for capture in result.captures:
            linked = [
                (number + 1, found.item_no, found.item_id, found.revision)
                for name, content in capture.gave
                if (found := (fresh if content else gone).get(name)) is not None
            ]
            if not linked:
                continue
            number += 1
            rows.append((number, result.source, run_id_of(result), capture.url, capture.status, capture.headers,
                         capture.fetched_at, now, capture.sha256, capture.size))  # fmt: skip
            links += linked
            if capture.body is not None:
                bodies[capture.sha256] = capture.body
    insert(db, "base.responses", _RESPONSE, rows)
    insert(db, "base.response_items", _LINK, links)
    _add_bodies(db, bodies, now)
    return len(rows)


def _add_bodies(db: Connection, bodies: Mapping[str, bytes], now: datetime) -> None:
    """Store what is not stored yet; one statement each, because blobs do not go through JSON."""
    if not bodies:
        return
    keys = ids(key_of(digest) for digest in bodies)
    known = {row[0] for row in db.execute(f"SELECT sha256 FROM base.bodies WHERE key IN {KEYS}", [keys]).fetchall()}
    for digest, body in bodies.items():
        if digest not in known:
            values = [key_of(digest), digest, body, now.isoformat()]
            db.execute("INSERT INTO base.bodies VALUES (?, ?, ?, ?::TIMESTAMPTZ)", values)


def read_responses(db: Connection, event_id: str) -> list[StoredResponse]:
    """Return the stored answers behind an event's reports, whether still counted to it or not, oldest first."""
    members = "(SELECT item_no FROM base.event_items WHERE event_id = $event)"
    tail = f"""
        FROM base.responses
        WHERE response_id IN (SELECT response_id FROM base.response_items WHERE item_no IN {members})
        ORDER BY fetched_at, response_id
    """
    rows = fetch(db, _RESPONSE, tail, {"event": event_id})
    links: dict[int, list[tuple[str, int | None]]] = {}
    for response_id, item_id, revision in db.execute(
        f"""
        SELECT response_id, item_id, revision FROM base.response_items WHERE item_no IN {members}
        ORDER BY item_no, revision
        """,
        {"event": event_id},
    ).fetchall():
        links.setdefault(response_id, []).append((item_id, revision))
    keys = ids(key_of(row[8]) for row in rows)
    bodies = dict(db.execute(f"SELECT sha256, gzip FROM base.bodies WHERE key IN {KEYS}", [keys]).fetchall())
    return [
        StoredResponse(
            response_id=row[0],
            source=row[1],
            url=row[3],
            status=row[4],
            headers=tuple((name, value) for name, value in row[5]),
            fetched_at=row[6],
            sha256=row[8],
            size=row[9],
            gzip=bodies.get(row[8]),
            items=tuple(links[row[0]]),
        )
        for row in rows
    ]
