"""Storing what a batch of source runs brought: items, revisions, presence, source state. One call, set-based."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256

from spiders.catalogue import Source
from spiders.items import CollectResult, Item
from warehouse.batch import dump, insert, key_of
from warehouse.connection import Connection
from warehouse.doors import Releases, add_addresses, add_doors, read_doors
from warehouse.evidence import Fresh, add_responses
from warehouse.health import SourceState, advance
from warehouse.known import find_items, last_item_no
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
from warehouse.wordings import Wording, adds_words, date_of, echoes, edited_from, read_texts, read_wordings

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
    "replaces": "INTEGER",
}


@dataclass(frozen=True, slots=True)
class _Known:
    """A known item as a run shows it: another text of it, or for the first time from another source (a door to it)."""

    item: Item  # by the name that its source gives it
    name: str  # by which it is stored
    new_door: bool


@dataclass(slots=True)
class _Run:
    """One source run on its way into the warehouse."""

    source: Source
    result: CollectResult
    state: SourceState | None
    history: bool = False
    new: list[Item] = field(default_factory=list)
    known: list[_Known] = field(default_factory=list)
    revised: list[Revision] = field(default_factory=list)
    reworded: list[Item] = field(default_factory=list)

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

    @property
    def first_shown(self) -> list[Item]:
        """What this source has not shown before: new items, and known ones that others showed."""
        return [*self.new, *(known.item for known in self.known if known.new_door)]


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
    releases, numbers = _sort_out(db, runs)
    numbers |= _add_items(db, runs, now)
    _add_doors(db, runs, releases, numbers, now)
    fresh = _add_revisions(db, runs, numbers, now)
    looks = note_presence(
        db,
        [
            Look(run.source, run.result, run_id_of(run.result), run.first, tuple(run.first_shown))
            for run in runs
            if not history
        ],
        numbers,
        now=now,
    )
    taken_down = {removal.item_id for look in looks.values() for removal in look.taken_down}
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
            revised=tuple(run.revised),
            reworded=tuple(run.reworded),
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
    revised = len(run.revised) + len(run.reworded)
    return run_row(run.result, new=len(run.new), revised=revised, baseline=run.first, backfill=run.backfill)


def _sort_out(db: Connection, runs: Sequence[_Run]) -> tuple[Releases, dict[str, int]]:
    """Tell new items from known ones. Troubled runs bring nothing: the next run fetches again.

    Returns what the addresses of unknown ones lead to, and the numbers of the known ones by every name of theirs.
    """
    shown = [(run, item) for run in runs if run.result.outcome.healthy for item in run.result.items]
    known = find_items(db, (item.id for _, item in shown))
    doors = read_doors(db, {stored.item_no for stored in known.values()})
    releases = Releases(db, [(run.source, item) for run, item in shown if item.id not in known])
    taken: set[str] = set()
    for run, item in shown:
        if item.id in taken:
            continue
        taken.add(item.id)
        stored = known.get(item.id)
        if stored is not None:
            opened = stored.source == item.source or (stored.item_no, item.source) in doors
            run.known.append(_Known(item, stored.item_id, not opened))
            continue
        name = releases.find(item)
        releases.enter(item, name or item.id)
        if name is None:
            run.new.append(item)
        else:
            run.known.append(_Known(item, name, new_door=True))
    known |= find_items(db, {entry.name for run in runs for entry in run.known} - set(known))
    return releases, {name: stored.item_no for name, stored in known.items()}


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


def _add_doors(
    db: Connection, runs: Sequence[_Run], releases: Releases, numbers: dict[str, int], now: datetime
) -> None:
    """Store which known items other sources show, by what name, and give those names their items' numbers."""
    rows = []
    for run in runs:
        for entry in run.known:
            numbers[entry.item.id] = numbers[entry.name]
            if entry.new_door:
                rows.append((entry.item, numbers[entry.name], run.result.finished_at, run_id_of(run.result)))
    add_doors(db, rows, now=now)
    add_addresses(db, ((key, numbers[name]) for key, name in releases.fresh_addresses()))


