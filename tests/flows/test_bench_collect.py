"""The benchmark of cycles measures what it says, over the real parts; its times are nobody's promise."""

from __future__ import annotations

import pytest

from flows import bench_collect as suite
from flows.bench import Measure
from flows.errors import FlowError

pytest.importorskip("reader")


def test_cycles_and_peers_bring_what_the_farm_has() -> None:
    measures = {measure.name: measure for measure in suite.bench_collect(3, entries=4)}
    counts = {name: measure.note.partition(",")[0] for name, measure in measures.items()}
    assert counts == {
        "bare Scrapy, 200": "3 answers",
        "bare Scrapy, 304": "3 answers",
        "first cycle": "12 new items",
        "unchanged cycle": "0 new items",
        "one new item a feed": "3 new items",
        "reader, first update": "12 new items",
        "reader, unchanged": "0 new items",
        "reader, one new entry a feed": "3 new items",
    }
    compared = [(ratio.name, ratio.beside) for ratio in suite.ratios(list(measures.values()))]
    assert compared == [(ours, peer) for ours, peer, _ in suite.GOALS]
    assert all(min(measure.cpu, measure.wall) > 0 for measure in measures.values())


def test_peer_that_brings_less_is_no_measure() -> None:
    with suite.farm(2, 1) as gateway:
        assert suite._bare_scrapy(gateway, 2, version=0).note.startswith("2 answers")
        with pytest.raises(FlowError, match="bare Scrapy, 304: 0 answers instead of 2"):
            suite._bare_scrapy(gateway, 2, version=7)
    with pytest.raises(FlowError, match="scrapy failed: ValueError"):
        suite._peer("scrapy", gateway, "many")


def test_ratio_wants_both_sides() -> None:
    assert suite.ratios([Measure("first cycle", 2.0, 3.0)]) == []
    [ratio] = suite.ratios([Measure("first cycle", 2.0, 3.0), Measure("reader, first update", 1.0, 2.0)])
    assert (ratio.cpu, ratio.wall, ratio.goal) == (1.5, 2.0, 2.5)


def test_the_quickest_of_several_counts() -> None:
    costs = iter([3.0, 1.0, 2.0])
    assert suite.quickest(lambda: Measure("x", 9.0, next(costs))).cpu == 1.0
