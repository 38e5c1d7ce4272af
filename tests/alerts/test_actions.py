"""Buttons, the form and the command: read exactly, acted on once, by those who may."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.actions import COMMAND, SNOOZES, Action, action_block, correction_form, parse_action
from alerts.blocks import fits
from alerts.errors import ListeningError
from alerts.listening import ActionListener, check_app_token
from alerts.messages import render_delivery, render_event
from alerts.slack import SlackSender
from replay.slack import LocalSlack
from replay.slack_limits import block_errors
from tests.alerts.samples import delivery, event, every_category
from warehouse.rows import EventRow

CHANNEL, EVENT = "C0ALERTS01", event().id
BUTTONS = {element["action_id"]: element for element in action_block(EVENT)["elements"]}


def pressed(action_id: str, **fields: Any) -> dict[str, Any]:
    """What Slack tells of a press of our own button."""
    element = {"action_id": action_id, "block_id": action_block(EVENT)["block_id"], "type": "button"}
    return {**element, **({"value": EVENT} if action_id != "snooze" else {}), **fields}


def payload(action: dict[str, Any], user: str = "U0ANNA") -> dict[str, Any]:
    return {
        "type": "block_actions",
        "user": {"id": user},
        "channel": {"id": CHANNEL},
        "container": {"message_ts": "1.000100"},
        "trigger_id": "t1",
        "actions": [{"action_ts": "5.5", **action}],
    }


def submission(**written: dict[str, Any]) -> dict[str, Any]:
    values = {name: {"value": element} for name, element in written.items()}
    form = correction_form(EVENT, "Title", channel=CHANNEL, message_ts="1.000100")
    return {
        "type": "view_submission",
        "user": {"id": "U0ANNA"},
        "view": {**form, "id": "V1", "state": {"values": values}},
    }


@pytest.mark.parametrize("row", every_category(), ids=lambda row: row.category)
def test_a_root_with_buttons_is_still_a_message_that_slack_takes(row: EventRow) -> None:
    message = render_event(row, buttons=True)
    assert block_errors(message.blocks) == []
    assert fits(message.blocks)
    assert message.blocks[-2]["type"] == "actions"
    assert message.text == render_event(row).text


def test_there_are_no_buttons_unless_somebody_listens() -> None:
    for kind in ("root", "update"):
        plain, pressable = (
            render_delivery(delivery(kind), event=event(), buttons=buttons) for buttons in (False, True)
        )
        assert "actions" not in [block["type"] for block in plain.blocks]
        assert "actions" in [block["type"] for block in pressable.blocks]


def test_a_press_is_read_with_who_where_and_what() -> None:
    action = parse_action("interactive", payload(pressed("acknowledge")))
    assert action == Action(
        f"acknowledge:{CHANNEL}:1.000100:U0ANNA:5.5", "acknowledge", "U0ANNA", CHANNEL, EVENT, "1.000100", "t1"
    )


def test_a_snooze_ends_within_a_week() -> None:
    chosen = {"selected_option": {"value": "8h"}}
    action = parse_action("interactive", payload(pressed("snooze", **chosen)))
    assert action is not None
    assert (action.event_id, action.values) == (EVENT, {"for": "8h"})
    assert parse_action("interactive", payload(pressed("snooze", selected_option={"value": "for ever"}))) is None
    assert max(span for _, span in SNOOZES.values()) == timedelta(days=7)


def test_a_correction_is_read_from_its_form() -> None:
    read = parse_action(
        "interactive",
        submission(
            category={"selected_option": {"value": "threat"}},
            same_as={"value": " other-event "},
            note={"value": "seen\nbefore"},
        ),
    )
    assert read is not None
    assert (read.kind, read.event_id, read.channel, read.message_ts) == ("correct", EVENT, CHANNEL, "1.000100")
    assert read.values == {"category": "threat", "same_as": "other-event", "note": "seen before"}
    not_court = parse_action("interactive", submission(category={"selected_option": {"value": "not_about_court"}}))
    assert not_court is not None
    assert not_court.values == {"about_court": "false"}


def test_a_command_is_read_with_its_words() -> None:
    said = {"command": COMMAND, "text": " status  icc ", "user_id": "U0ANNA", "channel_id": CHANNEL, "trigger_id": "t9"}
    action = parse_action("slash_commands", said)
    assert action == Action("command:t9", "command", "U0ANNA", CHANNEL, values={"text": "status icc"})
    assert parse_action("slash_commands", {**said, "command": "/other"}) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(
    st.sampled_from(["interactive", "slash_commands", "events_api", "x"]),
    st.dictionaries(st.text(max_size=8), _json, max_size=4),
)
def test_what_is_not_ours_is_nothing(kind: str, foreign: dict[str, Any]) -> None:
    assert parse_action(kind, foreign) is None


@pytest.mark.parametrize("spoilt", [{"action_id": "other"}, {"value": "<!channel>"}, {"value": "", "block_id": ""}])
def test_a_press_that_we_did_not_offer_is_nothing(spoilt: dict[str, str]) -> None:
    assert parse_action("interactive", payload({**pressed("acknowledge"), **spoilt})) is None


def test_the_form_is_within_slacks_limits() -> None:
    form = correction_form("e" * 120, "title " * 300, channel=CHANNEL, message_ts="1.000100")
    assert len(form["private_metadata"]) <= 3_000
    assert all(len(form[part]["text"]) <= 24 for part in ("title", "submit", "close"))
    assert len(form["blocks"][0]["text"]["text"]) <= 3_000
    assert all(len(block["label"]["text"]) <= 2_000 for block in form["blocks"][1:])


# --- over Socket Mode ----------------------------------------------------------------------------------------------


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack() as server:
        yield server


class Desk:
    """Whoever acts on actions: keeps them, and answers."""

    def __init__(self) -> None:
        self.actions: queue.Queue[Action] = queue.Queue()
        self.refused: list[tuple[str, str, str]] = []

    def refuse(self, action: Action, why: str) -> None:
        self.refused.append((action.kind, action.user, why))

    def __call__(self, action: Action) -> str | None:
        self.actions.put(action)
        return f"{action.kind} is noted"

    def next(self) -> Action:
        return self.actions.get(timeout=15)


def listener(slack: LocalSlack, desk: Desk, **options: Any) -> ActionListener:
    return ActionListener(slack.app_token, slack.token, desk, desk.refuse, base_url=slack.url, **options)


def root(slack: LocalSlack) -> str:
    outcome = SlackSender(slack.token, slack.url).send(delivery(), render_event(event(), buttons=True))
    return outcome.external_id or ""


def test_a_press_is_acknowledged_handed_on_and_answered_where_only_its_person_sees_it(slack: LocalSlack) -> None:
    ts, desk = root(slack), Desk()
    with listener(slack, desk):
        envelope = slack.press("U0ANNA", CHANNEL, ts, pressed("acknowledge"))
        assert slack.wait_acknowledged(envelope) is None
        action = desk.next()
        assert (action.kind, action.user, action.event_id, action.message_ts) == ("acknowledge", "U0ANNA", EVENT, ts)
        slack.wait_until(lambda: slack.whispers)
    assert slack.whispers == [{"channel": CHANNEL, "user": "U0ANNA", "text": "acknowledge is noted."}]
    assert len(slack.messages) == 1


def test_a_press_that_is_delivered_again_is_acted_on_once(slack: LocalSlack) -> None:
    ts, desk = root(slack), Desk()
    slack.clock = lambda: 1_750_000_000.0
    with listener(slack, desk):
        envelope = slack.press("U0ANNA", CHANNEL, ts, pressed("acknowledge"))
        slack.wait_acknowledged(envelope)
        desk.next()
        slack.press("U0ANNA", CHANNEL, ts, pressed("acknowledge"), again=envelope)
        slack.push(
            "slash_commands",
            {"command": COMMAND, "text": "end", "user_id": "U0ANNA", "channel_id": CHANNEL, "trigger_id": "e"},
        )
        assert desk.next().kind == "command"


def test_wrong_opens_the_form_and_its_submission_is_handed_on(slack: LocalSlack) -> None:
    ts, desk = root(slack), Desk()
    with listener(slack, desk, title_of=lambda _: "Four judges"):
        slack.wait_acknowledged(slack.press("U0ANNA", CHANNEL, ts, pressed("wrong")))
        slack.wait_until(lambda: slack.views)
        [view] = slack.views
        assert view["blocks"][0]["text"]["text"] == "Four judges"
        written = {
            **submission(note={"value": "no"}),
            "view": {**submission(note={"value": "no"})["view"], "private_metadata": view["private_metadata"]},
        }
        slack.push("interactive", written)
        action = desk.next()
    assert (action.kind, action.event_id, action.message_ts, action.values) == ("correct", EVENT, ts, {"note": "no"})


@pytest.mark.parametrize("allowed", [(), ("U0BEN",)])
def test_who_may_not_is_told_so_and_nothing_happens(slack: LocalSlack, allowed: tuple[str, ...]) -> None:
    ts, desk = root(slack), Desk()
    slack.channels[CHANNEL].people = {"U0ANNA", "U0BEN"} if allowed else {"U0BEN"}
    with listener(slack, desk, allowed=allowed):
        slack.wait_acknowledged(slack.press("U0ANNA", CHANNEL, ts, pressed("acknowledge")))
        slack.wait_acknowledged(slack.press("U0BEN", CHANNEL, ts, pressed("acknowledge")))
        assert desk.next().user == "U0BEN"
    assert desk.actions.empty()
    who = "the people named in COURTWATCH_SLACK_USERS" if allowed else "members of this channel"
    assert desk.refused == [("acknowledge", "U0ANNA", f"Only {who} can do that.")]


def test_a_form_that_comes_too_late_is_refused_and_its_person_told(slack: LocalSlack) -> None:
    ts, desk = root(slack), Desk()

    def slow(event_id: str) -> str:
        slack.triggers.clear()  # three seconds are over
        return event_id

    with listener(slack, desk, title_of=slow):
        slack.press("U0ANNA", CHANNEL, ts, pressed("wrong"))
        slack.wait_until(lambda: slack.whispers)
    assert "press again" in slack.whispers[0]["text"]
    assert [refused[:2] for refused in desk.refused] == [("wrong", "U0ANNA")]


def test_an_app_level_token_is_checked_by_its_form_and_by_slack(slack: LocalSlack) -> None:
    assert check_app_token(slack.app_token, slack.url) is None
    assert "is no app-level token" in (check_app_token("xoxb-1", slack.url) or "")
    assert "invalid_auth" in (check_app_token("xapp-other", slack.url) or "")
    away = slack.url
    slack.stop()
    assert "cannot be reached" in (check_app_token(slack.app_token, away) or "")


def test_a_token_that_slack_refuses_and_a_slack_that_is_away_are_named_in_one_line(slack: LocalSlack) -> None:
    before = threading.active_count()
    with pytest.raises(ListeningError, match=r"invalid_auth.*COURTWATCH_SLACK_APP_TOKEN takes an app-level token"):
        ActionListener("xapp-other", slack.token, Desk(), Desk().refuse, base_url=slack.url).__enter__()
    away = slack.url
    slack.stop()
    with pytest.raises(ListeningError, match="cannot be reached"):
        ActionListener(slack.app_token, slack.token, Desk(), Desk().refuse, base_url=away).__enter__()
    assert threading.active_count() <= before  # nothing runs on of a listener that never listened


def test_a_new_connection_is_made_when_slack_asks_for_one(slack: LocalSlack) -> None:
    ts, desk = root(slack), Desk()
    with listener(slack, desk):
        slack.wait_acknowledged(slack.press("U0ANNA", CHANNEL, ts, pressed("acknowledge")))
        desk.next()
        slack.hang_up()
        slack.wait_acknowledged(slack.press("U0BEN", CHANNEL, ts, pressed("acknowledge")))
        assert desk.next().user == "U0BEN"
