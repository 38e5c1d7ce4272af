from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from classifiers.categories import Category
from classifiers.classify import load_classifier
from flows.backtest import backtest
from tests.flows.worlds import START, baseline, cycle, designation, world_of
from warehouse.connection import open_warehouse, transaction
from warehouse.judged import read_judged
from warehouse.publish import publish
from warehouse.verdicts import add_verdicts

HOUR = timedelta(hours=1)


def test_the_same_rules_change_nothing(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        outcome = backtest(world.runtime.settings.analysts_copy, since=START - timedelta(days=30))
        assert (outcome.items, outcome.differences, outcome.merged, outcome.split) == (4, (), (), ())


def test_an_alert_that_would_be_gained_is_named_with_what_it_was(tmp_path: Path) -> None:
    with world_of(tmp_path, *baseline(), designation(9, START + HOUR)) as world:
        cycle(world)
        cycle(world, START + 2 * HOUR)
        settings = world.runtime.settings
        (item,) = [item for item in read_judged(settings.analysts_copy, since=START) if item.category != "other"]
        [verdict] = load_classifier().classify([item.document])
        missed = replace(verdict, judgement=replace(verdict.judgement, category=Category.OTHER), version="older")
        with open_warehouse(settings.warehouse) as db, transaction(db):
            add_verdicts(db, [missed], now=world.clock.now())
        publish(settings.warehouse, settings.analysts_copy)
        (difference,) = backtest(settings.analysts_copy, since=START - timedelta(days=30)).differences
        assert (difference.kind, difference.before, difference.now) == ("gained", "other", "sanction_round")
