"""A source's trouble is told once when it starts and once when it ends; nobody is hammered, nobody is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.catalogue import Expectation, Source
from spiders.items import CollectResult, Outcome
from tests.warehouse.conftest import NOW
from warehouse.health import BACK_OFF, DEAD_EVERY, GONE_EVERY, LONGEST_WAIT, MOVED_AFTER, RECHECK, SourceState, advance

SOURCE = Source("court", "Court", "Court", "rss", "https://court.example", every=timedelta(hours=1))
MINUTE = timedelta(minutes=1)


def live(steps, source=SOURCE, start=NOW):
    """Run a source through outcomes, each at the moment it is due; return states and incident changes."""
    state: SourceState | None = None
    told, states, at = [], [], start
    for outcome in steps:
        result = CollectResult(source.id, outcome, at, at + timedelta(seconds=1), note=outcome.value)
        state, change = advance(state, source, result, newest=None, new=0, now=result.finished_at)
        states.append(state)
        if change:
            told.append(change)
        at = state.next_due_at
    return states, told


def test_one_trouble_is_looked_at_again_soon_and_told_nobody():
    states, told = live([Outcome.OK, Outcome.FAILED, Outcome.OK])
    assert told == []
    assert states[1].state == "failed"
    assert states[1].next_due_at - states[1].last_run_at == RECHECK
    assert states[2].state == "ok"


def test_a_second_trouble_opens_one_incident_and_the_first_healthy_answer_closes_it():
    states, told = live([Outcome.OK, *[Outcome.BLOCKED] * 5, Outcome.NOT_MODIFIED, Outcome.OK])
    assert [change.kind for change in told] == ["opened", "closed"]
    assert told[0].state == told[1].state == "blocked"
    assert told[0].since == told[1].since == states[1].last_run_at
    assert states[-1].incident_opened_at is None


@pytest.mark.parametrize("outcome", [o for o in Outcome if not o.healthy and o is not Outcome.WAIT])
def test_every_trouble_that_lasts_is_told_exactly_once(outcome):
    _, told = live([outcome] * 10)
    assert [(change.kind, change.state) for change in told] == [("opened", outcome.value)]


def test_being_asked_to_wait_is_told_only_when_it_lasts():
    _, told = live([Outcome.OK, Outcome.WAIT, Outcome.WAIT, Outcome.OK])
    assert told == []
    _, told = live([Outcome.OK, *[Outcome.WAIT] * 6])
    assert [change.kind for change in told] == ["opened"]


def test_retry_after_is_obeyed():
    later = NOW + timedelta(hours=9)
    result = CollectResult("court", Outcome.WAIT, NOW, NOW, retry_at=later)
    state, _ = advance(None, SOURCE, result, newest=None, new=0, now=NOW)
    assert state.next_due_at == later


def test_a_source_cannot_send_us_away_for_years():
    result = CollectResult("court", Outcome.WAIT, NOW, NOW, retry_at=NOW + timedelta(days=4000))
    state, _ = advance(None, SOURCE, result, newest=None, new=0, now=NOW)
    assert state.next_due_at == NOW + LONGEST_WAIT


def test_a_failing_source_backs_off_but_is_never_given_up():
    states, _ = live([Outcome.FAILED] * 40)
    pauses = [state.next_due_at - state.last_run_at for state in states]
    assert pauses[1] < pauses[3] <= BACK_OFF
    assert pauses[-1] == BACK_OFF


def test_a_gone_source_is_asked_daily_and_later_monthly():
    states, _ = live([Outcome.GONE] * 40)
    pauses = [state.next_due_at - state.last_run_at for state in states]
    assert pauses[1] == GONE_EVERY
    assert (states[1].state, states[-1].state) == ("gone", "dead")
    assert pauses[-1] == DEAD_EVERY


def test_a_source_that_its_server_calls_gone_for_good_is_asked_monthly_at_once_and_comes_back():
    state, told = None, []
    for outcome, status in [(Outcome.OK, 200), *[(Outcome.GONE, 410)] * 3, (Outcome.OK, 200)]:
        at = state.next_due_at if state else NOW
        state, change = advance(state, SOURCE, CollectResult("court", outcome, at, at, status=status), newest=None,
                                new=0, now=at)  # fmt: skip
        told.append((state.state, state.next_due_at - at, change and change.kind))
    assert told[1:4] == [("gone", RECHECK, None), ("dead", DEAD_EVERY, "opened"), ("dead", DEAD_EVERY, None)]
    assert (told[4][0], told[4][2]) == ("ok", "closed")
    assert told[4][1] <= SOURCE.longest_pause


def moving(state, at, outcome=Outcome.OK, to="https://court.example/new"):
    result = CollectResult("court", outcome, at, at, note=outcome.value, moved_to=to)
    return advance(state, SOURCE, result, newest=at, new=1, now=at)


def test_a_permanent_redirect_is_followed_for_a_while_then_told_once_until_the_address_is_changed():
    state, change = moving(None, NOW)
    assert (state.state, state.moved_to, state.moved_since, change) == ("ok", "https://court.example/new", NOW, None)
    later = NOW + MOVED_AFTER + MINUTE
    state, change = moving(state, later)
    assert (state.state, change.kind, change.since) == ("moved", "opened", NOW)
    assert "https://court.example/new" in state.reason
    assert state.last_success_at == later, "it is still read"
    state, change = moving(state, later + MINUTE, Outcome.NOT_MODIFIED)
    assert (state.state, change) == ("moved", None)
    state, change = moving(state, later + 2 * MINUTE, to=None)
    assert (state.state, state.moved_to, change.kind) == ("ok", None, "closed")


def test_a_trouble_behind_a_redirect_is_told_of_its_own():
    state, _ = moving(None, NOW)
    later = NOW + MOVED_AFTER + MINUTE
    steps = [Outcome.OK, Outcome.FAILED, Outcome.FAILED, Outcome.OK, Outcome.OK]
    told = []
    for step, outcome in enumerate(steps):
        state, change = moving(state, later + step * MINUTE, outcome)
        told.append(change and (change.kind, change.state))
    assert told == [("opened", "moved"), None, ("opened", "failed"), ("closed", "failed"), ("opened", "moved")]


def test_a_redirect_elsewhere_starts_anew():
    state, _ = moving(None, NOW)
    state, change = moving(state, NOW + MOVED_AFTER + MINUTE, to="https://court.example/newer")
    assert (state.state, state.moved_since, change) == ("ok", NOW + MOVED_AFTER + MINUTE, None)


def test_silence_is_judged_by_what_the_source_itself_promises():
    source = Source("court", "Court", "Court", "rss", "https://court.example", every=timedelta(days=1),
                    expect=Expectation(1, timedelta(days=3)))  # fmt: skip
    states, told = live([Outcome.OK, *[Outcome.NOT_MODIFIED] * 5], source)
    assert [state.state for state in states] == ["ok", "ok", "ok", "ok", "quiet", "quiet"]
    assert "2025-06-05" in states[-1].reason
    assert told == []


@given(st.lists(st.sampled_from(list(Outcome)), max_size=60))
def test_notices_alternate_and_a_source_is_always_due_again(steps):
    states, told = live(steps)
    kinds = [change.kind for change in told]
    assert kinds == ["opened", "closed"] * (len(kinds) // 2) + ["opened"] * (len(kinds) % 2)
    for state in states:
        assert state.last_run_at < state.next_due_at <= state.last_run_at + DEAD_EVERY
        assert (state.incident_opened_at is None) or state.failures > 0
