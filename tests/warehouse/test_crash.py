"""Killed at any moment, the warehouse opens again and nothing that was acknowledged is lost.

Two trials in the suite; 200 by hand: COURTWATCH_CRASH_TRIALS=200 python -m pytest tests/warehouse/test_crash.py
"""

from __future__ import annotations

import os
import random
import subprocess
import sys

from warehouse.connection import open_warehouse
from warehouse.schema import pending
from warehouse.upkeep import find_faults

TRIALS = int(os.environ.get("COURTWATCH_CRASH_TRIALS", "2"))

WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from tests.warehouse.conftest import Maker
import warehouse.publish
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries
from warehouse.events import apply_changes
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.rows import NewDelivery
from warehouse.schema import migrate
from warehouse.verdicts import add_verdicts

path, start = Path(sys.argv[1]), int(sys.argv[2])
warehouse.publish.SMALL = 0
make = Maker()
with open_warehouse(path) as db:
    migrate(db)
print("ready", flush=True)
for step in range(start, start + 1000):
    at = make.now + timedelta(minutes=step)
    items = [make.item(n, item_id=f"court:{step}:{n}", text="long text " * 300) for n in range(1, 6)]
    with open_warehouse(path) as db, transaction(db):
        captures = (make.capture(*items, body=f"page {step}".encode()),)
        store_results(db, [(make.source(), make.result(*items, at=at, captures=captures))], now=at)
        add_verdicts(db, [make.verdict(item) for item in items], now=at)
        [row] = apply_changes(db, [make.change(make.event(step), items[0])], now=at)
        add_deliveries(db, [NewDelivery(f"root:{step}", "root", "C", row.event_id, row.id, None)], now=at)
    print(step, flush=True)
    if step % 7 == 0:
        publish(path, path.with_name("copy.duckdb"))
"""


def test_a_writer_killed_at_any_moment_loses_nothing_and_tells_nothing_twice(path, tmp_path):
    chance = random.Random(7)
    start, acknowledged = 0, set()
    for _ in range(TRIALS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(start)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            for _ in range(chance.randint(1, 12)):
                acknowledged.add(int(child.stdout.readline()))
            # A moment inside the next step: the line comes right after a commit and a close.
            spin = chance.randint(0, 400_000)
            while spin:
                spin -= 1
            child.kill()
            acknowledged.update(int(line) for line in child.stdout.read().split())
        with open_warehouse(path, wait=5) as db:
            assert pending(db) == []
            stored = {
                row[0] for row in db.execute("SELECT split_part(key, ':', 2)::INT FROM base.deliveries").fetchall()
            }
            assert acknowledged <= stored
            assert len(stored - acknowledged) <= 1
            acknowledged |= stored
            counts = db.execute(
                """
                SELECT (SELECT count(*) FROM base.items), (SELECT count(DISTINCT item_id) FROM base.items),
                    (SELECT count(*) FROM base.revisions), (SELECT count(*) FROM base.verdicts),
                    5 * (SELECT count(*) FROM base.event_versions), 5 * (SELECT count(*) FROM base.event_changes),
                    5 * (SELECT count(*) FROM base.responses), 5 * (SELECT count(*) FROM base.bodies),
                    5 * (SELECT count(*) FROM base.seals)
                """
            ).fetchone()
            assert set(counts) == {5 * len(stored)}
        start = max(stored) + 1
    with open_warehouse(path) as db:
        assert find_faults(db) == []
    if (tmp_path / "copy.duckdb").exists():
        with open_warehouse(tmp_path / "copy.duckdb", read_only=True) as copy:
            assert copy.execute("SELECT count(*) > 0 FROM events").fetchone() == (True,)
