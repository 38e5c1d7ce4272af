"""From what was brought back to what is known: judge, group, store and plan the telling, inside one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from alerts.notices import outage_prefix, source_notices, trouble_key
from classifiers.categories import Category
from classifiers.classify import document_of, load_classifier
from classifiers.context import recognise
from classifiers.grouping import WINDOW, Grouper
from classifiers.verdicts import EventChange, Verdict
from flows.news import silence_reason
from flows.runtime import Runtime
from flows.telling import plan_telling
from spiders.items import CollectResult, Item
from warehouse.changes import add_item_changes, read_changes
from warehouse.connection import Connection
from warehouse.corrections import read_apart, read_corrections
from warehouse.deliveries import add_deliveries, existing_keys, read_notices
from warehouse.event_rows import grouped_items
from warehouse.events import apply_changes, read_candidates
from warehouse.items import store_results
from warehouse.rows import ChangeRow, IncidentChange, NewDelivery, StoredRun
from warehouse.verdicts import add_verdicts

# Two items of one page show the same edit within this time.
TWIN_WINDOW = timedelta(days=1)


@dataclass(frozen=True)
class StoreReport:
    """What one cycle added to what is known."""

    new: int = 0
    revised: int = 0
    taken_down: int = 0
    opened: int = 0
    moved: int = 0
    planned: int = 0
    incidents: int = 0

    def __add__(self, other: StoreReport) -> StoreReport:
        return StoreReport(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def changed(self) -> bool:
        """Whether anything but the run ledger changed."""
        return any((self.new, self.revised, self.taken_down, self.opened, self.moved, self.incidents))

    def summary(self) -> dict[str, Any]:
        """Return the figures."""
        return {f"stored_{name}": value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class _Found:
    """One item that was judged, and why it is no news (empty: it is)."""

    item: Item
    verdict: Verdict
    silence: str
    place: int  # in the order in which texts were stored

    @property
    def groupable(self) -> bool:
        """Whether it may open or join an event: what is too uncertain waits for a person, in the digest."""
        return self.verdict.reports_event and not self.verdict.judgement.needs_review


@dataclass(frozen=True)
class _Row:
    """One stored change, and whether people may be told of it."""

    change: ChangeRow
    may_be_told: bool


def store_batch(
    db: Connection, runtime: Runtime, results: Sequence[CollectResult], *, history: bool = False
) -> StoreReport:
    """Store whole source runs and everything that follows from them; the caller holds the transaction.

    ``history``: the results come from an archive, so nothing of them is news.
    """
    now = runtime.now()
    pairs = [(runtime.sources[result.source], result) for result in results]
    runs = store_results(db, pairs, now=now, history=history)
    found, changes = _group(db, _judge(runtime, runs, now), now)
    add_verdicts(db, [entry.verdict for entry in sorted(found, key=lambda entry: entry.place)], now=now)
    rows = _apply(db, changes, now)
    revisions = [revision for run in runs for revision in run.revised]
    removals = [removal for run in runs for removal in (*run.taken_down, *run.reappeared)]
    if not history:
        rows += _fold_twins(db, add_item_changes(db, revisions, removals, now=now))
    planned = plan_telling(db, runtime, [row.change for row in rows if row.may_be_told])
    incidents = [run.incident for run in runs if run.incident]
    planned += add_deliveries(db, _notices(db, runtime.ops_channel, incidents, len(results)), now=now)
    return StoreReport(
        new=sum(len(run.new) for run in runs),
        revised=len(revisions),
        taken_down=len(removals),
        opened=sum(row.change.kind == "opened" for row in rows),
        moved=sum(row.change.kind not in ("opened", "joined") for row in rows),
        planned=planned,
        incidents=len(incidents),
    )


def _notices(db: Connection, channel: str, incidents: Sequence[IncidentChange], asked: int) -> list[NewDelivery]:
    """Return what operations are told of the sources whose trouble started or ended."""
    if not incidents:
        return []
    told = existing_keys(db, [trouble_key(incident, channel) for incident in incidents])
    outages = read_notices(db, outage_prefix(channel))
    return source_notices(incidents, channel=channel, asked=asked, told=told, outages=outages)


def _judge(runtime: Runtime, runs: Sequence[StoredRun], now: datetime) -> list[_Found]:
    """Judge what is new and what reads differently now, oldest first.

    A release that several sources of its publisher show at once is judged in the words of each, and is news when it is
    news to one of them.
    """
    pairs = [(run, item) for run in runs for item in run.new]
    pairs += [(run, item) for run in runs for item in (*(known.item for known in run.revised), *run.reworded)]
    if not pairs:
        return []  # a quiet cycle does not even load the model
    verdicts = load_classifier(runtime.settings.model).classify([document_of(item) for _, item in pairs])
    found = [
        _Found(
            item,
            verdict,
            silence_reason(
                item, verdict, runtime.sources[run.source], baseline=run.first_run, backfill=run.backfill, now=now
            ),
            place,
        )
        for place, ((run, item), verdict) in enumerate(zip(pairs, verdicts, strict=True))
    ]
    dated: dict[str, datetime] = {}
    for entry in found:
        at = _by_when(entry.item, now)
        dated[entry.item.id] = min(at, dated.get(entry.item.id, at))
    return sorted(found, key=lambda entry: (dated[entry.item.id], entry.item.id, bool(entry.silence), entry.place))


def _by_when(item: Item, now: datetime) -> datetime:
    """Return by when the item was surely published: one dated to the day does not go before the day's hours."""
    span = {"day": timedelta(days=1), "month": timedelta(days=31)}.get(item.published.precision or "", timedelta())
    return min(item.published.at + span, now) if item.published.at else now


