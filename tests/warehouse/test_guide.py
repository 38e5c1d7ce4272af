"""The guide is what the database says, and each of its queries runs on the published copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from classifiers.categories import Category, Status
from spiders.items import Outcome, ProbeResult
from warehouse.changes import add_item_changes
from warehouse.connection import open_warehouse
from warehouse.corrections import add_corrections
from warehouse.deliveries import add_deliveries, mark, read_delivery
from warehouse.events import apply_changes
from warehouse.guide import load_queries, render_guide
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.rows import Correction, NewDelivery
from warehouse.schema import migrate
from warehouse.verdicts import add_verdicts

GUIDE = Path(__file__).parents[2] / "docs" / "analysts.md"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def test_the_guide_is_up_to_date(db):
    assert GUIDE.read_text(encoding="utf-8") == render_guide(db), "run: python -m warehouse.guide docs/analysts.md"


def test_names_of_queries_are_unique_and_there_are_enough_of_them():
    names = [query.name for query in load_queries()]
    assert len(names) == len(set(names)) >= 20


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A small record in which every worked query finds something."""
    from tests.warehouse.conftest import Maker

    make = Maker()
    folder = tmp_path_factory.mktemp("guide")
    live = folder / "live.duckdb"
    state, paper = (
        make.source("state", tier="official", every=HOUR, document="list"),
        make.source("paper", tier="press", official=False),
    )
    release = make.item(1, "state", tier="official", text="The sanction was imposed.")
    others = [make.item(number, "state", tier="official") for number in (2, 3, 4)]
    report = make.item(5, "paper", tier="press")
    with open_warehouse(live) as db:
        migrate(db)
        at = make.now

        def run(source, *items, **changes):
            nonlocal at
            at += HOUR
            changes.setdefault("listed", tuple(item.id for item in (release, *others)) if source is state else None)
            result = make.result(*items, source=source.id, at=at, **changes)
            return store_results(db, [(source, result)], now=result.finished_at)[0]

        run(state, others[2])
        run(paper)
        run(state, release, *others[:2], captures=(make.capture(release, *others[:2]),))
        run(paper, report)
        for item in (release, report):
            add_verdicts(db, [make.verdict(item)], now=at)
        listing = {"imposed_by": "United States", "action": "imposed", "designees": [{"name": "B. Judge"}]}
        add_verdicts(db, [make.verdict(others[1], Category.SANCTION_ROUND, facts=listing)], now=at)
        doubt = make.verdict(others[0], Category.THREAT)
        add_verdicts(db, [replace(doubt, judgement=replace(doubt.judgement, needs_review=True))], now=at)
        round_of = make.event(
            1, category=Category.SANCTION_ROUND, actors=("us", "icc"),
            facts={"imposed_by": "United States", "action": "imposed", "round": 1,
                   "designees": [{"name": "A. Judge", "role": "judge"}]},
        )  # fmt: skip
        leaving = make.event(2, category=Category.WITHDRAWAL, official_url=None,
                             facts={"states": ["Hungary"], "notified_on": "2025-06-02"})  # fmt: skip
        ruled = make.event(3)
        opened = [make.change(round_of, release), make.change(leaving), make.change(ruled)]
        [root, *_] = apply_changes(db, opened, now=at)
        apply_changes(db, [make.change(round_of, report, "joined")], now=at)
        moved = replace(round_of, status=Status.IN_FORCE, facts=round_of.facts | {"round": 2})
        apply_changes(db, [make.change(moved, release, "status", before={"status": "reported"})], now=at + HOUR)
        keys = [NewDelivery("sent", "root", "C", root.event_id, root.id, None),
                NewDelivery("waits", "root", "C", None, None, None)]  # fmt: skip
        add_deliveries(db, keys, now=at)
        mark(db, read_delivery(db, "sent").id, "sent", now=at + HOUR, external_id="1")
        add_corrections(db, [Correction(report.id, "item", "category", "other", "ana", "an opinion", at)])
        edited = run(state, make.item(1, "state", tier="official", text="The sanction was lifted."))
        add_item_changes(db, edited.revised, [], now=at)
        for outcome in (Outcome.BLOCKED, Outcome.BLOCKED, Outcome.OK):
            run(state, outcome=outcome)
        for _ in range(3):
            run(state, listed=tuple(item.id for item in (release, *others[1:])),
                probes=(ProbeResult(others[0].id, "gone", 410),))  # fmt: skip
    publish(live, folder / "copy.duckdb")
    return folder / "copy.duckdb"


@pytest.mark.parametrize("query", load_queries(), ids=lambda query: query.name)
def test_every_worked_query_finds_what_it_promises(copy, query):
    columns, rows = run_sql(copy, query.sql)
    assert rows, query.title
    assert len(columns) == len(set(columns)) == len(rows[0])
