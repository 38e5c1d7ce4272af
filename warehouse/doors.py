"""One release is one item, whatever it was read from (DESIGN law 4).

Sources name an item by their guid, else by its address. So a release that a feed and a listing of one publisher show
has two names: it keeps the first, and the second becomes a door to the same item. The spiders know doors only.
"""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from spiders.catalogue import Source
from spiders.items import Item
from spiders.urls import canonical_url, item_id
from warehouse.batch import KEYS, NUMBERS, fetch, ids, insert, key_of, payload, select
from warehouse.connection import Connection
from warehouse.known import RECENT, last_item_no, read_heads

_DOOR = {
    "item_no": "BIGINT",
    "key": "UBIGINT",
    "door_id": "VARCHAR",
    "source": "VARCHAR",
    "guid": "VARCHAR",
    "url": "VARCHAR",
    "content_hash": "VARCHAR",
    "first_seen_at": "TIMESTAMPTZ",
    "stored_at": "TIMESTAMPTZ",
    "run_id": "VARCHAR",
}
_ADDRESS = {"key": "UBIGINT", "item_no": "BIGINT"}
_SPELT = {"id": "VARCHAR", "url": "VARCHAR"}
_ALIKE = 80  # of 100: two headlines of one release


# What names an item at its source. With neither guid nor this address it was another address, and the page states this.
_Naming = Literal["guid", "address", "page"]


@dataclass(slots=True)
class _Release:
    """An item that an address leads to, stored or of this batch, and the sources that show it."""

    item_id: str
    publisher: str
    tier: str
    title: str
    naming: _Naming
    sources: set[str] = field(default_factory=set)


class Releases:
    """What the addresses of some unknown items lead to; those that turn out to be new are entered as they come."""

    def __init__(self, db: Connection, shown: Iterable[tuple[Source, Item]]) -> None:
        self._keys = _keys_by_id(db, shown)
        self._by_key: dict[int, list[_Release]] = {}
        for key, release in _stored(db, {key for keys in self._keys.values() for key in keys}):
            self._by_key.setdefault(key, []).append(release)
        self._fresh: dict[str, set[int]] = {}  # item id -> keys that are not stored yet

    def find(self, item: Item) -> str | None:
        """Return the id of the item to which ``item`` is another door; None when it is a release of its own.

        It has to be of the same publisher and standing. An address that one source gives to several items, such as a
        list whose entries are the news, names none of them. One that a page states of itself, where its source's
        listing names another, counts only under the same headline, because pages err.
        """
        naming = _naming(item.source, item.guid, item.url, item.id)
        releases = {
            release.item_id: release
            for key in self._keys.get(item.id, ())
            for release in self._by_key.get(key, ())
            if (release.publisher, release.tier) == (item.publisher, item.tier)
            and ("page" not in (naming, release.naming) or _alike(item.title, release.title))
        }
        sources = [source for release in releases.values() for source in release.sources]
        if not releases or len(set(sources)) < len(sources):
            return None
        release = next(iter(releases.values()))
        if item.source in sources and not naming == release.naming == "address":
            return None  # the source itself tells them apart
        return release.item_id

    def enter(self, item: Item, name: str) -> None:
        """Note that ``item`` is the item ``name``, or a door to it."""
        for key in self._keys.get(item.id, ()):
            entries = self._by_key.setdefault(key, [])
            release = next((entry for entry in entries if entry.item_id == name), None)
            if release is None:
                naming = _naming(item.source, item.guid, item.url, name)
                release = _Release(name, item.publisher, item.tier, item.title, naming)
                entries.append(release)
                self._fresh.setdefault(name, set()).add(key)
            release.sources.add(item.source)

    def fresh_addresses(self) -> list[tuple[int, str]]:
        """Return the keys of addresses that are not stored yet, with the ids of their items."""
        return [(key, name) for name, keys in self._fresh.items() for key in keys]


