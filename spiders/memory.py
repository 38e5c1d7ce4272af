"""What a source's last accepted answer leaves behind, so that the next cycle costs what is new (DESIGN law 10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from spiders.items import Item
from spiders.urls import digest, item_id

_VERSION = 1
# A whole answer is asked for this often, whatever the validators say: some of them lie for weeks.
FULL_EVERY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Seen:
    """One entry as it was last read: the hash of its raw form, its id, its revision, its address.

    ``id`` is "" for an entry that is no item. ``article`` is the revision that was handed out when a page added to what
    the listing says; ``tries`` counts the attempts to fetch that page while it is still owed, else it is 0.
    ``named`` is the id that the guid alone would give, where several entries have it and this one is called otherwise.
    """

    block: str
    id: str
    content: str = ""
    url: str = ""
    article: str = ""
    tries: int = 0
    named: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """Validators and what was seen; JSON outside, opaque to everybody else."""

    etag: str | None = None
    modified: str | None = None
    body: str = ""
    full_at: datetime | None = None  # of the last answer that was asked for without validators, robots.txt included
    frame: str = ""  # what surrounds the entries and changes their meaning; "" forbids reading by blocks
    seen: tuple[Seen, ...] = ()
    listed: int = 0  # so many of ``seen`` are listed now, the rest was listed lately
    table: Mapping[str, Any] = field(default_factory=dict)  # what a status table said, for the next difference
    by_id: Mapping[str, Seen] = field(default_factory=dict, compare=False)
    by_block: Mapping[str, Seen] = field(default_factory=dict, compare=False)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Memory:
        """Read what ``to_json`` wrote; anything else, or an older layout, is an empty memory."""
        if not stored or stored.get("version") != _VERSION:
            return cls()
        seen = tuple(Seen(*entry) for entry in stored["seen"])
        full_at = stored.get("full_at")
        return cls(
            etag=stored.get("etag"),
            modified=stored.get("modified"),
            body=stored.get("body", ""),
            full_at=datetime.fromisoformat(full_at) if full_at else None,
            frame=stored.get("frame", ""),
            seen=seen,
            listed=stored.get("listed", 0),
            table=stored.get("table", {}),
            by_id={one.id: one for one in reversed(seen) if one.id},
            by_block={one.block: one for one in reversed(seen) if one.block},
        )

    def to_json(self) -> dict[str, Any]:
        """Write plain JSON values."""
        return {
            "version": _VERSION,
            "etag": self.etag,
            "modified": self.modified,
            "body": self.body,
            "full_at": self.full_at.isoformat() if self.full_at else None,
            "frame": self.frame,
            "seen": [[one.block, one.id, one.content, one.url, one.article, one.tries, one.named] for one in self.seen],
            "listed": self.listed,
            **({"table": self.table} if self.table else {}),
        }

    @property
    def listed_ids(self) -> tuple[str, ...]:
        """The ids of what is listed now, in the source's order."""
        return tuple(one.id for one in self.seen[: self.listed] if one.id)

    @property
    def owes_articles(self) -> bool:
        """Whether some page is still to be fetched; then the listing must be read again even if it is the same."""
        return any(one.tries for one in self.seen[: self.listed])

    def needs_full(self, now: datetime) -> bool:
        """Whether it is time to ask without validators."""
        return self.full_at is None or now - self.full_at >= FULL_EVERY or now < self.full_at

    def knows(self, item: Item) -> bool:
        """Whether this revision of this item has been handed out."""
        known = self.by_id.get(item.id)
        return known is not None and known.content == item.content_hash

    def after(self, entries: Iterable[Seen], *, frame: str, body: str) -> Memory:
        """Return the memory of a new answer: its entries, then a little of what has just left the window.

        What flickers at the lower end of a window must not come back as new.
        """
        listed = tuple(entries)
        present = {one.id for one in listed}
        older = tuple(one for one in self.seen if one.id and one.id not in present)[: 10 + len(listed) // 2]
        return replace(self, frame=frame, body=body, seen=listed + older, listed=len(listed))


def seen_item(block: str, item: Item) -> Seen:
    """Say what to remember of an item."""
    named = item_id(item.source, item.guid, item.url) if item.guid else item.id
    return Seen(block, item.id, item.content_hash, short_hash(item.url), named="" if named == item.id else named)


def short_hash(url: str) -> str:
    """Enough of a hash to tell two addresses under one guid apart."""
    return digest(url)[:8]
