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
from warehouse.bench import Figures, measure


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


def bench_warehouse(sizes: Sequence[int]) -> list[Figures]:
    """Time storage alone at each size: a cycle, publishing, every documented query, searches."""
    figures = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(measure(Path(folder), size))
    return figures


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
