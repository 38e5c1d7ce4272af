"""Stored items with what was concluded about them: what a new version of the judging is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers.verdicts import Document
from warehouse.batch import fetch
from warehouse.query import open_copy

_SHAPE = {
    "item_id": "VARCHAR",
    "title": "VARCHAR",
    "text": "VARCHAR",
    "url": "VARCHAR",
    "publisher": "VARCHAR",
    "tier": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "language": "VARCHAR",
    "category": "VARCHAR",
    "about_court": "BOOLEAN",
    "needs_review": "BOOLEAN",
    "event_id": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """One stored item, as judged then. ``alerts``: sure enough, an event, and about the Court."""

    document: Document
    category: str
    about_court: bool
    needs_review: bool
    event_id: str | None

    @property
    def alerts(self) -> bool:
        """Whether the item could open or change an event that people are told of."""
        return self.about_court and self.category != "other" and not self.needs_review


def read_judged(copy: Path, *, since: datetime) -> list[JudgedItem]:
    """Return the items of the published copy first seen since then, in the order of publication; corrections apply."""
    tail = """
        FROM items WHERE first_seen_at >= ?::TIMESTAMPTZ AND category IS NOT NULL
        ORDER BY coalesce(published_at, first_seen_at), item_id
    """
    with open_copy(copy) as db:
        return [
            JudgedItem(Document(*row[:8]), category=row[8], about_court=row[9], needs_review=row[10], event_id=row[11])
            for row in fetch(db, _SHAPE, tail, [since.isoformat()])
        ]
