"""The week in one value, and who has been told of it: never twice."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Literal

from spiders.catalogue import Source
from warehouse.batch import fetch, insert
from warehouse.connection import Connection
from warehouse.corrections import read_overrides
from warehouse.event_rows import clock_rows, read_events
from warehouse.rows import ChangeRow, ClockRow, DigestData, EventRow, Mismatch, ReviewRow
from warehouse.runs import read_health

#: Kinds of changes that a digest tells of an event that was known before.
MOVES = ("status", "document", "facts", "merged", "split")
EDITS = ("edited", "taken_down", "restored")

#: A digest shows the clocks of the coming months.
AHEAD = timedelta(days=400)

#: A name that a list or register leaves out is told of in the digests of so many days after the round.
STANDS = timedelta(days=180)

#: Items for people to decide on; more than these nobody reads.
REVIEW_LIMIT = 20

RecipientState = Literal["sent", "refused", "later"]

_WINDOW = "{} >= $since::TIMESTAMPTZ AND {} < $until::TIMESTAMPTZ"
_CHANGE = {
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


def read_digest(
    db: Connection,
    *,
    period: str,
    since: datetime,
    until: datetime,
    now: datetime,
    sources: Mapping[str, Source],
) -> DigestData:
    """Return all that the digest of [since, until) says: what became known in it, whenever it was fetched or sent.

    What a baseline or backfill brought is history and stays out, as do events that are not about the Court and those
    that people dismissed.
    """
    window = {"since": since.isoformat(), "until": until.isoformat()}
    opened_ids, changes = _known_in(db, window)
    rows = read_events(db, sorted({*opened_ids, *(change.event_id for change in changes)}))
    hidden = _dismissed(db, rows)
    told = {event_id: row for event_id, row in rows.items() if row.about_court and event_id not in hidden}
    opened = sorted((told[e] for e in opened_ids if e in told), key=_order)
    moved: dict[str, list[ChangeRow]] = {}
    for change in changes:
        if change.kind in MOVES and change.event_id in told and change.event_id not in opened_ids:
            moved.setdefault(change.event_id, []).append(change)
    return DigestData(
        period=period,
        since=since,
        until=until,
        opened=tuple(opened),
        moved=tuple((told[e], tuple(steps)) for e, steps in sorted(moved.items(), key=lambda p: _order(told[p[0]]))),
        revisions=tuple(c for c in changes if c.kind in EDITS and c.event_id in told),
        clocks=_clocks(db, until),
        review=_review(db, window),
        health=tuple(read_health(db, sources, now=now)),
        counts=_counts(db, window, opened),
        blind_hours=_blind_hours(db, since, until),
        gaps=_gaps(db, window),
        mismatches=_mismatches(db, window),
    )


def claim_digest(db: Connection, period: str, recipient: str, *, now: datetime) -> bool:
    """Claim the right to send this period's digest to this recipient; False when it was sent, refused or claimed.

    The claim is to be committed before the mail leaves. A claim that a crash left behind stays: mail cannot be looked
    up afterwards, and a digest is never sent twice. :func:`read_recipients` shows it.
    """
    insert(db, "base.digests", {"period": "VARCHAR", "first_at": "TIMESTAMPTZ"}, [(period, now)],
           "ON CONFLICT (period) DO NOTHING")  # fmt: skip
    claimed = db.execute(
        """
        INSERT INTO base.digest_recipients (period, recipient, state, claimed_at)
        VALUES (?, ?, 'claimed', ?::TIMESTAMPTZ)
        ON CONFLICT (period, recipient) DO UPDATE SET state = 'claimed', claimed_at = excluded.claimed_at
            WHERE digest_recipients.state = 'later'
        RETURNING period
        """,
        [period, recipient, now.isoformat()],
    ).fetchone()
    return claimed is not None


def mark_digest(
    db: Connection, period: str, recipient: str, state: RecipientState, *, now: datetime, error: str | None = None
) -> None:
    """Say what became of a claimed digest: "later" means that it surely did not leave and may be claimed again."""
    db.execute(
        """
        UPDATE base.digest_recipients SET state = ?, marked_at = ?::TIMESTAMPTZ, error = ?
        WHERE period = ? AND recipient = ?
        """,
        [state, now.isoformat(), error, period, recipient],
    )


def read_recipients(db: Connection, period: str) -> dict[str, str]:
    """Return the state of each recipient of a period's digest."""
    rows: list[tuple[str, str]] = db.execute(
        "SELECT recipient, state FROM base.digest_recipients WHERE period = ? ORDER BY recipient", [period]
    ).fetchall()
    return dict(rows)


def _known_in(db: Connection, window: dict[str, str]) -> tuple[set[str], list[ChangeRow]]:
    tail = f"""
        FROM base.event_changes AS c LEFT JOIN base.items AS i ON i.item_no = c.item_no
        WHERE c.told AND {_WINDOW.format("c.changed_at", "c.changed_at")}
        ORDER BY c.changed_at, c.event_id, c.number
    """
    changes = [ChangeRow(*row) for row in fetch(db, _CHANGE, tail, window)]
    return {change.event_id for change in changes if change.kind == "opened"}, changes


def _dismissed(db: Connection, rows: Mapping[str, EventRow]) -> set[str]:
    """Return the events that are not to be shown: dismissed by a person, or absorbed by another event."""
    absorbed = db.execute("SELECT event_id FROM base.event_versions WHERE merged_into IS NOT NULL").fetchall()
    dismissed = db.execute(
        """
        SELECT target FROM base.corrections WHERE target_kind = 'event' AND field = 'dismissed'
        GROUP BY target HAVING arg_max(value, correction_id) = 'true'
        """
    ).fetchall()
    return {row[0] for row in [*absorbed, *dismissed] if row[0] in rows}


