"""What people did in Slack: a ledger that is only appended to, so that an action acts once, however often it comes."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.changes import add_rows, change_counts
from warehouse.connection import Connection
from warehouse.rows import ChangeRow

_ACTION = {
    "action_id": "VARCHAR",
    "user_id": "VARCHAR",
    "channel": "VARCHAR",
    "event_id": "VARCHAR",
    "kind": "VARCHAR",
    "payload": "JSON",
    "done_at": "TIMESTAMPTZ",
}
# Of each event (and channel) the newest action of a kind that has an end.
_NEWEST = f"""
    SELECT event_id, channel, payload, (payload::JSON ->> 'until')::TIMESTAMPTZ AS until_at
    FROM base.actions WHERE kind = $kind AND ($event_ids IS NULL OR event_id IN {TEXTS.replace("?", "$event_ids")})
    QUALIFY row_number() OVER (PARTITION BY event_id, {{part}} ORDER BY done_at DESC, action_id DESC) = 1
"""


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One thing that a person did."""

    id: str
    user: str
    channel: str
    event_id: str | None
    kind: str
    payload: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class MuteRow:
    """An event of which nothing is told until a day, as a person asked."""

    event_id: str
    until: datetime
    reason: str


def record_action(db: Connection, action: ActionRow) -> bool:
    """Append an action; False when it is known already and must not act again."""
    known = db.execute("SELECT 1 FROM base.actions WHERE action_id = ?", [action.id]).fetchone()
    if known is None:
        row = (action.id, action.user, action.channel, action.event_id, action.kind, action.payload, action.at)
        insert(db, "base.actions", _ACTION, [row])
    return known is None


def read_acknowledgers(db: Connection, event_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the user ids of those who acknowledged each of these events, in the order in which they did."""
    rows = db.execute(
        f"""
        SELECT event_id, user_id FROM base.actions WHERE kind = 'acknowledge' AND event_id IN {TEXTS}
        GROUP BY event_id, user_id ORDER BY event_id, min(done_at), user_id
        """,
        [ids(event_ids)],
    ).fetchall()
    found: dict[str, tuple[str, ...]] = {}
    for event_id, user in rows:
        found[event_id] = (*found.get(event_id, ()), user)
    return found


def read_snoozes(db: Connection, event_ids: Sequence[str], *, now: datetime) -> dict[tuple[str, str], datetime]:
    """Return until when each (event, channel) is snoozed; those that have ended are left out."""
    rows = fetch(
        db,
        {"event_id": "VARCHAR", "channel": "VARCHAR", "until_at": "TIMESTAMPTZ"},
        f"FROM ({_NEWEST.format(part='channel')}) WHERE until_at > $now::TIMESTAMPTZ",
        {"kind": "snooze", "event_ids": ids(event_ids), "now": now.isoformat()},
    )
    return {(event_id, channel): until for event_id, channel, until in rows}


def read_mutes(db: Connection, *, now: datetime) -> list[MuteRow]:
    """Return the events that people muted and that are still mute."""
    shape = {"event_id": "VARCHAR", "until_at": "TIMESTAMPTZ", "payload": "JSON"}
    tail = f"FROM ({_NEWEST.format(part='kind')}) WHERE until_at > $now::TIMESTAMPTZ ORDER BY event_id"
    rows = fetch(db, shape, tail, {"kind": "mute", "event_ids": None, "now": now.isoformat()})
    return [MuteRow(event_id, until, str(payload["reason"])) for event_id, until, payload in rows]


def hold_replies(
    db: Connection, event_id: str, channel: str, *, until: datetime, before: datetime | None, now: datetime
) -> int:
    """Hold the replies of a thread that wait to be sent; return how many.

    ``before`` is the end of the snooze that this one takes the place of. What quiet hours hold for longer stays held.
    """
    row = db.execute(
        """
        UPDATE base.deliveries SET updated_at = $now::TIMESTAMPTZ, not_before = CASE
            WHEN not_before IS NULL OR not_before = $before::TIMESTAMPTZ THEN $until::TIMESTAMPTZ
            ELSE greatest(not_before, $until::TIMESTAMPTZ) END
        WHERE event_id = $event_id AND channel = $channel AND kind = 'reply' AND state = 'due'
        """,
        {
            "event_id": event_id,
            "channel": channel,
            "until": until.isoformat(),
            "before": before.isoformat() if before else None,
            "now": now.isoformat(),
        },
    ).fetchone()
    return int(row[0]) if row else 0


def root_channels(db: Connection, event_id: str) -> list[str]:
    """Return the channels that have, or will have, a root of this event."""
    rows = db.execute(
        """
        SELECT DISTINCT channel FROM base.deliveries
        WHERE kind = 'root' AND event_id = ? AND state NOT IN ('refused', 'expired') ORDER BY channel
        """,
        [event_id],
    ).fetchall()
    return [row[0] for row in rows]


def add_correction_change(
    db: Connection,
    event_id: str,
    summary: str,
    *,
    reason: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> ChangeRow:
    """Append to an event's life that a person corrected it, and return the step."""
    number = change_counts(db, {event_id})[event_id] + 1
    row = ChangeRow(
        f"{event_id}#{number}", event_id, "corrected", now, summary, reason, before=before or {}, after=after or {}
    )
    add_rows(db, [row], {}, told=True)
    return row
