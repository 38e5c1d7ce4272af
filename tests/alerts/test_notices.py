"""Notices: each trouble of the watch is told once when it starts and once when it ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from alerts.messages import render_notice
from alerts.notices import OUTAGE, duration, health_notice, refused_notice, source_notice, source_notices, trouble_key
from alerts.outcomes import SendOutcome
from replay.slack_limits import block_errors
from tests.alerts.samples import AT, delivery, digest_data
from warehouse.rows import IncidentChange

STARTED = IncidentChange("opened", "icc_rss", "ICC press releases", "blocked", "HTTP 403 from a challenge page", AT, AT)
ENDED = replace(STARTED, kind="closed", at=AT + timedelta(hours=5))


def test_a_trouble_is_told_with_its_reason_and_its_beginning() -> None:
    notice = source_notice(STARTED, channel="C1")
    assert (notice.kind, notice.thread_key, notice.channel) == ("notice", None, "C1")
    message = render_notice(notice.payload)
    assert message.text.startswith(
        "⚠ ICC press releases blocks us. HTTP 403 from a challenge page. Since 5 June 2025 17:42 UTC."
    )
    assert block_errors(message.blocks) == []


def test_its_end_is_a_reply_to_its_start_and_says_how_long_it_was() -> None:
    start, end = source_notice(STARTED, channel="C1"), source_notice(ENDED, channel="C1")
    assert (end.kind, end.thread_key) == ("notice_reply", start.key)
    assert "is well again. It was troubled for 5 hours" in render_notice(end.payload).text


def test_the_same_incident_has_one_key_and_the_next_another() -> None:
    again = source_notice(replace(STARTED, at=AT + timedelta(hours=1), reason="still"), channel="C1")
    later = source_notice(replace(STARTED, since=AT + timedelta(days=1)), channel="C1")
    keys = {source_notice(STARTED, channel="C1").key, source_notice(ENDED, channel="C1").key, later.key}
    assert again.key == source_notice(STARTED, channel="C1").key
    assert len(keys) == 3


def test_refused_alerts_are_told_once_a_day_for_one_channel_and_reason() -> None:
    outcome = SendOutcome("refused", error="no channel C1: check its id")

    def key(channel: str = "C1", error: str | None = outcome.error, days: int = 0) -> str:
        row = delivery(channel=channel, key=f"k-{channel}-{days}")
        return refused_notice(row, replace(outcome, error=error), channel="COPS", at=AT + timedelta(days=days)).key

    assert key() == key()
    assert len({key(), key("C2"), key(error="archived"), key(days=1)}) == 4
    notice = refused_notice(delivery(), outcome, channel="COPS", at=AT)
    text = render_notice(notice.payload).text
    assert notice.channel == "COPS"
    assert notice.severity == "high"
    assert "Alerts to C0ALERTS01 are refused. no channel C1: check its id." in text


def test_the_daily_reminder_lists_official_sources_first_and_counts_the_rest() -> None:
    blocked, healthy = digest_data().health
    press = [
        replace(healthy, source=f"s{n}", name=f"Press {n}", state="failed", incident_opened_at=AT) for n in range(14)
    ]
    notice = health_notice([*press, blocked], channel="C1", at=AT + timedelta(days=1))
    lines = notice.payload["lines"]
    assert lines[0] == "ICC press releases: blocked for 3 days, 403 since Monday"
    assert lines[-1] == "and 5 more: courtwatch sources list"
    assert notice.payload["title"] == "🩺 15 sources in trouble"
    assert notice.key != health_notice([blocked], channel="C1", at=AT + timedelta(days=2)).key


def test_spans_are_written_for_people() -> None:
    spans = [timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=89), timedelta(hours=26), timedelta(days=3)]
    assert [duration(span) for span in spans] == ["1 minute", "1 minute", "89 minutes", "26 hours", "3 days"]


def lost(number: int) -> IncidentChange:
    return replace(STARTED, source=f"s{number}", name=f"Source {number}", state="failed", reason="connection refused")


def test_when_all_fail_at_once_it_is_one_trouble_that_ends_in_its_own_thread() -> None:
    many = [lost(number) for number in range(OUTAGE + 2)]
    [notice] = source_notices([*many], channel="C1", asked=len(many), told=(), outages={})
    said = render_notice(notice.payload)
    assert said.text.startswith("🛑 12 sources of 12 cannot be reached at once. Source 0, ")
    assert "and 2 more: connection refused" in said.text
    assert block_errors(said.blocks) == []
    back = [replace(one, kind="closed", at=AT + timedelta(hours=1)) for one in many]
    [reply] = source_notices(back, channel="C1", asked=20, told=(), outages={notice.key: notice.payload})
    assert (reply.kind, reply.thread_key) == ("notice_reply", notice.key)
    assert "12 sources can be reached again" in render_notice(reply.payload).text


def test_few_that_fail_among_many_are_told_one_by_one() -> None:
    few, many = [lost(number) for number in range(OUTAGE - 1)], [lost(number) for number in range(OUTAGE)]
    assert len(source_notices(few, channel="C1", asked=len(few), told=(), outages={})) == len(few)
    assert len(source_notices(many, channel="C1", asked=2 * OUTAGE + 1, told=(), outages={})) == len(many)


def test_what_was_told_alone_ends_alone_also_after_an_outage() -> None:
    told = {trouble_key(ENDED, "C1")}
    [reply] = source_notices(
        [ENDED], channel="C1", asked=30, told=told, outages={"slack:C1:outage:x": {"troubles": list(told)}}
    )
    assert reply.thread_key == source_notice(STARTED, channel="C1").key


def test_an_end_goes_only_where_an_outage_named_its_beginning() -> None:
    many = [lost(number) for number in range(OUTAGE)]
    [old] = source_notices(many, channel="C1", asked=OUTAGE, told=(), outages={})
    [new] = source_notices(
        [replace(one, since=AT + timedelta(days=9), at=AT + timedelta(days=9)) for one in many],
        channel="C1", asked=OUTAGE, told=(), outages={},
    )  # fmt: skip
    outages = {old.key: old.payload, new.key: new.payload}
    first = replace(many[0], kind="closed", at=AT + timedelta(days=10))
    stranger = replace(lost(99), kind="closed", at=AT + timedelta(days=10))
    reply, alone = sorted(
        source_notices([first, stranger], channel="C1", asked=30, told=(), outages=outages), key=lambda row: row.kind,
        reverse=True,
    )  # fmt: skip
    assert (reply.kind, reply.thread_key) == ("notice_reply", old.key)
    assert (alone.kind, alone.thread_key) == ("notice", None)
    assert "Source 99 is well again" in render_notice(alone.payload).text
