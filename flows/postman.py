"""The postman of ``courtwatch serve``: looks into the outbox every few seconds, whatever the schedules are doing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flows.deliver import deliver_due, next_attempt
from flows.runtime import Runtime
from warehouse.errors import WarehouseError

LOOK = 5.0  # seconds between two looks: opening the file and asking costs milliseconds
REST = 30.0  # seconds at most, when Slack asked for more: what is critical goes out by mail meanwhile

log = logging.getLogger(__name__)


@contextmanager
def delivering(runtime: Runtime) -> Iterator[None]:
    """Deliver while the block runs, in a thread; without a Slack token the flows show alerts themselves.

    What a killed cycle left behind, what failed and what quiet hours held is sent seconds after it is due.
    """
    if runtime.settings.slack_token is None:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_deliver, args=(runtime, stop), name="postman", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=LOOK)


def look(runtime: Runtime) -> float:
    """Send what is due and return after how many seconds to look again."""
    at = next_attempt(runtime)
    left = LOOK if at is None else (at - runtime.now()).total_seconds()
    if left > 0:
        return min(LOOK, left)
    report = deliver_due(runtime)
    if report.retry_at is None:
        return LOOK
    return min(REST, max(1.0, (report.retry_at - runtime.now()).total_seconds()))


def _deliver(runtime: Runtime, stop: threading.Event) -> None:
    rest = 0.0
    while not stop.wait(rest):
        try:
            rest = look(runtime)
        except WarehouseError as error:
            log.error("the outbox cannot be read: %s; looking again in %.0f s", error, REST)
            rest = REST
