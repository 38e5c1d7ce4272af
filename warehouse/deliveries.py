"""The outbox (DESIGN law 2): an alert is a row with a unique key before it is a message, and no row is ever dropped."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.connection import Connection
from warehouse.errors import WarehouseError
from warehouse.rows import Delivery, DeliveryState, NewDelivery

#: A row that has been "sending" for longer was left by a crash: what became of its message is unknown.
LEASE = timedelta(minutes=2)

_NEW = {
    "delivery_id": "BIGINT",
    "key": "VARCHAR",
    "kind": "VARCHAR",
    "channel": "VARCHAR",
    "event_id": "VARCHAR",
    "change_id": "VARCHAR",
    "thread_key": "VARCHAR",
    "payload": "JSON",
    "severity": "VARCHAR",
    "state": "VARCHAR",
    "attempts": "INTEGER",
    "created_at": "TIMESTAMPTZ",
    "not_before": "TIMESTAMPTZ",
    "updated_at": "TIMESTAMPTZ",
}
_DELIVERY = {
    "d.delivery_id": "BIGINT",
    "d.key": "VARCHAR",
    "d.kind": "VARCHAR",
    "d.channel": "VARCHAR",
    "d.event_id": "VARCHAR",
    "d.change_id": "VARCHAR",
    "d.thread_key": "VARCHAR",
    "d.payload": "JSON",
    "d.state": "VARCHAR",
    "d.attempts": "INTEGER",
    "d.created_at": "TIMESTAMPTZ",
    "d.external_id": "VARCHAR",
    "root.external_id": "VARCHAR",
    "d.last_error": "VARCHAR",
    "d.severity": "VARCHAR",
    "coalesce((coalesce(root.payload, d.payload)::JSON ->> 'reposted')::BOOLEAN, false)": "BOOLEAN",
}
_WITH_ROOT = "FROM base.deliveries AS d LEFT JOIN base.deliveries AS root ON root.key = d.thread_key"
# Nothing has to be told before it.
_FREE = """
    (d.thread_key IS NULL OR root.state = 'sent')
    AND (d.kind = 'update' OR NOT EXISTS (
        SELECT 1 FROM base.deliveries AS earlier
        WHERE earlier.thread_key = d.thread_key AND earlier.delivery_id < d.delivery_id
            AND earlier.kind <> 'update' AND earlier.state IN ('due', 'sending', 'unknown')
    ))
