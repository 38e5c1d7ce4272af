"""What a source run brought is stored once, every edit is a revision, the first run is a baseline."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiders.items import DateEvidence, Outcome
from warehouse.connection import transaction
from warehouse.items import link, store_results

HOUR = timedelta(hours=1)
FRESH = count()


def test_the_first_accepted_run_is_a_baseline_and_the_second_is_not(make, pipe):
    source = make.source()
    first = pipe.run(source, make.result(make.item(1), make.item(2)))
    second = pipe.run(source, make.result(make.item(3), make.item(1), at=make.now + HOUR))
    assert first.first_run
    assert [item.id for item in first.new] == ["court:1", "court:2"]
    assert not second.first_run
    assert [item.id for item in second.new] == ["court:3"]


def test_a_failed_first_run_leaves_the_baseline_to_the_next(make, pipe):
    source = make.source()
    failed = pipe.run(source, make.result(outcome=Outcome.FAILED, note="no answer"))
    then = pipe.run(source, make.result(make.item(1), at=make.now + HOUR))
    assert not failed.first_run
    assert then.first_run


def test_items_of_a_troubled_run_are_left_for_the_next_run(make, pipe, db):
    run = pipe.run(make.source(), make.result(make.item(1), outcome=Outcome.EMPTY, note="1 of 5"))
    assert run.new == ()
    assert db.execute("SELECT count(*) FROM items").fetchone() == (0,)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from("ABC"), min_size=1, max_size=8))
def test_each_distinct_text_in_a_row_is_one_revision(make, pipe, db, texts):
    source = make.source(f"s{next(FRESH)}")
    edits = 0
    for hour, text in enumerate(texts):
        item = make.item(1, source.id, text=f"Text {text}.")
        run = pipe.run(source, make.result(item, source=source.id, at=make.now + hour * HOUR))
        edits += len(run.revised)
    expected = [text for place, text in enumerate(texts) if place == 0 or texts[place - 1] != text]
    stored = db.execute("SELECT text FROM item_revisions WHERE source = ? ORDER BY number", [source.id]).fetchall()
    assert [text for (text,) in stored] == [f"Text {text}." for text in expected]
    assert edits == len(expected) - 1
    now = db.execute("SELECT text, revision FROM items WHERE source = ?", [source.id]).fetchone()
    assert now == (f"Text {texts[-1]}.", len(expected))


def test_a_revision_carries_what_was_there_before(make, pipe):
    source = make.source()
    pipe.run(source, make.result(make.item(1, title="Old", text="Before.")))
    run = pipe.run(source, make.result(make.item(1, title="New", text="After."), at=make.now + HOUR))
    [revision] = run.revised
    assert (revision.number, revision.before_title, revision.before_text) == (2, "Old", "Before.")
    assert (revision.item.title, revision.item.text) == ("New", "After.")


def test_the_hash_chain_over_revisions_can_be_recomputed_from_what_is_stored(make, pipe, db):
    source = make.source()
    for hour, text in enumerate(["A.", "B.", "A."]):
        pipe.run(source, make.result(make.item(1, text=text), at=make.now + hour * HOUR))
    chain = ""
    rows = db.execute("SELECT item_id, number, content_hash, title, text, chain FROM item_revisions ORDER BY number")
    for item_id, number, content_hash, title, text, stored in rows.fetchall():
        chain = link(chain, item_id, number, content_hash, title, text)
        assert stored == chain
    assert number == 3


def test_another_sources_wording_of_the_same_page_is_no_edit(make, pipe):
    feed, listing = make.source("feed"), make.source("listing")
    pipe.run(feed, make.result(make.item(1, "feed", item_id="same"), source="feed"))
    run = pipe.run(listing, make.result(make.item(1, "listing", item_id="same"), source="listing"))
    assert run.new == ()
    assert run.revised == ()


def test_an_item_twice_in_one_batch_is_stored_once(make, db):
    one, two = make.source("one"), make.source("two")
    shared = [make.item(1, slug, item_id="same") for slug in ("one", "two")]
    with transaction(db):
        runs = store_results(
            db,
            [(one, make.result(shared[0], source="one")), (two, make.result(shared[1], source="two"))],
            now=make.now,
        )
    assert [len(run.new) for run in runs] == [1, 0]
    assert db.execute("SELECT count(*) FROM items").fetchone() == (1,)


def test_a_burst_of_old_items_is_a_backfill_and_one_old_item_is_not(make, pipe):
    source = make.source(horizon=timedelta(days=14))
    old = make.now - timedelta(days=400)
    dated = [make.item(n, published=DateEvidence("x", old, "day", "page")) for n in range(2, 7)]
    pipe.run(source, make.result(make.item(1)))
    single = pipe.run(source, make.result(dated[0], make.item(1), at=make.now + HOUR))
    burst = pipe.run(source, make.result(*dated[1:], make.item(7), at=make.now + 2 * HOUR))
    assert not single.backfill
    assert burst.backfill
    assert len(burst.new) == 5


def test_memory_is_kept_verbatim_and_only_from_accepted_runs(make, pipe, db):
    from warehouse.states import read_memories

    source = make.source()
    memory = {"etag": '"a"', "seen": {"é": 1, "list": [None, True]}}
    pipe.run(source, make.result(make.item(1), memory=memory))
    pipe.run(source, make.result(outcome=Outcome.NOT_MODIFIED, at=make.now + HOUR))
    pipe.run(source, make.result(outcome=Outcome.EMPTY, at=make.now + 2 * HOUR, memory={"etag": "of a poor page"}))
    assert read_memories(db, ["court"]) == {"court": memory}


def test_hostile_text_survives_storing(make, pipe, db):
    text = "nul \x00, quotes ' \" \\, 😀 and '); DROP TABLE base.items; --"
    pipe.run(make.source(), make.result(make.item(1, text=text, title=text)))
    assert db.execute("SELECT text, title FROM items").fetchone() == (text, text)


def test_a_lone_surrogate_is_replaced_and_not_a_crash(make, pipe, db):
    item = replace(make.item(1), title="broken \ud800 title")
    pipe.run(make.source(), make.result(item))
    assert db.execute("SELECT title FROM items").fetchone() == ("broken ? title",)


def test_an_item_outside_the_recent_window_is_still_known(make, pipe, monkeypatch):
    monkeypatch.setattr("warehouse.known.RECENT", 1)
    source = make.source()
    pipe.run(source, make.result(*(make.item(n) for n in range(1, 6))))
    run = pipe.run(source, make.result(make.item(1, text="Edited."), make.item(9), at=make.now + HOUR))
    assert [item.id for item in run.new] == ["court:9"]
    assert [revision.item.id for revision in run.revised] == ["court:1"]
