"""``courtwatch bench``: how fast it is here. Ratios against what the same machine does in the same run."""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from classifiers.classify import classify_documents, load_classifier
from classifiers.verdicts import Document
from warehouse.bench import measure


@dataclass(frozen=True)
class Measure:
    """One figure: wall and CPU seconds of this process, and what it stands beside."""

    name: str
    wall: float
    cpu: float
    note: str = ""


@contextmanager
def measured(name: str, into: list[Measure], note: str = "") -> Iterator[None]:
    """Time the block and append the figure."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into.append(Measure(name, time.perf_counter() - wall, time.process_time() - cpu, note))


def bench_judge(documents: Sequence[Document]) -> list[Measure]:
    """Time judging and grouping of ``documents`` on one core, once cold and once warm."""
    measures: list[Measure] = []
    with measured("load the model", measures):
        classifier = load_classifier()
    classify_documents(documents[:50], classifier)
    with measured("judge and group", measures):
        classify_documents(documents, classifier)
    rate = len(documents) / measures[-1].cpu
    measures[-1] = replace(measures[-1], note=f"{len(documents)} items, {rate:.0f} items a CPU second")
    return measures


def bench_warehouse(sizes: Sequence[int]) -> list[Measure]:
    """Time storage alone at each size: 100 new items, a quiet cycle, publishing, the slowest documented query."""
    measures = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures = measure(Path(folder), size)
        slowest = max(figures.queries_ms, key=lambda name: figures.queries_ms[name])
        note = f"{size} items, {figures.file_mb:.0f} MB"
        for name, milliseconds in (
            ("store 100 new items", figures.cycle_ms),
            ("store 500 unchanged runs", figures.quiet_ms),
            ("publish", figures.publish_ms),
            (f"slowest query ({slowest})", figures.queries_ms[slowest]),
        ):
            measures.append(Measure(name, milliseconds / 1000, 0.0, note))
    return measures


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