def _keys_by_id(db: Connection, shown: Iterable[tuple[Source, Item]]) -> dict[str, tuple[int, ...]]:
    """Return what each item can be found by, as base.address_key spells it."""
    spelt = [(item.id, url) for source, item in shown for url in _addresses(item, source)]
    if not spelt:
        return {}
    rows = db.execute(f"SELECT id, base.address_key(url) FROM ({select(_SPELT)})", [payload(_SPELT, spelt)]).fetchall()
    keys: dict[str, dict[int, None]] = {}
    for name, key in rows:
        keys.setdefault(name, {})[key] = None
    return {name: tuple(found) for name, found in keys.items()}


def _addresses(item: Item, source: Source) -> list[str]:
    """Return the item's address, and its guid where that is one too: a permalink. A site or a listing is no release."""
    guid = item.guid if item.guid and item.guid.lower().startswith(("http://", "https://")) else ""
    urls = {canonical_url(url) for url in (item.url, guid) if url}
    return sorted(
        url
        for url in urls - {None, canonical_url(source.url)}
        if url and (urlsplit(url).path.strip("/") or urlsplit(url).query)
    )


def _naming(source: str, guid: str | None, url: str, name: str) -> _Naming:
    return "guid" if guid else "address" if item_id(source, None, url) == name else "page"


def _alike(title: str, other: str) -> bool:
    return fuzz.token_set_ratio(title, other, processor=default_process) >= _ALIKE


def _stored(db: Connection, keys: Collection[int]) -> list[tuple[int, _Release]]:
    """Return the stored items with these addresses, the oldest first; as in ``find_items``, the newest rows first."""
    if not keys:
        return []
    shape, wanted, floor = {"key": "UBIGINT", "item_no": "BIGINT"}, ids(keys), last_item_no(db) - RECENT
    rows = fetch(db, shape, f"FROM base.addresses WHERE item_no > ? AND key IN {KEYS}", [floor, wanted])
    if floor > 0:
        rows += fetch(db, shape, f"FROM base.addresses WHERE item_no <= ? AND key IN {KEYS}", [floor, wanted])
    if not rows:
        return []
    numbers = {item_no for _, item_no in rows}
    shape = {"item_no": "BIGINT", "item_id": "VARCHAR", "publisher": "VARCHAR", "tier": "VARCHAR",
             "source": "VARCHAR", "guid": "VARCHAR", "url": "VARCHAR"}  # fmt: skip
    heads = read_heads(db, numbers)
    releases = {}
    for item_no, name, publisher, tier, source, guid, url in fetch(
        db, shape, f"FROM base.items WHERE item_no IN {NUMBERS}", [ids(numbers)]
    ):
        naming = _naming(source, guid, url, name)
        releases[item_no] = _Release(name, publisher, tier, heads[item_no].title, naming, {source})
    for item_no, source in db.execute(
        f"SELECT item_no, source FROM base.doors WHERE item_no IN {NUMBERS}", [ids(numbers)]
    ).fetchall():
        releases[item_no].sources.add(source)
    return [(key, releases[item_no]) for key, item_no in sorted(rows, key=lambda row: row[1])]


def read_doors(db: Connection, item_nos: Collection[int]) -> dict[tuple[int, str], str]:
    """Return the hash of the text that each further source of these items showed first, by item and source."""
    rows = db.execute(
        f"SELECT item_no, source, content_hash FROM base.doors WHERE item_no IN {NUMBERS} ORDER BY rowid DESC",
        [ids(item_nos)],
    ).fetchall()
    return {(item_no, source): content_hash for item_no, source, content_hash in rows}


def add_doors(db: Connection, doors: Iterable[tuple[Item, int, datetime, str]], *, now: datetime) -> None:
    """Store further sources of known items: the item as shown there, its number, when and in which run it was seen."""
    rows = [
        (item_no, key_of(item.id), item.id, item.source, item.guid, item.url, item.content_hash, seen_at, now, run_id)
        for item, item_no, seen_at, run_id in doors
    ]
    insert(db, "base.doors", _DOOR, rows)


def add_addresses(db: Connection, addresses: Iterable[tuple[int, int]]) -> None:
    """Store keys of addresses with the numbers of their items."""
    insert(db, "base.addresses", _ADDRESS, sorted(addresses, key=lambda row: (row[1], row[0])))
