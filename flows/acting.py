"""What people do in Slack takes effect here: once an action, written down with who did it, told where it matters."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial

from alerts.actions import SNOOZES, Action
from alerts.errors import ListeningError
from alerts.listening import ActionListener
from classifiers.classify import load_classifier
from flows.correcting import correct
from flows.deliver import deliver_due
from flows.errors import ActionRefused
from flows.orders import obey, read_order
from flows.runtime import Runtime
from flows.telling import plan_edits
from warehouse.actions import ActionRow, hold_replies, read_snoozes, record_action
from warehouse.connection import Connection, open_warehouse, transaction
from warehouse.errors import WarehouseError
from warehouse.event_rows import read_events
from warehouse.events import read_states
from warehouse.rows import EventRow
from warehouse.schema import migrate

# A form has to open within 3 seconds of the press: its title is left out when the warehouse is busy for longer.
TITLE_WAIT = 1.0
RECONNECT = 60.0  # seconds

log = logging.getLogger(__name__)


class Desk:
    """Acts on what people do, one action after the other; :class:`alerts.listening.ActionListener` hands them in."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()  # the listener has several threads, the sender is for one

    def handle(self, action: Action) -> str | None:
        """Act on ``action``, unless it was acted on before, and return what its person is told."""
        try:
            return self.carry_out(action)
        except (ActionRefused, WarehouseError) as error:
            return f"Nothing was changed: {error}"

    def carry_out(self, action: Action) -> str | None:
        """Act on ``action`` and tell of it where it matters; return it in words, None when it was acted on before.

        Raises ActionRefused once for what cannot be done, after writing that down.
        """
        with self._lock:
            try:
                said = self._act(action)
            except ActionRefused as error:
                if self._write_down(action, str(error)):
                    raise
                return None
            if said is not None:
                deliver_due(self._runtime)
            return said

    def refuse(self, action: Action, why: str) -> None:
        """Write down what its person may not do, or did too late."""
        with self._lock:
            self._write_down(action, why)

    def _write_down(self, action: Action, why: str) -> bool:
        """Keep a refusal in the ledger, with who asked for what; False when it is known already."""
        payload = {**action.values, "asked": action.kind, "why": why}
        with open_warehouse(self._runtime.settings.warehouse) as db:
            migrate(db)
            with transaction(db):
                return self._record(db, action, "refused", action.event_id, payload, self._runtime.now())

    def title_of(self, event_id: str) -> str:
        """Return what the form calls an event."""
        try:
            with open_warehouse(self._runtime.settings.warehouse, wait=TITLE_WAIT) as db:
                return read_events(db, [event_id])[event_id].title
        except (WarehouseError, KeyError):
            return event_id

    def _act(self, action: Action) -> str | None:
        if action.values.get("split"):
            load_classifier(self._runtime.settings.model)  # takes seconds, and the warehouse is only open for moments
        with open_warehouse(self._runtime.settings.warehouse) as db:
            migrate(db)
            with transaction(db):
                return self._take_effect(db, action)

    def _take_effect(self, db: Connection, action: Action) -> str | None:
        now = self._runtime.now()
        if action.kind == "command":
            order = read_order(self._runtime, action, now)
            if not self._record(db, action, order.kind, order.event_id, order.payload, now):
                return None
            return obey(db, self._runtime, order, mark=action.id)
        event = _event(db, action)
        if not read_states(db, [event.id]):
            raise ActionRefused(f"“{event.title}” was merged with another event: act in the thread of that one")
        if action.kind == "snooze":
            return self._snooze(db, action, event, now)
        if not self._record(db, action, action.kind, event.id, dict(action.values), now):
            return None
        if action.kind == "acknowledge":
            plan_edits(db, self._runtime, event.id, action.id)
            return f"You acknowledged “{event.title}”"
        return correct(db, self._runtime, event, action)

    def _snooze(self, db: Connection, action: Action, event: EventRow, now: datetime) -> str | None:
        words, span = SNOOZES[action.values["for"]]
        before = read_snoozes(db, [event.id], now=now).get((event.id, action.channel))
        payload = {"for": action.values["for"], "until": (now + span).isoformat()}
        if not self._record(db, action, "snooze", event.id, payload, now):
            return None
        hold_replies(db, event.id, action.channel, until=now + span, before=before, now=now)
        return f"Replies in this thread wait for {words}, until {now + span:%d %B %H:%M} UTC"

    def _record(
        self, db: Connection, action: Action, kind: str, event_id: str | None, payload: dict[str, str], now: datetime
    ) -> bool:
        return record_action(db, ActionRow(action.id, action.user, action.channel, event_id, kind, payload, now))


def _event(db: Connection, action: Action) -> EventRow:
    found = read_events(db, [action.event_id or ""])
    if not found:
        raise ActionRefused(f"there is no event {action.event_id}")
    return found[action.event_id or ""]


@contextmanager
def listening(runtime: Runtime) -> Iterator[None]:
    """Act on buttons and the command while the block runs; without an app-level token nobody listens.

    It happens in a thread that tries again when Slack cannot be reached: the schedules do not wait for it.
    """
    if runtime.settings.slack_app_token is None:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_listen, args=(runtime, stop), name="slack-actions", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _listen(runtime: Runtime, stop: threading.Event) -> None:
    settings, desk = runtime.settings, Desk(runtime)
    if settings.slack_app_token is None or settings.slack_token is None:
        return
    listener = partial(
        ActionListener,
        settings.slack_app_token.get_secret_value(),
        settings.slack_token.get_secret_value(),
        desk.handle,
        desk.refuse,
        allowed=settings.may_act,
        base_url=settings.slack_base_url,
        title_of=desk.title_of,
    )
    while not stop.is_set():
        try:
            with listener():
                stop.wait()
        except ListeningError as error:
            log.error("buttons in Slack do nothing: %s; trying again in a minute", error)
            stop.wait(RECONNECT)
