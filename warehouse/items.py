"""Storing what a batch of source runs brought: items, revisions, presence, source state. One call, set-based."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from spiders.catalogue import Source
from spiders.items import CollectResult, Item
from warehouse.batch import NUMBERS, dump, fetch, ids, insert, key_of
from warehouse.connection import Connection
from warehouse.evidence import add_responses
from warehouse.health import SourceState, advance
from warehouse.known import Head, KnownItem, find_items, last_item_no, read_heads
from warehouse.presence import Look, Noticed, note_presence
from warehouse.rows import IncidentChange, Revision, StoredRun
from warehouse.seals import add_seal
from warehouse.states import (
    continue_streak,
    end_streak,
    read_states,
    run_id_of,
    run_row,
    write_incidents,
    write_memories,
    write_runs,
    write_sources,
    write_states,
)

#: So many new items in one run, most of them older than the source's horizon, are a backfill (DESIGN law 3).
BURST = 3

_ITEM = {
    "item_no": "BIGINT",
    "key": "UBIGINT",
    "item_id": "VARCHAR",
    "source": "VARCHAR",
    "guid": "VARCHAR",
    "url": "VARCHAR",
    "publisher": "VARCHAR",
    "tier": "VARCHAR",
    "first_seen_at": "TIMESTAMPTZ",
    "stored_at": "TIMESTAMPTZ",
    "run_id": "VARCHAR",
    "baseline": "BOOLEAN",
    "backfill": "BOOLEAN",
}
_REVISION = {
    "item_no": "BIGINT",
    "item_id": "VARCHAR",
    "number": "INTEGER",
    "content_hash": "VARCHAR",
    "title": "VARCHAR",
    "text": "VARCHAR",
    "url": "VARCHAR",
    "language": "VARCHAR",
    "author": "VARCHAR",
    "tags": "JSON",
    "published_raw": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "published_precision": "VARCHAR",
    "published_origin": "VARCHAR",
    "seen_at": "TIMESTAMPTZ",
    "stored_at": "TIMESTAMPTZ",
    "run_id": "VARCHAR",
    "chain": "VARCHAR",
}


@dataclass(slots=True)
class _Run:
    """One source run on its way into the warehouse."""

    source: Source
    result: CollectResult
    state: SourceState | None
    history: bool = False
    new: list[Item] = field(default_factory=list)
    revised: list[tuple[Item, KnownItem, Head]] = field(default_factory=list)

    @property
    def first(self) -> bool:
        return (
            self.result.outcome.healthy and not self.history and (self.state is None or self.state.accepted_at is None)
        )

    @property
    def backfill(self) -> bool:
        if self.history:
            return True
        if self.first or len(self.new) < BURST:
            return False
        eldest = self.result.started_at - self.source.horizon
        old = sum(item.published.at is not None and item.published.at < eldest for item in self.new)
        return old * 2 > len(self.new)


def store_results(
    db: Connection, pairs: Sequence[tuple[Source, CollectResult]], *, now: datetime, history: bool = False
) -> list[StoredRun]:
    """Store a batch of source runs and return what each of them changed, in order.

    Runs inside the caller's transaction, together with verdicts, events and deliveries of the same news. A source
    may occur once in a batch. Pages of an archive (``history``) are a backfill and say nothing of how the source is
    now: its state, incident, memory and listing stay as they are.
    """
    states = read_states(db, [source.id for source, _ in pairs])
    runs = [_Run(source, result, states.get(source.id), history) for source, result in pairs]
    known = _sort_out(db, runs)
    numbered = _add_items(db, runs, now)
    revisions = _add_revisions(db, runs, numbered, now)
    looks = note_presence(
        db,
        [Look(run.source, run.result, run_id_of(run.result), run.first, tuple(run.new)) for run in runs if not history],
        {**{k: v.item_no for k, v in known.items()}, **numbered},
        now=now,
    )
    taken_down = [removal.item_id for look in looks.values() for removal in look.taken_down]
    fresh = _fresh(runs, numbered)
    answers = add_responses(db, [result for _, result in pairs], fresh, taken_down, now=now)
    if fresh or answers:
        add_seal(db, now=now)
    incidents = _add_history(db, runs) if history else _advance(db, runs, now)
    return [
        StoredRun(
            source=run.source.id,
            run_id=run_id_of(run.result),
            first_run=run.first,
            backfill=run.backfill,
            new=tuple(run.new),
            revised=tuple(revisions[run.source.id]),
            taken_down=looks.get(run.source.id, Noticed()).taken_down,
            reappeared=looks.get(run.source.id, Noticed()).restored,
            incident=incidents.get(run.source.id),
        )
        for run in runs
    ]


def _add_history(db: Connection, runs: Sequence[_Run]) -> dict[str, IncidentChange]:
    """Append pages of an archive to the history of runs and count their items; no incident opens or closes by them."""
    write_runs(db, [_history_row(run) for run in runs])
    write_states(db, [replace(run.state, items=run.state.items + len(run.new)) for run in runs if run.state])
    return {}


def _history_row(run: _Run) -> tuple[object, ...]:
    return run_row(run.result, new=len(run.new), revised=len(run.revised), baseline=run.first, backfill=run.backfill)


def _sort_out(db: Connection, runs: Sequence[_Run]) -> dict[str, KnownItem]:
    """Tell new items from revised and unchanged ones. Troubled runs bring nothing: the next run fetches again."""
    shown = [(run, item) for run in runs if run.result.outcome.healthy for item in run.result.items]
    known = find_items(db, (item.id for _, item in shown))
    heads = read_heads(db, {k.item_no for k in known.values()})
    taken: set[str] = set()
    for run, item in shown:
        if item.id in taken:
            continue
        taken.add(item.id)
        stored = known.get(item.id)
        if stored is None:
            run.new.append(item)
        # Another source that shows the same page words it differently: only the first one's edits are edits.
        elif stored.source == item.source and heads[stored.item_no].content_hash != item.content_hash:
            run.revised.append((item, stored, heads[stored.item_no]))
    return known


def _add_items(db: Connection, runs: Sequence[_Run], now: datetime) -> dict[str, int]:
    fresh = [(run, item) for run in runs for item in run.new]
    if not fresh:
        return {}
    start = last_item_no(db) + 1
    numbers = {item.id: start + place for place, (_, item) in enumerate(fresh)}
    rows = [
        (numbers[item.id], key_of(item.id), item.id, item.source, item.guid, item.url, item.publisher, item.tier,
         run.result.finished_at, now, run_id_of(run.result), run.first, run.backfill)
        for run, item in fresh
    ]  # fmt: skip
    insert(db, "base.items", _ITEM, rows)
    return numbers


def _add_revisions(
    db: Connection, runs: Sequence[_Run], numbered: dict[str, int], now: datetime
) -> dict[str, list[Revision]]:
    rows: list[tuple[object, ...]] = []
    edits: dict[str, list[Revision]] = {run.source.id: [] for run in runs}
    before = _texts(db, [stored.item_no for run in runs for _, stored, _ in run.revised])
    for run in runs:
        rows.extend(_revision(run, item, numbered[item.id], 1, "", now) for item in run.new)
        for item, stored, head in run.revised:
            rows.append(_revision(run, item, stored.item_no, head.number + 1, head.chain, now))
            edits[run.source.id].append(
                Revision(item, head.number + 1, run.result.finished_at, head.title, before[stored.item_no, head.number])
            )
    insert(db, "base.revisions", _REVISION, rows)
    return edits


def _revision(run: _Run, item: Item, item_no: int, number: int, chain: str, now: datetime) -> tuple[object, ...]:
    date = item.published
    return (item_no, item.id, number, item.content_hash, item.title, item.text, item.url, item.language, item.author,
            item.tags, date.raw, date.at, date.precision, date.origin, run.result.finished_at, now,
            run_id_of(run.result), link(chain, item.id, number, item.content_hash, item.title, item.text))  # fmt: skip


def link(previous: str, item_id: str, number: int, content_hash: str, title: str, text: str) -> str:
    """Return the next link of an item's hash chain: a later change of any stored revision breaks it."""
    return sha256(dump([previous, item_id, number, content_hash, title, text]).encode("utf-8", "replace")).hexdigest()


