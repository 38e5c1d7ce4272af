import asyncio
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flows.cycle import Cycle
from flows.demo import CHANNEL, OPERATIONS, event_roots
from flows.errors import CycleRunning
from flows.locks import run_lock
from replay.faults import Fault
from replay.record import Edit
from tests.flows.worlds import SANCTIONS, START, baseline, cycle, designation, page, settle, world_of
from warehouse.query import run_sql

HOUR = timedelta(hours=1)


def test_the_first_run_of_a_source_is_a_baseline_and_tells_nothing(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START - HOUR)) as world:
        run = cycle(world)
        assert (run.stored.new, run.stored.opened, run.told.sent) == (4, 1, 0)
        assert world.slack.messages == []


def test_a_new_release_becomes_one_root_with_its_sentence_and_official_link(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        (root,) = event_roots(world.slack)
        assert "Two Judges of the International Criminal Court" in root["text"]
        shown = str(root["blocks"])
        assert "EO 14203" in shown
        assert "https://www.state.gov.example/releases/2025/06/page-9/" in shown


@pytest.mark.parametrize("first", ["us_state_press_releases", "us_state_press_html", None])
def test_a_release_in_feed_and_listing_is_one_report(tmp_path: Path, first: str | None) -> None:
    doors = ("us_state_press_releases", "us_state_press_html")
    edit = Edit(START + 9 * HOUR, text=SANCTIONS + " Both appealed.")
    pages = [*baseline(5), designation(9, START + HOUR, edits=(edit,))]
    with world_of(tmp_path, *(replace(page, also_in=doors[1:]) for page in pages), doors=doors) as world:
        cycle(world)
        everything = world.runtime
        if first:
            world.runtime = replace(everything, sources={first: everything.sources[first]})
            cycle(world, START + 3 * HOUR)
            world.runtime = everything
        cycle(world, START + 6 * HOUR)
        (root,) = event_roots(world.slack)
        assert "1 report " in str(root["blocks"])
        for hours in (10, 12, 20):
            cycle(world, START + hours * HOUR)
        copy = world.runtime.settings.analysts_copy
        assert run_sql(copy, "SELECT item_count FROM events").rows == [(1,)]
        assert run_sql(copy, "SELECT count(*) FROM items").rows == [(6,)]
        assert run_sql(copy, "SELECT count(*) FROM item_sources").rows == [(12,)]
        assert run_sql(copy, "SELECT count(*) FROM event_changes WHERE kind = 'edited'").rows == [(1,)]
        assert len(world.slack.messages) == 2  # the root and one reply


def test_what_is_dated_to_the_day_does_not_go_before_the_hours_of_that_day(tmp_path: Path) -> None:
    doors = ("us_state_press_releases", "us_ofac_recent_actions")
    notices = [
        page(20 + number, START - timedelta(days=number), source=doors[1], path=f"/recent-actions/202505{31 - number}")
        for number in range(1, 6)
    ]
    listed = {"source": doors[1], "path": "/recent-actions/20250601", "title": "Counter Terrorism Designation Removals"}
    with world_of(
        tmp_path, *baseline(), *notices, designation(9, START + 3 * HOUR), designation(8, START + HOUR, **listed),
        doors=doors,
    ) as world:  # fmt: skip
        cycle(world)
        cycle(world, START + 4 * HOUR)
        rows = run_sql(world.runtime.settings.analysts_copy, "SELECT title, item_count FROM events").rows
        assert rows == [("Sanctioning Two Judges of the International Criminal Court", 2)]


def test_looking_again_at_the_same_page_tells_nothing_again(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        for hours in (2, 4, 6):
            cycle(world, START + hours * HOUR)
        assert len(world.slack.messages) == 1


def test_an_old_release_that_appears_late_is_stored_and_not_told(tmp_path: Path) -> None:
    late = designation(9, START + HOUR, stated=START - timedelta(days=60))
    with world_of(tmp_path, *baseline(), late) as world:
        cycle(world)
        run = cycle(world, START + 2 * HOUR)
        assert (run.stored.new, run.stored.opened) == (1, 1)
        assert world.slack.messages == []


def test_a_release_dated_hours_before_it_went_online_is_news(tmp_path: Path) -> None:
    early = designation(9, START + HOUR, stated=START - 13 * HOUR)
    with world_of(tmp_path, *baseline(), early) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        assert len(event_roots(world.slack)) == 1


def test_a_crash_after_the_commit_forgets_no_alert(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        world.clock.set(START + 2 * HOUR)
        half = Cycle(world.runtime)
        half.plan()
        asyncio.run(half.collect())
        half.store()  # and here the process dies: nothing was delivered
        assert world.slack.messages == []
        cycle(world, START + 3 * HOUR)
        assert len(event_roots(world.slack)) == 1


def test_a_crash_before_the_commit_loses_no_item(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        world.clock.set(START + 2 * HOUR)
        half = Cycle(world.runtime)
        half.plan()
        asyncio.run(half.collect())  # fetched, and here the process dies
        cycle(world, START + 3 * HOUR)
        assert len(event_roots(world.slack)) == 1


@pytest.mark.parametrize("fault", ["lost_reply", "lost_request", "rate_limited", "server_error", "server_error_after"])
def test_slack_trouble_neither_loses_nor_doubles_an_alert(tmp_path: Path, fault: str) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        world.slack.fail(fault, method="chat.postMessage")  # type: ignore[arg-type]
        cycle(world, START + 2 * HOUR)
        for _ in range(4):
            settle(world)
        assert len(event_roots(world.slack)) == 1


def test_an_edited_release_becomes_one_reply_in_its_thread(tmp_path: Path) -> None:
    release = designation(9, START + HOUR)
    longer = release.text + " A third judge, Ines Muster of Syldavia, is designated as well."
    edited = replace(release, edits=(Edit(at=START + 5 * HOUR, text=longer),))
    with world_of(tmp_path, *baseline(), edited) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        cycle(world, START + 6 * HOUR)
        ((root, replies),) = world.slack.threads()
        assert len(replies) == 1
        assert "Ines Muster" in str(replies[0]["blocks"])
        assert root["ts"] == replies[0]["thread_ts"]


def test_a_source_in_trouble_is_told_once_and_its_recovery_once(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(6), page(9, START + 30 * HOUR)) as world:
        cycle(world)
        fault = world.site.faults.add(
            Fault("us_state_press_releases", START + HOUR, "status", end=START + 20 * HOUR, status=503)
        )
        for hours in (2, 5, 9, 14):
            run = cycle(world, START + hours * HOUR)
            assert run.results == [] or not run.results[0].outcome.healthy
        world.site.faults.remove(fault)
        for hours in (31, 33):
            cycle(world, START + hours * HOUR)
        told = [message["text"] for message in world.slack.messages]
        assert len(told) == 2
        assert "⚠️" in told[0] or "cannot be reached" in told[0] or "answers" in told[0]
        assert "well again" in told[1]
        assert all(message["metadata"]["event_type"] == "courtwatch_notice" for message in world.slack.messages)


def test_an_unknown_channel_is_a_refusal_that_says_what_to_do(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        world.runtime = replace(world.runtime, channel="C0NOWHERE1")
        cycle(world)
        run = cycle(world, START + 2 * HOUR)
        assert run.told.refused == 1
        assert "C0NOWHERE1" in run.told.last_error
        assert "invite" in run.told.last_error
        (notice,) = world.slack.messages  # operations are told
        assert "refused" in notice["text"]


def test_only_one_cycle_runs_at_a_time(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline()) as world:
        with run_lock(world.runtime), pytest.raises(CycleRunning, match="another cycle"):
            cycle(world)
        cycle(world)


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    hold = (
        "import sys\nfrom flows.locks import run_lock\nfrom flows.runtime import build_runtime\n"
        "with run_lock(build_runtime()):\n    print('held', flush=True)\n    sys.stdin.read()"
    )
    with world_of(tmp_path, *baseline()) as world:
        home = {"COURTWATCH_HOME": str(world.runtime.settings.home)}
        holder = subprocess.Popen(
            [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **home}
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CycleRunning, match="another cycle"):
            cycle(world)
        holder.kill()
        holder.communicate()
        cycle(world)


def test_the_analysts_copy_is_new_after_a_change_and_readable_meanwhile(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        copy = world.runtime.settings.analysts_copy
        before = copy.stat().st_ino
        cycle(world, START + HOUR / 2)
        assert copy.stat().st_ino == before  # nothing changed, nothing published
        cycle(world, START + 2 * HOUR)
        _, rows = run_sql(copy, "SELECT category, about_court FROM events")
        assert rows == [("sanction_round", True)]


def test_channels_of_alerts_and_operations_are_apart(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        assert world.slack.channels[CHANNEL].messages
        assert not world.slack.channels[OPERATIONS].messages
