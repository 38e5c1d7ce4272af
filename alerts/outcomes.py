"""How an attempt to tell something ended; the ledger writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from warehouse.rows import DeliveryState


@dataclass(frozen=True, slots=True)
class SendOutcome:
    """``state`` is what the outbox row becomes.

    ``due`` comes back at ``retry_at``; ``unknown`` may have been posted and is looked up before it is sent again;
    ``refused`` needs a person, and ``error`` says what to do. ``root_vanished``: the root's message is gone from Slack;
    make the root's own row due again: this row waits for it.
    """

    state: DeliveryState
    external_id: str | None = None  # Slack ts
    error: str | None = None  # one line
    retry_at: datetime | None = None
    permanent: bool = False
    root_vanished: bool = False
    adopted: bool = False  # it had been posted before: found by its metadata, not sent again


def back_off(attempts: int) -> timedelta:
    """Return how long to wait after the n-th failed attempt (0 = first): 5, 5, 10, then 15 s.

    A drain gives up after a few failures, so that asking often costs little, and an outage is soon noticed to be over.
    """
    return timedelta(seconds=min(15, 5 * max(1, attempts)))
