"""The simulated month, made short: what it promises of a whole one holds of a few days, real kills included."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.bench_deliver import Outcome, Trials, bench_deliver
from flows.month import START, make_month

FEW = Trials(
    days=2, events=2, items=8, kills=2, outages=1, outage=timedelta(minutes=8), storms=1, deleted_roots=1, seed=2
)


def test_a_month_is_the_same_for_the_same_seed_and_opens_each_event_first() -> None:
    month = make_month(4, days=30, events=40, items=600)
    assert month == make_month(4, days=30, events=40, items=600)
    assert month != make_month(5, days=30, events=40, items=600)
    assert len(month) == 600
    first = {}
    for report in month:
        first.setdefault(report.event, report.kind)
    assert first == dict.fromkeys(range(40), "opened")
    assert [report.at for report in month] == sorted(report.at for report in month)
    assert (month[-1].at - START).days < 30


def test_through_storms_outages_and_kills_all_is_told_once_in_order_and_in_time() -> None:
    outcome = bench_deliver(FEW)
    assert (outcome.kills, outcome.outages, outcome.storms) == (2, 1, 1)
    assert outcome.alerts == outcome.delivered > 2
    assert (outcome.lost, outcome.duplicates, outcome.order_violations) == (0, 0, 0)
    assert outcome.worst_lateness < 60
    assert outcome.perfect


@pytest.mark.parametrize(
    "flaw", [{"lost": 1}, {"duplicates": 1}, {"order_violations": 1}, {"worst_lateness": 60.0}], ids=str
)
def test_one_flaw_spoils_the_month(flaw: dict[str, float]) -> None:
    good = dict.fromkeys(Outcome.__dataclass_fields__, 0) | {"worst_lateness": 59.9}
    assert Outcome(**good).perfect  # type: ignore[arg-type]
    assert not Outcome(**good | flaw).perfect  # type: ignore[arg-type]
