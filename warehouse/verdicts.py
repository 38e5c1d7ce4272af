"""Storing what was concluded about items. Nothing is overwritten: a new conclusion is a new row."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from classifiers.verdicts import Evidence, Verdict
from warehouse.batch import NUMBERS, ids, insert
from warehouse.connection import Connection
from warehouse.errors import WarehouseError
from warehouse.known import find_items, read_heads

_VERDICT = {
    "item_no": "BIGINT",
    "item_id": "VARCHAR",
    "number": "INTEGER",
    "revision": "INTEGER",
    "category": "VARCHAR",
    "about_court": "BOOLEAN",
    "confidence": "DOUBLE",
    "about_confidence": "DOUBLE",
    "needs_review": "BOOLEAN",
    "step": "VARCHAR",
    "event_date": "DATE",
    "event_date_basis": "VARCHAR",
    "facts": "JSON",
    "keys": "JSON",
    "actors": "JSON",
    "evidence": "JSON",
    "fact_evidence": "JSON",
    "probabilities": "JSON",
    "version": "VARCHAR",
    "judged_at": "TIMESTAMPTZ",
}


def add_verdicts(db: Connection, verdicts: Sequence[Verdict], *, now: datetime) -> int:
    """Store verdicts on the present revisions of their items and return how many.

    Several verdicts on one item are on its newest revisions, in their order.
    Raises ``WarehouseError`` for an item that is not stored: its run has to be stored first.
    """
    if not verdicts:
        return 0
    known = find_items(db, (verdict.item_id for verdict in verdicts))
    if strangers := [verdict.item_id for verdict in verdicts if verdict.item_id not in known]:
        raise WarehouseError(f"no such item: {strangers[0]} (store the source run before its verdicts)")
    numbers = {item.item_no for item in known.values()}
    heads = read_heads(db, numbers)
    counted: dict[int, int] = dict(
        db.execute(
            f"SELECT item_no, max(number) FROM base.verdicts WHERE item_no IN {NUMBERS} GROUP BY item_no",
            [ids(numbers)],
        ).fetchall()
    )
    left = Counter(known[verdict.item_id].item_no for verdict in verdicts)
    rows = []
    for verdict in verdicts:
        item_no = known[verdict.item_id].item_no
        counted[item_no] = counted.get(item_no, 0) + 1
        left[item_no] -= 1
        revision = max(heads[item_no].number - left[item_no], 1)
        rows.append(_row(verdict, item_no, counted[item_no], revision, now))
    insert(db, "base.verdicts", _VERDICT, rows)
    return len(rows)


def _row(verdict: Verdict, item_no: int, number: int, revision: int, now: datetime) -> tuple[object, ...]:
    judged, found = verdict.judgement, verdict.findings
    return (item_no, verdict.item_id, number, revision, judged.category.value, judged.about_court, judged.confidence,
            judged.about_confidence, judged.needs_review, found.step, found.event_date, found.event_date_basis,
            found.facts, found.keys, found.actors, [_evidence(e) for e in judged.evidence],
            [_evidence(e) for e in found.evidence], judged.probabilities, verdict.version, now)  # fmt: skip


def _evidence(evidence: Evidence) -> dict[str, str]:
    return {"quote": evidence.quote, "reason": evidence.reason}
