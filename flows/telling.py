"""From what changed to who is told: routes, mutes and snoozes become outbox rows, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.holding import Mute
from alerts.planning import edit_delivery, reply_delivery, root_key
from alerts.routes import Routes, root_keys
from flows.runtime import Runtime
from warehouse.actions import read_mutes, read_snoozes, root_channels
from warehouse.connection import Connection
from warehouse.deliveries import add_deliveries, count_roots, existing_keys
from warehouse.event_rows import read_events
from warehouse.rows import ChangeRow, EventRow, NewDelivery


def routes_now(db: Connection, runtime: Runtime) -> Routes:
    """Return the routes with the mutes that people have asked for in Slack."""
    asked = read_mutes(db, now=runtime.now())
    said = tuple(Mute(until=mute.until, reason=mute.reason, event=mute.event_id) for mute in asked)
    return replace(runtime.routes, mutes=(*runtime.routes.mutes, *said))


def plan_telling(db: Connection, runtime: Runtime, changes: Sequence[ChangeRow]) -> int:
    """Turn changes that may be told into outbox rows; return how many are new."""
    if not changes:
        return 0
    now = runtime.now()
    events = read_events(db, sorted({change.event_id for change in changes}))
    told = [(change, events[change.event_id]) for change in changes]
    routes = routes_now(db, runtime)
    roots = root_keys(routes, _unique(event for _, event in told), default_channel=runtime.channel)
    planned = routes.plan(
        told,
        default_channel=runtime.channel,
        known_roots=existing_keys(db, roots),
        roots_this_hour=count_roots(db, since=now - timedelta(hours=1)),
    )
    return add_deliveries(db, _snoozed(db, planned, now), now=now)


def plan_in_threads(db: Connection, runtime: Runtime, change: ChangeRow) -> int:
    """Plan a reply, and an edit of the root, wherever the event was told, whatever the routes say of it now."""
    now = runtime.now()
    event = read_events(db, [change.event_id])[change.event_id]
    planned = []
    for channel in root_channels(db, event.id):
        reply = reply_delivery(channel, event, change, [], None, "never")
        planned += [reply, replace(edit_delivery(channel, event, change, None), not_before=None)]
    return add_deliveries(db, planned, now=now)


def plan_edits(db: Connection, runtime: Runtime, event_id: str, mark: str) -> int:
    """Plan an edit of the event's root at once, in every channel that has one; ``mark`` makes its key unique."""
    planned = [
        NewDelivery(f"{root_key(channel, event_id)}:update:{mark}", "update", channel, event_id, None,
                    root_key(channel, event_id))
        for channel in root_channels(db, event_id)
    ]  # fmt: skip
    return add_deliveries(db, planned, now=runtime.now())


def _snoozed(db: Connection, planned: Sequence[NewDelivery], now: datetime) -> list[NewDelivery]:
    """Hold replies in threads that somebody snoozed; the root goes on showing how things stand."""
    snoozes = read_snoozes(db, sorted({row.event_id for row in planned if row.event_id}), now=now)
    held = []
    for row in planned:
        until = snoozes.get((row.event_id or "", row.channel)) if row.kind == "reply" else None
        held.append(replace(row, not_before=max(until, row.not_before or until)) if until else row)
    return held


def _unique(events: Iterable[EventRow]) -> list[EventRow]:
    return list({event.id: event for event in events}.values())
