"""Sending to Slack: against a local Slack that answers as the real one does."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.messages import render_event, render_notice
from alerts.outcomes import back_off
from alerts.replies import render_change
from alerts.slack import SlackSender
from replay.slack import LocalSlack
from tests.alerts.samples import AT, change, delivery, event
from warehouse.rows import Delivery

CHANNEL = "C0ALERTS01"


class Clock:
    """Time that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def now(self) -> datetime:
        return AT + timedelta(seconds=self.seconds)

    def epoch(self) -> float:
        return self.now().timestamp()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[LocalSlack]:
    with LocalSlack(clock=clock.epoch) as server:
        yield server


@pytest.fixture
def sender(slack: LocalSlack, clock: Clock) -> SlackSender:
    return make_sender(slack, clock)


def make_sender(slack: LocalSlack, clock: Clock, **options: Any) -> SlackSender:
    options = {"now": clock.now, "clock": lambda: clock.seconds, "sleep": clock.sleep} | options
    return SlackSender(options.pop("token", slack.token), slack.url, **options)


ROOT = render_event(event())


def send_root(sender: SlackSender, **fields: Any) -> str:
    outcome = sender.send(delivery(**fields), ROOT)
    assert outcome.state == "sent"
    assert outcome.external_id is not None
    return outcome.external_id


def test_a_root_is_posted_with_its_key_and_nothing_is_unfurled(slack: LocalSlack, sender: SlackSender) -> None:
    ts = send_root(sender)
    message = slack.messages[0]
    assert message["ts"] == ts
    assert message["text"] == ROOT.text
    assert message["blocks"] == list(ROOT.blocks)
    assert message["metadata"]["event_type"] == "courtwatch_event"
    payload = message["metadata"]["event_payload"]
    assert payload["key"] == delivery().key
    assert payload["event_id"] == "2025-06-05-sanction_round-1a2b3c"
    assert (message["unfurl_links"], message["unfurl_media"], message["parse"], message["link_names"]) == (
        False,
        False,
        "none",
        False,
    )


def test_a_reply_stands_in_its_thread(slack: LocalSlack, sender: SlackSender) -> None:
    ts = send_root(sender)
    outcome = sender.send(delivery("reply", thread_external_id=ts), render_change(change(), event()))
    assert outcome.state == "sent"
    [(root, replies)] = slack.threads()
    assert root["ts"] == ts
    assert [reply["ts"] for reply in replies] == [outcome.external_id]
    assert "subtype" not in replies[0]


def test_an_escalation_is_shown_in_the_channel_too(slack: LocalSlack, sender: SlackSender) -> None:
    loud = change(before={"status": "suspended"}, after={"status": "in_force"})
    sender.send(delivery("reply", thread_external_id=send_root(sender)), render_change(loud, event()))
    assert slack.threads()[0][1][0]["subtype"] == "thread_broadcast"


def test_a_reply_read_together_with_its_root_finds_the_thread(slack: LocalSlack, sender: SlackSender) -> None:
    root, reply = delivery(), delivery("reply")
    assert reply.thread_external_id is None
    assert sender.send(root, ROOT).state == "sent"
    assert sender.send(reply, render_change(change(), event())).state == "sent"
    assert len(slack.threads()) == 1


def test_a_reply_waits_for_a_root_that_was_not_sent(slack: LocalSlack, sender: SlackSender, clock: Clock) -> None:
    outcome = sender.send(delivery("reply"), render_change(change(), event()))
    assert (outcome.state, outcome.error) == ("due", "waits for its root message")
    assert outcome.retry_at == clock.now()  # the ledger lets it go when the root is sent
    assert slack.calls == []


def test_an_update_edits_the_root_in_place_and_keeps_its_metadata(slack: LocalSlack, sender: SlackSender) -> None:
    ts = send_root(sender)
    message = render_event(event(status="in_force"))
    outcome = sender.send(delivery("update", thread_external_id=ts), message)
    assert (outcome.state, outcome.external_id) == ("sent", ts)
    assert len(slack.messages) == 1
    assert slack.messages[0]["blocks"] == list(message.blocks)
    assert slack.messages[0]["metadata"]["event_payload"]["key"] == delivery().key
    assert slack.messages[0]["parse"] == "none"


def test_a_root_that_is_gone_is_told_to_the_ledger_and_posted_anew(slack: LocalSlack, sender: SlackSender) -> None:
    ts = send_root(sender)
    slack.delete(CHANNEL, ts)
    for kind, message in (("update", ROOT), ("reply", render_change(change(), event()))):
        outcome = sender.send(delivery(kind, thread_external_id=ts), message)
        assert (outcome.state, outcome.root_vanished) == ("due", True)
    again = delivery(reposted=True, external_id=ts)
    assert sender.send(again, ROOT).state == "sent"
    assert sender.send(delivery("reply", thread_external_id=ts), render_change(change(), event())).state == "sent"
    assert len(slack.threads()[0][1]) == 1


