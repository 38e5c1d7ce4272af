"""Stored items with what was concluded about them: what a new version of the judging is compared with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from classifiers.verdicts import Document
from warehouse.batch import fetch
from warehouse.query import open_copy

# What people said of an event goes for its reports; what they said of a report goes before that.
_STORED = """
    FROM (
        SELECT i.* REPLACE (
                CASE WHEN i.corrected OR s.target IS NULL THEN i.category ELSE e.category END AS category,
                CASE WHEN i.corrected OR s.target IS NULL THEN i.about_court ELSE e.about_court END AS about_court,
                (i.corrected OR s.target IS NOT NULL) AS corrected),
            g.event_id IS NOT NULL AS regrouped
        FROM items AS i
        LEFT JOIN (
            SELECT DISTINCT target FROM corrections
            WHERE target_kind = 'event' AND field IN ('category', 'about_court')
        ) AS s ON s.target = i.event_id
        LEFT JOIN events AS e ON e.event_id = s.target
        LEFT JOIN (
            SELECT target AS event_id FROM corrections WHERE field IN ('merged_into', 'apart_from')
            UNION SELECT value ->> '$' FROM corrections WHERE field IN ('merged_into', 'apart_from')
        ) AS g ON g.event_id = i.event_id
    )
"""
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
    "corrected": "BOOLEAN",
    "regrouped": "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class JudgedItem:
    """One stored item, as judged then. ``alerts``: sure enough, an event, and about the Court."""

    document: Document
    category: str
    about_court: bool
    needs_review: bool
    event_id: str | None
    corrected: bool = False  # a person said what it is
    regrouped: bool = False  # a person merged or split its event

    @property
    def alerts(self) -> bool:
        """Whether the item could open or change an event that people are told of."""
        return self.about_court and self.category != "other" and not self.needs_review


def read_judged(copy: Path, *, since: datetime) -> list[JudgedItem]:
    """Return the items of the published copy first seen since then, in the order of publication; corrections apply."""
    return _read(copy, "first_seen_at >= ?::TIMESTAMPTZ AND category IS NOT NULL", [since.isoformat()])


def read_corrected(copy: Path) -> list[JudgedItem]:
    """Return the items of which, or of whose events, people said something else than the machine, as they said it."""
    return _read(copy, "(corrected OR regrouped) AND category IS NOT NULL", [])


def _read(copy: Path, where: str, params: list[str]) -> list[JudgedItem]:
    tail = f"{_STORED} WHERE {where} ORDER BY coalesce(published_at, first_seen_at), item_id"
    with open_copy(copy) as db:
        return [JudgedItem(Document(*row[:8]), *row[8:]) for row in fetch(db, _SHAPE, tail, params)]
