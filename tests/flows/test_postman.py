"""The postman of ``serve``: what is due is sent within seconds, without any schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from flows.demo import CHANNEL
from flows.locks import run_lock
from flows.postman import LOOK, REST, delivering, look
from flows.runtime import Runtime
from tests.flows.worlds import World, baseline, cycle, world_of
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries, mark
from warehouse.rows import NewDelivery


def add_notice(world: World, number: int = 1, after: timedelta = timedelta(0)) -> None:
    now = world.clock.now()
    row = NewDelivery(
        f"notice {number}", "notice", CHANNEL, None, None, None, {"title": f"Notice {number}"}, now + after
    )
    with open_warehouse(world.runtime.settings.warehouse) as db, transaction(db):
        add_deliveries(db, [row], now=now)


def with_token(world: World) -> Runtime:
    settings = world.runtime.settings.model_copy(update={"slack_token": SecretStr(world.slack.token)})
    return replace(world.runtime, settings=settings)


def test_he_delivers_while_a_cycle_runs(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        add_notice(world)
        with run_lock(world.runtime), delivering(with_token(world)):
            world.slack.wait_until(lambda: world.slack.messages)


def test_without_slack_nobody_delivers_beside_the_flows(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        add_notice(world)
        with delivering(world.runtime):
            pass
        assert not world.slack.messages


def test_a_first_look_makes_the_warehouse(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        assert look(world.runtime) == LOOK


def test_he_looks_again_when_something_comes_due_and_no_sooner_than_slack_wants(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        assert look(world.runtime) == LOOK
        add_notice(world, after=timedelta(seconds=2))
        assert look(world.runtime) == 2
        world.clock.advance(timedelta(seconds=2))
        world.slack.fail("rate_limited", retry_after=12)
        assert look(world.runtime) == 12
        world.clock.advance(timedelta(seconds=12))
        world.slack.fail("rate_limited", retry_after=3_600)
        assert look(world.runtime) == REST
        assert not world.slack.messages


def test_what_a_killed_process_left_is_sent_within_half_a_minute(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        add_notice(world)
        with open_warehouse(world.runtime.settings.warehouse) as db:
            mark(db, 1, "sending", now=world.clock.now())
        killed = world.clock.now()
        while not world.slack.messages:
            world.clock.advance(timedelta(seconds=look(world.runtime)))
        assert float(world.slack.messages[0]["ts"]) - killed.timestamp() <= 30
