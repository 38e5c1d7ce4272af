"""The outbox rows that changes become, and their keys, which are unique for ever and the same on every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from warehouse.rows import ChangeRow, Delivery, EventRow, NewDelivery

SILENT = frozenset({"joined"})  # raises a count in the root, never a message
DEBOUNCE = timedelta(seconds=60)  # several changes of one event become one edit of its root
_TOGETHER = ("status", "document", "facts")  # told in one reply when one report did them at once, the first leads

Also = list[dict[str, str]]


def root_key(channel: str, event_id: str) -> str:
    """Return the key of an event's root in a channel."""
    return f"slack:{channel}:event:{event_id}:root"


def together(changes: Sequence[tuple[ChangeRow, EventRow]]) -> list[tuple[ChangeRow, EventRow, Also]]:
    """Put what one report did to one event at once into one change: the thread gets one reply, not three."""
    found: dict[tuple[str, str | None, str], list[tuple[ChangeRow, EventRow]]] = {}
    for change, event in changes:
        one = change.item_id is not None and change.kind in _TOGETHER
        found.setdefault((event.id, change.item_id, "together" if one else change.id), []).append((change, event))
    result = []
    for group in found.values():
        if group[0][0].kind in _TOGETHER:
            group.sort(key=lambda pair: _TOGETHER.index(pair[0].kind))
        first, *others = group
        result.append((*first, [{"kind": change.kind, "summary": change.summary} for change, _ in others]))
    return result


def root_delivery(channel: str, event: EventRow, change: ChangeRow, also: Also, hold: datetime | None) -> NewDelivery:
    """Plan the first message about an event; with a change id when that change made a known event news."""
    told = None if change.kind == "opened" else change.id
    payload = {"also": also} if also else {}
    return NewDelivery(
        root_key(channel, event.id), "root", channel, event.id, told, None, payload, hold, event.severity
    )


def reply_delivery(
    channel: str, event: EventRow, change: ChangeRow, also: Also, hold: datetime | None, broadcast: str
) -> NewDelivery:
    """Plan a reply in the event's thread."""
    payload: dict[str, Any] = {"also": also} if also else {}
    if broadcast != "escalation":
        payload["broadcast"] = broadcast == "always"
    key, thread = f"slack:{channel}:change:{change.id}", root_key(channel, event.id)
    return NewDelivery(key, "reply", channel, event.id, change.id, thread, payload, hold, event.severity)


def edit_delivery(channel: str, event: EventRow, change: ChangeRow, hold: datetime | None) -> NewDelivery:
    """Plan an edit of the root, late enough for other changes to come along."""
    key, thread = f"slack:{channel}:event:{event.id}:update:{change.id}", root_key(channel, event.id)
    not_before = max(filter(None, (change.at + DEBOUNCE, hold)))
    return NewDelivery(key, "update", channel, event.id, None, thread, {}, not_before, event.severity)


def superseded(due: Iterable[Delivery]) -> set[int]:
    """Return the ids of edits that a later edit of the same root makes needless (both show the same finished row)."""
    latest: dict[str, int] = {}
    older: set[int] = set()
    for delivery in sorted(due, key=lambda row: row.id):
        if delivery.kind == "update" and delivery.thread_key:
            if delivery.thread_key in latest:
                older.add(latest[delivery.thread_key])
            latest[delivery.thread_key] = delivery.id
    return older
