"""Who is due, and what is written down of a run."""

from __future__ import annotations

from datetime import timedelta

from spiders.items import Outcome
from warehouse.runs import due_jobs, read_health
from warehouse.states import first_known, read_states

HOUR = timedelta(hours=1)


def test_a_source_is_due_once_its_time_has_passed_and_gets_its_memory_back(make, pipe, db):
    source = make.source(every=HOUR)
    assert [job.memory for job in due_jobs(db, {"court": source}, now=make.now)] == [None]
    pipe.run(source, make.result(make.item(1), memory={"etag": "x"}))
    assert due_jobs(db, {"court": source}, now=make.now + HOUR / 2) == []
    [job] = due_jobs(db, {"court": source}, now=make.now + HOUR)
    assert (job.source, job.memory) == ("court", {"etag": "x"})


def test_a_cycle_that_starts_seconds_early_takes_the_source_along(make, pipe, db):
    source = make.source(every=HOUR)
    pipe.run(source, make.result(make.item(1)))
    due = read_states(db)["court"].next_due_at
    assert due_jobs(db, {"court": source}, now=due - timedelta(seconds=20)) != []
    assert due_jobs(db, {"court": source}, now=due - timedelta(seconds=40)) == []


def test_only_narrows_and_force_ignores_the_time(make, pipe, db):
    sources = {slug: make.source(slug, every=HOUR) for slug in ("a", "b")}
    for source in sources.values():
        pipe.run(source, make.result(source=source.id))
    assert [job.source for job in due_jobs(db, sources, now=make.now + HOUR, only=["b"])] == ["b"]
    assert due_jobs(db, sources, now=make.now, only=["b"]) == []
    assert [job.source for job in due_jobs(db, sources, now=make.now, only=["b"], force=True)] == ["b"]


def test_the_longest_overdue_source_comes_first(make, pipe, db):
    sources = {slug: make.source(slug, every=HOUR) for slug in ("a", "b")}
    pipe.run(sources["a"], make.result(source="a", at=make.now))
    pipe.run(sources["b"], make.result(source="b", at=make.now - HOUR))
    assert [job.source for job in due_jobs(db, sources, now=make.now + 3 * HOUR)] == ["b", "a"]


def test_uneventful_runs_of_a_day_share_one_row_and_none_is_lost(make, pipe, db):
    source = make.source(every=HOUR)
    pipe.run(source, make.result(make.item(1)))
    for hour in range(1, 31):
        pipe.run(source, make.result(outcome=Outcome.NOT_MODIFIED, at=make.now + hour * HOUR, status=304))
    pipe.run(source, make.result(outcome=Outcome.FAILED, at=make.now + 31 * HOUR, note="no answer"))
    rows = db.execute("SELECT outcome, runs, started_at::DATE::TEXT FROM source_runs ORDER BY started_at").fetchall()
    assert rows == [
        ("ok", 1, "2025-06-05"),
        ("not_modified", 11, "2025-06-05"),
        ("not_modified", 19, "2025-06-06"),
        ("failed", 1, "2025-06-06"),
    ]


def test_an_incident_is_a_row_from_its_first_trouble_to_the_first_healthy_answer(make, pipe, db):
    source = make.source(every=HOUR)
    pipe.run(source, make.result(make.item(1)))
    for hour in (1, 2):
        run = pipe.run(source, make.result(outcome=Outcome.BLOCKED, at=make.now + hour * HOUR, note="challenge page"))
    assert run.incident is not None
    assert run.incident.kind == "opened"
    run = pipe.run(source, make.result(outcome=Outcome.NOT_MODIFIED, at=make.now + 5 * HOUR))
    assert run.incident is not None
    assert run.incident.kind == "closed"
    [(state, hours)] = db.execute("SELECT state, round(hours, 2) FROM source_incidents").fetchall()
    assert (state, hours) == ("blocked", 4.0)


def test_health_shows_troubled_sources_first_and_names_those_never_asked(make, pipe, db):
    sources = {slug: make.source(slug, every=HOUR) for slug in ("fine", "broken", "fresh")}
    pipe.run(sources["fine"], make.result(make.item(1, "fine"), source="fine"))
    pipe.run(sources["broken"], make.result(source="broken", outcome=Outcome.FAILED, note="no answer"))
    rows = read_health(db, sources, now=make.now)
    assert [(row.source, row.state) for row in rows] == [("broken", "failed"), ("fine", "ok"), ("fresh", "new")]
    assert rows[0].reason == "no answer"
    assert rows[1].items == 1


def test_a_source_that_nobody_asks_any_more_is_overdue_and_as_well_as_it_last_was(make, pipe, db):
    source = make.source(every=HOUR)
    pipe.run(source, make.result(make.item(1)))
    [row] = read_health(db, {"court": source}, now=make.now + timedelta(days=2))
    assert row.overdue
    [view] = db.execute("SELECT state, reason FROM source_health").fetchall()
    assert (row.state, row.reason) == view == ("ok", "")
    [row] = read_health(db, {"court": source}, now=make.now + HOUR)
    assert not row.overdue


def test_the_first_source_is_known(make, pipe, db):
    assert first_known(db) is None
    pipe.run(make.source(), make.result(make.item(1)), now=make.now)
    assert first_known(db) == make.now
