"""Nothing is told twice, nothing is forgotten: the outbox under crashes and retries in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.connection import transaction
from warehouse.deliveries import (
    LEASE,
    add_deliveries,
    count_roots,
    count_states,
    existing_keys,
    mark,
    next_due,
    read_delivery,
    read_due,
    reopen,
)
from warehouse.errors import WarehouseError
from warehouse.rows import NewDelivery

MINUTE = timedelta(minutes=1)


def new(key="root", kind="root", thread=None, **changes):
    return replace(NewDelivery(key, kind, "C1", "event", None, thread, {"text": "é"}), **changes)


def test_a_key_is_taken_once_for_ever(make, db):
    assert add_deliveries(db, [new(), new("other")], now=make.now) == 2
    assert add_deliveries(db, [new(), new("third")], now=make.now) == 1
    row = read_delivery(db, "root")
    mark(db, row.id, "sent", now=make.now, external_id="1.1")
    assert add_deliveries(db, [new()], now=make.now) == 0
    assert read_delivery(db, "root").state == "sent"


def test_a_key_twice_in_one_batch_is_one_row(make, db):
    assert add_deliveries(db, [new(), new()], now=make.now) == 1


def test_a_reply_waits_for_its_root_and_learns_its_thread(make, db):
    add_deliveries(db, [new(), new("reply", "reply", "root")], now=make.now)
    assert [row.key for row in read_due(db, now=make.now)] == ["root"]
    mark(db, read_delivery(db, "root").id, "sent", now=make.now, external_id="1700.1")
    [reply] = read_due(db, now=make.now)
    assert (reply.key, reply.thread_external_id) == ("reply", "1700.1")


def test_replies_of_a_thread_come_one_by_one_in_order(make, db):
    add_deliveries(db, [new(), new("r1", "reply", "root"), new("r2", "reply", "root")], now=make.now)
    mark(db, read_delivery(db, "root").id, "sent", now=make.now, external_id="1")
    first = read_delivery(db, "r1")
    mark(db, first.id, "due", now=make.now, error="rate limited", not_before=make.now + MINUTE)
    assert read_due(db, now=make.now) == []
    assert [row.key for row in read_due(db, now=make.now + MINUTE)] == ["r1"]
    mark(db, first.id, "sent", now=make.now, external_id="2")
    assert [row.key for row in read_due(db, now=make.now)] == ["r2"]


def test_a_row_left_in_sending_comes_back_as_unknown_after_its_lease(make, db):
    add_deliveries(db, [new()], now=make.now)
    mark(db, read_delivery(db, "root").id, "sending", now=make.now)
    assert read_due(db, now=make.now + LEASE / 2) == []
    [row] = read_due(db, now=make.now + LEASE)
    assert (row.state, row.attempts) == ("unknown", 1)
    [row] = read_due(db, now=make.now, lease=timedelta(0))
    assert row.state == "unknown"


def test_replies_end_with_a_refused_root_and_say_why(make, db):
    add_deliveries(db, [new(), new("reply", "reply", "root")], now=make.now)
    mark(db, read_delivery(db, "root").id, "refused", now=make.now, error="channel_not_found")
    reply = read_delivery(db, "reply")
    assert (reply.state, reply.last_error) == ("refused", "its root was refused")
    assert count_states(db) == {"refused": 2}


def test_what_was_sent_cannot_be_moved_again(make, db):
    add_deliveries(db, [new()], now=make.now)
    row = read_delivery(db, "root")
    mark(db, row.id, "sent", now=make.now, external_id="1")
    with pytest.raises(WarehouseError, match="sent already"):
        mark(db, row.id, "due", now=make.now)
    with pytest.raises(WarehouseError, match="does not exist"):
        mark(db, 999, "due", now=make.now)


def test_held_rows_and_rows_for_later_are_not_due(make, db):
    add_deliveries(db, [new("held"), new("later", not_before=make.now + MINUTE)], now=make.now)
    mark(db, read_delivery(db, "held").id, "held", now=make.now)
    assert read_due(db, now=make.now) == []
    assert [row.key for row in read_due(db, now=make.now + MINUTE)] == ["later"]


def sent_root(make, db, *others):
    """Add a root that is sent, and rows of its thread."""
    add_deliveries(db, [new()], now=make.now)
    mark(db, read_delivery(db, "root").id, "sent", now=make.now, external_id="1.1")
    add_deliveries(db, others, now=make.now)


def keys_due(db, at):
    return [row.key for row in read_due(db, now=at)]


def test_an_edit_that_waits_holds_up_no_reply_and_no_reply_holds_up_an_edit(make, db):
    sent_root(make, db, new("edit", "update", "root", not_before=make.now + MINUTE), new("r1", "reply", "root"))
    assert keys_due(db, make.now) == ["r1"]
    mark(db, read_delivery(db, "r1").id, "due", now=make.now, not_before=make.now + 2 * MINUTE)
    add_deliveries(db, [new("edit2", "update", "root")], now=make.now)
    assert keys_due(db, make.now) == ["edit2"]
    assert keys_due(db, make.now + MINUTE) == ["edit", "edit2"]


def test_a_root_that_vanished_is_posted_again_before_its_replies(make, db):
    sent_root(make, db, new("r1", "reply", "root"))
    root = read_delivery(db, "root")
    assert not root.reposted
    assert reopen(db, root.id, now=make.now + MINUTE)
    [again] = read_due(db, now=make.now + MINUTE)
    assert (again.key, again.external_id, again.reposted) == ("root", None, True)
    assert not reopen(db, root.id, now=make.now + MINUTE)
    mark(db, root.id, "sent", now=make.now + MINUTE, external_id="2.2")
    [reply] = read_due(db, now=make.now + MINUTE)
    assert (reply.key, reply.thread_external_id, reply.reposted) == ("r1", "2.2", True)
    told = db.execute("SELECT sent_at = ?::TIMESTAMPTZ FROM base.deliveries WHERE key = 'root'", [make.now.isoformat()])
    assert told.fetchone() == (True,)


def test_what_is_told_at_once_takes_along_what_its_thread_held_until_the_morning(make, db):
    morning = make.now + 60 * MINUTE
    held = [new(not_before=morning), new("r1", "reply", "root", not_before=morning), new("other", not_before=morning)]
    add_deliveries(db, held, now=make.now)
    add_deliveries(db, [new("r2", "reply", "root", not_before=morning)], now=make.now)
    assert keys_due(db, make.now) == []
    add_deliveries(db, [new("loud", "reply", "root", severity="critical")], now=make.now + MINUTE)
    told = []
    while due := keys_due(db, make.now + MINUTE):
        told += due
        for key in due:
            mark(db, read_delivery(db, key).id, "sent", now=make.now + MINUTE, external_id=key)
    assert told == ["root", "r1", "r2", "loud"]


def test_a_loud_reply_does_not_hurry_what_waits_after_a_failed_attempt(make, db):
    sent_root(make, db, new("r1", "reply", "root"))
    first = read_delivery(db, "r1")
    mark(db, first.id, "sending", now=make.now)
    mark(db, first.id, "due", now=make.now, error="rate limited", not_before=make.now + MINUTE)
    add_deliveries(db, [new("loud", "reply", "root")], now=make.now)
    assert keys_due(db, make.now) == []


def test_the_next_moment_to_send_is_known(make, db):
    assert next_due(db, now=make.now) is None
    later = make.now + MINUTE
    add_deliveries(db, [new(not_before=later), new("r1", "reply", "root", not_before=later)], now=make.now)
    assert next_due(db, now=make.now) == make.now + MINUTE
    assert next_due(db, now=make.now + 2 * MINUTE) == make.now + 2 * MINUTE
    mark(db, read_delivery(db, "root").id, "sending", now=make.now + MINUTE)
    assert next_due(db, now=make.now, lease=MINUTE / 2) == make.now + 1.5 * MINUTE
    mark(db, read_delivery(db, "root").id, "sent", now=make.now + MINUTE, external_id="1")
    mark(db, read_delivery(db, "r1").id, "sent", now=make.now + MINUTE, external_id="2")
    assert next_due(db, now=make.now) is None


class Slack:
    """A channel that may accept a message and still lose its answer."""

    def __init__(self):
        self.messages: dict[str, str] = {}

    def post(self, key: str) -> str:
        assert key not in self.messages, "told twice"
        self.messages[key] = str(len(self.messages))
        return self.messages[key]


KEYS = ["root", "r1", "r2", "lone"]
STEPS = st.lists(
    st.tuples(st.sampled_from(["plan", "send", "crash before", "crash after", "lost answer", "rate limit"]),
              st.integers(0, 3)),
    max_size=25,
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STEPS)
def test_every_alert_is_told_exactly_once_whatever_crashes(make, db, steps):
    db.execute("DELETE FROM base.deliveries")
    slack, at = Slack(), make.now
    rows = {key: new(key, "root" if key in ("root", "lone") else "reply", "root" if key in ("r1", "r2") else None)
            for key in KEYS}  # fmt: skip

    def deliver(how: str) -> None:
        for row in read_due(db, now=at, limit=1):
            if row.state == "unknown" and row.key in slack.messages:
                mark(db, row.id, "sent", now=at, external_id=slack.messages[row.key])
                continue
            if row.kind == "reply":
                assert row.thread_external_id == slack.messages["root"]
            mark(db, row.id, "sending", now=at)
            if how == "crash before":
                continue
            if how == "rate limit":
                mark(db, row.id, "due", now=at, not_before=at + MINUTE)
                continue
            external_id = slack.post(row.key)
            if how == "crash after":
                continue
            if how == "lost answer":
                mark(db, row.id, "unknown", now=at, error="time-out")
                continue
            mark(db, row.id, "sent", now=at, external_id=external_id)

    for how, number in steps:
        at += MINUTE
        if how == "plan":
            with transaction(db):
                add_deliveries(db, [rows["root"], rows[KEYS[number]]], now=at)
        else:
            deliver(how)
    planned = [key for (key,) in db.execute("SELECT key FROM base.deliveries").fetchall()]
    assert len(planned) == len(set(planned))
    for _ in range(3 * len(KEYS)):
        at += 5 * MINUTE
        deliver("send")
    assert sorted(slack.messages) == sorted(planned)
    assert count_states(db) == ({"sent": len(planned)} if planned else {})
    if {"r1", "r2"} <= slack.messages.keys():
        order = {key: db.execute("SELECT delivery_id FROM base.deliveries WHERE key = ?", [key]).fetchone()
                 for key in ("r1", "r2")}  # fmt: skip
        assert (order["r1"] < order["r2"]) == (int(slack.messages["r1"]) < int(slack.messages["r2"]))


def test_keys_and_roots_of_the_outbox_are_found(make, db):
    rows = [NewDelivery(f"k{n}", kind, "C", None, None, None) for n, kind in enumerate(["root", "root", "notice"])]
    add_deliveries(db, rows[:1], now=make.now - timedelta(hours=1))
    add_deliveries(db, rows[1:], now=make.now)
    assert existing_keys(db, ["k0", "k2", "k9"]) == {"k0", "k2"}
    assert count_roots(db, since=make.now - timedelta(minutes=30)) == {"C": 1}
