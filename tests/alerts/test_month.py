"""A month of alerts through storms, outages and kills: everything is told, nothing twice, threads stay in order."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from alerts.messages import render_delivery
from alerts.routes import load_routes, superseded
from alerts.slack import SlackSender
from replay.slack import LocalSlack
from tests.alerts.samples import AT, change, event
from warehouse.rows import ChangeRow, Delivery, EventRow, NewDelivery

CHANNEL = "C0ALERTS01"
FAULTS = ("lost_reply", "lost_request", "server_error", "server_error_after", "rate_limited", "internal_error")


class Killed(Exception):
    """The process was killed."""


class Outbox:
    """The ledger's rules in memory: unique keys, due rows in order, a thread waits for what came before in it."""

    def __init__(self) -> None:
        self.rows: dict[str, Delivery] = {}
        self.not_before: dict[str, datetime] = {}

    def add(self, planned: list[NewDelivery], now: datetime) -> None:
        for new in planned:
            assert new.key not in self.rows
            self.rows[new.key] = Delivery(
                len(self.rows) + 1, new.key, new.kind, new.channel, new.event_id, new.change_id, new.thread_key,
                new.payload, "due", 0, now, None, None, None, new.severity,
            )  # fmt: skip
            self.not_before[new.key] = new.not_before or now

    def due(self, now: datetime) -> list[Delivery]:
        found, busy = [], set()
        for row in self.rows.values():
            thread = row.thread_key or row.key
            if row.state in ("due", "unknown", "sending"):
                if thread not in busy and self.not_before[row.key] <= now:
                    root = self.rows.get(row.thread_key or "")
                    found.append(replace(row, thread_external_id=root.external_id if root else None))
                busy.add(thread)
        return found

    def set(self, key: str, **fields: object) -> None:
        self.rows[key] = replace(self.rows[key], **fields)  # type: ignore[arg-type]


class Month:
    """The world: a clock, a Slack with bad days, an outbox, and a process that is killed now and then."""

    def __init__(self, seed: int, slack: LocalSlack) -> None:
        self.random, self.slack, self.outbox = random.Random(seed), slack, Outbox()
        self.now, self.kills = AT, 0
        self.events: dict[str, EventRow] = {}
        self.changes: dict[str, ChangeRow] = {}
        slack.clock = self.seconds
        self.sender = self.new_process()

    def seconds(self) -> float:
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def new_process(self) -> SlackSender:
        return SlackSender(self.slack.token, self.slack.url, now=lambda: self.now, clock=self.seconds, sleep=self.sleep)

    def cycle(self, again: str | None = None) -> None:
        batch = []
        for _ in range(1 if again else self.random.choice((0, 1, 1, 2, 5))):
            known = [*self.events]
            if not again and (not known or self.random.random() < 0.12):
                row = event(id=f"event-{len(known)}", title=f"Event {len(known)}")
                kind = "opened"
            else:
                row = self.events[again or self.random.choice(known)]
                kind = self.random.choice(("joined", "joined", "status", "document", "edited"))
            number = len(self.changes)
            moved = change(kind, id=f"change-{number}", event_id=row.id, at=self.now, item_id=f"item-{number}")
            self.events[row.id], self.changes[moved.id] = row, moved
            batch.append((moved, row))
        roots = {key for key, row in self.outbox.rows.items() if row.kind == "root"}
        self.outbox.add(ROUTES.plan(batch, default_channel=CHANNEL, known_roots=roots), self.now)

    def drain(self, kill: bool) -> None:
        try:
            while due := self.outbox.due(self.now):
                skip, before = superseded(due), len(self.slack.calls)
                for row in due:
                    if row.id in skip:
                        self.outbox.set(row.key, state="expired")
                    else:
                        self._send(row, kill and self.random.random() < 0.2)
                if len(self.slack.calls) == before and not skip:
                    break
        except Killed:
            self.kills += 1
            self.sender = self.new_process()

    def _send(self, row: Delivery, kill: bool) -> None:
        self.outbox.set(row.key, state="sending", attempts=row.attempts + 1)
        if kill and self.random.random() < 0.3:
            raise Killed  # before anything left
        message = render_delivery(
            row, event=self.events[row.event_id or ""], change=self.changes.get(row.change_id or "")
        )
        outcome = self.sender.send(row, message)
        if kill:
            raise Killed  # before its outcome was written down
        assert outcome.state in ("sent", "due", "unknown"), outcome
        if outcome.root_vanished:
            self.outbox.set(row.thread_key or "", state="due", reposted=True, external_id=None)
        fields = {"external_id": outcome.external_id} if outcome.external_id else {}
        self.outbox.set(row.key, state=outcome.state, last_error=outcome.error, **fields)
        self.outbox.not_before[row.key] = outcome.retry_at or self.now


ROUTES = load_routes()
ROOT = f"slack:{CHANNEL}:event:event-0:root"


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_of_bad_days_loses_nothing_and_tells_nothing_twice(seed: int) -> None:
    with LocalSlack(burst=4) as slack:
        month = Month(seed, slack)
        for number in range(120):
            month.cycle()
            if month.random.random() < 0.35:
                slack.fail(month.random.choice(FAULTS), times=month.random.choice((1, 1, 3)), retry_after=20)
            month.drain(kill=month.random.random() < 0.3)
            month.now += timedelta(minutes=month.random.choice((1, 5, 60)))
            if number % 40 == 39:
                slack.delete(CHANNEL, month.outbox.rows[ROOT].external_id or "")
                month.cycle(again="event-0")
        for _ in range(30):  # the storm is over
            month.now += timedelta(minutes=20)
            month.drain(kill=False)

        assert month.kills >= 5
        rows = month.outbox.rows.values()
        assert {row.state for row in rows if row.kind != "update"} == {"sent"}
        assert {row.state for row in rows if row.kind == "update"} <= {"sent", "expired"}
        ours = [message["metadata"]["event_payload"] for message in slack.messages if "metadata" in message]
        posted = Counter(payload["key"] for payload in ours)
        assert set(posted.values()) == {1}
        assert set(posted) == {row.key for row in rows if row.kind in ("root", "reply")}
        for root, replies in slack.threads():
            numbers = [int(reply["metadata"]["event_payload"]["change_id"].split("-")[1]) for reply in replies]
            assert numbers == sorted(numbers)
            told = {reply["metadata"]["event_payload"]["event_id"] for reply in replies}
            assert len(told | {root.get("metadata", {}).get("event_payload", {}).get("event_id", *told)}) == 1
