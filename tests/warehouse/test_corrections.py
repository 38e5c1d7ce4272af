"""What a person said outlives every re-run and wins wherever it is shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from classifiers.categories import Category
from warehouse.corrections import add_corrections, read_apart, read_corrections
from warehouse.errors import WarehouseError
from warehouse.events import apply_changes, read_events
from warehouse.explain import explain
from warehouse.rows import Correction
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)


@pytest.fixture
def said(make, db):
    def say(target, field, value, kind="event", at=make.now):
        correction = Correction(target, kind, field, value, "ana", "seen by hand", at)
        add_corrections(db, [correction])
        return correction

    return say


def test_a_corrected_item_stays_corrected_when_it_is_judged_again(make, pipe, db, said):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    add_verdicts(db, [make.verdict(item, Category.RULING)], now=make.now)
    said(item.id, "category", "other", "item", make.now + HOUR)
    add_verdicts(db, [make.verdict(item, Category.THREAT)], now=make.now + 2 * HOUR)
    assert db.execute("SELECT category, corrected FROM items").fetchall() == [("other", True)]
    before = (make.now + HOUR / 2).isoformat()
    then = db.execute("SELECT category FROM items_as_of(?::TIMESTAMPTZ)", [before]).fetchall()
    assert then == [("ruling",)]
    assert [row[0] for row in db.execute("SELECT category FROM verdicts ORDER BY number").fetchall()] == [
        "ruling",
        "threat",
    ]


def test_a_corrected_event_reads_the_same_in_python_and_in_sql(make, db, said):
    event = make.event()
    apply_changes(db, [make.change(event)], now=make.now)
    wanted = {"category": "threat", "about_court": False, "title": "Another", "severity": "low",
              "event_date": "2025-06-04"}  # fmt: skip
    for field, value in wanted.items():
        said(event.id, field, value)
    apply_changes(db, [make.change(event, kind="joined")], now=make.now + HOUR)
    row = read_events(db, [event.id])[event.id]
    shown = (row.category, row.about_court, row.title, row.severity, row.event_date)
    assert shown == ("threat", False, "Another", "low", date(2025, 6, 4))
    assert db.execute("SELECT category, about_court, title, severity, event_date FROM events").fetchall() == [shown]


def test_the_newest_correction_of_a_field_holds(make, db, said):
    event = make.event()
    apply_changes(db, [make.change(event)], now=make.now)
    said(event.id, "dismissed", True)
    assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)
    said(event.id, "dismissed", False, at=make.now + HOUR)
    assert db.execute("SELECT count(*) FROM events").fetchone() == (1,)
    assert db.execute("SELECT known_to IS NULL FROM corrections ORDER BY correction_id").fetchall() == [
        (False,),
        (True,),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("category", "nonsense"), ("severity", 3), ("about_court", "yes"), ("event_date", "soon"), ("status", "lifted"),
     ("title", " ")],
)  # fmt: skip
def test_a_correction_that_no_view_could_show_is_refused(make, db, said, field, value):
    apply_changes(db, [make.change(make.event())], now=make.now)
    with pytest.raises(WarehouseError):
        said(make.event().id, field, value)
    assert read_corrections(db, [make.event().id]) == []


@pytest.mark.parametrize("kind", ["item", "event"])
def test_a_correction_of_something_unknown_is_refused(db, said, kind):
    with pytest.raises(WarehouseError, match=f"no such {kind}: nobody"):
        said("nobody", "category", "other", kind)


def test_explain_tells_all_that_is_stored_of_an_item_and_of_an_event(make, pipe, db, said):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    pipe.run(make.source(), make.result(make.item(1, text="Edited."), at=make.now + HOUR))
    add_verdicts(db, [make.verdict(item)], now=make.now + HOUR)
    event = make.event()
    apply_changes(db, [make.change(event, item)], now=make.now + HOUR)
    correction = said(event.id, "note", "looks right")
    for subject, kind in ((item.id, "item"), (item.url, "item"), (event.id, "event")):
        told = explain(db, subject)
        assert told is not None
        assert told.kind == kind
        [note] = told.items
        assert [revision.text for revision in note.revisions] == [item.text, "Edited."]
        assert note.verdicts[0].evidence == ({"quote": "The Court ruled.", "reason": "verb of ruling"},)
        assert (note.verdicts[0].version, note.verdicts[0].revision) == ("test-1", 2)
        assert [member.reason for member in told.memberships] == ["same filing"]
        assert [row.id for row in told.events] == [event.id]
        assert [change.kind for change in told.changes] == ["opened"]
        assert told.corrections == (correction,)
    assert explain(db, "nothing of that name") is None


def test_events_that_people_told_apart_stay_apart_under_the_names_of_those_that_absorbed_them(make, db, said):
    one, two, three, four = (make.event(number) for number in range(1, 5))
    apply_changes(db, [make.change(event) for event in (one, two, three, four)], now=make.now)
    said(one.id, "apart_from", two.id)
    assert read_apart(db) == {frozenset({one.id, two.id})}
    merged = make.change(three, kind="merged", other_event_id=two.id)
    apply_changes(db, [merged], now=make.now + HOUR)
    assert read_apart(db) == {frozenset({one.id, three.id})}
    merged = make.change(four, kind="merged", other_event_id=three.id)
    apply_changes(db, [merged], now=make.now + 2 * HOUR)
    assert read_apart(db) == {frozenset({one.id, four.id})}


def test_who_says_later_that_they_are_one_wins(make, db, said):
    one, two = make.event(1), make.event(2)
    apply_changes(db, [make.change(one), make.change(two)], now=make.now)
    said(one.id, "apart_from", two.id)
    apply_changes(db, [make.change(two, kind="merged", other_event_id=one.id)], now=make.now + HOUR)
    assert read_apart(db) == set()