"""


def add_deliveries(db: Connection, deliveries: Sequence[NewDelivery], *, now: datetime) -> int:
    """Add alerts to be and return how many were new; a key that exists is left as it is, whatever became of it."""
    if not deliveries:
        return 0
    row = db.execute("SELECT coalesce(max(delivery_id), 0), count(*) FROM base.deliveries").fetchone()
    start, before = row if row else (0, 0)
    rows = [
        (start + place, d.key, d.kind, d.channel, d.event_id, d.change_id, d.thread_key, d.payload, d.severity, "due",
         0, now, d.not_before, now)
        for place, d in enumerate(deliveries, start=1)
    ]  # fmt: skip
    insert(db, "base.deliveries", _NEW, rows, "ON CONFLICT (key) DO NOTHING")
    _release(db, above=start, now=now)
    after = db.execute("SELECT count(*) FROM base.deliveries").fetchone()
    return int(after[0] - before) if after else 0


def _release(db: Connection, *, above: int, now: datetime) -> None:
    """Let a reply that is loud enough to be told at once take along the root and replies that wait for the morning.

    Only rows that were planned for later are released, not those that wait after a failed attempt.
    """
    db.execute(
        """
        UPDATE base.deliveries AS held SET not_before = NULL, updated_at = $now::TIMESTAMPTZ
        WHERE held.state = 'due' AND held.attempts = 0 AND held.kind IN ('root', 'reply')
            AND held.not_before > $now::TIMESTAMPTZ
            AND coalesce(held.thread_key, held.key) IN (
                SELECT thread_key FROM base.deliveries
                WHERE delivery_id > $above AND kind = 'reply' AND not_before IS NULL)
        """,
        {"above": above, "now": now.isoformat()},
    )


def read_due(db: Connection, *, now: datetime, limit: int = 50, lease: timedelta = LEASE) -> list[Delivery]:
    """Return what is to be sent now, news before edits, oldest first; call again until nothing comes.

    A reply comes only once its root is sent, and after all earlier replies of its thread have ended; edits of the root
    neither wait for replies nor hold them up. A row that a crash left in "sending" comes back as "unknown", to be
    looked up before it is sent again; ``lease`` is how long a living sender may hold it.
    """
    tail = f"""
        {_WITH_ROOT}
        WHERE (
                (d.state IN ('due', 'unknown') AND (d.not_before IS NULL OR d.not_before <= $now::TIMESTAMPTZ))
                OR (d.state = 'sending' AND d.updated_at <= $stale::TIMESTAMPTZ)
            )
            AND {_FREE}
        ORDER BY d.kind = 'update', d.delivery_id
        LIMIT $limit
    """
    params = {"now": now.isoformat(), "stale": (now - lease).isoformat(), "limit": limit}
    found = [_delivery(row) for row in fetch(db, _DELIVERY, tail, params)]
    return [replace(row, state="unknown") if row.state == "sending" else row for row in found]


def next_due(db: Connection, *, now: datetime, lease: timedelta = LEASE) -> datetime | None:
    """Return when :func:`read_due` will have something, ``now`` when it has; None when nothing waits."""
    moment = """
        min(CASE d.state
            WHEN 'sending' THEN d.updated_at + to_seconds($lease)
            ELSE coalesce(d.not_before, d.created_at) END)
    """
    tail = f"{_WITH_ROOT} WHERE d.state IN ('due', 'unknown', 'sending') AND {_FREE}"
    [(moment_due,)] = fetch(db, {moment: "TIMESTAMPTZ"}, tail, {"lease": lease.total_seconds()})
    return None if moment_due is None else max(moment_due, now)


def read_delivery(db: Connection, key: str) -> Delivery | None:
    """Return the row with this key."""
    rows = fetch(db, _DELIVERY, f"{_WITH_ROOT} WHERE d.key = ?", [key])
    return _delivery(rows[0]) if rows else None


def mark(
    db: Connection,
    delivery_id: int,
    state: DeliveryState,
    *,
    now: datetime,
    external_id: str | None = None,
    error: str | None = None,
    not_before: datetime | None = None,
) -> None:
    """Move a row on. "sending" counts an attempt and is to be committed before the message leaves.

    Replies to a root that ends refused or expired end with it: they could never be sent. Raises ``WarehouseError``
    when there is no such row or it was already sent.
    """
    found = db.execute(
        """
        UPDATE base.deliveries SET
            state = $state,
            attempts = attempts + CASE WHEN $state = 'sending' THEN 1 ELSE 0 END,
            updated_at = $now::TIMESTAMPTZ,
            sent_at = CASE WHEN $state = 'sent' THEN coalesce(sent_at, $now::TIMESTAMPTZ) ELSE sent_at END,
            external_id = coalesce($external_id, external_id),
            last_error = CASE WHEN $state = 'sent' THEN NULL ELSE coalesce($error, last_error) END,
            not_before = $not_before::TIMESTAMPTZ
        WHERE delivery_id = $id AND state <> 'sent'
        RETURNING key
        """,
        {
            "state": state,
            "now": now.isoformat(),
            "external_id": external_id,
            "error": error,
            "not_before": not_before.isoformat() if not_before else None,
            "id": delivery_id,
        },
    ).fetchone()
    if found is None:
        raise WarehouseError(f"delivery {delivery_id} does not exist or was sent already")
    if state in ("refused", "expired"):
        db.execute(
            """
            UPDATE base.deliveries SET state = $state, updated_at = $now::TIMESTAMPTZ, last_error = $error
            WHERE thread_key = $key AND state IN ('due', 'held', 'unknown')
            """,
            {"state": state, "now": now.isoformat(), "error": f"its root was {state}", "key": found[0]},
        )


def reopen(db: Connection, delivery_id: int, *, now: datetime) -> bool:
    """Make a sent row due again whose message is gone from where it was posted; False when it is not sent (any more).

    Replies wait until it stands there again. It stays marked as ``reposted``; ``sent_at`` stays: it was told then.
    """
    found = db.execute(
        """
        UPDATE base.deliveries SET
            state = 'due', external_id = NULL, not_before = NULL, updated_at = ?::TIMESTAMPTZ,
            payload = json_merge_patch(payload::JSON, '{"reposted": true}')::VARCHAR
        WHERE delivery_id = ? AND state = 'sent' RETURNING key
        """,
        [now.isoformat(), delivery_id],
    ).fetchone()
    return found is not None


def count_states(db: Connection) -> dict[str, int]:
    """Return how many rows are in each state: what a health check looks at."""
    rows: list[tuple[str, int]] = db.execute(
        "SELECT state, count(*) FROM base.deliveries GROUP BY state ORDER BY state"
    ).fetchall()
    return dict(rows)


def _delivery(row: tuple[Any, ...]) -> Delivery:
    return Delivery(*row)


def existing_keys(db: Connection, keys: Collection[str]) -> set[str]:
    """Return which of these delivery keys stand in the outbox, whatever became of them."""
    if not keys:
        return set()
    rows = db.execute(f"SELECT key FROM base.deliveries WHERE key IN {TEXTS}", [ids(keys)]).fetchall()  # noqa: S608
    return {row[0] for row in rows}


def read_notices(db: Connection, prefix: str) -> dict[str, Mapping[str, Any]]:
    """Return what the notices said whose keys begin so, by key, in the order of their keys."""
    tail = "FROM base.deliveries WHERE kind = 'notice' AND starts_with(key, ?) ORDER BY key"
    return dict(fetch(db, {"key": "VARCHAR", "payload": "JSON"}, tail, [prefix]))


def count_roots(db: Connection, *, since: datetime) -> dict[str, int]:
    """Return how many roots were planned for each channel since then: what counts against a channel's budget."""
    rows = db.execute(
        """
        SELECT channel, count(*) FROM base.deliveries WHERE kind = 'root' AND created_at > ?::TIMESTAMPTZ
        GROUP BY channel
        """,
        [since.isoformat()],
    ).fetchall()
    return {channel: int(roots) for channel, roots in rows}
