"""The ``/courtwatch`` command: status, an event, a mute, the week so far."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alerts.actions import COMMAND, Action
from alerts.wording import CATEGORIES, SEVERITIES, STATUSES, count, label
from flows.errors import ActionRefused
from flows.runtime import Runtime
from flows.weekly import bounds_of, week_of
from warehouse.connection import Connection
from warehouse.deliveries import add_deliveries, count_states
from warehouse.digest import read_digest
from warehouse.event_rows import read_events
from warehouse.rows import DigestData, NewDelivery
from warehouse.runs import read_health

USAGE = f"{COMMAND} status | event ID | mute EVENT DAYS REASON | digest"
LONGEST_MUTE = 90  # days; what shall be silent for longer is a route's business


@dataclass(frozen=True)
class Order:
    """What a command asks for; ``kind`` and ``payload`` are what the ledger of actions keeps of it."""

    verb: str
    kind: str
    event_id: str | None = None
    channel: str = ""
    payload: dict[str, str] = field(default_factory=dict)


def read_order(runtime: Runtime, action: Action, now: datetime) -> Order:
    """Read the words behind the command. Raises ActionRefused for what is no order, or given in a foreign channel."""
    if action.channel not in _our_channels(runtime):
        raise ActionRefused("this is none of the channels that Courtwatch tells anything")
    verb, *words = action.values.get("text", "").split() or ["status"]
    plain = {"text": action.values.get("text", "")}
    match verb.lower(), words:
        case "status" | "digest", []:
            return Order(verb.lower(), "command", None, action.channel, plain)
        case "event", [event_id]:
            return Order("event", "command", event_id.strip("`"), action.channel, plain)
        case "mute", [event_id, days, *reason] if reason and days.isdecimal() and 0 < int(days) <= LONGEST_MUTE:
            until = now + timedelta(days=int(days))
            said = f"{' '.join(reason)} (asked for in Slack by {action.user})"
            payload = {"until": until.isoformat(), "reason": said}
            return Order("mute", "mute", event_id.strip("`"), action.channel, payload)
        case "mute", _:
            raise ActionRefused(f"a mute needs an event, 1 to {LONGEST_MUTE} days and a reason: {USAGE}")
        case _:
            raise ActionRefused(f"write {USAGE}")


def obey(db: Connection, runtime: Runtime, order: Order, *, mark: str) -> str:
    """Do what the command asks for and return the answer. Raises ActionRefused for an event that there is not."""
    if order.verb == "status":
        return " ".join(_status(db, runtime))
    if order.verb == "digest":
        return _week_so_far(db, runtime, order.channel, mark)
    event = read_events(db, [order.event_id or ""]).get(order.event_id or "")
    if event is None:
        raise ActionRefused(f"there is no event {order.event_id}")
    if order.verb == "mute":
        until = datetime.fromisoformat(order.payload["until"])
        return f"Nothing is told of “{event.title}” until {until:%d %B %Y %H:%M} UTC; the digest names the mute."
    standing = ", ".join(
        [
            label(SEVERITIES, event.severity),
            label(CATEGORIES, event.category).lower(),
            label(STATUSES, event.status).lower(),
            count(len(event.sources), "report"),
        ]
    )
    people = f" Acknowledged by {', '.join(event.acknowledged_by)}." if event.acknowledged_by else ""
    return f"“{event.title}”: {standing}; first seen {event.first_seen_at:%d %B %Y %H:%M} UTC.{people}"


def _our_channels(runtime: Runtime) -> set[str]:
    routed = {route.channel for route in runtime.routes.routes}
    return {runtime.channel, runtime.ops_channel, *routed}


def _status(db: Connection, runtime: Runtime) -> Iterator[str]:
    beat = runtime.settings.heartbeat
    if beat.exists():
        ended = datetime.fromisoformat(json.loads(beat.read_text(encoding="utf-8"))["ended_at"])
        yield f"The last cycle ended {ended:%d %B %H:%M} UTC."
    else:
        yield "No cycle has ended yet."
    health = read_health(db, runtime.sources, now=runtime.now())
    troubled = [row.name for row in health if row.incident_opened_at]
    names = f": {', '.join(troubled)}" if troubled else ""
    yield f"{count(len(troubled), 'source')} of {len(health)} in trouble{names}."
    states = count_states(db)
    waiting = sum(states.get(state, 0) for state in ("due", "sending", "unknown", "held"))
    yield f"{count(states.get('sent', 0), 'alert')} sent, {waiting} waiting, {states.get('refused', 0)} refused."


def _week_so_far(db: Connection, runtime: Runtime, channel: str, mark: str) -> str:
    """Plan a message with the week so far, in the channel where it was asked for."""
    now, zone = runtime.now(), runtime.settings.timezone
    period = week_of(now, zone)
    since, until = bounds_of(period, zone)
    data = read_digest(db, period=period, since=since, until=until, now=now, sources=runtime.sources)
    notice = {"title": f"The week so far, {period}", "lines": list(_lines(data)), "kind": "digest"}
    row = NewDelivery(f"slack:{channel}:digest:{mark}", "notice", channel, None, None, None, notice)
    add_deliveries(db, [row], now=now)
    return "The week so far is posted in this channel."


def _lines(data: DigestData) -> Iterator[str]:
    yield f"{count(len(data.opened), 'new event')}, {count(len(data.moved), 'earlier event')} with news."
    for event in data.opened[:6]:
        yield f"{label(SEVERITIES, event.severity)}, {label(CATEGORIES, event.category).lower()}: {event.title}"
    for event, changes in data.moved[:4]:
        yield f"{event.title}: {changes[-1].summary}"
    for clock in data.clocks[:1]:
        yield f"Next date: {clock.due_on:%d %B %Y}, {clock.kind.replace('_', ' ')}, {clock.event_title}"
