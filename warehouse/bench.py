"""How fast the warehouse is at a given size: made-up history, then the real functions against it."""

# SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

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
from warehouse.schema import migrate
from warehouse.search import index_new, search
from warehouse.verdicts import add_verdicts

END = datetime(2025, 12, 1, tzinfo=UTC)  # the made-up history ends here
STEP = 50_000  # rows made at a time: bounds the memory that making needs
ROUNDS = 5
NEW = 100  # items that a measured cycle brings, one a source
ALIKE = 500  # sources of a measured cycle in which nothing changed

# One item every thirty seconds, every twentieth a report, five reports an event; texts of 3 kB, 455 words out of a
# million, the r-th as often as 1/r (Zipf's law), as in prose. DuckDB refuses parameters that a statement does not use,
# hence their idle mention in _PROFILES.
_ITEMS = """
    INSERT INTO base.items
    SELECT i + 1, hash(i), 'made:' || i, 'made' || i % 500, 'guid' || i,
        'https://made' || i % 500 || '.example/news/' || i || '-some-words-of-a-title', 'Publisher ' || i % 500,
        ['official', 'court', 'un', 'ngo', 'press', 'blog'][1 + i % 6], moment, moment, 'made', false, false
    FROM (SELECT i, $end::TIMESTAMPTZ - to_seconds(30 * ($total - i)) AS moment FROM range($low, $high) AS t(i))
"""
_REVISIONS = """
    INSERT INTO base.revisions
    SELECT i + 1, 'made:' || i, 1, sha256('c' || i), 'Release ' || i || ' with some words of a title',
        array_to_string(list_transform(range(455), lambda x:
            words[1 + (1e6 ** ((hash(i * 1000 + x) % 1000003) / 1000003.0))::INT % 1000000]), ' '),
        'https://made' || i % 500 || '.example/news/' || i || '-some-words-of-a-title', 'en', NULL, '[]', 'stated',
        moment - to_minutes(10), 'instant', 'feed', moment, moment, 'made', sha256('h' || i)
    FROM (SELECT i, $end::TIMESTAMPTZ - to_seconds(30 * ($total - i)) AS moment FROM range($low, $high) AS t(i)),
        (SELECT list(lower(to_base(r, 36)) || substr('ationsmentings', 1, (r % 7)::INT) ORDER BY r) AS words
         FROM range(1000000) AS v(r))
"""
_VERDICTS = """
    INSERT INTO base.verdicts
    SELECT i + 1, 'made:' || i, 1, 1, CASE WHEN i % 20 = 0 THEN 'ruling' ELSE 'other' END, i % 20 = 0, 0.9, 1.0,
        i % 97 = 0, NULL, NULL, NULL, '{}', '[]', '[]',
        '[{"quote":"Sentence ' || i || ' of the text, which decided.","reason":"model: other"}]', '[]',
        '{"other": 0.9, "ruling": 0.1}', 'made-1', $end::TIMESTAMPTZ - to_seconds(30 * ($total - i))
    FROM range($low, $high) AS t(i)
"""
_VERSIONS = """
    INSERT INTO base.event_versions
    SELECT 'made-' || e, v, opened + to_hours(v), 'ruling', true, 'The Court ruled ' || e, 'reported', 'normal',
        'ruled', opened::DATE, opened, opened + to_hours(v), v, '["Court"]', 'https://court.example/' || e,
        'The Court ruled.',
        'https://court.example/' || e, '{"court":"ICC","persons":["Person ' || e || '"]}', '["icc-filing:' || e || '"]',
        '["icc"]', '[]', NULL, opened, true
    FROM (SELECT e, v, $end::TIMESTAMPTZ - to_seconds(3000 * ($total // 100 - e)) AS opened
          FROM range($low // 100, $high // 100) AS t(e), range(1, 6) AS u(v))
"""
_MEMBERS = """
    INSERT INTO base.event_items
    SELECT 'made-' || i // 100, i + 1, 'made:' || i, $end::TIMESTAMPTZ - to_seconds(30 * ($total - i)), NULL,
        'same filing'
    FROM range($low, $high, 20) AS t(i)
"""
_KEYS = """
    INSERT INTO base.event_keys
    SELECT 'icc-filing:' || e, 'made-' || e, $end::TIMESTAMPTZ - to_seconds(3000 * ($total // 100 - e))
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
        $end::TIMESTAMPTZ - to_seconds(3000 * ($total // 100 - e)) + to_hours(v), 'A report', 'same filing',
        'made:' || e * 100 + (v - 1) * 20, e * 100 + (v - 1) * 20 + 1, '{}', '{}', '', NULL, true
    FROM range($low // 100, $high // 100) AS t(e), range(1, 6) AS u(v)
"""
_HISTORY = (_ITEMS, _REVISIONS, _VERDICTS, _VERSIONS, _MEMBERS, _KEYS, _PROFILES, _CHANGES)


