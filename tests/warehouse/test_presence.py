"""A take-down is claimed only after two definite absences; what slides out of a feed is not missing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.items import Outcome, ProbeResult
from warehouse.presence import PROBES_A_RUN, YOUNG, missing
from warehouse.runs import due_jobs

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@given(st.integers(1, 30), st.integers(0, 40), st.booleans())
def test_nothing_is_missing_while_a_window_slides(size, step, oldest_first):
    story = [str(n) for n in range(100)]
    old, new = story[20 : 20 + size], story[20 + step : 20 + step + size]
    if not oldest_first:
        old, new = old[::-1], new[::-1]
    assert missing(old, new, oldest_first=oldest_first) == []


@given(st.integers(3, 30), st.data())
def test_what_vanishes_from_the_midst_is_missing(size, data):
    old = [str(n) for n in range(size)]
    gone = data.draw(st.integers(0, size - 2))
    new = ["new", *(item for item in old if item != str(gone))][:size]
    assert missing(old, new, oldest_first=False) == [str(gone)]


def test_a_pinned_old_item_makes_nothing_missing():
    assert missing(["pinned", "c", "b", "a"], ["pinned", "f", "e", "d"], oldest_first=False) == []


@pytest.fixture
def story(make, pipe, db):
    """A source with five items of which the second vanishes in the next run."""

    class Story:
        source = make.source(every=HOUR)
        items = tuple(make.item(n) for n in range(1, 6))
        at = make.now

        def run(self, *without, probes=(), at=None, **changes):
            self.at = at or self.at + HOUR
            listed = tuple(item.id for item in self.items if item.id not in without)
            result = make.result(at=self.at, listed=listed, probes=tuple(probes), **changes)
            return pipe.run(self.source, result)

        def probes(self, at=None):
            [job] = due_jobs(db, {"court": self.source}, now=at or self.at + HOUR, force=True)
            return [probe.item_id for probe in job.probes]

        def kinds(self):
            return [row[0] for row in db.execute("SELECT kind FROM sightings ORDER BY noticed_at, kind").fetchall()]

    story = Story()
    pipe.run(story.source, make.result(*story.items))
    db.execute("DELETE FROM base.watches")  # without the young ones: they have tests of their own
    return story


def gone(item_id: str) -> ProbeResult:
    return ProbeResult(item_id, "gone", 404)


def test_a_vanished_item_is_probed_and_taken_down_only_after_two_absences(story):
    story.run("court:2")
    assert story.probes() == ["court:2"]
    first = story.run("court:2", probes=[gone("court:2")])
    assert first.taken_down == ()
    assert story.probes() == ["court:2"]
    second = story.run("court:2", probes=[gone("court:2")])
    [notice] = second.taken_down
    assert (notice.item_id, notice.title, notice.note) == ("court:2", "Release 2 of court", "HTTP 404")
    assert story.kinds() == ["unlisted", "taken_down"]
    third = story.run("court:2", probes=[gone("court:2")], at=story.at + 2 * DAY)
    assert third.taken_down == ()


def test_an_item_that_only_left_the_listing_is_let_go(story):
    story.run("court:2")
    run = story.run("court:2", probes=[ProbeResult("court:2", "present", 200)])
    assert run.taken_down == ()
    assert story.probes() == []
    assert story.kinds() == ["unlisted"]


def test_an_unclear_answer_decides_nothing(story):
    story.run("court:2")
    for _ in range(5):
        run = story.run("court:2", probes=[ProbeResult("court:2", "unknown", 503)])
        assert run.taken_down == ()
    assert story.probes(story.at + DAY) == ["court:2"]


def test_absences_count_only_while_the_source_itself_is_healthy(story):
    story.run("court:2")
    for _ in range(3):
        run = story.run("court:2", probes=[gone("court:2")], outcome=Outcome.FAILED)
        assert run.taken_down == ()


@pytest.mark.parametrize("how", ["listed", "answers"])
def test_a_reappearance_is_noticed(story, how):
    story.run("court:2")
    story.run("court:2", probes=[gone("court:2")])
    story.run("court:2", probes=[gone("court:2")])
    answer = [ProbeResult("court:2", "present", 200)]
    run = story.run() if how == "listed" else story.run("court:2", probes=answer)
    [notice] = run.reappeared
    assert (notice.item_id, notice.kind) == ("court:2", "restored")
    assert story.kinds()[-1] == "restored"
    assert story.run().reappeared == ()


def test_a_trouble_changes_no_listing(story):
    story.run(outcome=Outcome.FAILED)
    story.run()
    assert story.kinds() == []


def test_a_source_whose_edits_are_not_watched_is_never_probed(make, pipe, db):
    source = make.source(watch_edits=False, every=HOUR)
    items = [make.item(n) for n in range(1, 6)]
    pipe.run(source, make.result(*items))
    pipe.run(source, make.result(at=make.now + HOUR, listed=tuple(i.id for i in items if i.id != "court:2")))
    assert db.execute("SELECT kind FROM sightings").fetchall() == [("unlisted",)]
    [job] = due_jobs(db, {"court": source}, now=make.now + 5 * HOUR, force=True)
    assert job.probes == ()


def test_young_releases_are_looked_at_again_gently_and_not_for_ever(make, pipe, db):
    source = make.source(every=HOUR)
    items = [make.item(n) for n in range(1, 9)]
    pipe.run(source, make.result(*items))
    looks, at = 0, make.now
    while at < make.now + YOUNG + DAY:
        at += HOUR
        [job] = due_jobs(db, {"court": source}, now=at, force=True)
        assert len(job.probes) <= PROBES_A_RUN
        looks += len(job.probes)
        answers = tuple(ProbeResult(probe.item_id, "present", 200) for probe in job.probes)
        pipe.run(source, make.result(outcome=Outcome.NOT_MODIFIED, at=at, probes=answers))
    assert 8 * 4 <= looks <= 8 * 20
    assert due_jobs(db, {"court": source}, now=at + DAY, force=True)[0].probes == ()
