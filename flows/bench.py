"""``courtwatch bench``: how fast it is here. Ratios against what the same machine does in the same run."""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from classifiers.classify import classify_documents, load_classifier
from classifiers.reading import read
from classifiers.text import sentences
from classifiers.traces import trace
from classifiers.verdicts import Document
from warehouse.bench import Figures, measure

_PASSES = 5  # of judging after the first
_TRIPS = 20  # of each document through JSON before a pass


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
    """Time judging and grouping of ``documents`` on one core, in passes that begin with nothing read.

    The first pass meets every word for the first time, as a process that has just started does; of the others the one
    of median CPU time is given. Before each of them the same documents go through JSON and back a few times: what that
    takes is how quick the machine is at this moment, and the ratio is what can be held against another run.
    """
    measures: list[Measure] = []
    with measured("load the model", measures):
        classifier = load_classifier()
    passes: list[Measure] = []
    for number in range(1 + _PASSES):
        trips = _json_trips(documents)
        for forget in (read.cache_clear, sentences.cache_clear, trace.cache_clear):
            forget()
        with measured("judge and group" if number else "judge and group, first pass", passes):
            classify_documents(documents, classifier)
        each = passes[-1].cpu / len(documents)
        note = f"{len(documents)} items, {1 / each:.0f} items a CPU second, {each / trips:.0f} JSON round trips an item"
        passes[-1] = replace(passes[-1], note=note)
    first, *others = passes
    median = sorted(others, key=lambda one: one.cpu)[_PASSES // 2]
    rates = sorted(len(documents) / one.cpu for one in others)
    spread = f"{median.note} (median of {_PASSES}: {rates[0]:.0f} to {rates[-1]:.0f} items)"
    return [*measures, first, replace(median, note=spread)]


def _json_trips(documents: Sequence[Document]) -> float:
    """Return the CPU seconds in which one of the documents is written as JSON and read back, on average."""
    rows = [(doc.id, doc.title, doc.text, doc.url, doc.publisher, doc.lang) for doc in documents]
    begun = time.process_time()
    for _ in range(_TRIPS):
        for row in rows:
            json.loads(json.dumps(row))
    return (time.process_time() - begun) / _TRIPS / len(rows)


def bench_warehouse(sizes: Sequence[int]) -> list[Figures]:
    """Time storage alone at each size: a cycle, publishing, every documented query, searches."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), sizes)


def peak_memory() -> float:
    """Return the largest resident size of this process so far, in MB (Linux counts in kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
