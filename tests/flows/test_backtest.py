from datetime import timedelta
from pathlib import Path

from flows.backtest import backtest
from tests.flows.worlds import START, baseline, cycle, designation, world_of
from warehouse.connection import open_warehouse, transaction
from warehouse.corrections import add_corrections
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.rows import Correction

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
        _, rows = run_sql(settings.analysts_copy, "SELECT item_id FROM items WHERE category = 'sanction_round'")
        said = Correction(rows[0][0], "item", "category", "other", "U1", "a drill", world.clock.now())
        with open_warehouse(settings.warehouse) as db, transaction(db):
            add_corrections(db, [said])
        publish(settings.warehouse, settings.analysts_copy)
        (difference,) = backtest(settings.analysts_copy, since=START - timedelta(days=30)).differences
        assert (difference.kind, difference.before, difference.now) == ("gained", "other", "sanction_round")
