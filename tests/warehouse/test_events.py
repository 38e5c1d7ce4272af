"""Events keep every state they were in; what was known at a moment can be asked later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifiers.categories import Category, Severity, Status
from spiders.items import DateEvidence
from warehouse.changes import add_item_changes, read_changes, read_changes_since
from warehouse.connection import transaction
from warehouse.deliveries import add_deliveries, mark, read_delivery
from warehouse.event_rows import grouped_items
from warehouse.events import apply_changes, read_candidates, read_events, read_states
from warehouse.rows import NewDelivery, Revision, TakeDown
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_an_event_comes_back_as_grouping_left_it(make, pipe, db):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    event = make.event()
    with transaction(db):
        add_verdicts(db, [make.verdict(item)], now=make.now)
        rows = apply_changes(db, [make.change(event, item)], now=make.now)
    assert read_states(db, [event.id]) == [event]
    [row] = rows
    assert (row.id, row.kind, row.item_url, row.item_publisher) == (f"{event.id}#1", "opened", item.url, "Court")
    shown = read_events(db, [event.id])[event.id]
    assert shown.title == event.title
    assert [link.item_id for link in shown.sources] == [item.id]
    assert [clock.subject for clock in shown.clocks] == ["Italy"]
    assert "verb of ruling" in shown.reason
    assert "test-1" in shown.reason


def test_reports_stand_official_first_then_by_publication(make, pipe, db):
    slugs = {"paper": "press", "court": "court", "state": "official"}
    items = [make.item(n, slug, tier=tier) for n, (slug, tier) in enumerate(slugs.items(), start=1)]
    for item in items:
        pipe.run(make.source(item.source), make.result(item, source=item.source))
    event = make.event()
    changes = [make.change(event, items[0])] + [make.change(event, item, "joined") for item in items[1:]]
    apply_changes(db, changes, now=make.now)
    assert [link.tier for link in read_events(db, [event.id])[event.id].sources] == ["official", "court", "press"]


def test_candidates_are_recent_events_and_old_ones_that_share_a_hard_key(make, pipe, db):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    old = make.now - 400 * DAY
    events = [
        make.event(1, last_item_at=make.now),
        make.event(2, last_item_at=old, keys=("eo:14203",)),
        make.event(3, last_item_at=old, keys=("fr:2025-1",)),
    ]
    apply_changes(db, [make.change(event) for event in events], now=make.now)
    verdict = make.verdict(item, keys=("eo:14203",))
    found = read_candidates(db, [verdict], since=make.now - 14 * DAY)
    assert {event.id for event in found} == {events[0].id, events[1].id}
    assert found[1].profile == events[1].profile


def test_numbers_of_changes_go_on_across_calls_and_kinds(make, pipe, db):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    event = make.event()
    apply_changes(db, [make.change(event, item)], now=make.now)
    revision = Revision(replace(item, title="New", text="Other."), 2, make.now, item.title, item.text)
    add_item_changes(db, [revision], [], now=make.now + HOUR)
    moved = replace(event, status=Status.IN_FORCE)
    apply_changes(db, [make.change(moved, item, "status", before={"status": "reported"})], now=make.now + 2 * HOUR)
    rows = read_changes(db, [event.id])
    assert [(row.id[-2:], row.kind) for row in rows] == [("#1", "opened"), ("#2", "edited"), ("#3", "status")]
    assert rows[2].before == {"status": "reported"}
    assert rows[2].after == {"status": "in_force"}
    assert rows[1].before == {"title": "Release 1 of court"}
    assert rows[1].diff.splitlines()[-1] == "+Other."


def test_edits_of_the_press_and_of_items_in_no_event_change_no_event(make, pipe, db):
    paper, stray = make.item(1, "paper", tier="press"), make.item(1)
    pipe.run(make.source("paper"), make.result(paper, source="paper"))
    pipe.run(make.source(), make.result(stray))
    apply_changes(db, [make.change(make.event(), paper)], now=make.now)
    edits = [Revision(replace(item, text="Other."), 2, make.now, item.title, item.text) for item in (paper, stray)]
    assert add_item_changes(db, edits, [], now=make.now) == []


def test_a_take_down_and_its_end_are_changes_of_the_event(make, pipe, db):
    item = make.item(1)
    pipe.run(make.source(), make.result(item))
    apply_changes(db, [make.change(make.event(), item)], now=make.now)
    notice = TakeDown(item.id, "court", item.url, item.title, "Court", "court", make.now, note="HTTP 404")
    [down] = add_item_changes(db, [], [notice], now=make.now + HOUR)
    [back] = add_item_changes(db, [], [replace(notice, kind="restored", note="")], now=make.now + 2 * HOUR)
    assert (down.kind, down.summary) == ("taken_down", "Court took down its release “Release 1 of court”")
    assert (back.kind, back.item_url) == ("restored", item.url)


def test_an_absorbed_event_hands_its_reports_over_and_leaves_the_views(make, pipe, db):
    items = [make.item(n) for n in (1, 2)]
    pipe.run(make.source(), make.result(*items))
    one, two = make.event(1), make.event(2)
    apply_changes(db, [make.change(one, items[0]), make.change(two, items[1])], now=make.now)
    apply_changes(db, [make.change(one, None, "merged", other_event_id=two.id)], now=make.now + HOUR)
    assert db.execute("SELECT event_id FROM events").fetchall() == [(one.id,)]
    assert [link.item_id for link in read_events(db, [one.id])[one.id].sources] == ["court:2", "court:1"]
    assert read_states(db, [two.id]) == []
    then = db.execute("SELECT event_id FROM events_as_of(?::TIMESTAMPTZ) ORDER BY 1", [make.now.isoformat()])
    assert then.fetchall() == [(one.id,), (two.id,)]


def test_a_split_takes_the_report_out_of_the_event_it_was_in(make, pipe, db):
    items = [make.item(n) for n in (1, 2)]
    pipe.run(make.source(), make.result(*items))
    one, two = make.event(1), make.event(2)
    apply_changes(db, [make.change(one, items[0]), make.change(one, items[1], "joined")], now=make.now)
    apply_changes(db, [make.change(two, items[1], "split", other_event_id=one.id)], now=make.now + HOUR)
    rows = read_events(db, [one.id, two.id])
    assert {event_id: [link.item_id for link in row.sources] for event_id, row in rows.items()} == {
        one.id: ["court:1"],
        two.id: ["court:2"],
    }


STATES = st.fixed_dictionaries(
    {
        "status": st.sampled_from(list(Status)),
        "severity": st.sampled_from(list(Severity)),
        "title": st.text(min_size=1, max_size=8).filter(lambda text: "\x00" not in text),
        "facts": st.dictionaries(st.sampled_from("abc"), st.integers(0, 2) | st.none(), max_size=3),
        "event_date": st.none() | st.dates(date(2024, 1, 1), date(2026, 1, 1)),
    }
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), STATES), min_size=1, max_size=8))
def test_as_of_returns_exactly_what_was_known(make, db, story):
    for table in ("event_versions", "event_profiles", "event_keys", "event_changes", "event_items"):
        db.execute(f"DELETE FROM base.{table}")  # noqa: S608
    at, known, history = make.now, {}, []
    for number, pause, fields in story:
        at += pause * HOUR
        event = make.event(number, **fields)
        kind = "status" if event.id in known else "opened"
        apply_changes(db, [make.change(event, kind=kind)], now=at)
        known[event.id] = (event.status, event.severity, event.title, event.event_date)
        history = [entry for entry in history if entry[0] != at] + [(at, dict(known))]
    history.insert(0, (make.now - HOUR, {}))
    for moment, expected in history:
        for late in (timedelta(0), HOUR / 2):
            rows = db.execute(
                "SELECT event_id, status, severity, title, event_date FROM events_as_of(?::TIMESTAMPTZ)",
                [(moment + late).isoformat()],
            ).fetchall()
            assert {row[0]: row[1:] for row in rows} == expected
    facts = db.execute("SELECT event_id, fact, value::TEXT FROM facts WHERE known_to IS NULL").fetchall()
    final = {number: fields["facts"] for number, _, fields in story}
    assert len(facts) == sum(len(values) for values in final.values())


def test_facts_carry_the_time_in_which_they_were_what_we_knew(make, db):
    event = make.event(facts={"court": "ICC", "persons": ["A"]})
    apply_changes(db, [make.change(event)], now=make.now)
    apply_changes(db, [make.change(replace(event, facts={"court": "ICC", "persons": ["A", "B"]}), kind="facts")],
                  now=make.now + HOUR)  # fmt: skip
    apply_changes(db, [make.change(replace(event, facts={"court": "ICC"}), kind="facts")], now=make.now + 2 * HOUR)
    rows = db.execute(
        """
        SELECT fact, value::TEXT, hour(known_from), hour(known_to) FROM facts ORDER BY fact, known_from
        """
    ).fetchall()
    assert rows == [
        ("court", '"ICC"', 12, None),
        ("persons", '["A"]', 12, 13),
        ("persons", '["A","B"]', 13, 14),
    ]


def test_designees_withdrawals_and_rulings_are_typed(make, db):
    sanction = make.event(
        1, category=Category.SANCTION_ROUND,
        facts={"imposed_by": "United States", "action": "imposed", "authority": "EO 14203", "round": 3,
               "designees": [{"name": "A. Judge", "role": "judge", "nationality": "Benin"}]},
    )  # fmt: skip
    withdrawal = make.event(
        2, category=Category.WITHDRAWAL, step="notified",
        facts={"states": ["Hungary"], "from": "Rome Statute", "notified_on": "2025-06-02",
               "effective_on": "2026-06-02", "effective_computed": True},
    )  # fmt: skip
    ruling = make.event(3, facts={"court": "ICC", "filing": "ICC-01/11-209", "states": ["Italy"]})
    apply_changes(db, [make.change(event) for event in (sanction, withdrawal, ruling)], now=make.now)
    assert db.execute("SELECT name, role, nationality, round, known_to FROM designees").fetchall() == [
        ("A. Judge", "judge", "Benin", 3, None)
    ]
    assert db.execute("SELECT state, notified_on, effective_on, effective_computed FROM withdrawals").fetchall() == [
        ("Hungary", date(2025, 6, 2), date(2026, 6, 2), True)
    ]
    assert db.execute("SELECT filing_number, states, persons FROM rulings").fetchall() == [
        ("ICC-01/11-209", ["Italy"], None)
    ]


def test_items_as_of_show_the_text_and_conclusion_of_that_moment(make, pipe, db):
    source, at = make.source(), make.now
    pipe.run(source, make.result(make.item(1, text="A.")), now=at)
    add_verdicts(db, [make.verdict(make.item(1), Category.OTHER)], now=at)
    pipe.run(source, make.result(make.item(1, text="B."), at=at + HOUR), now=at + HOUR)
    add_verdicts(db, [make.verdict(make.item(1), Category.RULING)], now=at + 2 * HOUR)
    seen = [
        db.execute("SELECT text, category FROM items_as_of(?::TIMESTAMPTZ)", [(at + pause).isoformat()]).fetchall()
        for pause in (-HOUR, timedelta(0), HOUR, 2 * HOUR)
    ]
    assert seen == [[], [("A.", "other")], [("B.", "other")], [("B.", "ruling")]]
    assert db.execute("SELECT text, category FROM items").fetchall() == seen[-1]
    assert db.execute("SELECT number, known_to IS NULL FROM verdicts ORDER BY number").fetchall() == [
        (1, False),
        (2, True),
    ]


def test_items_of_an_event_are_known_as_grouped(make, pipe, db):
    items = [make.item(n) for n in (1, 2)]
    pipe.run(make.source(), make.result(*items))
    apply_changes(db, [make.change(make.event(), items[0])], now=make.now)
    assert grouped_items(db, ["court:1", "court:2", "nothing"]) == {"court:1"}
    assert grouped_items(db, []) == set()


def test_an_event_is_told_from_the_moment_that_an_alert_of_it_was_sent(make, db):
    apply_changes(db, [make.change(make.event(1))], now=make.now, told=False)
    apply_changes(db, [make.change(make.event(number)) for number in (2, 3)], now=make.now)
    rows = [NewDelivery(f"k{n}", "root", "C", make.event(n).id, None, None) for n in (2, 3)]
    add_deliveries(db, rows, now=make.now)
    mark(db, read_delivery(db, "k3").id, "sent", now=make.now + HOUR, external_id="1")
    told = "SELECT told, news FROM {} ORDER BY event_id"
    assert db.execute(told.format("events")).fetchall() == [(False, False), (False, True), (True, True)]
    before = db.execute(told.format("events_as_of(?)"), [make.now.isoformat()]).fetchall()
    assert before == [(False, False), (False, True), (False, True)]


def test_latency_and_reports_claim_no_hour_that_was_not_stated(make, pipe, db):
    at = make.now - timedelta(hours=8)
    dates = [DateEvidence("5 June", at, "day", "page"), DateEvidence("04:00", at, "instant", "feed")]
    items = [make.item(number, published=stated) for number, stated in enumerate(dates, start=1)]
    pipe.run(make.source(), make.result(*items))
    apply_changes(db, [make.change(make.event(n), item) for n, item in enumerate(items, start=1)], now=make.now)
    rows = db.execute("SELECT published_precision, publish_to_fetch_s FROM latency ORDER BY event_id").fetchall()
    assert rows == [("day", None), ("instant", 8 * 3600 + 2)]
    shown = db.execute("SELECT published_precision FROM event_items ORDER BY event_id").fetchall()
    assert shown == [("day",), ("instant",)]
    events = read_events(db, [make.event(1).id, make.event(2).id])
    assert [event.sources[0].precision for event in events.values()] == ["day", "instant"]


def test_changes_since_leave_baselines_out(make, db):
    apply_changes(db, [make.change(make.event(1))], now=make.now, told=False)
    apply_changes(db, [make.change(make.event(2))], now=make.now)
    assert [row.event_id for row in read_changes_since(db, since=make.now)] == [make.event(2).id]
    assert read_changes_since(db, since=make.now + HOUR) == []
