"""What people corrected is what the judge is scored against and learns from; no later run takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.actions import Action
from classifiers.judge import current_version, load_judge
from flows.acting import Desk
from flows.backtest import backtest
from flows.demo import CHANNEL, event_roots
from flows.errors import FlowError
from flows.learning import agreement, learn
from replay.record import Edit
from tests.flows.worlds import SANCTIONS, START, World, baseline, cycle, designation, page, world_of
from warehouse.connection import open_warehouse, transaction
from warehouse.corrections import add_corrections
from warehouse.judged import read_corrected
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.rows import Correction

HOUR = timedelta(hours=1)
WITHDRAWAL = designation(
    10,
    START + HOUR,
    title="Hungary notifies the United Nations of its withdrawal from the Rome Statute",
    text="Hungary today notified the Secretary-General of the United Nations of its withdrawal from the Rome Statute "
    "of the International Criminal Court. The withdrawal takes effect one year after its receipt.",
)
LATER = page(11, START + 25 * HOUR)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Two events that were told, and a day later a page of no interest."""
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR), WITHDRAWAL, LATER) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        yield world


def event_of(world: World, words: str) -> str:
    """Return the id of the event whose message has these words."""
    [event_id] = [
        root["metadata"]["event_payload"]["event_id"] for root in event_roots(world.slack) if words in str(root)
    ]
    return str(event_id)


def corrected(world: World, **values: str) -> Path:
    """Correct the sanctions as a person in Slack would, and publish what is known now."""
    sanctions = event_of(world, "Sanctioning")
    Desk(world.runtime).handle(Action("correct:1", "correct", "U0ANNA", CHANNEL, sanctions, "1.1", None, values))
    settings = world.runtime.settings
    publish(settings.warehouse, settings.analysts_copy)
    return settings.analysts_copy


def test_the_judge_is_scored_against_what_people_said_of_an_event(world: World) -> None:
    found = agreement(corrected(world, category="threat", about_court="no"))
    assert (found.items, found.category_right, found.about_court_right, found.alert_right) == (1, 0, 0, 0)
    assert found.regrouped == 0


def test_a_merge_by_people_is_the_truth_that_grouping_is_scored_against(world: World) -> None:
    found = agreement(corrected(world, same_as=event_of(world, "notifies the United Nations")))
    assert (found.items, found.regrouped) == (0, 2)
    assert (found.grouping_precision, found.grouping_recall) == (1.0, 0.5)


def test_without_corrections_there_is_nothing_to_score_or_to_learn(world: World) -> None:
    with pytest.raises(FlowError, match="nobody has corrected anything yet"):
        agreement(world.runtime.settings.analysts_copy)


def test_backtest_shows_what_a_correction_outlives_instead_of_an_alert_that_comes_back(world: World) -> None:
    outcome = backtest(corrected(world, category="threat"), since=START - timedelta(days=30))
    assert (outcome.differences, outcome.kept) == ((), 1)


def test_an_edit_does_not_make_an_event_of_what_a_person_called_none(tmp_path: Path) -> None:
    edit = Edit(at=START + 5 * HOUR, title="Sanctioning Two Judges of the International Criminal Court", text=SANCTIONS)
    for said in (False, True):
        with world_of(tmp_path / str(said), *baseline(), page(9, START + HOUR, edits=(edit,))) as world:
            cycle(world)
            cycle(world, START + 2 * HOUR)
            settings = world.runtime.settings
            if said:
                [(item,)] = run_sql(settings.analysts_copy, "SELECT item_id FROM items WHERE title LIKE '%part 9'")[1]
                drill = Correction(item, "item", "category", "other", "U0ANNA", "a drill", world.clock.now())
                with open_warehouse(settings.warehouse) as db, transaction(db):
                    add_corrections(db, [drill])
            cycle(world, START + 6 * HOUR)
            _, rows = run_sql(
                settings.analysts_copy, "SELECT revision, event_id IS NULL FROM items WHERE title LIKE 'Sanctioning%'"
            )
            assert rows == [(2, said)]


def test_a_judge_that_learnt_here_says_so_in_every_verdict_and_backtest(world: World, tmp_path: Path) -> None:
    copy, path = corrected(world, category="threat"), tmp_path / "own" / "model.npz"
    judge, count = learn(copy, path)
    assert count == 1
    assert judge.version.startswith(f"{current_version()}+")
    assert load_judge(path).version == judge.version != load_judge().version
    (item,) = read_corrected(copy)
    assert load_judge(path).judge([item.document]) == judge.judge([item.document])
    outcome = backtest(copy, since=START - timedelta(days=30), model=path)
    assert outcome.version.startswith(judge.version)
    world.runtime = replace(world.runtime, settings=world.runtime.settings.model_copy(update={"model": path}))
    cycle(world, START + 26 * HOUR)
    _, rows = run_sql(copy, "SELECT DISTINCT version FROM verdicts")
    assert {version.partition("/")[0] for (version,) in rows} == {load_judge().version, judge.version}
