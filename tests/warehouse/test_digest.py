"""The digest holds what became known in its week, and each recipient gets it at most once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from classifiers.categories import Category, Severity, Status
from classifiers.verdicts import Clock
from spiders.items import Outcome
from warehouse.changes import add_item_changes
from warehouse.corrections import add_corrections
from warehouse.deliveries import add_deliveries, mark, read_delivery
from warehouse.digest import claim_digest, mark_digest, read_digest, read_recipients
from warehouse.events import apply_changes
from warehouse.rows import Correction, NewDelivery, Revision
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


@pytest.fixture
def week(make, db):
    """Read the digest of the seven days that end two hours after the tests' moment."""

    def read(**sources):
        until = make.now + 2 * HOUR
        return read_digest(db, period="2025-W23", since=until - WEEK, until=until, now=until, sources=sources)

    return read


def test_what_opened_in_the_week_stands_loudest_first(make, db, week):
    events = [make.event(1, severity=Severity.NORMAL), make.event(2, severity=Severity.CRITICAL)]
    apply_changes(db, [make.change(event) for event in events], now=make.now)
    assert [event.id for event in week().opened] == [events[1].id, events[0].id]


@pytest.mark.parametrize("pause", [timedelta(hours=2), -WEEK])
def test_what_became_known_before_or_after_the_week_is_not_in_it(make, db, week, pause):
    apply_changes(db, [make.change(make.event())], now=make.now + pause)
    assert week().opened == ()


def test_baselines_dismissed_events_and_other_courts_stay_out(make, db, week):
    apply_changes(db, [make.change(make.event(1))], now=make.now, told=False)
    apply_changes(db, [make.change(make.event(2)), make.change(make.event(3, about_court=False))], now=make.now)
    add_corrections(db, [Correction(make.event(2).id, "event", "dismissed", True, "ana", "no event", make.now)])
    apply_changes(db, [make.change(make.event(4))], now=make.now)
    data = week()
    assert [event.id for event in data.opened] == [make.event(4).id]
    assert data.moved == ()
    assert {name: number for name, number in data.counts.items() if name.startswith("events_")} == {"events_ruling": 1}


def test_moves_of_older_events_and_edits_of_releases_have_their_place(make, pipe, db, week):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    old, at = make.event(), make.now - 2 * WEEK
    apply_changes(db, [make.change(old, item)], now=at)
    moved = replace(old, status=Status.IN_FORCE)
    apply_changes(db, [make.change(moved, item, "status"), make.change(moved, item, "joined")], now=make.now)
    revision = Revision(replace(item, text="Other."), 2, make.now, item.title, item.text)
    add_item_changes(db, [revision], [], now=make.now + HOUR)
    data = week()
    assert data.opened == ()
    [(event, steps)] = data.moved
    assert (event.status, [step.kind for step in steps]) == ("in_force", ["status"])
    assert [step.kind for step in data.revisions] == ["edited"]


def test_clocks_that_come_due_are_listed_soonest_first(make, db, week):
    def clock(day: date) -> Clock:
        return Clock("deadline", day, False, "stated", str(day))

    days = [date(2026, 6, 2), date(2025, 7, 1), date(2025, 6, 1), date(2031, 1, 1)]
    apply_changes(db, [make.change(make.event(1, clocks=tuple(clock(day) for day in days)))], now=make.now - 9 * WEEK)
    assert [row.due_on for row in week().clocks] == [date(2025, 7, 1), date(2026, 6, 2)]


def test_uncertain_items_are_for_people_until_somebody_decided(make, pipe, db, week):
    pipe.run(make.source(), make.result(make.item(9)))
    items = [make.item(1), make.item(2)]
    pipe.run(make.source(), make.result(*items, at=make.now + HOUR / 4))
    unsure = [make.verdict(item, Category.THREAT) for item in items]
    unsure = [replace(v, judgement=replace(v.judgement, needs_review=True, confidence=0.5)) for v in unsure]
    add_verdicts(db, unsure, now=make.now)
    assert {row.item_id for row in week().review} == {"court:1", "court:2"}
    add_corrections(db, [Correction("court:1", "item", "category", "other", "ana", "", make.now)])
    add_verdicts(db, [make.verdict(items[1])], now=make.now + HOUR)
    assert week().review == ()


def test_counts_and_blind_hours_are_of_the_week(make, pipe, db, week):
    source = make.source(every=HOUR)
    pipe.run(source, make.result(make.item(1), at=make.now - 4 * HOUR))
    for hour in (3, 2):
        pipe.run(source, make.result(outcome=Outcome.BLOCKED, at=make.now - hour * HOUR, note="challenge"))
    pipe.run(source, make.result(make.item(2), at=make.now))
    apply_changes(db, [make.change(make.event())], now=make.now)
    add_deliveries(db, [NewDelivery("k", "root", "C", None, None, None)], now=make.now)
    mark(db, read_delivery(db, "k").id, "sent", now=make.now, external_id="1")
    data = week(court=source)
    assert data.counts == {"items": 2, "judged": 0, "alerts": 1, "events_ruling": 1}
    assert data.blind_hours == {"court": 3.0}
    assert [row.source for row in data.health] == ["court"]


def test_a_gap_is_told_with_what_came_of_it(make, pipe, week, db):
    source = make.source(every=HOUR)
    pipe.run(source, make.result(make.item(1), at=make.now - 4 * HOUR))
    note = "Nothing listed was known: items may have been missed since the last look."
    pipe.run(source, make.result(make.item(2), at=make.now, gap=True, note=note))
    assert week(court=source).gaps == {"court": note}
    assert db.execute("SELECT count(*) FROM source_runs WHERE gap").fetchone() == (1,)


def test_a_recipient_is_claimed_once_and_only_a_mail_that_surely_did_not_leave_again(make, db):
    assert claim_digest(db, "2025-W23", "a@example.org", now=make.now)
    assert not claim_digest(db, "2025-W23", "a@example.org", now=make.now + HOUR)
    mark_digest(db, "2025-W23", "a@example.org", "later", now=make.now, error="connection refused")
    assert claim_digest(db, "2025-W23", "a@example.org", now=make.now + HOUR)
    mark_digest(db, "2025-W23", "a@example.org", "sent", now=make.now + HOUR)
    assert not claim_digest(db, "2025-W23", "a@example.org", now=make.now + WEEK)
    assert claim_digest(db, "2025-W23", "b@example.org", now=make.now)
    assert claim_digest(db, "2025-W24", "a@example.org", now=make.now)
    assert read_recipients(db, "2025-W23") == {"a@example.org": "sent", "b@example.org": "claimed"}
