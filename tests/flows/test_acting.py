"""What people do in Slack takes effect once, is told where it matters, and stays written down."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alerts.actions import Action, action_block
from flows.acting import Desk, listening
from flows.deliver import deliver_due
from flows.demo import CHANNEL, OPERATIONS, event_roots
from flows.locks import delivery_lock, run_lock
from flows.weekly import muted_now
from replay.record import Edit, Item
from tests.flows.worlds import START, World, baseline, cycle, designation, settle, world_of
from warehouse.connection import open_warehouse
from warehouse.event_rows import read_events
from warehouse.query import run_sql

HOUR = timedelta(hours=1)
RELEASE = designation(9, START + HOUR)
OTHER = designation(
    10,
    START + HOUR,
    title="Hungary notifies the United Nations of its withdrawal from the Rome Statute",
    text="Hungary today notified the Secretary-General of the United Nations of its withdrawal from the Rome Statute "
    "of the International Criminal Court. The withdrawal takes effect one year after its receipt.",
)
EDIT = Edit(at=START + 5 * HOUR, text=RELEASE.text + " A third judge, Ines Muster of Syldavia, is designated as well.")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two events that were told; the release of the first is edited three hours later."""
    with world_of(tmp_path, *baseline(), replace(RELEASE, edits=(EDIT,)), OTHER) as world:
        world.runtime = replace(world.runtime, buttons=True)
        cycle(world)
        cycle(world, START + 2 * HOUR)
        assert len(event_roots(world.slack)) == 2
        yield world


