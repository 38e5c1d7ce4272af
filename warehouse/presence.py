"""Is it still there? Disappearances from listings, and the few articles that are looked at again.

Each source looks after what it shows by its own name for it (see warehouse.doors); what is found is said of the item.
"""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from spiders.catalogue import Source
from spiders.items import CollectResult, Item, Probe, ProbeResult
from warehouse.batch import TEXTS, fetch, ids, insert
from warehouse.connection import Connection
from warehouse.known import find_items, read_heads
from warehouse.rows import TakeDown

PROBES_A_RUN = 3  # of one source: looking again must stay gentle
YOUNG = timedelta(days=3)  # edits and take-downs of a release mostly happen in its first days
SOON = timedelta(hours=1)
PATIENCE = timedelta(days=30)  # a take-down is checked for a reappearance for so long
CONFIRM = timedelta(minutes=5)  # between the two looks that make a take-down

_WATCH = {
    "item_id": "VARCHAR",
    "item_no": "BIGINT",
    "source": "VARCHAR",
    "url": "VARCHAR",
    "kind": "VARCHAR",
    "since": "TIMESTAMPTZ",
    "next_probe_at": "TIMESTAMPTZ",
    "expires_at": "TIMESTAMPTZ",
    "gone": "INTEGER",
}
_LISTING = {"source": "VARCHAR", "listed": "JSON", "oldest_first": "BOOLEAN", "seen_at": "TIMESTAMPTZ"}
_SIGHTING = {
    "item_no": "BIGINT",
    "item_id": "VARCHAR",
    "source": "VARCHAR",
    "kind": "VARCHAR",
    "noticed_at": "TIMESTAMPTZ",
    "run_id": "VARCHAR",
    "note": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What one run says about presence."""

    source: Source
    result: CollectResult
    run_id: str
    first: bool
    new: tuple[Item, ...]  # what the source has not shown before


@dataclass(slots=True)
class Noticed:
    """What changed in the presence of one source's items."""

    taken_down: tuple[TakeDown, ...] = ()
    restored: tuple[TakeDown, ...] = ()


@dataclass(frozen=True, slots=True)
class Watch:
    """One article to look at again; ``item_id`` is its source's name for it."""

    item_id: str
    item_no: int
    source: str
    url: str
    kind: str  # young, missing, taken_down
    since: datetime
    next_probe_at: datetime
    expires_at: datetime
    gone: int = 0


@dataclass(slots=True)
class _Step:
    """One listing that changed: what came (back) and what vanished from its midst."""

    look: Look
    listed: list[str]
    oldest_first: bool
    came: list[str]
    vanished: list[str]


@dataclass(slots=True)
class _Ledger:
    """What a batch adds and changes."""

    watches: dict[str, Watch]
    names: dict[int, str]  # of the watched items, by number
    touched: set[str] = field(default_factory=set)
    sightings: list[tuple[object, ...]] = field(default_factory=list)
    down: dict[str, list[tuple[Watch, ProbeResult]]] = field(default_factory=dict)
    back: dict[str, list[tuple[Watch, str]]] = field(default_factory=dict)

    def put(self, watch: Watch) -> None:
        self.watches[watch.item_id] = watch
        self.touched.add(watch.item_id)

    def drop(self, item_id: str) -> None:
        self.watches.pop(item_id, None)
        self.touched.add(item_id)

    def others(self, watch: Watch) -> list[Watch]:
        """Return the watches that other sources of the same item keep over its take-down."""
        return [
            other
            for other in self.watches.values()
            if other.item_no == watch.item_no and other.item_id != watch.item_id and other.kind == "taken_down"
        ]


def due_probes(db: Connection, sources: Iterable[str], *, now: datetime) -> dict[str, tuple[Probe, ...]]:
    """Return, for each source, the few articles to look at again now: vanished ones first."""
    rows = db.execute(
        f"""
        SELECT source, item_id, url FROM base.watches
        WHERE next_probe_at <= ?::TIMESTAMPTZ AND expires_at > ?::TIMESTAMPTZ AND source IN {TEXTS}
        QUALIFY row_number() OVER (PARTITION BY source ORDER BY kind = 'young', next_probe_at, item_id) <= ?
        ORDER BY source, kind = 'young', next_probe_at, item_id
        """,
        [now.isoformat(), now.isoformat(), ids(sources), PROBES_A_RUN],
    ).fetchall()
    probes: dict[str, tuple[Probe, ...]] = {}
    for source, item_id, url in rows:
        probes[source] = (*probes.get(source, ()), Probe(item_id, url))
    return probes


def note_presence(
    db: Connection, looks: Sequence[Look], numbers: Mapping[str, int], *, now: datetime
) -> dict[str, Noticed]:
    """Store listings, disappearances and probe results of healthy runs; return take-downs and reappearances.

    An article counts as taken down only when two different runs got a definite 404 or 410 for it while its source
    was otherwise healthy. ``numbers`` maps the ids of this batch's items to their item_no.
    """
    healthy = [look for look in looks if look.result.outcome.healthy]
    steps = _compare(db, [look for look in healthy if look.result.listed is not None])
    asked = {probe.item_id for look in healthy for probe in look.result.probes}
    watches = _read_watches(db, asked.union(*(step.came + step.vanished for step in steps)))
    ledger = _Ledger(watches, {item.item_no: item.item_id for item in find_items(db, watches).values()})
    _note_probes(ledger, healthy, now)
    _note_listings(db, ledger, steps, now)
    for look in healthy:
        _watch_young(ledger, look, numbers, now)
    _write(db, ledger, now)
    return _noticed(db, ledger, looks)


def _read_watches(db: Connection, item_ids: Iterable[str]) -> dict[str, Watch]:
    wanted = list(item_ids)
    if not wanted:
        return {}
    tail = f"FROM base.watches WHERE item_no IN (SELECT item_no FROM base.watches WHERE item_id IN {TEXTS})"
    return {row[0]: Watch(*row) for row in fetch(db, _WATCH, tail, [ids(wanted)])}


def _note_probes(ledger: _Ledger, looks: Sequence[Look], now: datetime) -> None:
    for look in looks:
        for probe in look.result.probes:
            watch = ledger.watches.get(probe.item_id)
            if watch is None:
                continue
            if probe.state == "gone":
                _note_gone(ledger, look, watch, probe, now)
            elif probe.state == "unknown":
                ledger.put(replace(watch, next_probe_at=now + SOON))
            elif watch.kind == "taken_down":
                _restore(ledger, look, watch, "the page answers again")
            elif watch.kind == "missing":
                ledger.drop(watch.item_id)  # it only left the listing
            else:
                ledger.put(replace(watch, gone=0, next_probe_at=_next_look(watch, now)))


def _note_gone(ledger: _Ledger, look: Look, watch: Watch, probe: ProbeResult, now: datetime) -> None:
    if watch.kind == "taken_down":
        ledger.put(replace(watch, next_probe_at=now + timedelta(days=1)))
    elif watch.gone == 0:
        ledger.put(replace(watch, gone=1, next_probe_at=now + CONFIRM, expires_at=now + PATIENCE))
    else:
        known = bool(ledger.others(watch))
        down = replace(watch, kind="taken_down", gone=watch.gone + 1, next_probe_at=now + timedelta(days=1))
        ledger.put(replace(down, expires_at=now + PATIENCE))
        if known:
            return  # another source of the same release found it gone before
        ledger.down.setdefault(look.source.id, []).append((down, probe))
        note = f"HTTP {probe.status} in two runs" if probe.status else "gone in two runs"
        ledger.sightings.append(_sighting(ledger, look, watch, "taken_down", note))


def _restore(ledger: _Ledger, look: Look, watch: Watch, note: str) -> None:
    for one in (watch, *ledger.others(watch)):
        ledger.drop(one.item_id)
    ledger.back.setdefault(look.source.id, []).append((watch, note))
    ledger.sightings.append(_sighting(ledger, look, watch, "restored", note))


def _next_look(watch: Watch, now: datetime) -> datetime:
    """Space the looks at a young article out: hourly at first, then ever less often."""
    return now + max(SOON, (now - watch.since) / 3)


def _compare(db: Connection, looks: Sequence[Look]) -> list[_Step]:
    """Return the listings that read differently from the stored ones."""
    if not looks:
        return []
    before = {
        source: (listed, oldest_first)
        for source, listed, oldest_first, _ in fetch(
            db, _LISTING, f"FROM base.source_listing WHERE source IN {TEXTS}", [ids(look.source.id for look in looks)]
        )
    }
    steps = []
    for look in looks:
        listed = list(dict.fromkeys(look.result.listed or ()))
        old, oldest_first = before.get(look.source.id, ([], None))
        if oldest_first is None:
            oldest_first = _is_oldest_first(look, listed)
        if listed != old:
            known = set(old)
            came = [item_id for item_id in listed if item_id not in known]
            vanished = missing(old, listed, oldest_first=oldest_first)
            steps.append(_Step(look, listed, oldest_first, came, vanished))
    return steps


def _note_listings(db: Connection, ledger: _Ledger, steps: Sequence[_Step], now: datetime) -> None:
    for step in steps:
        for item_id in step.came:
            watch = ledger.watches.get(item_id)
            if watch is not None and watch.kind != "young":
                _relisted(ledger, step.look, watch)
    _watch_vanished(db, ledger, [(step.look, item_id) for step in steps for item_id in step.vanished], now)
    if steps:
        rows = [(step.look.source.id, step.listed, step.oldest_first, now) for step in steps]
        db.execute(f"DELETE FROM base.source_listing WHERE source IN {TEXTS}", [ids(row[0] for row in rows)])
        insert(db, "base.source_listing", _LISTING, rows)


def _relisted(ledger: _Ledger, look: Look, watch: Watch) -> None:
    if watch.kind == "taken_down":
        _restore(ledger, look, watch, "the source lists it again")
    else:
        ledger.drop(watch.item_id)
        ledger.sightings.append(_sighting(ledger, look, watch, "relisted", ""))


def missing(old: Sequence[str], listed: Sequence[str], *, oldest_first: bool) -> list[str]:
    """Return the ids that vanished from a listing although it still shows older ones.

    What merely slid out at the old end as news came in is not missing. An old item pinned at the new end says
    nothing, as it does not stand below what vanished.
    """
    shown = set(listed)
    order = list(reversed(old)) if oldest_first else list(old)
    still = [place for place, item_id in enumerate(order) if item_id in shown]
    if not still:
        return []
    return [item_id for item_id in order[: still[-1]] if item_id not in shown]


def _is_oldest_first(look: Look, listed: Sequence[str]) -> bool:
    dates = {item.id: item.published.at for item in look.result.items}
    dated = [date for item_id in listed if (date := dates.get(item_id)) is not None]
    steps = list(pairwise(dated))
    return sum(a < b for a, b in steps) > sum(a > b for a, b in steps)


def _watch_vanished(
    db: Connection,
    ledger: _Ledger,
    vanished: Sequence[tuple[Look, str]],
    now: datetime,
) -> None:
    known = find_items(db, (item_id for _, item_id in vanished))
    for look, item_id in vanished:
        item = known.get(item_id)
        if item is None:
            continue
        held = ledger.watches.get(item_id)
        watch = Watch(item_id, item.item_no, look.source.id, item.url, "missing", now, now, now + PATIENCE,
                      held.gone if held else 0)  # fmt: skip
        ledger.names[item.item_no] = item.item_id
        ledger.sightings.append(_sighting(ledger, look, watch, "unlisted", ""))
        if look.source.watch_edits:
            ledger.put(watch)


def _watch_young(ledger: _Ledger, look: Look, numbers: Mapping[str, int], now: datetime) -> None:
    if not look.source.watch_edits:
        return
    for item in look.new:
        born = item.published.at or now
        if now - born < YOUNG and item.id not in ledger.watches:
            ledger.put(Watch(item.id, numbers[item.id], item.source, item.url, "young", now, now + SOON, now + YOUNG))


def _sighting(ledger: _Ledger, look: Look, watch: Watch, kind: str, note: str) -> tuple[object, ...]:
    return (
        watch.item_no,
        ledger.names[watch.item_no],
        look.source.id,
        kind,
        look.result.finished_at,
        look.run_id,
        note,
    )


def _write(db: Connection, ledger: _Ledger, now: datetime) -> None:
    insert(db, "base.sightings", _SIGHTING, ledger.sightings)
    if not ledger.touched:
        return
    db.execute(
        f"DELETE FROM base.watches WHERE expires_at <= ?::TIMESTAMPTZ OR item_id IN {TEXTS}",
        [now.isoformat(), ids(ledger.touched)],
    )
    kept = [ledger.watches[item_id] for item_id in sorted(ledger.touched) if item_id in ledger.watches]
    insert(db, "base.watches", _WATCH, [tuple(getattr(watch, name) for name in _WATCH) for watch in kept])


def _noticed(db: Connection, ledger: _Ledger, looks: Sequence[Look]) -> dict[str, Noticed]:
    names = ledger.names
    watched = [watch for changes in ledger.down.values() for watch, _ in changes]
    watched += [watch for changes in ledger.back.values() for watch, _ in changes]
    heads = read_heads(db, {watch.item_no for watch in watched})
    result = {look.source.id: Noticed() for look in looks}
    for look in looks:
        noticed, source, moment = result[look.source.id], look.source, look.result.finished_at
        noticed.taken_down = tuple(
            TakeDown(names[watch.item_no], source.id, watch.url, heads[watch.item_no].title, source.publisher,
                     source.tier, moment, "taken_down", f"HTTP {probe.status}" if probe.status else probe.note)
            for watch, probe in ledger.down.get(source.id, ())
        )  # fmt: skip
        noticed.restored = tuple(
            TakeDown(names[watch.item_no], source.id, watch.url, heads[watch.item_no].title, source.publisher,
                     source.tier, moment, "restored", note)
            for watch, note in ledger.back.get(source.id, ())
        )  # fmt: skip
    return result
