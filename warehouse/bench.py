"""How fast the warehouse is at a given size: made-up history, then the real functions against it."""

# SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

import multiprocessing
import random
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from statistics import median

from classifiers.categories import Category, Severity, Status
from classifiers.verdicts import EventChange, EventState, Evidence, Findings, Judgement, Verdict
from spiders.catalogue import Source
from spiders.items import CollectResult, DateEvidence, Item, Outcome
from warehouse.connection import open_warehouse, transaction
from warehouse.events import apply_changes, read_candidates, read_events
from warehouse.guide import load_queries
from warehouse.items import store_results
from warehouse.publish import publish
from warehouse.query import run_sql
from warehouse.retention import prune, record_maintenance
from warehouse.schema import migrate
from warehouse.seals import add_seal
from warehouse.search import SEGMENT, index_new, search
from warehouse.upkeep import compact, find_faults, used_bytes
from warehouse.verdicts import add_verdicts

END = datetime(2025, 12, 1, tzinfo=UTC)  # the made-up history ends here
STEP = 50_000  # rows made at a time: bounds the memory that making needs
ROUNDS = 5
NEW = 100  # items that a measured cycle brings, one a source
HALF_A_SEGMENT = SEGMENT // 2  # items of the first cycle
ALIKE = 500  # sources of a measured cycle in which nothing changed

# One item every three minutes, so that any size reaches back further than grouping looks; every twentieth a report,
# five reports an event; texts of 3 kB, 455 words out of a million, the r-th as often as 1/r (Zipf's law), as in prose.
# DuckDB refuses parameters that a statement does not use, hence their idle mention in _PROFILES.
_ITEMS = """
    INSERT INTO base.items
    SELECT i + 1, hash(i), 'made:' || i, 'made' || i % 500, 'guid' || i,
        'https://made' || i % 500 || '.example/news/' || i || '-some-words-of-a-title', 'Publisher ' || i % 500,
        ['official', 'court', 'un', 'ngo', 'press', 'blog'][1 + i % 6], moment, moment, 'made', false, false
    FROM (SELECT i, $end::TIMESTAMPTZ - to_seconds(180 * ($total - i)) AS moment FROM range($low, $high) AS t(i))
"""
_ADDRESSES = """
    INSERT INTO base.addresses
    SELECT base.address_key(url), item_no FROM base.items WHERE item_no > $low AND item_no <= $high AND $total > 0
        AND $end::TIMESTAMPTZ IS NOT NULL
"""
_REVISIONS = """
    INSERT INTO base.revisions
    SELECT i + 1, 'made:' || i, 1, content_hash, title, text,
        'https://made' || i % 500 || '.example/news/' || i || '-some-words-of-a-title', 'en', NULL, '[]', 'stated',
        moment - to_minutes(10), 'instant', 'feed', moment, moment, 'made',
        sha256('["", "made:' || i || '", 1, "' || content_hash || '", "' || title || '", "' || text || '"]'), NULL
    FROM (
        SELECT i, $end::TIMESTAMPTZ - to_seconds(180 * ($total - i)) AS moment, sha256('c' || i) AS content_hash,
            'Release ' || i || CASE i % 3 WHEN 0 THEN ' on sanctions' ELSE ' with some words of a title' END AS title,
            array_to_string(list_transform(range(455), lambda x:
                words[1 + (1e6 ** ((hash(i * 1000 + x) % 1000003) / 1000003.0))::INT % 1000000]), ' ') AS text
        FROM range($low, $high) AS t(i),
            (SELECT list(lower(to_base(r, 36)) || substr('ationsmentings', 1, (r % 7)::INT) ORDER BY r) AS words
             FROM range(1000000) AS v(r))
    )
"""
_VERDICTS = """
    INSERT INTO base.verdicts
    SELECT i + 1, 'made:' || i, 1, 1, CASE WHEN i % 20 = 0 THEN 'ruling' ELSE 'other' END, i % 20 = 0, 0.9, 1.0,
        i % 97 = 0, NULL, NULL, NULL, '{}', '[]', '[]',
        '[{"quote":"Sentence ' || i || ' of the text, which decided.","reason":"model: other"}]', '[]',
        '{"other": 0.9, "ruling": 0.1}', 'made-1', $end::TIMESTAMPTZ - to_seconds(180 * ($total - i))
    FROM range($low, $high) AS t(i)
"""
_VERSIONS = """
    INSERT INTO base.event_versions
    SELECT 'made-' || e, v, opened + to_hours(v), 'ruling', true, 'The Court ruled ' || e, 'reported', 'normal',
        'ruled', opened::DATE, opened, opened + to_hours(v), v, '["Court"]', 'https://court.example/' || e,
        'The Court ruled.',
        'https://court.example/' || e, '{"court":"ICC","persons":["Person ' || e || '"]}', '["icc-filing:' || e || '"]',
        '["icc"]', '[]', NULL, opened, true
    FROM (SELECT e, v, $end::TIMESTAMPTZ - to_seconds(18000 * ($total // 100 - e)) AS opened
          FROM range($low // 100, $high // 100) AS t(e), range(1, 6) AS u(v))
"""
_MEMBERS = """
    INSERT INTO base.event_items
    SELECT 'made-' || i // 100, i + 1, 'made:' || i, $end::TIMESTAMPTZ - to_seconds(180 * ($total - i)), NULL,
        'same filing'
    FROM range($low, $high, 20) AS t(i)
"""
_KEYS = """
    INSERT INTO base.event_keys
    SELECT 'icc-filing:' || e, 'made-' || e, $end::TIMESTAMPTZ - to_seconds(18000 * ($total // 100 - e))
    FROM range($low // 100, $high // 100) AS t(e)
"""
_PROFILES = """
    INSERT INTO base.event_profiles
    SELECT 'made-' || e, 5, '{"terms": "' || repeat('term ' || e || ' ', 200) || '"}'
    FROM range($low // 100, $high // 100) AS t(e) WHERE $total > 0 AND $end::TIMESTAMPTZ IS NOT NULL
"""
_CHANGES = """
    INSERT INTO base.event_changes
    SELECT 'made-' || e || '#' || v, 'made-' || e, v, CASE v WHEN 1 THEN 'opened' ELSE 'joined' END,
        $end::TIMESTAMPTZ - to_seconds(18000 * ($total // 100 - e)) + to_hours(v), 'A report', 'same filing',
        'made:' || e * 100 + (v - 1) * 20, e * 100 + (v - 1) * 20 + 1, '{}', '{}', '', NULL, true
    FROM range($low // 100, $high // 100) AS t(e), range(1, 6) AS u(v)
"""
_HISTORY = (_ITEMS, _ADDRESSES, _REVISIONS, _VERDICTS, _VERSIONS, _MEMBERS, _KEYS, _PROFILES, _CHANGES)


