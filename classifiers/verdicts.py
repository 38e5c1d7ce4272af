"""What an item means: the types that judging produces and grouping consumes. No logic, nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from classifiers.categories import Category, Severity, Status

Json = Any  # str, int, float, bool, None, list and dict of these


@dataclass(frozen=True, slots=True)
class Document:
    """What judging looks at: the fields of ``courtwatch classify`` (DESIGN 4.1)."""

    id: str
    title: str
    text: str
    url: str = ""
    publisher: str = ""
    source_kind: str = "press"  # official | court | un | ngo | press | blog
    published: datetime | None = None  # aware UTC; a day-precision date is its midnight
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of the item, verbatim, and why it counts."""

    quote: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer to: what does this item report as news, and is it about the Court?"""

    category: Category
    about_court: bool
    confidence: float  # calibrated probability that the category is right, 0..1
    needs_review: bool  # too uncertain to alert; shown in the digest
    evidence: tuple[Evidence, ...]
    probabilities: Mapping[str, float] = field(default_factory=dict)
    about_confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Findings:
    """The facts of an item, and what grouping compares.

    ``facts`` has the keys of DESIGN section 3 for the category, absent when not stated, never guessed.
    ``keys`` are hard legal keys such as ``fr:2025-02612``, ``eo:14203``, ``icc-filing:ICC-01/11-209``,
    ``icc-case:ICC-02/05-01/20``, ``cn:2025.162``, ``docket:...``, ``bill:HR23``, ``ofac:20250820``.
    ``actors`` are canonical ids of persons, states and bodies in the news act (not in the background).
    ``step`` tells links of a chain apart (announced, notified, imposed, lifted, enjoined, convicted, sentenced ...).
    """

    facts: Mapping[str, Json]
    keys: tuple[str, ...]
    actors: tuple[str, ...]
    step: str | None
    event_date: date | None
    event_date_basis: Literal["stated", "relative", "published"] | None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that was concluded about one revision of one item, with the version that concluded it."""

    item_id: str
    judgement: Judgement
    findings: Findings
    version: str

    @property
    def category(self) -> Category:
        """The category of the judgement."""
        return self.judgement.category

    @property
    def reports_event(self) -> bool:
        """Whether the item may open or change an event."""
        return self.judgement.category is not Category.OTHER


@dataclass(frozen=True, slots=True)
class Clock:
    """A date that is coming due: withdrawal effect, licence expiry, deadline."""

    kind: str  # "withdrawal_effective", "licence_expiry", "deadline"
    due_on: date
    computed: bool  # True: derived by a rule, e.g. Rome Statute article 127(1); False: stated by a document
    basis: str  # the rule or the sentence
    subject: str = ""  # e.g. "Hungary"


@dataclass(frozen=True, slots=True)
class EventState:
    """One real-world event as far as we know it; the whole of what grouping needs to match the next item.

    Warehouse columns mirror the named fields; ``profile`` is grouping's own (JSON, stored verbatim).
    """

    id: str
    category: Category
    about_court: bool
    title: str  # one line: what happened
    status: Status
    severity: Severity
    step: str | None
    event_date: date | None
    first_item_at: datetime  # publication (else first seen) of the earliest and the latest item
    last_item_at: datetime
    item_count: int
    publishers: tuple[str, ...]
    official_url: str | None  # best official source so far
    quote: str  # the sentence that triggered it
    quote_url: str
    facts: Mapping[str, Json]
    keys: tuple[str, ...]
    actors: tuple[str, ...]
    clocks: tuple[Clock, ...] = ()
    profile: Mapping[str, Json] = field(default_factory=dict)


ChangeKind = Literal[
    "opened",  # a new event
    "joined",  # one more report of it: silent
    "status",  # it moved forward
    "document",  # a new official document of it
    "facts",  # an official source added or corrected a fact that readers were told
    "merged",  # ``other_event_id`` was absorbed
    "split",  # taken out of ``other_event_id``
    "corrected",  # a person took a report out of it
]


@dataclass(frozen=True, slots=True)
class EventChange:
    """One step in the life of an event. ``event`` is its state after the change."""

    kind: ChangeKind
    event: EventState
    item_id: str | None
    summary: str  # one sentence for people
    reason: str  # why this item belongs here: the key or similarity that decided
    before: Mapping[str, Json] = field(default_factory=dict)  # the changed fields' old values
    other_event_id: str | None = None