def test_a_notice_and_its_recovery_share_a_thread(slack: LocalSlack, sender: SlackSender) -> None:
    start = delivery("notice", key="n")
    end = delivery("notice_reply", key="n:end", thread_key="n")
    assert sender.send(start, render_notice({"title": "Trouble"})).state == "sent"
    assert sender.send(end, render_notice({"title": "Well again"})).state == "sent"
    [(root, [reply])] = slack.threads()
    assert root["metadata"]["event_type"] == reply["metadata"]["event_type"] == "courtwatch_notice"


def test_a_recovery_whose_start_was_never_told_stands_alone(slack: LocalSlack, sender: SlackSender) -> None:
    assert sender.send(delivery("notice_reply"), render_notice({"title": "Well again"})).state == "sent"
    assert len(slack.threads()) == 1


# --- ambiguous answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", ["lost_reply", "lost_request", "server_error_after", "internal_error", "server_error"]
)
@pytest.mark.parametrize("kind", ["root", "reply"])
def test_an_ambiguous_answer_is_looked_up_and_told_exactly_once(
    slack: LocalSlack, sender: SlackSender, clock: Clock, fault: Any, kind: str
) -> None:
    thread = send_root(sender, key="other") if kind == "reply" else None
    row = delivery(kind, thread_external_id=thread)
    message = ROOT if kind == "root" else render_change(change(), event())
    slack.fail(fault, method="chat.postMessage")
    outcome = sender.send(row, message)
    assert outcome.state == "unknown"
    assert outcome.external_id is None
    assert outcome.retry_at == clock.now() + back_off(0)
    outcome = sender.send(replace(row, state="unknown", attempts=1), message)
    assert outcome.state == "sent"
    assert outcome.adopted is (fault in ("lost_reply", "server_error_after", "internal_error"))
    ours = [m for m in slack.messages if m["metadata"]["event_payload"]["key"] == row.key]
    assert [m["ts"] for m in ours] == [outcome.external_id]


def test_a_row_that_a_crash_left_in_sending_is_looked_up_before_it_is_sent(
    slack: LocalSlack, sender: SlackSender, clock: Clock
) -> None:
    ts = send_root(sender)
    after_the_crash = make_sender(slack, clock)
    outcome = after_the_crash.send(delivery(state="sending"), ROOT)
    assert (outcome.state, outcome.external_id, outcome.adopted) == ("sent", ts, True)
    assert len(slack.messages) == 1


def test_our_message_is_found_behind_many_newer_ones(slack: LocalSlack, sender: SlackSender, clock: Clock) -> None:
    ts = send_root(sender)
    chatty = make_sender(slack, clock, burst=10_000)
    for number in range(450):
        chatty.send(delivery(key=f"other-{number}"), render_notice({"title": "chatter"}))
    assert sender.send(delivery(state="unknown"), ROOT).external_id == ts


def test_another_apps_message_with_the_same_key_is_not_ours(slack: LocalSlack, sender: SlackSender) -> None:
    send_root(sender)
    slack.channels[CHANNEL].messages.popitem()
    forged = {"event_type": "other_app", "event_payload": {"key": delivery().key}}
    slack.channels[CHANNEL].messages["1.000001"] = {"ts": "1.000001", "text": "x", "metadata": forged}
    assert not sender.send(delivery(state="unknown"), ROOT).adopted


def test_while_it_cannot_be_looked_up_nothing_is_sent_again(slack: LocalSlack, sender: SlackSender) -> None:
    send_root(sender)
    slack.scopes.discard("channels:history")
    outcome = sender.send(delivery(state="unknown"), ROOT)
    assert outcome.state == "unknown"
    assert "channels:history" in (outcome.error or "")
    assert len(slack.messages) == 1


@pytest.mark.parametrize("fault", ["rate_limited", "lost_request", "server_error"])
def test_a_failed_look_up_leaves_the_row_unknown(slack: LocalSlack, sender: SlackSender, fault: Any) -> None:
    send_root(sender)
    slack.fail(fault, method="conversations.history")
    outcome = sender.send(delivery(state="unknown"), ROOT)
    assert outcome.state == "unknown"
    assert len(slack.messages) == 1


# --- refusals and waiting ------------------------------------------------------------------------------------------


def test_a_rate_limit_says_until_when_slack_is_to_be_left_alone(
    slack: LocalSlack, sender: SlackSender, clock: Clock
) -> None:
    assert sender.paused_until is None
    slack.fail("rate_limited", retry_after=30)
    outcome = sender.send(delivery(), ROOT)
    assert (outcome.state, outcome.retry_at) == ("due", clock.now() + timedelta(seconds=30))
    assert sender.paused_until == outcome.retry_at
    clock.sleep(30)
    assert sender.paused_until is None
    send_root(sender)


def test_messages_are_paced_so_that_slack_never_has_to_ask(clock: Clock) -> None:
    with LocalSlack(clock=clock.epoch, burst=4) as slack:
        sender = make_sender(slack, clock)
        outcomes = [sender.send(delivery(key=f"k{number}"), ROOT) for number in range(30)]
    assert {outcome.state for outcome in outcomes} == {"sent"}
    assert 26 <= sum(clock.slept) <= 30


