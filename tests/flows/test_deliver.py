"""Draining the outbox: what vanished is posted again, trouble stops a drain, retries come within seconds."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from alerts.outcomes import SendOutcome
from flows.deliver import GIVE_UP, LEASE, DeliveryReport, deliver_due, deliver_patiently, next_attempt
from flows.demo import CHANNEL, event_roots
from flows.locks import delivery_lock
from replay.record import Edit
from tests.flows.worlds import START, World, baseline, cycle, designation, settle, world_of
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries, count_states, mark
from warehouse.rows import NewDelivery

HOUR = timedelta(hours=1)


def notices(world: World, count: int) -> None:
    """Put notices into the outbox."""
    rows = [
        NewDelivery(f"notice {number}", "notice", CHANNEL, None, None, None, {"title": f"Notice {number}"})
        for number in range(count)
    ]
    with open_warehouse(world.runtime.settings.warehouse) as db, transaction(db):
        add_deliveries(db, rows, now=world.clock.now())


def states(world: World) -> dict[str, int]:
    with open_warehouse(world.runtime.settings.warehouse) as db:
        return count_states(db)


def test_a_root_that_somebody_deleted_is_posted_again_with_the_reply_that_missed_it(tmp_path: Path) -> None:
    release = designation(9, START + HOUR)
    edit = Edit(at=START + 5 * HOUR, text=release.text + " A third judge, Ines Muster of Syldavia, is designated.")
    with world_of(tmp_path, *baseline(), replace(release, edits=(edit,))) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        (root,) = event_roots(world.slack)
        world.slack.delete(CHANNEL, root["ts"])
        cycle(world, START + 6 * HOUR)
        settle(world)
        settle(world)
        ((again, replies),) = world.slack.threads()
        assert again["ts"] != root["ts"]
        assert again.get("edited")
        assert "takes its place" in str(again["blocks"])  # also after the edit
        assert ["Ines Muster" in str(reply["blocks"]) for reply in replies] == [True]


def test_a_drain_gives_up_when_slack_is_away_and_loses_nothing(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        notices(world, 5)
        world.slack.fail("server_error", times=GIVE_UP)
        before = len(world.slack.calls)
        assert deliver_due(world.runtime).waiting == 5
        assert len(world.slack.calls) - before == GIVE_UP
        assert states(world)["due"] == 5 - GIVE_UP
        world.clock.advance(timedelta(minutes=1))
        deliver_due(world.runtime)
        assert sorted(message["text"] for message in world.slack.messages) == [f"Notice {n}." for n in range(5)]


def test_slack_is_left_alone_for_as_long_as_it_asks_and_that_is_no_failed_attempt(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        notices(world, 3)
        world.slack.fail("rate_limited", retry_after=40)
        assert deliver_due(world.runtime).retry_at == world.clock.now() + timedelta(seconds=40)
        calls = len(world.slack.calls)
        world.clock.advance(timedelta(seconds=39))
        assert deliver_due(world.runtime).waiting == 2  # the third has its own time
        assert len(world.slack.calls) == calls
        with open_warehouse(world.runtime.settings.warehouse) as db:
            assert db.execute("SELECT attempts FROM deliveries ORDER BY created_at, key").fetchall() == [
                (1,),
                (0,),
                (0,),
            ]
        world.clock.advance(timedelta(seconds=1))
        assert deliver_due(world.runtime).sent == 3


def test_only_one_delivers_at_a_time(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        notices(world, 1)
        with delivery_lock(world.runtime):
            assert deliver_due(world.runtime) == DeliveryReport()
        assert deliver_due(world.runtime).sent == 1


def test_what_a_killed_process_was_sending_is_looked_up_and_sent_once_if_it_is_not_there(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        notices(world, 1)
        with open_warehouse(world.runtime.settings.warehouse) as db:
            mark(db, 1, "sending", now=world.clock.now())
        deliver_due(world.runtime)
        assert not world.slack.messages  # Slack may still be busy with it
        world.clock.advance(LEASE)
        deliver_due(world.runtime)
        assert [method for method, _ in world.slack.calls][-2:] == ["conversations.history", "chat.postMessage"]
        assert len(world.slack.messages) == 1


def test_a_critical_alert_goes_out_by_mail_although_the_drain_gave_up(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR, title="Sanctioning Judges of the ICC")) as world:
        cycle(world)
        notices(world, GIVE_UP)
        world.slack.fail("server_error", times=50)
        cycle(world, START + 2 * HOUR)
        world.clock.advance(timedelta(minutes=11))
        deliver_due(world.runtime)
        assert [str(mail["Subject"]).startswith("Courtwatch:") for mail in world.mail.messages] == [True]


def test_a_retry_comes_after_its_seconds_not_with_the_next_run(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        notices(world, 1)
        world.slack.fail("lost_reply")
        began = world.clock.now()

        async def drain() -> DeliveryReport:
            return deliver_due(world.runtime)

        asyncio.run(deliver_patiently(world.runtime, drain))
        assert states(world) == {"sent": 1}
        assert len(world.slack.messages) == 1
        assert world.clock.now() - began == timedelta(seconds=5)
        assert next_attempt(world.runtime) is None


def test_patience_ends(tmp_path: Path) -> None:
    class Away:
        paused_until = None

        def send(self, delivery: object, message: object) -> SendOutcome:
            return SendOutcome("due", error="away", retry_at=world.clock.now() + timedelta(seconds=30))

    with world_of(tmp_path, *baseline()) as world:
        cycle(world)
        notices(world, 9)  # those that were not tried do not hurry the next try
        runtime = replace(world.runtime, sender=Away())
        began = world.clock.now()

        async def drain() -> DeliveryReport:
            return deliver_due(runtime)

        asyncio.run(deliver_patiently(runtime, drain, patience=timedelta(seconds=70)))
        assert world.clock.now() - began == timedelta(seconds=60)
        assert states(world) == {"due": 9}
