"""What the warehouse hands out: plain rows, without duckdb. ``alerts`` may import this and nothing else from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from spiders.items import Item, Precision

DeliveryState = Literal["due", "sending", "sent", "unknown", "held", "refused", "expired"]
DeliveryKind = Literal["root", "reply", "update", "notice", "notice_reply"]


@dataclass(frozen=True, slots=True)
class SourceLink:
    """One report of an event."""

    publisher: str
    title: str
    url: str
    tier: str
    language: str
    published_at: datetime | None
    item_id: str
    precision: Precision | None = None  # how much of ``published_at`` was stated


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A date coming due, of one event."""

    event_id: str
    kind: str
    due_on: date
    computed: bool
    basis: str
    subject: str
    event_title: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event with all that any face of it (Slack, digest, page, SQL) shows (DESIGN law 9)."""

    id: str
    category: str
    about_court: bool
    title: str
    status: str
    severity: str
    step: str | None
    event_date: date | None
    first_seen_at: datetime
    updated_at: datetime
    quote: str
    quote_url: str
    official_url: str | None
    facts: Mapping[str, Any]
    keys: tuple[str, ...]
    sources: tuple[SourceLink, ...]  # official first, then by publication
    clocks: tuple[ClockRow, ...] = ()
    reason: str = ""  # why it was judged so: evidence and version, one line
    acknowledged_by: tuple[str, ...] = ()  # Slack user ids, in order


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change of one event: a line in a thread, a digest or a history."""

    id: str
    event_id: str
    kind: str
    at: datetime
    summary: str
    reason: str
    item_id: str | None = None
    item_url: str | None = None
    item_publisher: str | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    diff: str = ""  # for edits: a short unified diff of sentences


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An alert to be, written in the transaction that changed the event. ``key`` is unique for ever."""

    key: str  # e.g. "slack:C042:event:<event id>:root", "slack:C042:change:<change id>"
    kind: DeliveryKind
    channel: str
    event_id: str | None
    change_id: str | None
    thread_key: str | None  # the root's ``key`` for replies and updates
    payload: Mapping[str, Any] = field(default_factory=dict)  # for notices: the text; events render from their row
    not_before: datetime | None = None
    severity: str = "normal"


@dataclass(frozen=True, slots=True)
class Delivery:
    """An outbox row as the sender sees it."""

    id: int
    key: str
    kind: DeliveryKind
    channel: str
    event_id: str | None
    change_id: str | None
    thread_key: str | None
    payload: Mapping[str, Any]
    state: DeliveryState
    attempts: int
    created_at: datetime
    external_id: str | None  # Slack ts once sent
    thread_external_id: str | None  # ts of the root, when it was sent
    last_error: str | None = None
    severity: str = "normal"
    reposted: bool = False  # the root stands where somebody deleted an earlier one


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """What is known of one source's life."""

    source: str
    name: str
    state: str
    reason: str
    last_run_at: datetime | None
    last_success_at: datetime | None
    last_item_at: datetime | None
    next_due_at: datetime | None
    failures: int
    items: int
    official: bool = False
    incident_opened_at: datetime | None = None
    overdue: bool = False  # long past its time and nobody asked it: our schedule stands still


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """An item too uncertain to alert: people decide."""

    item_id: str
    title: str
    url: str
    publisher: str
    category: str
    confidence: float
    quote: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A name of a round that an official document leaves out although its time is over."""

    event_id: str
    event_title: str
    event_date: date
    name: str
    overdue: tuple[str, ...]  # of release, list, register
    since: datetime  # when any of them first named it


@dataclass(frozen=True, slots=True)
class DigestData:
    """All that one digest says."""

    period: str  # ISO week, e.g. "2025-W35"
    since: datetime
    until: datetime
    opened: tuple[EventRow, ...]
    moved: tuple[tuple[EventRow, tuple[ChangeRow, ...]], ...]  # status moves, documents, fact changes
    revisions: tuple[ChangeRow, ...]  # edits and take-downs of official releases
    clocks: tuple[ClockRow, ...]
    review: tuple[ReviewRow, ...]
    health: tuple[SourceHealth, ...]
    counts: Mapping[str, int]  # items read, judged, events by category, alerts sent
    blind_hours: Mapping[str, float] = field(default_factory=dict)  # source -> hours without a healthy answer
    gaps: Mapping[str, str] = field(default_factory=dict)  # source -> what is said of items missed between two looks
    mismatches: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """A known item whose text changed."""

    item: Item  # as it is now
    number: int  # 2 for the first edit
    seen_at: datetime
    before_title: str
    before_text: str
    before_number: int = 1
    echo: bool = False  # another source of the same release showed its edit lately


@dataclass(frozen=True, slots=True)
class TakeDown:
    """A known item that its publisher took away, or brought back."""

    item_id: str
    source: str
    url: str
    title: str
    publisher: str
    tier: str
    at: datetime
    kind: Literal["taken_down", "restored"] = "taken_down"
    note: str = ""


@dataclass(frozen=True, slots=True)
class IncidentChange:
    """A source's trouble that is to be told: once when it starts, once when it ends."""

    kind: Literal["opened", "closed"]
    source: str
    name: str
    state: str  # the trouble's name
    reason: str
    since: datetime  # start of the first troubled run
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What one source run changed in the warehouse. With ``first_run`` or ``backfill`` nothing of it is told."""

    source: str
    run_id: str
    first_run: bool
    backfill: bool
    new: tuple[Item, ...] = ()
    revised: tuple[Revision, ...] = ()
    reworded: tuple[Item, ...] = ()  # known from another source, with more words here: no edits
    taken_down: tuple[TakeDown, ...] = ()
    reappeared: tuple[TakeDown, ...] = ()
    incident: IncidentChange | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said against the machine about one field of an item or event."""

    target: str
    target_kind: Literal["item", "event"]
    field: str
    value: Any
    author: str
    note: str
    made_at: datetime
