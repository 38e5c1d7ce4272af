"""A made-up month of news for measuring delivery: which report changes which event, and when. The same for a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from classifiers.categories import Category, Severity, Status
from classifiers.verdicts import ChangeKind, EventChange, EventState
from spiders.catalogue import Source
from spiders.items import CollectResult, DateEvidence, Item, Outcome
from warehouse.connection import Connection
from warehouse.events import apply_changes
from warehouse.items import store_results
from warehouse.rows import ChangeRow

START = datetime(2025, 6, 1, tzinfo=UTC)
SOURCE = Source(
    "month", "Month", "Court", "html", "https://month.example/news", official=True, tier="court",
    every=timedelta(minutes=5),
)  # fmt: skip
# Half of what follows on an event is one more report of it, which is silent.
_KINDS: tuple[ChangeKind, ...] = ("joined", "joined", "joined", "status", "document", "facts")
_STATUSES = (Status.REPORTED, Status.ANNOUNCED, Status.PUBLISHED, Status.IN_FORCE, Status.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Report:
    """One item of the month: when it is seen, and what it does to which event."""

    number: int
    at: datetime
    event: int
    kind: ChangeKind


def make_month(seed: int, *, days: int, events: int, items: int) -> list[Report]:
    """Return the reports of a month in order of time; the first of each event opens it."""
    chance = random.Random(seed)  # noqa: S311 - the same month for the same seed
    span = timedelta(days=days)
    opened = sorted(chance.random() * 0.85 for _ in range(events))
    drafts: list[tuple[datetime, int, ChangeKind]] = [
        (START + span * place, event, "opened") for event, place in enumerate(opened)
    ]
    for _ in range(items - events):
        event = chance.randrange(events)
        # A third comes within the hour, the rest over days: bursts, as on the day of a sanction round.
        delay = chance.uniform(0, 3_600) if chance.random() < 0.35 else chance.expovariate(1 / 200_000)
        left = span.total_seconds() * (1 - opened[event])
        at = START + span * opened[event] + timedelta(seconds=1 + (delay if delay < left else chance.uniform(0, left)))
        drafts.append((at, event, chance.choice(_KINDS)))
    drafts.sort(key=lambda draft: draft[0])
    return [Report(number, at, event, kind) for number, (at, event, kind) in enumerate(drafts)]


class Chronicle:
    """Stores reports the way a cycle does, judging left out: item, change and state of its event."""

    def __init__(self) -> None:
        self._states: dict[int, EventState] = {}

    def store(self, db: Connection, report: Report) -> list[ChangeRow]:
        """Store one report inside the caller's transaction and return the change that it made."""
        item = _item(report)
        result = CollectResult(
            SOURCE.id, Outcome.OK, report.at, items=(item,), listed=(item.id,), finished_at=report.at
        )  # fmt: skip
        store_results(db, [(SOURCE, result)], now=report.at)
        return apply_changes(db, list(self._changes(report, item)), now=report.at)

    def _changes(self, report: Report, item: Item) -> Iterator[EventChange]:
        known = self._states.get(report.event)
        if known is None:
            self._states[report.event] = _opened(report, item)
            yield EventChange("opened", self._states[report.event], item.id, item.title, "made up")
            return
        kind, before, new = report.kind, {}, known
        if kind == "status" and known.status is not _STATUSES[-1]:
            before = {"status": known.status.value}
            new = replace(known, status=_STATUSES[_STATUSES.index(known.status) + 1])
        elif kind == "status":
            kind = "document"
        self._states[report.event] = replace(new, item_count=known.item_count + 1, last_item_at=report.at)
        yield EventChange(kind, self._states[report.event], item.id, f"{kind}: {item.title}", "made up", before)


def _item(report: Report) -> Item:
    title = f"Report {report.number} of event {report.event}"
    text = f"{title}. The Court acted, and somebody reacted to it."
    return Item(
        id=f"month:{report.number}",
        source=SOURCE.id,
        url=f"https://month.example/news/{report.number}",
        title=title,
        text=text,
        published=DateEvidence(report.at.isoformat(), report.at, "instant", "feed"),
        language="en",
        publisher="Court",
        tier="court",
        content_hash=sha256(text.encode()).hexdigest(),
    )


def _opened(report: Report, item: Item) -> EventState:
    return EventState(
        id=f"{report.at:%Y-%m-%d}-ruling-{report.event:06x}",
        category=Category.RULING,
        about_court=True,
        title=f"The Court ruled in case {report.event}",
        status=Status.REPORTED,
        severity=Severity.HIGH,
        step="ruled",
        event_date=report.at.date(),
        first_item_at=report.at,
        last_item_at=report.at,
        item_count=1,
        publishers=("Court",),
        official_url=item.url,
        quote="The Court acted, and somebody reacted to it.",
        quote_url=item.url,
        facts={"court": "ICC", "persons": [f"Person {report.event}"]},
        keys=(f"icc-filing:ICC-01/25-{report.event}",),
        actors=("icc",),
    )
