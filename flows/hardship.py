"""The world of ``courtwatch bench deliver``: a clock, a Slack with bad days, a postman who is killed now and then."""

from __future__ import annotations

import http.client
import math
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alerts.actions import Action
from alerts.planning import root_key
from alerts.routes import load_routes
from alerts.slack import SlackSender
from flows.acting import Desk
from flows.deliver import next_attempt
from flows.month import SOURCE, Chronicle, Report
from flows.postman import LOOK, look
from flows.runtime import Runtime
from flows.settings import Settings
from flows.telling import plan_telling
from replay.slack import Fault, LocalSlack
from spiders.collect import CollectOptions
from warehouse.connection import open_warehouse, transaction

CHANNEL = "C0ALERTS01"
RESTART = 15.0  # seconds until a killed watch is back: systemd's RestartSec=10 of docs/operating.md, and its start
STORM = timedelta(minutes=10)
RETRY_AFTER = 20.0  # seconds that a storm's refusals ask for
FAULTS: tuple[Fault, ...] = ("lost_reply", "lost_request", "server_error", "server_error_after", "internal_error")
Window = tuple[float, float]


@dataclass(frozen=True)
class Trials:
    """What the month goes through."""

    days: int = 30
    events: int = 40
    items: int = 600
    kills: int = 100
    outages: int = 6
    outage: timedelta = timedelta(hours=1)
    storms: int = 8
    deleted_roots: int = 3
    seed: int = 1


class Clock:
    """The simulated time in a double that the killed processes share."""

    def __init__(self, shared: Any) -> None:
        self.shared = shared

    def seconds(self) -> float:
        """Return the seconds since the epoch."""
        return float(self.shared.value)

    def now(self) -> datetime:
        """Return the simulated instant."""
        return datetime.fromtimestamp(self.shared.value, UTC)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.shared.value += seconds

    async def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.sleep(seconds)

    def advance_to(self, seconds: float) -> None:
        """Let time pass until then, in seconds since the epoch; nothing when that is over."""
        self.shared.value = max(self.shared.value, seconds)


def _runtime(home: Path, url: str, token: str, clock: Clock) -> Runtime:
    sender = SlackSender(token, url, now=clock.now, clock=clock.seconds, sleep=clock.sleep)
    return Runtime(
        settings=Settings(home=home), sources={SOURCE.id: SOURCE}, routes=load_routes(), sender=sender,
        collect=CollectOptions(), now=clock.now, channel=CHANNEL, ops_channel=CHANNEL, sleep=clock.wait,
    )  # fmt: skip


def _doomed(home: Path, url: str, token: str, shared: Any, calls: Any, last: int) -> None:
    """Deliver in a process of its own, and be killed hard at the call with the number ``last``."""
    runtime = _runtime(home, url, token, Clock(shared))

    def count(*_: object) -> None:
        calls.value += 1
        if calls.value >= last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    look(runtime)
    sys.setprofile(None)