def _group(
    db: Connection, found: Sequence[_Found], now: datetime
) -> tuple[list[_Found], list[tuple[EventChange, _Found]]]:
    """Group what reports an event; return the items as the known events let them be read, and what they change."""
    if not found:
        return [], []
    item_ids = [entry.item.id for entry in found]
    # An edited item stays where it is; its edit is a change of its own (add_item_changes).
    placed = grouped_items(db, item_ids)
    said = _said(db, item_ids)
    earliest = min(entry.item.published.at or now for entry in found)
    candidates = read_candidates(db, [entry.verdict for entry in found], since=min(earliest, now) - WINDOW)
    grouper = Grouper(candidates, apart=read_apart(db))
    final: list[_Found] = []
    changes: list[tuple[EventChange, _Found]] = []
    for judged in found:
        document = document_of(judged.item)
        entry = replace(judged, verdict=recognise(document, judged.verdict, grouper))
        final.append(entry)
        report = _as_corrected(entry, said.get(entry.item.id, {}))
        if report.groupable and entry.item.id not in placed:
            placed.add(entry.item.id)
            changes += [(change, report) for change in grouper.add(document, report.verdict, seen_at=now)]
    return final, changes


def _said(db: Connection, item_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what people said these items are: item -> field -> value."""
    said: dict[str, dict[str, Any]] = {}
    for correction in read_corrections(db, item_ids):
        if correction.target_kind == "item" and correction.field in ("category", "about_court"):
            said.setdefault(correction.target, {})[correction.field] = correction.value
    return said


def _as_corrected(entry: _Found, said: Mapping[str, Any]) -> _Found:
    """Put people's word in the place of the machine's: an edit undoes no correction, and "other" opens nothing."""
    judgement = entry.verdict.judgement
    category = Category(said.get("category", judgement.category))
    about = bool(said.get("about_court", judgement.about_court))
    return replace(
        entry, verdict=replace(entry.verdict, judgement=replace(judgement, category=category, about_court=about))
    )


def _apply(db: Connection, changes: Sequence[tuple[EventChange, _Found]], now: datetime) -> list[_Row]:
    """Store the changes, in order."""
    rows: list[_Row] = []
    # Runs of changes that are news or not; their order within an event is its history.
    for is_news, run in groupby(changes, key=lambda pair: not pair[1].silence):
        batch = list(run)
        applied = apply_changes(db, [change for change, _ in batch], now=now, told=is_news)
        rows += [_Row(row, is_news) for row in applied]
    return rows


def _fold_twins(db: Connection, changes: Sequence[ChangeRow]) -> list[_Row]:
    """Let one item speak for a page that was stored as two before a release was one item whatever it was read from.

    The edit or take-down of each is stored; it is told unless the other's for the same address came within a day.
    """
    if not changes:
        return []
    history = read_changes(db, sorted({change.event_id for change in changes}))
    rows = []
    for change in changes:
        twin = any(
            other.item_url == change.item_url
            and other.kind == change.kind
            and other.item_id != change.item_id
            and _number(other) < _number(change)
            and change.at - other.at < TWIN_WINDOW
            for other in history
            if other.event_id == change.event_id
        )
        rows.append(_Row(change, not twin))
    return rows


def _number(change: ChangeRow) -> int:
    """Return the change's place in the life of its event."""
    return int(change.id.rpartition("#")[2])