def test_channels_are_paced_apart(slack: LocalSlack, clock: Clock) -> None:
    slack.channels["C0SECOND01"] = type(slack.channels[CHANNEL])("C0SECOND01", "second")
    sender = make_sender(slack, clock, burst=2)
    for channel in (CHANNEL, "C0SECOND01"):
        for number in range(2):
            assert sender.send(delivery(key=f"{channel}{number}", channel=channel), ROOT).state == "sent"
    assert clock.slept == []


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda slack: slack.channels.clear(), "no channel C0ALERTS01"),
        (lambda slack: setattr(slack.channels[CHANNEL], "member", False), "/invite @Courtwatch"),
        (lambda slack: setattr(slack.channels[CHANNEL], "archived", True), "archived: unarchive it"),
        (lambda slack: setattr(slack, "token", "xoxb-other"), "COURTWATCH_SLACK_TOKEN"),
        (lambda slack: slack.scopes.discard("chat:write"), "lacks the scope chat:write"),
    ],
)
def test_what_a_person_must_mend_is_refused_with_what_to_do(
    slack: LocalSlack, clock: Clock, spoil: Any, said: str
) -> None:
    sender = make_sender(slack, clock)
    spoil(slack)
    outcome = sender.send(delivery(), ROOT)
    assert (outcome.state, outcome.permanent) == ("refused", True)
    assert said in (outcome.error or "")
    assert "\n" not in (outcome.error or "")
    assert "xoxb" not in (outcome.error or "").replace("xoxb-...", "")
    said_by_doctor = sender.check(CHANNEL)
    assert said_by_doctor is not None or said.startswith("lacks")


def test_a_message_that_slack_finds_invalid_is_refused_with_slacks_words(
    slack: LocalSlack, sender: SlackSender
) -> None:
    broken = replace(ROOT, blocks=({"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},))
    outcome = sender.send(delivery(), broken)
    assert outcome.state == "refused"
    assert "must be less than 151 characters" in (outcome.error or "")


@pytest.mark.parametrize("code", ["service_unavailable", "team_added_to_org", "ratelimited"])
def test_what_passes_by_itself_is_tried_again(
    slack: LocalSlack, sender: SlackSender, clock: Clock, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(slack, "_post", lambda _: (200, {"Retry-After": "soon"}, {"ok": False, "error": code}))
    outcome = sender.send(delivery(), ROOT)
    assert (outcome.state, outcome.permanent) == ("due", False)
    assert outcome.retry_at == clock.now() + timedelta(seconds=30 if code == "ratelimited" else 5)


def test_a_refusal_that_nobody_has_worded_is_told_with_its_code(
    slack: LocalSlack, sender: SlackSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack, "_post", lambda _: (200, {}, {"ok": False, "error": "ekm_access_denied"}))
    outcome = sender.send(delivery(), ROOT)
    assert (outcome.state, outcome.error) == (
        "refused",
        "Slack refuses the message for C0ALERTS01: ekm_access_denied (ekm_access_denied)",
    )


def test_a_local_slack_is_reached_past_a_proxy(
    slack: LocalSlack, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # urlopen builds its opener once a process, with the proxies of that moment: this test needs its own
    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    send_root(make_sender(slack, clock))


def test_a_root_that_may_no_longer_be_edited_is_left_as_it_is(
    slack: LocalSlack, sender: SlackSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    ts = send_root(sender)
    monkeypatch.setattr(slack, "_update", lambda _: (200, {}, {"ok": False, "error": "edit_window_closed"}))
    outcome = sender.send(delivery("update", thread_external_id=ts), ROOT)
    assert (outcome.state, outcome.root_vanished) == ("expired", False)


def test_nobody_listening_means_later_and_not_in_doubt(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    sender = SlackSender(
        "xoxb-x", f"http://127.0.0.1:{port}/api/", now=clock.now, clock=lambda: clock.seconds, sleep=clock.sleep
    )
    outcome = sender.send(delivery(attempts=2), ROOT)
    assert (outcome.state, outcome.retry_at) == ("due", clock.now() + back_off(2))
    assert sender.send(delivery(state="unknown"), ROOT).state == "unknown"
    assert (sender.check(CHANNEL) or "").startswith("Slack cannot be reached")


def test_waiting_grows_and_ends_at_a_quarter_of_a_minute() -> None:
    waits = [back_off(attempts).total_seconds() for attempts in range(40)]
    assert waits[:5] == [5, 5, 10, 15, 15]
    assert max(waits) == waits[-1] == 15


def test_a_channel_given_by_name_is_resolved_for_what_takes_ids_only(slack: LocalSlack, clock: Clock) -> None:
    def row(kind: str, **fields: Any) -> Delivery:
        return delivery(kind, channel="#alerts", **fields)

    ts = send_root(make_sender(slack, clock), channel="#alerts")
    other_process = make_sender(slack, clock)
    assert other_process.send(row("update", thread_external_id=ts), ROOT).state == "sent"
    assert other_process.send(row("root", state="unknown"), ROOT).external_id == ts
    assert other_process.check("#alerts") is None


def test_a_working_channel_has_nothing_to_complain_of(sender: SlackSender) -> None:
    assert sender.check(CHANNEL) is None
