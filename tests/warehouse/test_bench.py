"""The benchmark measures the real functions on a sound warehouse; its times are nobody's promise."""

from __future__ import annotations

from warehouse.bench import ALIKE, NEW, ROUNDS, measure
from warehouse.connection import open_warehouse
from warehouse.guide import load_queries


def test_every_figure_is_measured_on_a_warehouse_of_the_size_asked_for(tmp_path):
    figures = measure(tmp_path, 2000)
    assert figures.items == 2000
    assert min(figures.file_mb, figures.cycle_ms, figures.quiet_ms, figures.publish_ms, figures.memory_mb) > 0
    assert set(figures.queries_ms) == {query.name for query in load_queries()}
    with open_warehouse(tmp_path / "bench-2000.duckdb") as db:
        assert db.execute("SELECT count(*) FROM items").fetchone() == (2000 + ROUNDS * NEW,)
        assert db.execute("SELECT count(*) FROM event_items WHERE event_id LIKE 'made-%'").fetchone() == (100,)
        runs = db.execute("SELECT sum(runs) FROM source_runs WHERE source LIKE 'quiet%'").fetchone()
        assert runs == (ROUNDS * ALIKE,)
