"""Draining the outbox: claim a row, send it, write down how that ended (DESIGN law 2)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from alerts.blocks import SlackMessage
from alerts.messages import render_delivery
from alerts.notices import refused_notice
from alerts.outcomes import SendOutcome
from alerts.routes import superseded
from flows.locks import delivery_lock
from flows.mailing import mail_instead
from flows.runtime import Runtime
from warehouse.changes import read_changes
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries, mark, next_due, read_delivery, read_due, reopen
from warehouse.event_rows import read_events
from warehouse.rows import ChangeRow, Delivery, EventRow
from warehouse.schema import migrate

log = logging.getLogger(__name__)

# Rows that one drain looks at before it asks for the next; a flood is the channel's own limit to deal with.
PAGE = 50
# Failures in a row after which a drain sends no more: the other side is away, and asking it for every row takes long.
GIVE_UP = 2
# Drains hold the delivery lock, so that what is "sending" was left by a process that died. As long as a request may
# take, Slack may still be busy with it: it is looked up after that.
LEASE = timedelta(seconds=15)
# How long a scheduled run stays to send again what failed; the next one comes after two minutes.
PATIENCE = timedelta(seconds=90)
PAUSE = 5.0  # seconds between two drains, at least
_AWAY = SendOutcome("due", error="Slack is away")


@dataclass(frozen=True)
class DeliveryReport:
    """How one drain of the outbox ended."""

    sent: int = 0
    waiting: int = 0
    refused: int = 0
    last_error: str = ""
    retry_at: datetime | None = None  # when the last message failed: no use in asking before

    def __add__(self, other: DeliveryReport) -> DeliveryReport:
        return DeliveryReport(
            self.sent + other.sent,
            self.waiting + other.waiting,
            self.refused + other.refused,
            other.last_error or self.last_error,
            other.retry_at,
        )

    @property
    def changed(self) -> bool:
        """Whether any outbox row changed."""
        return bool(self.sent or self.waiting or self.refused)

    def summary(self) -> dict[str, Any]:
        """Return the figures."""
        return {"alerts_sent": self.sent, "alerts_waiting": self.waiting, "alerts_refused": self.refused}


def is_anything_due(runtime: Runtime) -> bool:
    """Whether the outbox holds a row that could be sent now."""
    with open_warehouse(runtime.settings.warehouse) as db:
        return bool(read_due(db, now=runtime.now(), limit=1))


def deliver_due(runtime: Runtime, *, on_sent: Callable[[Delivery], None] | None = None) -> DeliveryReport:
    """Send what is due, in the order of the outbox, until nothing more can be sent now.

    Sends nothing while another process or thread does. The live file is open only to claim a row and to write down its
    outcome, never while the other side is thinking.
    """
    with delivery_lock(runtime) as ours:
        return _drain(runtime, on_sent) if ours else DeliveryReport()


def _drain(runtime: Runtime, on_sent: Callable[[Delivery], None] | None) -> DeliveryReport:
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
    report = DeliveryReport(retry_at=runtime.sender.paused_until)
    tried: set[int] = set()
    failures = 0  # in a row
    while due := _read_due(runtime, tried):
        skip = superseded(delivery for delivery, _, _ in due)
        for delivery, event, change in due:
            tried.add(delivery.id)
            if delivery.id in skip:
                _write(runtime, delivery, SendOutcome("expired", error="a later edit of the same root shows the same"))
                continue
            route = _route(runtime, delivery, event)
            message = render_delivery(delivery, event=event, change=change, route=route, buttons=runtime.buttons)
            # What is not tried is not claimed either: it would count as a failed attempt of its own.
            away = failures >= GIVE_UP or runtime.sender.paused_until is not None
            outcome = _AWAY if away else _send(runtime, delivery, message)
            if outcome is not _AWAY:
                _write(runtime, delivery, outcome)
                failures = failures + 1 if _is_trouble(outcome) else 0
            if outcome.state != "sent":
                mail_instead(runtime, delivery, message, outcome)
            count = _count(outcome)
            report += count if outcome is not _AWAY else replace(count, retry_at=report.retry_at)
            if outcome.state == "sent" and on_sent:
                on_sent(delivery)
    return report


def _route(runtime: Runtime, delivery: Delivery, event: EventRow | None) -> str:
    """Return the name of the route that tells the channel of the event; empty when none does any more."""
    if event is None:
        return ""
    found = runtime.routes.matching(event, default_channel=runtime.channel).get(delivery.channel)
    return found.name if found else ""


def _is_trouble(outcome: SendOutcome) -> bool:
    """Whether the outcome speaks of Slack, and not of this one message."""
    return outcome.state in ("due", "unknown") and not outcome.root_vanished


def next_attempt(runtime: Runtime) -> datetime | None:
    """Return when there is something to send again; None when nothing waits."""
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        return next_due(db, now=runtime.now(), lease=LEASE)


async def deliver_patiently(
    runtime: Runtime, drain: Callable[[], Awaitable[DeliveryReport]], *, patience: timedelta = PATIENCE
) -> None:
    """Drain the outbox, and again when what could not be sent becomes due within ``patience``.

    A retry then comes after its seconds, not with the next scheduled run.
    """
    until = runtime.now() + patience
    while True:
        report = await drain()
        at = next_attempt(runtime)
        if at is None or (at := max(at, report.retry_at or at)) > until:
            return
        await runtime.sleep(max(PAUSE, (at - runtime.now()).total_seconds()))


def _read_due(runtime: Runtime, tried: set[int]) -> list[tuple[Delivery, EventRow | None, ChangeRow | None]]:
    """Read the next rows that were not tried in this drain, with what they tell of."""
    with open_warehouse(runtime.settings.warehouse) as db:
        due = [
            row for row in read_due(db, now=runtime.now(), limit=PAGE + len(tried), lease=LEASE) if row.id not in tried
        ]
        events = read_events(db, sorted({row.event_id for row in due if row.event_id}))
        with_change = sorted({row.event_id for row in due if row.change_id and row.event_id})
        changes = {change.id: change for change in (read_changes(db, with_change) if with_change else ())}
    return [(row, events.get(row.event_id or ""), changes.get(row.change_id or "")) for row in due]


def _send(runtime: Runtime, delivery: Delivery, message: SlackMessage) -> SendOutcome:
    with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
        mark(db, delivery.id, "sending", now=runtime.now())
    return runtime.sender.send(delivery, message)


def _write(runtime: Runtime, delivery: Delivery, outcome: SendOutcome) -> None:
    now = runtime.now()
    with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
        if outcome.root_vanished and delivery.thread_key:
            root = read_delivery(db, delivery.thread_key)
            if root is not None:
                reopen(db, root.id, now=now)
        mark(
            db, delivery.id, outcome.state, now=now,
            external_id=outcome.external_id, error=outcome.error, not_before=outcome.retry_at,
        )  # fmt: skip
        if outcome.state == "refused" and delivery.kind not in ("notice", "notice_reply"):
            add_deliveries(db, [refused_notice(delivery, outcome, channel=runtime.ops_channel, at=now)], now=now)
    if outcome.state == "refused":
        log.error("delivery %s was refused: %s", delivery.key, outcome.error)


def _count(outcome: SendOutcome) -> DeliveryReport:
    error = outcome.error or ""
    if outcome.state == "sent":
        return DeliveryReport(sent=1)
    if outcome.state == "refused":
        return DeliveryReport(refused=1, last_error=error)
    return DeliveryReport(waiting=1, last_error=error, retry_at=outcome.retry_at if _is_trouble(outcome) else None)
