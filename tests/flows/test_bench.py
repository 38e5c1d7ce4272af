from __future__ import annotations

from classifiers.reading import read
from classifiers.verdicts import Document
from flows.bench import bench_judge

ITEMS = [Document("a", "US sanctions two ICC judges", ""), Document("b", "A new library opens", "It has many books.")]


def test_every_pass_of_judging_reads_the_items_anew() -> None:
    for item in ITEMS:
        read(item)
    measures = bench_judge(ITEMS)
    assert [measure.name for measure in measures] == [
        "load the model",
        "judge and group, first pass",
        "judge and group",
    ]
    assert all(measure.note.startswith("2 items") for measure in measures[1:])
    assert (read.cache_info().misses, read.cache_info().currsize) == (len(ITEMS), len(ITEMS))
