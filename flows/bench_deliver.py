"""``courtwatch bench deliver``: a month of alerts through storms, resets, outages and kills, on a simulated clock.

The warehouse, the delivery loop, the routes and the Slack client are the real ones; Slack is the local one.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from flows.hardship import Clock, Month, Trials, Window
from flows.month import START, Report, make_month
from replay.slack import LocalSlack
from warehouse.connection import open_warehouse
from warehouse.query import run_sql
from warehouse.schema import migrate

__all__ = ["Outcome", "Trials", "bench_deliver"]


@dataclass(frozen=True)
class Outcome:
    """How the month went.

    Lateness is in seconds, from the commit of a change to its message's own time stamp in Slack. What lies in an outage
    or storm of Slack is taken off; what our own kills and restarts cost is not.
    """

    items: int
    events: int
    alerts: int  # roots and replies that were to be told
    delivered: int
    lost: int
    duplicates: int
    order_violations: int
    worst_lateness: float
    typical_lateness: float  # the median
    worst_outside_outages: float  # with storms of Slack counted
    worst_of_all: float  # with outages counted
    kills: int
    outages: int
    storms: int
    faults: int  # single resets, errors and lost answers
    redeliveries: int  # changes planned again, presses delivered again
    actions: int  # presses that acted
    seconds: float  # that the simulation took

    @property
    def perfect(self) -> bool:
        """Whether all was told once, in order and in time."""
        return not (self.lost or self.duplicates or self.order_violations) and self.worst_lateness < 60


def bench_deliver(trials: Trials, on_report: Callable[[int], None] = lambda number: None) -> Outcome:
    """Run the simulation and return what became of every alert; ``on_report`` hears how many reports have come."""
    began = time.perf_counter()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["flows.hardship"])
    clock = Clock(context.RawValue("d", START.timestamp()))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_warehouse(home / "warehouse.duckdb") as db:
            migrate(db)
        with LocalSlack(clock=clock.seconds, burst=4) as slack:
            month = Month(home, trials, slack, clock, context)
            reports = make_month(trials.seed, days=trials.days, events=trials.events, items=trials.items)
            month.plan_trouble(reports)
            month.live(reports, on_report)
            return _judge(month, reports, time.perf_counter() - began)


def _judge(month: Month, reports: Sequence[Report], seconds: float) -> Outcome:
    _, rows = run_sql(
        month.runtime.settings.warehouse,
        "SELECT key, epoch(created_at), state FROM deliveries WHERE kind IN ('root', 'reply') ORDER BY delivery_id",
    )
    messages = [message for message in month.slack.messages if message.get("metadata")]
    posted = {_key(message): float(message["ts"]) for message in messages}
    copies = Counter(_key(message) for message in messages)
    late = [
        (float(str(at)), posted[str(key)])
        for key, at, _ in rows
        if key in posted and key not in month.deleted
    ]  # fmt: skip
    # A root that somebody deleted is posted again when there is more to tell in its thread, and only then.
    lost = sum(state != "sent" or key not in {*posted, *month.deleted} for key, _, state in rows)
    lateness = _lateness(late, [*month.outages, *month.storms])
    return Outcome(
        items=len(reports),
        events=month.trials.events,
        alerts=len(rows),
        delivered=len(rows) - lost,
        lost=lost,
        duplicates=sum(copies.values()) - len(copies),
        order_violations=_disorder(messages),
        worst_lateness=max(lateness, default=0.0),
        typical_lateness=median(lateness) if lateness else 0.0,
        worst_outside_outages=max(_lateness(late, month.outages), default=0.0),
        worst_of_all=max(_lateness(late, []), default=0.0),
        kills=month.kills,
        outages=len(month.outages),
        storms=len(month.storms),
        faults=month.faults,
        redeliveries=month.redeliveries,
        actions=month.actions,
        seconds=round(seconds, 1),
    )


def _key(message: Mapping[str, Any]) -> str:
    return str(message["metadata"]["event_payload"]["key"])


def _disorder(messages: Sequence[Mapping[str, Any]]) -> int:
    """Count replies that stand after a later one of the same event, and those that stand before a root of theirs."""
    last: dict[str, int] = {}
    wrong = 0
    for message in messages:  # in the order of their time stamps
        payload = message["metadata"]["event_payload"]
        number = int(str(payload.get("change_id", "#0")).rpartition("#")[2])
        if number:
            wrong += number < last.get(payload["event_id"], 0)
            last[payload["event_id"]] = max(number, last.get(payload["event_id"], 0))
    return wrong


def _lateness(late: Sequence[Window], excused: Sequence[Window]) -> list[float]:
    # Time stamps of Slack are whole seconds with a counter: a message can seem to be told before its commit.
    return [max(0.0, round(end - start - _overlap(start, end, excused), 1)) for start, end in late]


def _overlap(start: float, end: float, windows: Sequence[Window]) -> float:
    """Return the seconds of a span that lie in any of the windows."""
    total, reached = 0.0, start
    for low, high in sorted(windows):
        low, high = max(low, reached), min(high, end)  # noqa: PLW2901 - the part of the window that counts
        if high > low:
            total, reached = total + high - low, high
    return total
