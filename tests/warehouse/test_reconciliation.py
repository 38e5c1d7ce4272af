"""Everybody of a round is named in release, list and register, or the omission shows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from classifiers.categories import Category
from spiders.items import DateEvidence
from tests.warehouse.conftest import NOW
from warehouse.digest import read_digest
from warehouse.events import apply_changes
from warehouse.verdicts import add_verdicts

DAY = timedelta(days=1)
FACTS = {"imposed_by": "United States", "action": "imposed"}


@pytest.fixture
def round_of(make, pipe, db):
    """Store a round of three documents, each naming some, and return what the documents leave out later."""
    kinds = ("release", "list", "register")
    for kind in kinds:  # the first run of a source is a baseline
        pipe.run(make.source(kind, document=kind), make.result(source=kind, at=NOW - DAY))

    def store(released=(), listed=(), registered=(), *, told=True, issuer="United States", action="imposed", at=NOW):
        facts = {"imposed_by": issuer, "action": action}
        everybody = dict.fromkeys((*released, *listed, *registered))
        for number, (kind, names) in enumerate(zip(kinds, (released, listed, registered), strict=True), start=1):
            published = DateEvidence(at.isoformat(), at, "instant", "feed")
            item = make.item(number, kind, item_id=f"{kind}:{issuer}:{at:%j}", published=published)
            pipe.run(make.source(kind, document=kind), make.result(item, source=kind, at=at))
            found = facts | {"designees": [{"name": name} for name in names]}
            add_verdicts(db, [make.verdict(item, Category.SANCTION_ROUND, facts=found)], now=at)
        event = make.event(int(f"{at:%j}"), category=Category.SANCTION_ROUND, title="A round", event_date=at.date(),
                           facts=facts | {"designees": [{"name": name} for name in everybody]})  # fmt: skip
        apply_changes(db, [make.change(event)], now=at, told=told)

    return store


def read(db, after=100 * DAY):
    rows = db.execute(
        "SELECT name, missing, overdue FROM reconciliation_as_of(?) ORDER BY name", [(NOW + after).isoformat()]
    ).fetchall()
    return {name: (missing, overdue) for name, missing, overdue in rows}


def test_a_name_in_all_three_needs_no_explanation(round_of, db):
    round_of(["Erika Example"], ["Erika Example"], ["Erika Example"])
    assert read(db) == {"Erika Example": ([], [])}


@pytest.mark.parametrize("spelling", ["EXAMPLE, Erika", "Erika Maria Example", "Érika Exämple", "example-erika"])
def test_spellings_of_one_name_agree(spelling, round_of, db):
    round_of(["Erika Example"], [spelling], ["Erika Example"])
    assert all(missing == [] for missing, _ in read(db).values())


def test_an_omission_shows_at_once_and_is_overdue_after_its_time(round_of, db):
    round_of(["Erika Example", "Stefan Sample"], ["Erika Example"], ["Erika Example"])
    assert read(db, DAY)["Stefan Sample"] == (["list", "register"], [])
    assert read(db, 3 * DAY)["Stefan Sample"] == (["list", "register"], ["list"])
    assert read(db, 61 * DAY)["Stefan Sample"] == (["list", "register"], ["list", "register"])
    assert read(db, 61 * DAY)["Erika Example"] == ([], [])


def test_a_name_that_only_the_list_has_is_missed_in_the_release(round_of, db):
    round_of([], ["Erika Example"], ["Erika Example"])
    assert read(db) == {"Erika Example": (["release"], ["release"])}


def test_a_register_that_never_names_anybody_is_not_waited_for(round_of, db):
    round_of(["Erika Example"], ["Erika Example"], [])
    assert read(db) == {"Erika Example": (["register"], [])}


def test_rounds_of_those_whose_list_nobody_reads_are_not_held_against_it(round_of, db):
    round_of(["Erika Example"], [], [], issuer="Russia")
    assert read(db) == {}


def test_who_was_listed_is_not_reconciled_with_who_is_taken_off(round_of, db):
    round_of(["Erika Example"], ["Erika Example"], ["Erika Example"])
    round_of(["Erika Example"], [], [], action="delisted", at=NOW + 20 * DAY)
    rows = db.execute(
        "SELECT action, missing FROM reconciliation_as_of(?) ORDER BY action", [(NOW + 30 * DAY).isoformat()]
    ).fetchall()
    assert rows == [("delisted", ["list", "register"]), ("imposed", [])]


def test_nothing_is_said_of_what_was_not_known_yet(round_of, db):
    round_of(["Erika Example"], [], ["Erika Example"])
    assert read(db, -DAY) == {}


def test_the_digest_tells_what_is_overdue_of_rounds_that_were_told(round_of, db):
    round_of(["Erika Example", "Stefan Sample"], ["Erika Example"], ["Erika Example"])
    round_of(["Old Name"], [], ["Old Name"], told=False, at=NOW + DAY)

    def week(until):
        data = read_digest(db, period="2025-W23", since=until - 7 * DAY, until=until, now=until, sources={})
        return [(row.name, row.event_date, row.overdue) for row in data.mismatches]

    assert week(NOW + DAY) == []
    assert week(NOW + 7 * DAY) == [("Stefan Sample", date(2025, 6, 5), ("list",))]
    assert week(NOW + 400 * DAY) == [], "what nobody explained in half a year is history"