class Month:
    """The world of one simulation."""

    def __init__(self, home: Path, trials: Trials, slack: LocalSlack, clock: Clock, context: Any) -> None:
        self.home, self.trials, self.slack, self.clock, self.context = home, trials, slack, clock, context
        self.chance = random.Random(trials.seed)  # noqa: S311 - the same month for the same seed
        self.chronicle = Chronicle()
        self.calls = context.RawValue("q", 0)
        self.typical = 20_000  # calls of a whole drain, learnt from those that lived
        self.next_look = clock.seconds()
        self.dead_until = 0.0  # from a kill to the restart
        self.outages: list[Window] = []  # of Slack
        self.storms: list[Window] = []
        self.kills = self.faults = self.redeliveries = self.actions = 0
        self.deleted: set[str] = set()
        self.left = trials.items
        self.up, self.url = True, slack.url
        self.runtime = _runtime(home, self.url, slack.token, clock)
        self.kept_open = ExitStack()

    def keep_open(self) -> None:
        """Keep the file open beside the code that opens it for moments: opening would take most of the time."""
        self.kept_open.enter_context(open_warehouse(self.runtime.settings.warehouse))

    # --- what goes wrong ----------------------------------------------------------------------------------------

    def plan_trouble(self, reports: Sequence[Report]) -> None:
        """Let outages and storms begin when there is something to tell."""
        moments = self.chance.sample([report.at for report in reports], self.trials.outages + self.trials.storms)
        self.outages = [
            (at.timestamp(), (at + self.trials.outage).timestamp()) for at in moments[: self.trials.outages]
        ]
        self.storms = [(at.timestamp(), (at + STORM).timestamp()) for at in moments[self.trials.outages :]]

    def set_weather(self) -> None:
        """Start or stop Slack, and plan what the next drain meets."""
        now = self.clock.seconds()
        if any(start <= now < end for start, end in self.outages):
            self.slack.stop()
            self.up = False
            return
        if not self.up:
            self.slack.start()
            self.up, self.url = True, self.slack.url
            self.runtime = _runtime(self.home, self.url, self.slack.token, self.clock)
        if self.slack.faults_left:
            return  # Slack asked us to wait: nothing was called since
        if any(start <= now < end for start, end in self.storms):
            self.slack.fail("rate_limited", retry_after=RETRY_AFTER)
        elif self.chance.random() < 0.15:
            times = self.chance.choice((1, 1, 2))
            self.slack.fail(self.chance.choice(FAULTS), times=times)
            self.faults += times

    # --- the watch ----------------------------------------------------------------------------------------------

    def live(self, reports: Sequence[Report], on_report: Callable[[int], None]) -> None:
        """Let the month pass, and two quiet days after it."""
        self.keep_open()
        deletions = set(self.chance.sample(range(len(reports) // 4, len(reports)), self.trials.deleted_roots))
        for report in reports:
            self.left = len(reports) - report.number
            self._until(report.at)
            self.clock.advance_to(report.at.timestamp())
            self._store(report)
            if self.clock.seconds() >= self.dead_until:
                self._look()
            on_report(report.number + 1)
            if self.chance.random() < 0.1:
                self._press()
            if report.number in deletions:
                self._delete()
        end = max(report.at for report in reports) + timedelta(days=2)
        self._until(end)
        self.clock.advance_to(end.timestamp())
        self.kept_open.close()

    def _store(self, report: Report) -> None:
        now = self.clock.now()
        with open_warehouse(self.runtime.settings.warehouse) as db:
            with transaction(db):
                changes = self.chronicle.store(db, replace(report, at=now))
                plan_telling(db, self.runtime, changes)
            if self.chance.random() < 0.1:  # the same cycle comes again
                self.redeliveries += 1
                with transaction(db):
                    plan_telling(db, self.runtime, changes)

    def _until(self, moment: datetime) -> None:
        """Look into the outbox every few seconds until ``moment``; looks that find nothing due are left out."""
        while (at := next_attempt(self.runtime)) is not None:
            since = max(at.timestamp() - self.next_look, 0.0)
            at_look = self.next_look + math.ceil(since / LOOK) * LOOK
            if at_look >= moment.timestamp():
                return
            self.clock.advance_to(at_look)
            self._look()

    def _look(self) -> None:
        """Let the postman look, well or in a process that is killed."""
        self.set_weather()
        # Spread over the month: as likely as there are kills left for each report that is left.
        if self.chance.random() < min(0.5, (self.trials.kills - self.kills) / max(1, self.left)):
            killed = self._look_in_danger()
            rest = RESTART if killed else LOOK
            self.kills += killed
            self.dead_until = self.clock.seconds() + RESTART if killed else 0.0
        else:
            rest = look(self.runtime)
        self.next_look = self.clock.seconds() + rest

    def _look_in_danger(self) -> bool:
        """Look from a process of its own that is killed at a random call; False when it was done before."""
        last = self.chance.randrange(1, int(self.typical * 1.1))
        self.calls.value = 0
        self.kept_open.close()  # for the other process
        child = self.context.Process(
            target=_doomed,
            args=(self.home, self.url, self.slack.token, self.clock.shared, self.calls, last),
        )
        child.start()
        child.join()
        if self.up:
            _settle(self.url)
        self.keep_open()
        if child.exitcode == -signal.SIGKILL:
            return True
        if child.exitcode != 0:
            raise RuntimeError(f"the delivering process failed with {child.exitcode}")
        self.typical = max(1_000, (self.typical + self.calls.value) // 2)
        return False

    # --- people -------------------------------------------------------------------------------------------------

    def _press(self) -> None:
        """Let somebody acknowledge the newest root; Slack delivers the press again, to other processes too."""
        root = self._newest_root()
        if root is None or not self.up or self.clock.seconds() < self.dead_until:
            return
        ts, event_id = root
        action = Action(f"acknowledge:{ts}:{self.actions}", "acknowledge", "U0ANNA", CHANNEL, event_id, ts)
        said = [Desk(self.runtime).handle(action) for _ in range(3)]
        self.actions += sum(answer is not None for answer in said)
        self.redeliveries += 2

    def _delete(self) -> None:
        """Let somebody delete the newest root."""
        root = self._newest_root()
        if root is not None:
            self.deleted.add(root_key(CHANNEL, root[1]))
            self.slack.delete(CHANNEL, root[0])

    def _newest_root(self) -> tuple[str, str] | None:
        for message in reversed(self.slack.messages):
            payload = message.get("metadata", {}).get("event_payload", {})
            if payload.get("event_id") and not payload.get("change_id"):
                return str(message["ts"]), str(payload["event_id"])
        return None


def _settle(url: str) -> None:
    """Wait until Slack has dealt with all that a killed process had sent: a request of ours comes after it."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    connection.request("HEAD", "/")  # refused by the server itself, so that it meets no planned fault
    connection.getresponse().read()
    connection.close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(timeout=30)
