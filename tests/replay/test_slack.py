"""The Slack of the replayed world: its answers are those that docs.slack.dev describes."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replay.slack import LocalSlack
from replay.slack_limits import block_errors

CHANNEL = "C0ALERTS01"
META = {"event_type": "a", "event_payload": {"key": "k"}}


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack(clock=lambda: 1_750_000_000.25) as server:
        yield server


def call(slack: LocalSlack, method: str, token: str | None = None, **arguments: Any) -> dict[str, Any]:
    headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": f"Bearer {token or slack.token}"}
    request = urllib.request.Request(slack.url + method, json.dumps(arguments).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        return dict(json.loads(answer.read()))


def post(slack: LocalSlack, text: str = "hello", **arguments: Any) -> str:
    answer = call(slack, "chat.postMessage", channel=CHANNEL, text=text, **arguments)
    assert answer["ok"], answer
    return str(answer["ts"])


def test_time_stamps_are_unique_and_rise_even_within_one_instant(slack: LocalSlack) -> None:
    stamps = [post(slack) for _ in range(5)]
    assert stamps == sorted(set(stamps))
    assert stamps[0].startswith("1750000000.")


def test_replies_stand_in_their_thread_and_not_in_the_history(slack: LocalSlack) -> None:
    root = post(slack, "root")
    reply = post(slack, "reply", thread_ts=root)
    loud = post(slack, "loud", thread_ts=reply, reply_broadcast=True)
    history = call(slack, "conversations.history", channel=CHANNEL)["messages"]
    assert [message["text"] for message in history] == ["loud", "root"]
    assert history[1]["reply_count"] == 2
    replies = call(slack, "conversations.replies", channel=CHANNEL, ts=root)["messages"]
    assert [message["ts"] for message in replies] == [root, reply, loud]
    assert [(r["ts"], len(answers)) for r, answers in slack.threads()] == [(root, 2)]


def test_history_comes_newest_first_in_pages_and_between_two_times(slack: LocalSlack) -> None:
    stamps = [post(slack, str(number)) for number in range(5)]
    first = call(slack, "conversations.history", channel=CHANNEL, limit=2)
    assert [message["text"] for message in first["messages"]] == ["4", "3"]
    assert first["has_more"]
    cursor = first["response_metadata"]["next_cursor"]
    second = call(slack, "conversations.history", channel=CHANNEL, limit=10, cursor=cursor)
    assert [message["text"] for message in second["messages"]] == ["2", "1", "0"]
    assert second["response_metadata"]["next_cursor"] == ""
    between = {"oldest": stamps[1], "latest": stamps[3]}
    assert len(call(slack, "conversations.history", channel=CHANNEL, **between)["messages"]) == 1
    assert len(call(slack, "conversations.history", channel=CHANNEL, inclusive=True, **between)["messages"]) == 3


def test_metadata_comes_only_when_asked_for(slack: LocalSlack) -> None:
    post(slack, metadata=META)
    assert "metadata" not in call(slack, "conversations.history", channel=CHANNEL)["messages"][0]
    asked = call(slack, "conversations.history", channel=CHANNEL, include_all_metadata=True)
    assert asked["messages"][0]["metadata"] == META


def test_an_update_keeps_the_metadata_that_it_does_not_name(slack: LocalSlack) -> None:
    ts = post(slack, metadata=META)
    assert call(slack, "chat.update", channel=CHANNEL, ts=ts, text="new")["ok"]
    assert (slack.messages[0]["text"], slack.messages[0]["metadata"]) == ("new", META)
    assert slack.messages[0]["edited"]["ts"].startswith("1750000000")
    assert slack.edits == [(CHANNEL, ts)]
    call(slack, "chat.update", channel=CHANNEL, ts=ts, text="new", metadata={})
    assert slack.messages[0]["metadata"] == {}


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": "C0NOWHERE1", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": CHANNEL}, "no_text"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "x", "blocks": "["}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "x", "blocks": [{"type": "image"}]}, "invalid_blocks"),
        ("chat.postMessage", {"channel": CHANNEL, "text": "x", "metadata": {"key": 1}}, "invalid_metadata_format"),
        ("chat.update", {"channel": CHANNEL, "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.update", {"channel": "#alerts", "ts": "1.2", "text": "x"}, "channel_not_found"),
        ("chat.getPermalink", {"channel": CHANNEL, "message_ts": "1.2"}, "message_not_found"),
        ("conversations.replies", {"channel": CHANNEL, "ts": "1.2"}, "thread_not_found"),
        ("conversations.history", {"channel": "C0NOWHERE1"}, "channel_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE1"}, "channel_not_found"),
        ("users.list", {}, "unknown_method"),
    ],
)
def test_refusals_come_as_ok_false(slack: LocalSlack, method: str, arguments: dict[str, Any], error: str) -> None:
    answer = call(slack, method, **arguments)
    assert (answer["ok"], answer["error"]) == (False, error)
    assert slack.messages == []


def test_blocks_that_are_long_together_are_refused(slack: LocalSlack) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}
    assert (
        call(slack, "chat.postMessage", channel=CHANNEL, text="x", blocks=[block] * 4)["error"] == "msg_blocks_too_long"
    )
    assert call(slack, "chat.postMessage", channel=CHANNEL, text="x", blocks=[block] * 3)["ok"]


def test_a_channel_can_be_named_to_post_but_must_be_open_and_joined(slack: LocalSlack) -> None:
    assert call(slack, "chat.postMessage", channel="#alerts", text="x")["channel"] == CHANNEL
    slack.channels[CHANNEL].archived = True
    assert call(slack, "chat.postMessage", channel=CHANNEL, text="x")["error"] == "is_archived"
    assert call(slack, "conversations.list", exclude_archived=True)["channels"] == []
    slack.channels[CHANNEL].member = False
    assert call(slack, "chat.postMessage", channel=CHANNEL, text="x")["error"] == "not_in_channel"
    assert call(slack, "conversations.info", channel=CHANNEL)["channel"]["is_member"] is False


def test_tokens_and_scopes_are_checked(slack: LocalSlack) -> None:
    assert call(slack, "auth.test")["user"] == "courtwatch"
    assert call(slack, "auth.test", token="xoxb-wrong")["error"] == "invalid_auth"
    slack.scopes.clear()
    answer = call(slack, "conversations.history", channel=CHANNEL)
    assert (answer["error"], answer["needed"]) == ("missing_scope", "channels:history")


def test_more_than_one_message_a_second_is_limited_and_says_until_when() -> None:
    at = [1_750_000_000.0]
    with LocalSlack(clock=lambda: at[0], burst=2) as slack:
        post(slack)
        post(slack)
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(slack)
        assert (caught.value.code, caught.value.headers["Retry-After"]) == (429, "1")
        caught.value.close()
        at[0] += 1
        post(slack)


def test_a_deleted_root_leaves_its_thread_and_cannot_be_edited(slack: LocalSlack) -> None:
    lonely, root = post(slack), post(slack)
    reply = post(slack, "reply", thread_ts=root)
    slack.delete(CHANNEL, lonely)
    slack.delete(CHANNEL, root)
    left = call(slack, "conversations.replies", channel=CHANNEL, ts=root)["messages"]
    assert [message["ts"] for message in left] == [root, reply]
    assert call(slack, "conversations.replies", channel=CHANNEL, ts=lonely)["error"] == "thread_not_found"
    for ts in (lonely, root):
        assert call(slack, "chat.update", channel=CHANNEL, ts=ts, text="x")["error"] == "message_not_found"
    post(slack, "late reply", thread_ts=root)
    assert slack.messages[0]["subtype"] == "tombstone"


@pytest.mark.parametrize(
    ("fault", "kept", "status"),
    [
        ("lost_reply", 1, None),
        ("lost_request", 0, None),
        ("server_error", 0, 503),
        ("server_error_after", 1, 500),
        ("rate_limited", 0, 429),
    ],
)
def test_bad_days_can_be_planned(slack: LocalSlack, fault: Any, kept: int, status: int | None) -> None:
    slack.fail(fault, method="chat.postMessage")
    assert call(slack, "auth.test")["ok"]
    with pytest.raises(OSError) as caught:  # noqa: PT011 - HTTPError, or the connection that closes
        post(slack)
    if isinstance(caught.value, urllib.error.HTTPError):
        assert caught.value.code == status
        caught.value.close()
    else:
        assert status is None
    assert len(slack.messages) == kept
    post(slack)


def test_a_message_has_an_address(slack: LocalSlack) -> None:
    ts = post(slack)
    answer = call(slack, "chat.getPermalink", channel=CHANNEL, message_ts=ts)
    assert answer["permalink"].endswith(f"/p{ts.replace('.', '')}")


def test_a_whisper_reaches_members_and_is_kept_in_no_channel(slack: LocalSlack) -> None:
    def whisper(channel: str = CHANNEL, user: str = "U0ANNA", text: str = "psst") -> str | None:
        return call(slack, "chat.postEphemeral", channel=channel, user=user, text=text).get("error")

    assert whisper() is None
    assert whisper(user="U0NOBODY") == "user_not_in_channel"
    assert whisper(channel="C0NOWHERE1") == "channel_not_found"
    assert whisper(text="") == "no_text"
    assert [whisper["text"] for whisper in slack.whispers] == ["psst"]
    assert slack.messages == []


def test_members_come_in_pages(slack: LocalSlack) -> None:
    first = call(slack, "conversations.members", channel=CHANNEL, limit=1)
    second = call(
        slack, "conversations.members", channel=CHANNEL, limit=1, cursor=first["response_metadata"]["next_cursor"]
    )
    assert (first["members"], second["members"]) == (["U0ANNA"], ["U0BEN"])
    assert call(slack, "conversations.members", channel="C0NOWHERE1")["error"] == "channel_not_found"


def test_a_trigger_opens_one_view(slack: LocalSlack) -> None:
    view = {"type": "modal", "blocks": [{"type": "divider"}]}
    slack.triggers.add("t")
    assert call(slack, "views.open", trigger_id="t", view={"type": "modal"})["error"] == "invalid_arguments"
    assert call(slack, "views.open", trigger_id="t", view=view)["ok"]
    assert call(slack, "views.open", trigger_id="t", view=view)["error"] == "expired_trigger_id"


def test_socket_mode_wants_the_app_level_token(slack: LocalSlack) -> None:
    assert call(slack, "apps.connections.open")["error"] == "invalid_auth"
    assert call(slack, "apps.connections.open", token=slack.app_token)["url"].startswith("ws://127.0.0.1:")
    with pytest.raises(TimeoutError):
        slack.push("interactive", {}, timeout=0.01)


def test_a_journal_outlives_the_process_and_a_line_that_was_cut_off(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    with LocalSlack(clock=lambda: 1_750_000_000.0, journal=journal) as slack:
        root = post(slack, "root", metadata=META)
        post(slack, "reply", thread_ts=root)
        call(slack, "chat.update", channel=CHANNEL, ts=root, text="edited")
        before = slack.threads()
    journal.write_text(journal.read_text(encoding="utf-8") + '["C0ALERTS01", {"te', encoding="utf-8")
    for expected in (2, 3):
        with LocalSlack(clock=lambda: 1_750_000_000.0, journal=journal) as slack:
            assert len(slack.messages) == expected
            assert slack.threads()[0] == before[0]
            post(slack, "after the kill")


def text(kind: str, size: int) -> dict[str, str]:
    return {"type": kind, "text": "x" * size}


@pytest.mark.parametrize(
    ("block", "good"),
    [
        ({"type": "divider"}, True),
        ({"type": "header", "text": text("plain_text", 150)}, True),
        ({"type": "header", "text": text("plain_text", 151)}, False),
        ({"type": "header", "text": text("mrkdwn", 5)}, False),
        ({"type": "section", "text": text("mrkdwn", 3_000)}, True),
        ({"type": "section", "text": text("mrkdwn", 3_001)}, False),
        ({"type": "section", "text": text("mrkdwn", 0)}, False),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}}, False),
        ({"type": "section"}, False),
        ({"type": "section", "fields": [text("mrkdwn", 2_000)] * 10}, True),
        ({"type": "section", "fields": [text("mrkdwn", 5)] * 11}, False),
        ({"type": "section", "fields": [text("mrkdwn", 2_001)]}, False),
        ({"type": "context", "elements": [text("mrkdwn", 5)] * 10}, True),
        ({"type": "context", "elements": [text("mrkdwn", 5)] * 11}, False),
        ({"type": "context", "elements": []}, False),
        ({"type": "actions", "elements": [{"type": "button", "text": text("plain_text", 75), "action_id": "a"}]}, True),
        ({"type": "actions", "elements": [{"type": "button", "text": text("plain_text", 76)}]}, False),
        (
            {"type": "actions", "elements": [{"type": "button", "text": text("plain_text", 5), "value": "x" * 2_001}]},
            False,
        ),
        (
            {
                "type": "actions",
                "elements": [{"type": "button", "text": text("plain_text", 5), "action_id": "x" * 256}],
            },
            False,
        ),
        ({"type": "actions", "elements": [{"type": "datepicker"}]}, False),
        ({"type": "section", "text": text("mrkdwn", 5), "accessory": {"type": "menu"}}, False),
        ({"type": "section", "text": text("mrkdwn", 5), "block_id": "x" * 256}, False),
        ("text", False),
    ],
)
def test_each_block_is_held_to_its_limits(block: Any, good: bool) -> None:
    assert (block_errors([block]) == []) is good


def test_a_message_has_at_most_fifty_blocks() -> None:
    assert block_errors([{"type": "divider"}] * 50) == []
    assert block_errors([{"type": "divider"}] * 51)
    assert block_errors("no list")


def test_forms_are_read_as_well_as_json(slack: LocalSlack) -> None:
    body = b"channel=C0ALERTS01&text=from+a+form&token=xoxb-local"
    request = urllib.request.Request(slack.url + "chat.postMessage", body)  # noqa: S310
    with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
        assert json.loads(answer.read())["ok"]
    assert slack.messages[0]["text"] == "from a form"


def test_a_server_that_is_not_started_has_no_address() -> None:
    with pytest.raises(RuntimeError):
        _ = LocalSlack().url