#: What is searched for in the made-up texts, in which every title has "release".
SEARCHES: dict[str, dict[str, str]] = {
    "a rare word": {"words": "7psatio"},
    "a word of a third of the items": {"words": "28ati"},
    "a word of every item": {"words": "release"},
    "three words": {"words": "7psatio 28ati release"},
    "a beginning": {"words": "7ps*"},
    "a beginning of two letters, 2.4 words an item": {"words": "10*"},
    "a beginning of one letter, 14 words an item": {"words": "7*"},
    "one category and source": {"words": "release", "category": "ruling", "source": "made20"},
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds: the median of several rounds."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured at one size."""

    items: int
    making_s: float  # wall seconds that making the history took, its search index included: nothing that is compared
    file_mb: float  # used space
    index_ms: float  # CPU for the search index of 100 items, segments included, averaged over the whole history
    memory_mb: float  # highest of the process that measured, without making the history, before maintenance
    maintenance_memory_mb: float  # the same after it
    costs: dict[str, Cost]


def measure(folder: Path, sizes: Sequence[int], *, rounds: int = ROUNDS) -> list[Figures]:
    """Make a warehouse of each size in ``folder`` and time cycles, publishing, every query, searches, maintenance.

    Every size has a process of its own, and another for making it, so that no memory counts as somebody else's. What
    cycles cost is compared between the sizes, so they take turns: whatever else the machine does meets them all.
    """
    with ExitStack() as processes:
        trials = [_Trial.made(folder / f"bench-{items}.duckdb", items, processes) for items in sizes]
        for trial in trials:
            trial.run(first_cycle)
        for number in range(1, rounds + 1):
            for trial in trials:
                trial.run(one_round, number)
        for trial in trials:
            trial.run(ask, rounds)
        for trial in trials:
            trial.run(maintain)
        return [trial.figures() for trial in trials]


class _Trial:
    """One size: its files, its process, what was measured so far."""

    def __init__(self, live: Path, items: int, process: ProcessPoolExecutor) -> None:
        self.live, self.items, self.process = live, items, process
        self.making_s = self.index_ms = 0.0
        self.costs: dict[str, list[Cost]] = {}
        self.file_mb: list[float] = []
        self.memory_mb: list[float] = []

    @classmethod
    def made(cls, live: Path, items: int, processes: ExitStack) -> _Trial:
        """Make the history in a process that ends, and start the one that measures."""
        spawned = multiprocessing.get_context("spawn")
        trial = cls(live, items, processes.enter_context(ProcessPoolExecutor(1, spawned)))
        start = time.perf_counter()
        with ProcessPoolExecutor(1, spawned) as maker:
            trial.index_ms = maker.submit(make_history, live, items).result()
        trial.making_s = round(time.perf_counter() - start, 1)
        return trial

    def run(self, step: Callable[..., Measured], *args: object) -> None:
        """Do one step in this size's process and keep what it measured."""
        measured = self.process.submit(step, self.live, *args).result()
        for name, cost in measured.costs.items():
            self.costs.setdefault(name, []).append(cost)
        self.file_mb.append(measured.file_mb)
        self.memory_mb.append(measured.memory_mb)

    def figures(self) -> Figures:
        """Return the medians."""
        return Figures(
            items=self.items,
            making_s=self.making_s,
            file_mb=self.file_mb[0],
            index_ms=self.index_ms,
            memory_mb=self.memory_mb[-2],
            maintenance_memory_mb=self.memory_mb[-1],
            costs={name: _median(costs) for name, costs in self.costs.items()},
        )


@dataclass(frozen=True, slots=True)
class Measured:
    """What one step cost, and how large file and process were after it."""

    costs: dict[str, Cost]
    file_mb: float
    memory_mb: float


def first_cycle(live: Path) -> Measured:
    """Time a cycle that brings half a segment of the search index: searches then read that beside the segments.

    A small cycle goes before it: DuckDB tidies at the next close what was made at once. Then the two publications that
    copy the file whole.
    """
    _Cycle(-1).run(live)
    bulk = _Cycle(0, HALF_A_SEGMENT // NEW)
    cost = _timed(lambda: bulk.run(live))
    for _ in range(2):
        publish(live, _copy_of(live))
    return _measured(live, {f"commit of a cycle with {HALF_A_SEGMENT:,} new items": cost})


def one_round(live: Path, number: int) -> Measured:
    """Time a cycle with news, one without, and the publication of both."""
    cycle = _Cycle(number)
    costs = {
        f"commit of a cycle with {NEW} new items": _timed(lambda: cycle.run(live)),
        f"commit of {ALIKE} unchanged runs": _timed(lambda: _quiet_cycle(live, cycle.at)),
        "publish what two such cycles brought": _timed(lambda: publish(live, _copy_of(live))),
    }
    return _measured(live, costs)


def ask(live: Path, rounds: int) -> Measured:
    """Time every documented query and the searches on the published copy, opening it included."""
    copy = _copy_of(live)
    costs = {}
    for query in load_queries():
        costs[f"query: {query.name}"] = _repeated(lambda sql=query.sql: run_sql(copy, sql), rounds)  # type: ignore[misc]
    for name, asked in SEARCHES.items():
        costs[f"search: {name}"] = _repeated(lambda asked=asked: search(copy, **asked), rounds)  # type: ignore[misc]
    return _measured(live, costs)


def maintain(live: Path) -> Measured:
    """Time the steps of a maintenance, each once: the check is also what ``courtwatch verify`` does."""

    def check() -> None:
        with open_warehouse(live) as db:
            if faults := find_faults(db):
                raise AssertionError(f"the benchmark's warehouse is not sound: {faults}")

    def remove() -> None:
        with open_warehouse(live) as db, transaction(db):
            record_maintenance(db, prune(db, now=END + timedelta(days=1), raw_days=90, run_days=90))

    costs = {
        "maintenance: integrity check": _timed(check),
        "maintenance: retention": _timed(remove),
        "maintenance: compaction": _timed(lambda: compact(live)),
        "maintenance: publish, the whole file": _timed(lambda: publish(live, _copy_of(live))),
    }
    return _measured(live, costs)


def _measured(live: Path, costs: dict[str, Cost]) -> Measured:
    with open_warehouse(live) as db:
        used_mb = round(used_bytes(db) / 1e6, 1)
    return Measured(costs, used_mb, round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0))


def _copy_of(live: Path) -> Path:
    return live.with_name(f"{live.stem}-copy.duckdb")


def make_history(live: Path, items: int) -> float:
    """Fill a new warehouse with ``items`` items and what comes with them: verdicts, events, changes, the search index.

    Return the CPU milliseconds that the search index took for every 100 items.
    """
    with open_warehouse(live) as db:
        migrate(db)
        for low in range(0, items, STEP):
            bounds = {"total": items, "low": low, "high": min(low + STEP, items), "end": END.isoformat()}
            with transaction(db):
                for statement in _HISTORY:
                    db.execute(statement, bounds)
                add_seal(db, now=END)
        start = time.process_time()
        index_new(db)
        return round((time.process_time() - start) * 1e5 / items, 1)


class _Cycle:
    """What one cycle brings, made before its storing is timed: 100 sources with ``each`` items, ten reports."""

    def __init__(self, number: int, each: int = 1) -> None:
        self.number = number
        self.at = END + timedelta(hours=number)
        self.sources = [_source(f"bench{place}") for place in range(NEW)]
        found = {
            source.id: [_item(source.id, f"{number}-{n}", self.at) for n in range(each)] for source in self.sources
        }
        self.results = [_result(source.id, self.at, found[source.id]) for source in self.sources]
        self.items = [item for items in found.values() for item in items]
        self.verdicts = [_verdict(item, place) for place, item in enumerate(self.items)]

    def run(self, live: Path) -> None:
        """Open the warehouse, store, judge, group, commit, close."""
        at = self.at
        with open_warehouse(live) as db, transaction(db):
            store_results(db, list(zip(self.sources, self.results, strict=True)), now=at)
            add_verdicts(db, self.verdicts, now=at)
            read_candidates(db, self.verdicts[:10], since=at - timedelta(days=14))
            events = [_event(f"bench-{self.number}-{place}", at) for place in range(5)]
            changes = [
                EventChange(
                    "opened" if place < 5 else "joined", events[place % 5], self.items[place].id, "A report", "same"
                )
                for place in range(10)
            ]
            apply_changes(db, changes, now=at)
            read_events(db, [event.id for event in events])


def _quiet_cycle(live: Path, at: datetime) -> None:
    sources = [_source(f"quiet{place}") for place in range(ALIKE)]
    pairs = [(source, CollectResult(source.id, Outcome.NOT_MODIFIED, at, at)) for source in sources]
    with open_warehouse(live) as db, transaction(db):
        store_results(db, pairs, now=at)


def _timed(work: Callable[[], object]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Cost(*(round(seconds * 1000, 1) for seconds in (time.perf_counter() - wall, time.process_time() - cpu)))


def _repeated(work: Callable[[], object], rounds: int) -> Cost:
    return _median([_timed(work) for _ in range(rounds)])


def _median(costs: list[Cost]) -> Cost:
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


def _source(slug: str) -> Source:
    return Source(slug, slug, slug, "rss", f"https://{slug}.example/feed")


@cache
def _word(rank: int) -> str:
    """Return the word of the made-up vocabulary that is the so-manieth in frequency, as _REVISIONS makes it."""
    digits, left = "", rank
    while left:
        left, digit = divmod(left, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits + "ationsmentings"[: rank % 7]


def _item(source: str, number: str, at: datetime) -> Item:
    chance = random.Random(f"{source} {number}")  # noqa: S311  # no secret is made from it
    text = " ".join(_word(int(1e6 ** chance.random())) for _ in range(455))
    return Item(
        id=f"{source}:{number}",
        source=source,
        url=f"https://{source}.example/{number}",
        title=f"Release {number} of {source}",
        text=text,
        published=DateEvidence(at.isoformat(), at, "instant", "feed"),
        language="en",
        publisher=source,
        tier="press",
        content_hash=sha256(text.encode()).hexdigest(),
    )


def _result(source: str, at: datetime, items: Sequence[Item]) -> CollectResult:
    listed = tuple(item.id for item in items)
    return CollectResult(source, Outcome.OK, at, at, tuple(items), listed=listed, memory={"seen": list(listed)})


def _verdict(item: Item, place: int) -> Verdict:
    category = Category.RULING if place < 10 else Category.OTHER
    judged = Judgement(category, True, 0.9, False, (Evidence("The Court ruled.", "verb"),), {category.value: 0.9})
    return Verdict(item.id, judged, Findings({}, (f"icc-filing:{place}",), ("icc",), None, None, None), "bench")


def _event(event_id: str, at: datetime) -> EventState:
    return EventState(
        event_id, Category.RULING, True, "The Court ruled", Status.REPORTED, Severity.NORMAL, "ruled", at.date(),
        at, at, 2, ("bench",), None, "The Court ruled.", "https://court.example", {"court": "ICC"}, ("icc-filing:1",),
        ("icc",),
    )  # fmt: skip
