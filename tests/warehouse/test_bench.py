"""The benchmark measures the real functions on a sound warehouse; its times are nobody's promise."""

from __future__ import annotations

from warehouse.bench import ALIKE, HALF_A_SEGMENT, NEW, SEARCHES, measure
from warehouse.connection import open_warehouse
from warehouse.guide import load_queries
from warehouse.search import search
from warehouse.upkeep import find_faults


def test_every_figure_is_measured_on_a_sound_warehouse_of_the_size_asked_for(tmp_path, capfd):
    small, figures = measure(tmp_path, [1000, 2000], rounds=2)
    assert capfd.readouterr().out == ""  # DuckDB's progress bar would stand amid the JSON of `bench --json`
    assert (small.items, figures.items) == (1000, 2000)
    assert set(small.costs) == set(figures.costs)
    assert min(figures.making_s, figures.file_mb, figures.index_ms, figures.memory_mb) > 0
    assert figures.maintenance_memory_mb >= figures.memory_mb
    assert {f"query: {query.name}" for query in load_queries()} <= set(figures.costs)
    assert {f"search: {name}" for name in SEARCHES} <= set(figures.costs)
    assert min(min(cost.wall, cost.cpu) for cost in figures.costs.values()) > 0
    live, copy = tmp_path / "bench-2000.duckdb", tmp_path / "bench-2000-copy.duckdb"
    with open_warehouse(live) as db:
        assert find_faults(db) == []
        assert db.execute("SELECT count(*) FROM items").fetchone() == (2000 + HALF_A_SEGMENT + 3 * NEW,)
        assert db.execute("SELECT count(*) FROM event_items WHERE event_id LIKE 'made-%'").fetchone() == (100,)
        runs = db.execute("SELECT sum(runs) FROM source_runs WHERE source LIKE 'quiet%'").fetchone()
        assert runs == (2 * ALIKE,)
        assert db.execute("SELECT avg(length(text)) BETWEEN 2700 AND 3300 FROM items").fetchone() == (True,)
        assert db.execute("SELECT count(*) FROM maintenances").fetchone() == (1,)
    for name, asked in SEARCHES.items():
        assert search(copy, **asked), name
