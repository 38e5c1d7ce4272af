"""Finding stored items by id without an index, at a cost that hardly grows with history."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from warehouse.batch import KEYS, NUMBERS, fetch, ids, key_of
from warehouse.connection import Connection

#: Nearly every look-up is of an item of the last days: the newest rows are asked first, and row groups before them
#: are skipped by their bounds. Only ids not found there cost a scan of eight bytes an item.
RECENT = 20_000

_ITEM = {
    "item_id": "VARCHAR",
    "item_no": "BIGINT",
    "source": "VARCHAR",
    "url": "VARCHAR",
    "publisher": "VARCHAR",
    "tier": "VARCHAR",
    "first_seen_at": "TIMESTAMPTZ",
}

_OF_ITEM = {f"items.{name}": kind for name, kind in _ITEM.items()}


@dataclass(frozen=True, slots=True)
class KnownItem:
    """The identity of a stored item."""

    item_id: str
    item_no: int
    source: str
    url: str
    publisher: str
    tier: str
    first_seen_at: Any


@dataclass(frozen=True, slots=True)
class Head:
    """The newest revision of a stored item."""

    number: int
    content_hash: str
    chain: str
    title: str


def last_item_no(db: Connection) -> int:
    """Return the number of the newest item, 0 when there is none."""
    row = db.execute("SELECT max(item_no) FROM base.items").fetchone()
    return row[0] or 0 if row else 0


def find_items(db: Connection, wanted: Iterable[str]) -> dict[str, KnownItem]:
    """Return the stored ones among ``wanted``; what another source calls an item (its door) leads to it too."""
    left = set(wanted)
    if not left:
        return {}
    found: dict[str, KnownItem] = {}
    floor = last_item_no(db) - RECENT
    rows = fetch(db, _ITEM, f"FROM base.items WHERE item_no > ? AND key IN {KEYS}", [floor, _keys(left)])
    found.update((row[0], KnownItem(*row)) for row in rows if row[0] in left)
    left.difference_update(found)
    if left:
        tail = f"FROM base.doors JOIN base.items USING (item_no) WHERE doors.key IN {KEYS}"
        rows = fetch(db, {"door_id": "VARCHAR"} | _OF_ITEM, tail, [_keys(left)])
        found.update((row[0], KnownItem(*row[1:])) for row in rows if row[0] in left)
        left.difference_update(found)
    if left and floor > 0:
        # What is new is looked for among all: keys alone, half the cost of looking for whole rows.
        older = db.execute(f"SELECT item_no FROM base.items WHERE key IN {KEYS}", [_keys(left)]).fetchall()
        if older:
            numbers = ids(row[0] for row in older)
            rows = fetch(db, _ITEM, f"FROM base.items WHERE item_no IN {NUMBERS}", [numbers])
            found.update((row[0], KnownItem(*row)) for row in rows if row[0] in left)
    return found


def _keys(item_ids: Iterable[str]) -> str:
    return ids(key_of(item_id) for item_id in item_ids)


def read_heads(db: Connection, item_nos: Collection[int]) -> dict[int, Head]:
    """Return the newest revision of each of the items."""
    if not item_nos:
        return {}
    shape = {
        "item_no": "BIGINT",
        "max(number)": "INTEGER",
        "arg_max(content_hash, number)": "VARCHAR",
        "arg_max(chain, number)": "VARCHAR",
        "arg_max(title, number)": "VARCHAR",
    }
    rows = fetch(db, shape, f"FROM base.revisions WHERE item_no IN {NUMBERS} GROUP BY item_no", [ids(item_nos)])
    return {row[0]: Head(*row[1:]) for row in rows}
