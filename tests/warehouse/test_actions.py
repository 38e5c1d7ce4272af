"""The ledger of what people did: each action once, who acknowledged, what is snoozed or mute and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from warehouse.actions import (
    ActionRow,
    add_correction_change,
    hold_replies,
    read_acknowledgers,
    read_mutes,
    read_snoozes,
    record_action,
    root_channels,
)
from warehouse.changes import read_changes
from warehouse.deliveries import add_deliveries, mark, next_due, read_delivery
from warehouse.events import apply_changes, read_events
from warehouse.rows import NewDelivery

HOUR = timedelta(hours=1)


@pytest.fixture
def act(make, db):
    def do(action_id, kind="acknowledge", user="U0ANNA", event_id="event", channel="C1", at=make.now, **payload):
        return record_action(db, ActionRow(action_id, user, channel, event_id, kind, payload, at))

    return do


def test_an_action_that_comes_again_is_known(act, db):
    assert act("a1")
    assert not act("a1", user="U0BEN")
    assert db.execute("SELECT action_id, user_id FROM actions").fetchall() == [("a1", "U0ANNA")]


def test_an_event_names_who_acknowledged_it_each_once_and_in_order(make, db, act):
    event = make.event()
    apply_changes(db, [make.change(event)], now=make.now)
    act("a1", user="U0BEN", event_id=event.id)
    act("a2", user="U0ANNA", event_id=event.id, at=make.now + HOUR)
    act("a3", user="U0BEN", event_id=event.id, at=make.now + 2 * HOUR)
    act("a4", user="U0ANNA", event_id="another")
    assert read_events(db, [event.id])[event.id].acknowledged_by == ("U0BEN", "U0ANNA")
    assert read_acknowledgers(db, ["another", "none"]) == {"another": ("U0ANNA",)}


def test_the_newest_snooze_of_a_channel_holds_until_it_ends(make, db, act):
    act("s1", "snooze", until=(make.now + 8 * HOUR).isoformat())
    act("s2", "snooze", until=(make.now + HOUR).isoformat(), at=make.now + HOUR / 2)
    act("s3", "snooze", until=(make.now + 2 * HOUR).isoformat(), channel="C2")
    assert read_snoozes(db, ["event"], now=make.now) == {
        ("event", "C1"): make.now + HOUR,
        ("event", "C2"): make.now + 2 * HOUR,
    }
    assert read_snoozes(db, ["event"], now=make.now + HOUR) == {("event", "C2"): make.now + 2 * HOUR}
    assert read_snoozes(db, ["another"], now=make.now) == {}


def test_a_mute_ends_and_the_newest_one_counts(make, db, act):
    act("m1", "mute", until=(make.now + 8 * HOUR).isoformat(), reason="visit")
    act("m2", "mute", until=(make.now + HOUR).isoformat(), reason="shorter", at=make.now + HOUR / 2)
    [mute] = read_mutes(db, now=make.now)
    assert (mute.event_id, mute.until, mute.reason) == ("event", make.now + HOUR, "shorter")
    assert read_mutes(db, now=make.now + HOUR) == []


def test_a_snooze_holds_the_replies_that_wait_and_a_shorter_one_takes_its_place(make, db):
    root = NewDelivery("root", "root", "C1", "event", None, None)
    reply = NewDelivery("r1", "reply", "C1", "event", None, "root")
    night = NewDelivery("night", "reply", "C1", "event", None, "root", not_before=make.now + 9 * HOUR)
    add_deliveries(db, [root], now=make.now)
    mark(db, read_delivery(db, "root").id, "sent", now=make.now, external_id="1")
    add_deliveries(db, [reply], now=make.now)
    add_deliveries(db, [night], now=make.now)
    assert hold_replies(db, "event", "C1", until=make.now + 8 * HOUR, before=None, now=make.now) == 2
    assert next_due(db, now=make.now) == make.now + 8 * HOUR
    hold_replies(db, "event", "C1", until=make.now + HOUR, before=make.now + 8 * HOUR, now=make.now)
    assert next_due(db, now=make.now) == make.now + HOUR
    rows = dict(db.execute("SELECT key, epoch(not_before) FROM base.deliveries WHERE key <> 'root'").fetchall())
    assert rows["night"] == pytest.approx((make.now + 9 * HOUR).timestamp())
    assert root_channels(db, "event") == ["C1"]


def test_a_correction_becomes_a_step_in_the_life_of_its_event(make, db):
    event = make.event()
    apply_changes(db, [make.change(event)], now=make.now)
    row = add_correction_change(
        db, event.id, "It is a threat.", reason="U0ANNA", now=make.now, before={"category": "ruling"}
    )
    [_, stored] = read_changes(db, [event.id])
    assert stored == row
    assert (stored.id, stored.kind, stored.before) == (f"{event.id}#2", "corrected", {"category": "ruling"})