#: What is searched for in the made-up texts, in which every title has "release".
SEARCHES: dict[str, dict[str, str]] = {
    "a rare word": {"words": "7psatio"},
    "a word of a third of the items": {"words": "28ati"},
    "a word of every item": {"words": "release"},
    "three words": {"words": "7psatio 28ati release"},
    "a beginning": {"words": "7ps*"},
    "one category and source": {"words": "release", "category": "ruling", "source": "made20"},
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of the quickest of several rounds: what else the machine was doing adds to all of them."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured at one size."""

    items: int
    file_mb: float
    index_ms: float  # CPU for the search index of 100 items, segments included, averaged over the whole history
    cycle: Cost  # 100 new items of 100 sources, 10 reports: opened, stored, judged, grouped, committed, closed
    quiet: Cost  # 500 runs without news
    publish: Cost  # after two such cycles, their search index included
    queries: dict[str, Cost]
    searches: dict[str, Cost]
    memory_mb: float  # highest of the process that did all this, without making the history

    def costs(self) -> dict[str, Cost]:
        """Return everything that was timed, by name."""
        return {
            "commit of a cycle with 100 new items": self.cycle,
            "commit of 500 unchanged runs": self.quiet,
            "publish": self.publish,
            **{f"search: {name}": cost for name, cost in self.searches.items()},
            **{f"query: {name}": cost for name, cost in self.queries.items()},
        }


def measure(folder: Path, items: int, *, rounds: int = ROUNDS) -> Figures:
    """Make a warehouse of so many items in ``folder`` and time cycles, publishing, every query and searches.

    Making and measuring have a process each, so that the memory of one does not count as the other's.
    """
    live = folder / f"bench-{items}.duckdb"
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), max_tasks_per_child=1) as processes:
        index_ms = processes.submit(make_history, live, items).result()
        return processes.submit(measure_made, live, items, index_ms, rounds).result()


def measure_made(live: Path, items: int, index_ms: float, rounds: int) -> Figures:
    """Time the warehouse that :func:`make_history` made; it grows by what the cycles bring."""
    copy = live.with_name(f"{live.stem}-copy.duckdb")
    cycles, quiets, publications = [], [], []
    for number in range(rounds):
        at = END + timedelta(hours=number)
        cycles.append(_timed(lambda at=at, number=number: _cycle(live, at, number)))  # type: ignore[misc]
        quiets.append(_timed(lambda at=at: _quiet_cycle(live, at)))  # type: ignore[misc]
        publications.append(_timed(lambda: publish(live, copy)))
    return Figures(
        items=items,
        file_mb=round(live.stat().st_size / 1e6, 1),
        index_ms=index_ms,
        cycle=_least(cycles),
        quiet=_least(quiets),
        publish=_least(publications),
        queries={
            query.name: _least([_timed(lambda sql=query.sql: run_sql(copy, sql)) for _ in range(rounds)])  # type: ignore[misc]
            for query in load_queries()
        },
        searches={
            name: _least([_timed(lambda asked=asked: search(copy, **asked)) for _ in range(rounds)])  # type: ignore[misc]
            for name, asked in SEARCHES.items()
        },
        memory_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0),
    )


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
        start = time.process_time()
        index_new(db)
        return round((time.process_time() - start) * 1e5 / items, 1)


def _cycle(live: Path, at: datetime, number: int) -> None:
    sources = [_source(f"bench{place}") for place in range(NEW)]
    items = [_item(source.id, number, at) for source in sources]
    results = [_result(source.id, at, item) for source, item in zip(sources, items, strict=True)]
    verdicts = [_verdict(item, place) for place, item in enumerate(items)]
    with open_warehouse(live) as db, transaction(db):
        store_results(db, list(zip(sources, results, strict=True)), now=at)
        add_verdicts(db, verdicts, now=at)
        read_candidates(db, verdicts[:10], since=at - timedelta(days=14))
        events = [_event(f"bench-{number}-{place}", at) for place in range(5)]
        changes = [
            EventChange("opened" if place < 5 else "joined", events[place % 5], items[place].id, "A report", "same")
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


def _least(costs: list[Cost]) -> Cost:
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


def _source(slug: str) -> Source:
    return Source(slug, slug, slug, "rss", f"https://{slug}.example/feed")


def _item(source: str, number: int, at: datetime) -> Item:
    text = " ".join(sha256(f"{source}{number}{word}".encode()).hexdigest()[: 3 + word % 9] for word in range(450))
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


def _result(source: str, at: datetime, item: Item) -> CollectResult:
    return CollectResult(source, Outcome.OK, at, at, (item,), listed=(item.id,), memory={"seen": [item.id]})


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