def _add_revisions(db: Connection, runs: Sequence[_Run], numbers: Mapping[str, int], now: datetime) -> dict[str, Fresh]:
    """Store each text that is new and sort out which is an edit; return them by the names that their sources give."""
    stored = {numbers[entry.name] for run in runs for entry in run.known}
    wordings, doors = read_wordings(db, stored), read_doors(db, stored)
    texts = read_texts(db, _reworded(runs, numbers, wordings))
    rows: list[tuple[object, ...]] = []
    fresh: dict[str, Fresh] = {}

    def add(run: _Run, item: Item, name: str, replaces: int | None) -> Wording:
        item_no, seen_at = numbers[name], run.result.finished_at
        known = wordings.setdefault(item_no, [])
        number = len(known) + 1
        chain = link(known[-1].chain if known else "", name, number, item.content_hash, item.title, item.text)
        date = date_of(item, known)
        known.append(Wording(number, item.source, item.content_hash, chain, item.title, seen_at, replaces, date))
        texts[item_no, number] = item.text
        rows.append(_revision(run, replace(item, id=name), item_no, known[-1], now))
        fresh[item.id] = Fresh(item_no, number, name)
        return known[-1]

    for run in runs:
        for item in run.new:
            add(run, item, item.id, None)
    for run in runs:
        for entry in run.known:
            item, item_no = entry.item, numbers[entry.name]
            known = wordings[item_no]
            before = edited_from(item, known, doors.get((item_no, item.source)))
            if before is not None:
                echo = echoes(item, known, run.result.finished_at)
                made = add(run, item, entry.name, before.number)
                run.revised.append(
                    Revision(replace(item, id=entry.name), made.number, made.seen_at, before.title,
                             texts[item_no, before.number], before.number, echo)
                )  # fmt: skip
            elif adds_words(item, known, texts.get((item_no, known[-1].number), "")):
                add(run, item, entry.name, None)
                run.reworded.append(replace(item, id=entry.name))
    insert(db, "base.revisions", _REVISION, rows)
    return fresh


def _reworded(runs: Sequence[_Run], numbers: Mapping[str, int], wordings: Mapping[int, Sequence[Wording]]) -> set[int]:
    """Return the stored items that are shown with another text than their newest."""
    return {
        item_no
        for run in runs
        for entry in run.known
        if (known := wordings.get(item_no := numbers[entry.name])) and known[-1].content_hash != entry.item.content_hash
    }


def _revision(run: _Run, item: Item, item_no: int, wording: Wording, now: datetime) -> tuple[object, ...]:
    date = wording.published
    return (item_no, item.id, wording.number, item.content_hash, item.title, item.text, item.url, item.language,
            item.author, item.tags, date.raw, date.at, date.precision, date.origin, wording.seen_at, now,
            run_id_of(run.result), wording.chain, wording.replaces)  # fmt: skip


def link(previous: str, item_id: str, number: int, content_hash: str, title: str, text: str) -> str:
    """Return the next link of an item's hash chain: a later change of any stored revision breaks it."""
    return sha256(dump([previous, item_id, number, content_hash, title, text]).encode("utf-8", "replace")).hexdigest()


def _advance(db: Connection, runs: Sequence[_Run], now: datetime) -> dict[str, IncidentChange]:
    """Move every source's state on, append to the history of runs, keep the spiders' memory."""
    states, history, changes = [], [], []
    for run in runs:
        published = [item.published.at or run.result.finished_at for item in run.first_shown]
        state, change = advance(
            run.state, run.source, run.result, newest=max(published, default=None), new=len(run.new), now=now
        )
        eventful = bool(run.first_shown or run.revised or run.reworded or run.result.dropped or change or run.first)
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