def roots(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the roots of the sanctions and of the withdrawal."""
    sanctions, withdrawal = sorted(event_roots(world.slack), key=lambda root: "Hungary" in root["text"])
    return sanctions, withdrawal


def event_of(root: dict[str, Any]) -> str:
    return str(root["metadata"]["event_payload"]["event_id"])


def did(kind: Any, root: dict[str, Any] | None, number: int = 1, **values: str) -> Action:
    event_id = event_of(root) if root else None
    ts = root["ts"] if root else None
    return Action(f"{kind}:{number}", kind, "U0ANNA", CHANNEL, event_id, ts, None, values)


def ordered(text: str, channel: str = CHANNEL) -> Action:
    return Action(f"command:{text}", "command", "U0ANNA", channel, values={"text": text})


def replies(world: World, root: dict[str, Any]) -> list[str]:
    return next(
        [str(reply["blocks"]) for reply in told] for ours, told in world.slack.threads() if ours["ts"] == root["ts"]
    )


def ledger(world: World, sql: str) -> list[tuple[Any, ...]]:
    with open_warehouse(world.runtime.settings.warehouse) as db:
        return db.execute(sql).fetchall()


def test_a_press_shows_in_the_root_who_acknowledged_it_and_acts_once(world: World) -> None:
    root, _ = roots(world)
    assert "actions" in [block["type"] for block in root["blocks"]]
    tokens = {"slack_app_token": SecretStr(world.slack.app_token), "slack_token": SecretStr(world.slack.token)}
    settings = world.runtime.settings.model_copy(update={**tokens, "slack_base_url": world.slack.url})
    button = {"action_id": "acknowledge", "block_id": action_block(event_of(root))["block_id"], "value": event_of(root)}
    with listening(replace(world.runtime, settings=settings)):
        envelope = world.slack.press("U0ANNA", CHANNEL, root["ts"], button)
        world.slack.wait_acknowledged(envelope)
        world.slack.wait_until(lambda: world.slack.whispers)
        world.slack.press("U0ANNA", CHANNEL, root["ts"], button, again=envelope)
        world.slack.press("U0BEN", CHANNEL, root["ts"], button)
        world.slack.wait_until(lambda: len(world.slack.whispers) > 1)
    assert "Acknowledged by <@U0ANNA>, <@U0BEN>" in str(roots(world)[0]["blocks"])
    assert ledger(world, "SELECT user_id, kind FROM actions ORDER BY done_at, user_id") == [
        ("U0ANNA", "acknowledge"),
        ("U0BEN", "acknowledge"),
    ]
    assert [whisper["user"] for whisper in world.slack.whispers] == ["U0ANNA", "U0BEN"]


def test_nobody_listens_without_an_app_level_token(world: World) -> None:
    with listening(world.runtime):
        assert not [method for method, _ in world.slack.calls if method == "apps.connections.open"]


def test_what_slack_delivers_again_to_another_process_does_nothing(world: World) -> None:
    root, _ = roots(world)
    action = did("correct", root, note="Seen before.")
    assert Desk(world.runtime).handle(action) == "Note: Seen before."
    assert Desk(world.runtime).handle(action) is None
    assert len(replies(world, root)) == 1
    assert ledger(world, "SELECT author, value->>'$' FROM corrections") == [("U0ANNA", "Seen before.")]


def test_a_snooze_holds_the_replies_of_its_thread_until_it_ends(world: World) -> None:
    root, _ = roots(world)
    said = Desk(world.runtime).handle(did("snooze", root, **{"for": "8h"}))
    assert said == "Replies in this thread wait for 8 hours, until 01 June 22:00 UTC"
    cycle(world, START + 6 * HOUR)
    settle(world)
    assert replies(world, root) == []
    assert "Ines Muster" in str(roots(world)[0]["blocks"]) or roots(world)[0].get("edited")
    world.clock.set(START + 10 * HOUR)
    deliver_due(world.runtime)
    assert ["Ines Muster" in reply for reply in replies(world, root)] == [True]


def test_a_snooze_also_holds_what_was_waiting_already(world: World) -> None:
    root, _ = roots(world)
    world.slack.fail("rate_limited", times=1, retry_after=60, method="chat.postMessage")
    Desk(world.runtime).handle(did("correct", root, note="First."))
    Desk(world.runtime).handle(did("snooze", root, **{"for": "1h"}))
    world.clock.advance(timedelta(minutes=30))
    deliver_due(world.runtime)
    assert replies(world, root) == []
    world.clock.advance(timedelta(minutes=31))
    deliver_due(world.runtime)
    assert len(replies(world, root)) == 1


def test_the_command_line_corrects_as_the_form_does(world: World) -> None:
    """The same rows, the same messages, and analysts see it at once; what cannot be done fails in one line."""
    root, _ = roots(world)
    settings = world.runtime.settings
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COURTWATCH_")} | {
        "COURTWATCH_HOME": str(settings.home),
        "COURTWATCH_SLACK_TOKEN": world.slack.token,
        "COURTWATCH_SLACK_BASE_URL": world.slack.url,
        "COURTWATCH_SLACK_CHANNEL": CHANNEL,
    }

    def courtwatch(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "flows.cli", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)

    done = courtwatch("correct", event_of(root), "--category", "reprisal", "--note", "Not new.", "--by", "ana")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Reprisal" in done.stdout
    assert any("Reprisal" in reply for reply in replies(world, root))
    rows = ledger(world, "SELECT field, value->>'$', author, note FROM corrections")
    assert rows == [("category", "reprisal", "ana", "Not new.")]
    assert ledger(world, "SELECT kind, user_id, channel FROM actions") == [("correct", "ana", "command line")]
    [(reason,)] = ledger(world, "SELECT reason FROM event_changes WHERE kind = 'corrected'")
    assert reason == "said on the command line by ana"
    assert run_sql(settings.analysts_copy, "SELECT category FROM events WHERE corrected").rows == [("reprisal",)]
    for code, *arguments in (
        (1, "nowhere", "--note", "x"),
        (1, event_of(root), "--category", "x"),
        (2, event_of(root)),
    ):
        assert courtwatch("correct", *map(str, arguments)).returncode == code
    assert len(ledger(world, "FROM corrections")) == 1


def test_a_corrected_category_is_shown_and_told_with_who_said_so(world: World) -> None:
    root, _ = roots(world)
    Desk(world.runtime).handle(did("correct", root, category="reprisal"))
    (reply,) = replies(world, root)
    assert "It is Reprisal, not Sanctions." in reply
    assert "U0ANNA" in reply
    assert "Reprisal" in str(roots(world)[0]["blocks"])
    assert ("reprisal",) in ledger(world, "SELECT category FROM events")


def test_an_event_that_is_not_about_the_court_falls_silent_after_saying_so(world: World) -> None:
    root, _ = roots(world)
    Desk(world.runtime).handle(did("correct", root, about_court="false"))
    cycle(world, START + 6 * HOUR)
    settle(world)
    (reply,) = replies(world, root)
    assert "not about the Court" in reply


def test_two_events_become_one_in_both_threads_and_in_the_warehouse(world: World) -> None:
    sanctions, withdrawal = roots(world)
    Desk(world.runtime).handle(did("correct", withdrawal, same_as=f"`{event_of(sanctions)}`"))
    told = [replies(world, root) for root in (sanctions, withdrawal)]
    assert [len(thread) for thread in told] == [1, 1]
    assert ["is the same event" in str(thread) or "what follows is told" in str(thread) for thread in told] == [
        True
    ] * 2
    ((survivor, reports),) = ledger(
        world, "SELECT event_id, item_count FROM events WHERE first_known_at > '2025-06-01'"
    )
    assert reports == 2
    assert survivor in (event_of(sanctions), event_of(withdrawal))
    cycle(world, START + 6 * HOUR)
    assert sum(len(replies(world, root)) for root in (sanctions, withdrawal)) == 3  # the edit, in one of them


def test_a_report_that_does_not_belong_becomes_an_event_of_its_own(world: World) -> None:
    sanctions, withdrawal = roots(world)
    desk = Desk(world.runtime)
    desk.handle(did("correct", withdrawal, same_as=event_of(sanctions)))
    (survivor,) = (row[0] for row in ledger(world, "SELECT event_id FROM events WHERE first_known_at > '2025-06-01'"))
    whole = next(root for root in (sanctions, withdrawal) if event_of(root) == survivor)
    said = desk.handle(did("correct", whole, 2, split="https://www.state.gov.example/releases/2025/06/page-10/"))
    assert said == f"“{OTHER.title}” does not belong to it."
    settle(world)
    assert len(event_roots(world.slack)) == 3
    shown = ledger(
        world, "SELECT category, item_count FROM events WHERE first_known_at > '2025-06-01' ORDER BY category"
    )
    assert shown == [("sanction_round", 1), ("withdrawal", 1)]


def test_what_cannot_be_done_is_said_and_leaves_nothing_behind(world: World) -> None:
    root, _ = roots(world)
    impossible: list[tuple[dict[str, str], str]] = [
        ({"same_as": "nothing-of-that-id"}, "is not another event"),
        ({"split": "https://elsewhere.example/"}, "no report of this event"),
        ({"split": "https://www.state.gov.example/releases/2025/06/page-9/"}, "the only report"),
        ({}, "nothing was chosen"),
    ]
    for number, (values, why) in enumerate(impossible):
        said = Desk(world.runtime).handle(did("correct", root, number, **values)) or ""
        assert said.startswith("Nothing was changed: ")
        assert why in said
        assert Desk(world.runtime).handle(did("correct", root, number, **values)) is None  # delivered again
    assert ledger(world, "FROM corrections") == []
    kept = ledger(world, "SELECT user_id, kind, payload->>'asked', payload->>'why' FROM actions")
    assert [row[:3] for row in kept] == [("U0ANNA", "refused", "correct")] * len(impossible)
    assert all(any(why in row[3] for row in kept) for _, why in impossible)


def test_a_press_under_an_event_that_was_merged_away_is_refused(world: World) -> None:
    sanctions, withdrawal = roots(world)
    desk = Desk(world.runtime)
    desk.handle(did("correct", withdrawal, same_as=event_of(sanctions)))
    said = [desk.handle(did("acknowledge", root, place)) or "" for place, root in enumerate((sanctions, withdrawal))]
    assert sorted(text.startswith("Nothing was changed: ") for text in said) == [False, True]
    assert ledger(world, "SELECT count(*) FROM actions WHERE kind = 'refused'") == [(1,)]


def test_what_somebody_may_not_do_stands_in_the_ledger_and_does_nothing(world: World) -> None:
    root, _ = roots(world)
    tokens = {"slack_app_token": SecretStr(world.slack.app_token), "slack_token": SecretStr(world.slack.token)}
    update = {**tokens, "slack_base_url": world.slack.url, "slack_users": "U0BEN"}
    button = {"action_id": "acknowledge", "block_id": action_block(event_of(root))["block_id"], "value": event_of(root)}
    with listening(replace(world.runtime, settings=world.runtime.settings.model_copy(update=update))):
        world.slack.press("U0ANNA", CHANNEL, root["ts"], button)
        world.slack.wait_until(lambda: world.slack.whispers)
    kept = ledger(world, "SELECT user_id, kind, event_id, payload->>'asked' FROM actions")
    assert kept == [("U0ANNA", "refused", event_of(root), "acknowledge")]
    assert "Acknowledged" not in str(roots(world)[0]["blocks"])


def test_the_form_is_titled_with_the_event(world: World) -> None:
    root, _ = roots(world)
    assert Desk(world.runtime).title_of(event_of(root)) == RELEASE.title
    assert Desk(world.runtime).title_of("unknown") == "unknown"


def test_the_command_says_how_things_stand(world: World) -> None:
    root, _ = roots(world)
    desk = Desk(world.runtime)
    desk.handle(did("acknowledge", root))
    status = desk.handle(ordered("status")) or ""
    assert "The last cycle ended 01 June 14:00 UTC. 0 sources of 1 in trouble. 3 alerts sent, 0 waiting" in status
    said = desk.handle(ordered(f"event {event_of(root)}")) or ""
    assert said.startswith(f"“{RELEASE.title}”: ")
    assert "Acknowledged by U0ANNA." in said


def test_a_muted_event_is_silent_until_the_mute_ends_and_the_digest_names_it(world: World) -> None:
    root, _ = roots(world)
    said = Desk(world.runtime).handle(ordered(f"mute {event_of(root)} 3 known to the desk")) or ""
    assert "until 04 June 2025 14:00 UTC" in said
    cycle(world, START + 6 * HOUR)
    settle(world)
    assert replies(world, root) == []
    (line,) = muted_now(world.runtime)
    assert "known to the desk" in line
    world.clock.set(START + timedelta(days=4))
    assert muted_now(world.runtime) == []


def test_the_week_so_far_is_posted_when_asked_for(world: World) -> None:
    Desk(world.runtime).handle(ordered("digest"))
    posted = [message["text"] for message in world.slack.messages if "The week so far" in message["text"]]
    assert len(posted) == 1
    assert "2 new events" in posted[0]


def test_an_order_that_is_none_is_answered_with_the_usage(world: World) -> None:
    for text in ("dance", "mute", "mute X 400 too long for that", "mute X 3", "event", "status now"):
        assert "mute EVENT DAYS REASON" in (Desk(world.runtime).handle(ordered(text)) or "")


def test_orders_count_in_our_channels_only(world: World) -> None:
    desk = Desk(world.runtime)
    assert "none of the channels" in (desk.handle(ordered("digest", channel="C0RANDOM01")) or "")
    assert "last cycle" in (desk.handle(ordered("status", channel=OPERATIONS)) or "")


def test_a_cycle_that_is_running_delays_no_action(world: World) -> None:
    root, _ = roots(world)
    with run_lock(world.runtime):
        Desk(world.runtime).handle(did("acknowledge", root))
    assert "Acknowledged by <@U0ANNA>" in str(roots(world)[0]["blocks"])


def test_an_action_is_written_down_while_somebody_else_delivers_and_told_afterwards(world: World) -> None:
    root, _ = roots(world)
    with delivery_lock(world.runtime):
        Desk(world.runtime).handle(did("acknowledge", root))
        assert "Acknowledged" not in str(roots(world)[0]["blocks"])
    deliver_due(world.runtime)
    assert "Acknowledged by <@U0ANNA>" in str(roots(world)[0]["blocks"])
    with open_warehouse(world.runtime.settings.warehouse) as db:
        assert read_events(db, [event_of(root)])[event_of(root)].acknowledged_by == ("U0ANNA",)


def test_what_a_person_split_is_not_merged_again_by_the_next_report(tmp_path: Path) -> None:
    def report(number: int, hours: int) -> Item:
        return designation(number, START + hours * HOUR, text=f"{RELEASE.text} Report {number}.")

    with world_of(tmp_path, *baseline(), report(9, 1), report(10, 1), report(11, 5)) as world:
        world.runtime = replace(world.runtime, buttons=True)
        cycle(world)
        cycle(world, START + 2 * HOUR)
        (root,) = event_roots(world.slack)
        page = "https://www.state.gov.example/releases/2025/06/page-10/"
        Desk(world.runtime).handle(did("correct", root, split=page))
        told = "SELECT count(*), sum(item_count) FROM events WHERE first_known_at > '2025-06-01'"
        assert ledger(world, told) == [(2, 2)]
        cycle(world, START + 6 * HOUR)
        assert ledger(world, told) == [(2, 3)]


def test_what_a_person_merged_stays_one_when_more_is_reported(tmp_path: Path) -> None:
    more = replace(OTHER, id="p12", path="/releases/2025/06/page-12/", guid="https://www.state.gov.example/?p=12",
                   published=START + 5 * HOUR, text=f"{OTHER.text} The note was received today.")  # fmt: skip
    with world_of(tmp_path, *baseline(), RELEASE, OTHER, more) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        sanctions, withdrawal = roots(world)
        Desk(world.runtime).handle(did("correct", withdrawal, same_as=event_of(sanctions)))
        cycle(world, START + 6 * HOUR)
        told = "SELECT count(*), sum(item_count) FROM events WHERE first_known_at > '2025-06-01'"
        assert ledger(world, told) == [(1, 3)]
