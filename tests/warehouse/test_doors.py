"""One release is one item, whatever it was read from: feed, listing or page of one publisher."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiders.items import DateEvidence, Outcome, ProbeResult
from spiders.urls import canonical_url, item_id
from warehouse.connection import transaction
from warehouse.errors import WarehouseError
from warehouse.explain import explain
from warehouse.items import store_results
from warehouse.runs import due_jobs
from warehouse.upkeep import find_faults

HOUR = timedelta(hours=1)
PAGE = "https://www.court.example/news/judges-sanctioned"
FRESH = count()


class Publisher:
    """A publisher with a feed and a listing, and what they show of one release."""

    def __init__(self, make, pipe):
        self.make, self.pipe, self.at = make, pipe, make.now
        self.feed = make.source("feed", kind="rss", publisher="Court", every=HOUR)
        self.listing = make.source("listing", publisher="Court", every=HOUR)

    def item(self, source, url=PAGE, guid=None, **changes):
        url = canonical_url(url)
        name = item_id(source.id, guid, url)
        shown = self.make.item(1, source.id, item_id=name, title=changes.pop("title", "Judges sanctioned"),
                               text=changes.pop("text", "Two judges were sanctioned."), **changes)  # fmt: skip
        return replace(shown, url=url, guid=guid, publisher=source.publisher)

    def in_feed(self, guid="804908 at court.example", **changes):
        return self.item(self.feed, guid=guid, **changes)

    def listed(self, **changes):
        return self.item(self.listing, **changes)

    def show(self, *items, source=None, **changes):
        self.at += HOUR
        source = source or {"feed": self.feed, "listing": self.listing}[items[0].source]
        return self.pipe.run(source, self.make.result(*items, source=source.id, at=self.at, **changes))


@pytest.fixture
def court(make, pipe):
    return Publisher(make, pipe)


def stored(db):
    return db.execute("SELECT item_id, source FROM items ORDER BY first_seen_at").fetchall()


@pytest.mark.parametrize("feed_first", [True, False])
def test_a_release_in_a_feed_and_a_listing_is_one_item(court, db, feed_first):
    shown = [court.in_feed(), court.listed()]
    first, second = shown if feed_first else shown[::-1]
    assert [item.id for item in court.show(first).new] == [first.id]
    run = court.show(second)
    assert (run.new, run.revised, run.reworded) == ((), (), ())
    assert stored(db) == [(first.id, first.source)]
    sources = db.execute("SELECT item_id, source, first FROM item_sources ORDER BY first_seen_at").fetchall()
    assert sources == [(first.id, first.source, True), (first.id, second.source, False)]
    assert find_faults(db) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://www.court.example/news/judges-sanctioned",
        "https://court.example/news/judges-sanctioned/",
        "https://www.court.example/news/judges-sanctioned/?utm_source=rss&utm_medium=feed",
        "https://www.court.example/news/judges-sanctioned#top",
    ],
)
def test_scheme_slash_and_tracking_make_no_second_item(court, db, address):
    court.show(court.in_feed(url=address))
    court.show(court.listed())
    assert len(stored(db)) == 1


def test_a_permalink_in_the_guid_is_an_address_of_the_release(court, db):
    court.show(court.in_feed(url="https://feeds.court.example/~r/1", guid=PAGE))
    court.show(court.listed())
    assert len(stored(db)) == 1


def test_both_in_one_batch_are_one_item(court, make, db):
    pairs = [(court.listing, court.listed()), (court.feed, court.in_feed(text="Two judges were sanctioned. Today."))]
    results = [(source, make.result(item, source=source.id)) for source, item in pairs]
    with transaction(db):
        runs = store_results(db, results, now=make.now)
    assert [(len(run.new), len(run.reworded)) for run in runs] == [(1, 0), (0, 1)]
    assert len(stored(db)) == 1
    assert find_faults(db) == []


def test_what_was_stored_long_ago_is_found(court, make, db, monkeypatch):
    monkeypatch.setattr("warehouse.doors.RECENT", 1)
    court.show(court.in_feed())
    court.show(*(make.item(number, "feed") for number in range(2, 6)))
    court.show(court.listed())
    assert len(stored(db)) == 5


def test_two_publishers_with_one_text_stay_two_items(court, make, db):
    ngo = make.source("ngo", publisher="Coalition")
    court.show(court.in_feed())
    court.show(court.item(ngo, url="https://coalition.example/judges"), source=ngo)
    court.show(court.item(replace(ngo, id="links"), url=PAGE), source=replace(ngo, id="links"))
    assert len(stored(db)) == 3


def test_another_standing_is_another_item(court, make, db):
    finder = make.source("finder", publisher="Court", tier="press")
    court.show(court.item(finder, tier="press"), source=finder)
    run = court.show(court.in_feed())
    assert len(run.new) == 1


def test_an_address_that_a_source_gives_to_many_items_names_none(court, db):
    entries = [court.in_feed(guid=f"change {n}", title=f"Change {n}") for n in range(3)]
    court.show(*entries)
    court.show(court.listed())
    assert len(stored(db)) == 4


def test_a_second_item_at_one_address_is_not_swallowed(court, db):
    court.show(court.listed())
    court.show(court.in_feed(guid="change 1"))
    court.show(court.in_feed(guid="change 2", title="Another change"))
    assert len(stored(db)) == 2


def test_the_address_of_the_listing_itself_names_no_release(court, db):
    court.show(court.in_feed(url=court.listing.url, title="A State has left"))
    court.show(court.listed(url=court.listing.url, title="Another State has joined"))
    assert len(stored(db)) == 2


def test_an_address_that_a_page_states_of_itself_counts_under_the_same_headline_only(court, db):
    court.show(court.in_feed())
    erring = replace(court.listed(title="Visit of a delegation from Dhaka"), id="of-another-row")
    assert len(court.show(erring).new) == 1
    right = replace(court.listed(), id="of-its-row")
    assert court.show(right).new == ()


def test_another_wording_is_kept_and_is_no_edit(court, db):
    court.show(court.in_feed(text="Two judges were sanctioned."))
    run = court.show(court.listed(text="Two judges were sanctioned. The Court deplores it."))
    assert run.revised == ()
    assert [item.id for item in run.reworded] == [court.in_feed().id]
    rows = db.execute("SELECT number, shown_by, replaces, text FROM item_revisions ORDER BY number").fetchall()
    assert rows == [
        (1, "feed", None, "Two judges were sanctioned."),
        (2, "listing", None, "Two judges were sanctioned. The Court deplores it."),
    ]


def test_a_source_that_says_less_adds_nothing(court, db):
    court.show(court.listed(text="Two judges were sanctioned. The Court deplores it."))
    run = court.show(court.in_feed(text="Two judges were sanctioned."))
    assert (run.revised, run.reworded) == ((), ())
    assert db.execute("SELECT text FROM items").fetchone() == ("Two judges were sanctioned. The Court deplores it.",)


def test_an_edit_is_held_against_what_the_same_source_showed(court, db):
    court.show(court.in_feed(text="Feed, before."))
    court.show(court.listed(text="Page, before."))
    [edit] = court.show(court.in_feed(text="Feed, after.")).revised
    assert (edit.number, edit.before_number, edit.before_text, edit.echo) == (3, 1, "Feed, before.", False)
    [same] = court.show(court.listed(text="Page, after.")).revised
    assert (same.number, same.before_text, same.echo) == (4, "Page, before.", True)
    court.at += timedelta(days=3)
    [later] = court.show(court.listed(text="Page, after all.")).revised
    assert not later.echo


def test_an_edit_that_only_the_second_source_shows_is_an_edit(court):
    court.show(court.in_feed())
    court.show(court.listed())
    [edit] = court.show(court.listed(text="Three judges were sanctioned.")).revised
    assert (edit.before_text, edit.item.id, edit.echo) == ("Two judges were sanctioned.", court.in_feed().id, False)
    assert court.show(court.in_feed(text="Three judges were sanctioned.")).revised == ()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ABC")), min_size=1, max_size=10))
def test_whatever_two_sources_show_is_one_item_with_every_text(make, pipe, db, story):
    court, page = Publisher(make, pipe), f"{PAGE}-{next(FRESH)}"
    own = {True: [], False: []}
    for in_feed, text in story:
        said = f"The text {text} of the {'feed' if in_feed else 'listing'}."
        shown = court.in_feed(guid=page[-6:], url=page, text=said) if in_feed else court.listed(url=page, text=said)
        court.show(shown)
        if own[in_feed][-1:] != [said]:
            own[in_feed].append(said)
    [(item,)] = db.execute("SELECT item_id FROM items WHERE url = ?", [page]).fetchall()
    rows = db.execute("SELECT shown_by, text FROM item_revisions WHERE item_id = ? ORDER BY number", [item]).fetchall()
    assert [text for source, text in rows if source == "feed"] == own[True]
    assert [text for source, text in rows if source == "listing"] == own[False]
    assert find_faults(db) == []


def test_a_day_takes_away_no_hour(court, db):
    hour = DateEvidence("Thu, 05 Jun 2025 10:20:00 GMT", datetime(2025, 6, 5, 10, 20, tzinfo=UTC), "instant", "feed")
    day = DateEvidence("5 June 2025", datetime(2025, 6, 5, tzinfo=UTC), "day", "page")
    court.show(court.in_feed(published=hour))
    court.show(court.listed(published=day, text="Two judges were sanctioned. The Court deplores it."))
    row = db.execute("SELECT revision, published_raw, published_precision FROM items").fetchone()
    assert row == (2, hour.raw, "instant")


def test_a_source_whose_releases_came_in_another_way_first_is_not_silent(court, make, db):
    old = DateEvidence("x", make.now - timedelta(days=90), "instant", "page")
    court.show(court.item(court.listing, url=f"{PAGE}-0", published=old))
    court.show(court.in_feed())
    court.show(court.listed())
    [(last,)] = db.execute("SELECT last_item_at::TIMESTAMP FROM base.source_state WHERE source = 'listing'").fetchall()
    assert last == court.listed().published.at.replace(tzinfo=None)


def test_what_vanishes_from_the_second_source_is_looked_for_and_told_once(court, make, db):
    others = [court.item(court.listing, url=f"{PAGE}-{n}") for n in range(3)]
    court.show(court.in_feed())
    court.show(others[0], court.listed(), *others[1:])
    db.execute("DELETE FROM base.watches")  # without the young ones

    def look(source, *probes):
        left = tuple(item.id for item in others) if source is court.listing else ()
        return court.show(source=source, listed=left, probes=probes)

    look(court.listing)
    [job] = due_jobs(db, {"listing": court.listing}, now=court.at + HOUR, force=True)
    assert [probe.item_id for probe in job.probes] == [court.listed().id]
    gone = ProbeResult(court.listed().id, "gone", 404)
    look(court.listing, gone)
    [notice] = look(court.listing, gone).taken_down
    assert notice.item_id == court.in_feed().id
    seen = db.execute("SELECT item_id, source, kind FROM sightings ORDER BY noticed_at").fetchall()
    assert seen == [(court.in_feed().id, "listing", "unlisted"), (court.in_feed().id, "listing", "taken_down")]


def test_a_take_down_and_a_return_that_both_sources_see_are_one_each(court, db):
    shown = [(court.feed, court.in_feed()), (court.listing, court.listed())]
    for _, item in shown:
        court.show(item)

    def look(state, status):
        runs = [
            court.show(source=source, outcome=Outcome.NOT_MODIFIED, listed=None,
                       probes=(ProbeResult(item.id, state, status),))
            for source, item in shown
        ]  # fmt: skip
        return [len(run.taken_down) + len(run.reappeared) for run in runs]

    assert look("gone", 404) == [0, 0]
    assert look("gone", 404) == [1, 0]
    assert look("present", 200) == [1, 0]
    assert db.execute("SELECT kind FROM sightings ORDER BY noticed_at").fetchall() == [("taken_down",), ("restored",)]


def test_what_a_page_proves_is_kept_with_the_item(court, make, db):
    court.show(court.in_feed())
    page = court.listed(text="Two judges were sanctioned. The Court deplores it.")
    court.show(page, captures=(make.capture(page),))
    assert db.execute("SELECT item_id, revision FROM response_items").fetchall() == [(court.in_feed().id, 2)]


def test_explaining_by_either_name_shows_the_one_item(court, db):
    court.show(court.in_feed())
    court.show(court.listed())
    found = explain(db, court.listed().id)
    assert found is not None
    assert [(item.item_id, item.sources) for item in found.items] == [(court.in_feed().id, ("feed", "listing"))]


def test_nothing_can_be_said_of_an_item_by_a_name_that_no_view_shows(court, make, db):
    from warehouse.corrections import add_corrections
    from warehouse.rows import Correction

    court.show(court.in_feed())
    court.show(court.listed())
    with pytest.raises(WarehouseError, match="no such item"):
        add_corrections(db, [Correction(court.listed().id, "item", "category", "other", "ana", "", make.now)])