def _fresh(runs: Sequence[_Run], numbered: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Return item number and revision of everything that is new or reads differently now."""
    new = {item_id: (item_no, 1) for item_id, item_no in numbered.items()}
    revised = {item.id: (stored.item_no, head.number + 1) for run in runs for item, stored, head in run.revised}
    return new | revised


def _texts(db: Connection, item_nos: Iterable[int]) -> dict[tuple[int, int], str]:
    wanted = list(item_nos)
    if not wanted:
        return {}
    shape = {"item_no": "BIGINT", "number": "INTEGER", "text": "VARCHAR"}
    rows = fetch(db, shape, f"FROM base.revisions WHERE item_no IN {NUMBERS}", [ids(wanted)])
    return {(item_no, number): text for item_no, number, text in rows}


def _advance(db: Connection, runs: Sequence[_Run], now: datetime) -> dict[str, IncidentChange]:
    """Move every source's state on, append to the history of runs, keep the spiders' memory."""
    states, history, changes = [], [], []
    for run in runs:
        published = [item.published.at or run.result.finished_at for item in run.new]
        state, change = advance(
            run.state, run.source, run.result, newest=max(published, default=None), new=len(run.new), now=now
        )
        eventful = bool(run.new or run.revised or run.result.dropped or change or run.first)
        state, ended = end_streak(state) if eventful else continue_streak(state, run.result)
        if ended is not None:
            history.append(ended)
        if eventful:
            history.append(_history_row(run))
        states.append(state)
        if change is not None:
            changes.append(change)
    write_sources(db, [run.source for run in runs], now=now)
    write_states(db, states)
    write_runs(db, history)
    write_incidents(db, changes)
    write_memories(
        db,
        [
            (run.source.id, run.result.memory, now)
            for run in runs
            if run.result.memory is not None and run.result.outcome.healthy
        ],
    )
    return {change.source: change for change in changes}
