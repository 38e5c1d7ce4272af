"""Events as people see them: one row with its reports, clocks and reason, whatever face shows it (DESIGN law 9)."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from classifiers.verdicts import Clock
from warehouse.actions import read_acknowledgers
from warehouse.batch import NUMBERS, TEXTS, fetch, ids
from warehouse.connection import Connection
from warehouse.corrections import read_overrides
from warehouse.rows import ClockRow, EventRow, SourceLink

#: Official sources stand first wherever reports are listed.
TIER_ORDER = ("official", "court", "un", "ngo", "press", "blog")

_EVENT = {
    "event_id": "VARCHAR",
    "category": "VARCHAR",
    "about_court": "BOOLEAN",
    "title": "VARCHAR",
    "status": "VARCHAR",
    "severity": "VARCHAR",
    "step": "VARCHAR",
    "event_date": "DATE",
    "first_known": "TIMESTAMPTZ",
    "known_from": "TIMESTAMPTZ",
    "quote": "VARCHAR",
    "quote_url": "VARCHAR",
    "official_url": "VARCHAR",
    "facts": "JSON",
    "keys": "JSON",
    "clocks": "JSON",
}
_REPORT = {
    "i.publisher": "VARCHAR",
    "r.title": "VARCHAR",
    "r.url": "VARCHAR",
    "i.tier": "VARCHAR",
    "r.language": "VARCHAR",
    "r.published_at": "TIMESTAMPTZ",
    "r.published_precision": "VARCHAR",
    "i.item_id": "VARCHAR",
    "i.item_no": "BIGINT",
    "i.first_seen_at": "TIMESTAMPTZ",
}


def read_events(db: Connection, event_ids: Sequence[str]) -> dict[str, EventRow]:
    """Return the present rows of these events, by id; unknown ids are left out."""
    if not event_ids:
        return {}
    tail = f"""
        FROM base.event_versions WHERE event_id IN {TEXTS}
        QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY version DESC) = 1
    """
    events = fetch(db, _EVENT, tail, [ids(event_ids)])
    corrected = read_overrides(db, event_ids)
    reports = _reports(db, event_ids)
    reasons = _reasons(db, reports)
    acknowledged = read_acknowledgers(db, event_ids)
    result = {}
    for values in events:
        row = dict(zip(_EVENT, values, strict=True))
        event_id = row["event_id"]
        row |= corrected.get(event_id, {})
        links = [link for _, link in reports.get(event_id, ())]
        result[event_id] = EventRow(
            id=event_id,
            category=row["category"],
            about_court=row["about_court"],
            title=row["title"],
            status=row["status"],
            severity=row["severity"],
            step=row["step"],
            event_date=row["event_date"],
            first_seen_at=row["first_known"],
            updated_at=row["known_from"],
            quote=row["quote"],
            quote_url=row["quote_url"],
            official_url=row["official_url"],
            facts=row["facts"],
            keys=tuple(row["keys"]),
            sources=tuple(links),
            clocks=clock_rows(event_id, row["title"], row["clocks"]),
            reason=_reason(row["quote_url"], links, reasons),
            acknowledged_by=acknowledged.get(event_id, ()),
        )
    return result


def clock_rows(event_id: str, title: str, stored: Iterable[Mapping[str, Any]]) -> tuple[ClockRow, ...]:
    """Return an event's stored clocks as rows, soonest first."""
    rows = (ClockRow(event_id, c.kind, c.due_on, c.computed, c.basis, c.subject, title) for c in clocks_of(stored))
    return tuple(sorted(rows, key=lambda row: (row.due_on, row.kind, row.subject)))


def clocks_of(stored: Iterable[Mapping[str, Any]]) -> tuple[Clock, ...]:
    """Return stored clocks as judging made them."""
    return tuple(
        Clock(c["kind"], date.fromisoformat(c["due_on"]), c["computed"], c["basis"], c["subject"]) for c in stored
    )


def _reports(db: Connection, event_ids: Sequence[str]) -> dict[str, list[tuple[int, SourceLink]]]:
    """Return the reports of each event with their item_no: official first, then by publication."""
    members = fetch(
        db,
        {"event_id": "VARCHAR", "item_no": "BIGINT"},
        f"FROM base.event_items WHERE known_to IS NULL AND event_id IN {TEXTS}",
        [ids(event_ids)],
    )
    tail = f"""
        FROM (
            SELECT item_no, title, url, language, published_at, published_precision
            FROM base.revisions WHERE item_no IN {NUMBERS}
            QUALIFY row_number() OVER (PARTITION BY item_no ORDER BY number DESC) = 1
        ) AS r JOIN base.items AS i USING (item_no)
    """
    links = {}
    for row in fetch(db, _REPORT, tail, [ids({item_no for _, item_no in members})]):
        publisher, title, url, tier, language, published_at, precision, item_id, item_no, seen_at = row
        order = (TIER_ORDER.index(tier) if tier in TIER_ORDER else len(TIER_ORDER), published_at or seen_at, item_no)
        links[item_no] = (order, SourceLink(publisher, title, url, tier, language, published_at, item_id, precision))
    result: dict[str, list[tuple[int, SourceLink]]] = {}
    for event_id, item_no in sorted(members, key=lambda member: links[member[1]][0]):
        result.setdefault(event_id, []).append((item_no, links[item_no][1]))
    return result


def _reasons(db: Connection, reports: Mapping[str, Sequence[tuple[int, SourceLink]]]) -> dict[str, str]:
    """Return one line for each report that says why it was judged as it was."""
    item_nos = {item_no for links in reports.values() for item_no, _ in links}
    shape = {"item_id": "VARCHAR", "category": "VARCHAR", "confidence": "DOUBLE", "evidence": "JSON",
             "version": "VARCHAR"}  # fmt: skip
    tail = f"""
        FROM base.verdicts WHERE item_no IN {NUMBERS}
        QUALIFY row_number() OVER (PARTITION BY item_no ORDER BY number DESC) = 1
    """
    reasons = {}
    for item_id, category, confidence, evidence, version in fetch(db, shape, tail, [ids(item_nos)]):
        why = "; ".join(dict.fromkeys(entry["reason"] for entry in evidence)) or category
        reasons[item_id] = f"{why} ({category} {confidence:.2f}, {version})"
    return reasons


def _reason(quote_url: str, links: Sequence[SourceLink], reasons: Mapping[str, str]) -> str:
    """Return the reason of the report that the event's sentence comes from, else of the first report."""
    ordered = sorted(links, key=lambda link: link.url != quote_url)
    return next((reasons[link.item_id] for link in ordered if link.item_id in reasons), "")


def grouped_items(db: Connection, item_ids: Collection[str]) -> set[str]:
    """Return which of these items belong to an event already."""
    if not item_ids:
        return set()
    rows = db.execute(
        f"SELECT DISTINCT item_id FROM base.event_items WHERE known_to IS NULL AND item_id IN {TEXTS}", [ids(item_ids)]
    ).fetchall()
    return {row[0] for row in rows}