def _order(event: EventRow) -> tuple[int, datetime, str]:
    ranks = {"critical": 0, "high": 1, "normal": 2, "low": 3}
    return ranks.get(event.severity, 4), event.first_seen_at, event.id


def _clocks(db: Connection, until: datetime) -> tuple[ClockRow, ...]:
    shape = {"event_id": "VARCHAR", "title": "VARCHAR", "clocks": "JSON"}
    tail = """
        FROM (
            SELECT * FROM base.event_versions WHERE event_id IN (
                SELECT event_id FROM base.event_versions WHERE clocks <> '[]' AND about_court)
            QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY version DESC) = 1
        ) WHERE merged_into IS NULL
    """
    found = fetch(db, shape, tail)
    titles = read_overrides(db, [event_id for event_id, _, _ in found])
    rows = [
        clock
        for event_id, title, stored in found
        for clock in clock_rows(event_id, titles.get(event_id, {}).get("title", title), stored)
        if until.date() <= clock.due_on <= (until + AHEAD).date()
    ]
    return tuple(sorted(rows, key=lambda row: (row.due_on, row.event_id, row.kind, row.subject)))


def _review(db: Connection, window: dict[str, str]) -> tuple[ReviewRow, ...]:
    shape = {
        "v.item_id": "VARCHAR",
        "r.title": "VARCHAR",
        "r.url": "VARCHAR",
        "i.publisher": "VARCHAR",
        "v.category": "VARCHAR",
        "v.confidence": "DOUBLE",
        "coalesce(v.evidence::JSON ->> '$[0].quote', '')": "VARCHAR",
    }
    tail = f"""
        FROM base.verdicts AS v JOIN base.items AS i USING (item_no)
        JOIN base.revisions AS r ON r.item_no = v.item_no AND r.number = v.revision
        WHERE v.needs_review AND NOT i.baseline AND NOT i.backfill
            AND {_WINDOW.format("v.judged_at", "v.judged_at")}
            AND NOT EXISTS (SELECT 1 FROM base.corrections AS c WHERE c.target = v.item_id)
            AND NOT EXISTS (
                SELECT 1 FROM base.verdicts AS n WHERE n.number > 1 AND n.item_no = v.item_no AND n.number > v.number)
        ORDER BY v.confidence DESC, v.item_no LIMIT {REVIEW_LIMIT}
    """
    return tuple(ReviewRow(*row) for row in fetch(db, shape, tail, window))


def _counts(db: Connection, window: dict[str, str], opened: Iterable[EventRow]) -> dict[str, int]:
    def count(sql: str) -> int:
        row = db.execute(sql, window).fetchone()
        return int(row[0]) if row else 0

    counts = {
        "items": count(f"SELECT count(*) FROM base.items WHERE {_WINDOW.format('stored_at', 'stored_at')}"),
        "judged": count(f"SELECT count(*) FROM base.verdicts WHERE {_WINDOW.format('judged_at', 'judged_at')}"),
        "alerts": count(
            f"""
            SELECT count(*) FROM base.deliveries
            WHERE kind IN ('root', 'reply') AND state = 'sent' AND {_WINDOW.format("sent_at", "sent_at")}
            """
        ),
    }
    by_category = Counter(event.category for event in opened)
    return counts | {f"events_{category}": number for category, number in sorted(by_category.items())}


def _blind_hours(db: Connection, since: datetime, until: datetime) -> dict[str, float]:
    """Return the hours of the window in which a source had a told trouble: nothing of it could be seen."""
    shape = {"source": "VARCHAR", "since": "TIMESTAMPTZ", "closed_at": "TIMESTAMPTZ"}
    hours: dict[str, float] = {}
    for source, began, ended in fetch(db, shape, "FROM base.incidents ORDER BY source, since"):
        blind = (min(ended or until, until) - max(began, since)).total_seconds() / 3600
        if blind > 0:
            hours[source] = round(hours.get(source, 0.0) + blind, 1)
    return hours


def _gaps(db: Connection, window: dict[str, str]) -> dict[str, str]:
    """Return what the newest run with a gap said, for each source that had one in the window."""
    rows: list[tuple[str, str]] = db.execute(
        f"""
        SELECT source, arg_max(note, started_at) FROM base.runs
        WHERE gap AND {_WINDOW.format("finished_at", "finished_at")} GROUP BY source ORDER BY source
        """,
        window,
    ).fetchall()
    return dict(rows)


def _mismatches(db: Connection, window: dict[str, str]) -> tuple[Mismatch, ...]:
    """Return the names that an official document left out for too long, as known at the end of the window."""
    shape = {
        "event_id": "VARCHAR",
        "title": "VARCHAR",
        "event_date": "DATE",
        "name": "VARCHAR",
        "overdue": "VARCHAR[]",
        "named_since": "TIMESTAMPTZ",
    }
    tail = """
        FROM reconciliation_as_of(?) WHERE told AND len(overdue) > 0 AND event_date >= ?::DATE
        ORDER BY event_date DESC, event_id, name
    """
    until = window["until"]
    earliest = (datetime.fromisoformat(until) - STANDS).date().isoformat()
    rows = fetch(db, shape, tail, [until, earliest])
    return tuple(
        Mismatch(event_id, title, day, name, tuple(overdue), named_since)
        for event_id, title, day, name, overdue, named_since in rows
    )
