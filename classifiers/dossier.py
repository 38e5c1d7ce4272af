"""What is known of one event, in the making: reports go in, an ``EventState`` comes out and can be taken up again.

Facts are claims with their claimants. An official source decides; without one, the value that most publishers state
wins, and what a single outlet says stays in ``facts["unconfirmed"]`` until a second one says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from zlib import crc32

from classifiers.categories import Category, Status
from classifiers.claims import Claim, read_claim, strongest, support, withdraw, write_claim
from classifiers.fingerprints import containment
from classifiers.lifecycle import (
    OFFICIAL_TIERS,
    TIERS,
    clocks_for,
    forward,
    severity_for,
    status_for,
    target_of,
)
from classifiers.signatures import Signature, from_json
from classifiers.verdicts import Clock, Document, EventState, Json, Verdict

_MEMBERS_KEPT = 8
_FIRST_KEPT = 4  # of them: how it was first told; the rest is how it was told last
_ITEMS_KEPT = 400
_COPY = 0.6  # a report that is a copy of one we keep adds nothing to compare with
_VOICE = {"official": 3.0, "court": 3.0, "un": 2.0, "ngo": 1.0, "press": 1.0, "blog": 0.5}
_DATE = "event_date"


@dataclass(slots=True)
class Step:
    """What one report changed, for the changes that are told."""

    status_before: Status | None = None
    new_document: bool = False
    facts_before: dict[str, Json] = field(default_factory=dict)
    released: bool = False  # a first certain report of an event that only doubtful ones had told


class _Report(NamedTuple):
    """A report that was added, with what the event was before it."""

    doc: Document
    verdict: Verdict
    category_before: Category
    first: bool


class Dossier:
    """One event. Every method leaves it in a state that :meth:`state` can write and :meth:`of` can read back.

    What the next report is compared with is there as soon as a report is added; what people are told of the event (its
    facts, status, clocks) is worked out when somebody asks.
    """

    def __init__(self, event_id: str) -> None:
        self.id = event_id
        self._untold: list[_Report] = []
        self.members: list[Signature] = []
        self._json: dict[str, Json] = {}
        self.votes: dict[str, float] = {}
        self.steps: dict[str, float] = {}
        self.about: list[float] = [0.0, 0.0]  # weight of no, of yes
        self.claims: dict[str, dict[str, list[Claim]]] = {}
        self.items: list[str] = []
        self.documents: list[str] = []
        self.publishers: list[str] = []
        self.keys: list[str] = []
        self.actors: dict[str, float] = {}
        self.clocks: list[Clock] = []
        self.status = Status.REPORTED
        self.item_count = 0
        self.first_item_at: datetime | None = None
        self.last_item_at: datetime | None = None
        self.title = ""
        self.title_rank = len(TIERS)
        self.quote = ""
        self.quote_url = ""
        self.official_url: str | None = None
        self.official_rank = len(TIERS)
        self.review = True
        self.category = Category.OTHER  # what most weight of reports says that it is
        self.step: str | None = None  # the step that most weight of reports in that category tells

    @classmethod
    def open(cls, doc: Document, verdict: Verdict, signature: Signature, at: datetime) -> Dossier:
        """Start the dossier of a new event from its first report; its id follows from that report alone."""
        day = verdict.findings.event_date or at.date()
        digest = crc32(doc.id.encode()) & 0xFFFFFF
        dossier = cls(f"{day.isoformat()}-{verdict.category}-{digest:06x}")
        dossier.add(doc, verdict, signature, at)
        return dossier

    def _conclude(self) -> None:
        """Draw category and step from the weight of the reports."""
        self.category = Category(max(self.votes, key=lambda name: (self.votes[name], name)))
        prefix = f"{self.category}:"
        own = {name: weight for name, weight in self.steps.items() if name.startswith(prefix)}
        self.step = max(own, key=lambda name: (own[name], name)).removeprefix(prefix) if own else None

    def add(self, doc: Document, verdict: Verdict, signature: Signature, at: datetime) -> None:
        """Take in a report."""
        self._untold.append(_Report(doc, verdict, self.category, not self.item_count))
        self._count(doc, verdict, at)
        self._keep(signature)
        self._say(doc, verdict)

    def tell(self) -> Step:
        """Take in what the added reports state and prove, and say what the last of them changed."""
        told = Step()
        untold, self._untold = self._untold, []
        for report in untold:
            told = self._tell(report)
        return told

    def _tell(self, report: _Report) -> Step:
        told, (doc, verdict, category_before, first) = Step(), report
        official = doc.source_kind in OFFICIAL_TIERS
        before = self._facts_as(category_before) if official and not first else {}
        if doc.publisher and doc.publisher not in self.publishers:
            self.publishers.append(doc.publisher)
        for number, actor in enumerate(verdict.findings.actors):
            self.actors[actor] = round(self.actors.get(actor, 0.0) + 1 / (1 + number), 6)
        self._claim(doc, verdict, official=official)
        if official:
            rank = _rank(doc)
            if doc.url not in self.documents:
                told.new_document = not first
                self.documents.append(doc.url)
            if rank < self.official_rank:
                self.official_rank, self.official_url = rank, doc.url or None
            told.facts_before = _changed(before, self._facts_as(self.category)) if before else {}
        self._prove(doc, verdict, told, first=first)
        if self.review and not verdict.judgement.needs_review:
            told.released = not first
            self.review = False
        return told

    def revise(self, doc: Document, verdict: Verdict) -> Step:
        """Take in what an official source now states instead of what it stated before."""
        self.tell()
        before = self.facts()
        publisher = doc.publisher or doc.url or doc.id
        for claims in self.claims.get(str(verdict.category), {}).values():
            withdraw(claims, publisher)
        self._claim(doc, verdict, official=True)
        told = Step(facts_before=_changed(before, self.facts()))
        self._prove(doc, verdict, told, first=self.item_count == 1)
        return told

    def _prove(self, doc: Document, verdict: Verdict, told: Step, *, first: bool) -> None:
        proven = forward(self.status, status_for(verdict, doc.source_kind))
        if proven is not self.status:
            if not first:
                told.status_before = self.status
            self.status = proven

    def _count(self, doc: Document, verdict: Verdict, at: datetime) -> None:
        voice = _VOICE.get(doc.source_kind, 1.0) * max(verdict.judgement.confidence, 0.05)
        name = str(verdict.category)
        self.votes[name] = round(self.votes.get(name, 0.0) + voice, 6)
        if verdict.findings.step:
            step = f"{name}:{verdict.findings.step}"
            self.steps[step] = round(self.steps.get(step, 0.0) + voice, 6)
        self._conclude()
        about = int(verdict.judgement.about_court)
        self.about[about] = round(self.about[about] + voice, 6)
        self.item_count += 1
        self.first_item_at = at if self.first_item_at is None else min(self.first_item_at, at)
        self.last_item_at = at if self.last_item_at is None else max(self.last_item_at, at)
        if len(self.items) < _ITEMS_KEPT:
            self.items.append(doc.id)
        self.keys.extend([key for key in verdict.findings.keys if key not in self.keys])

    def _keep(self, signature: Signature) -> None:
        """Keep the signature among those that the next report is compared with."""
        if any(containment(signature.trace.prints, member.trace.prints) >= _COPY for member in self.members):
            return
        self.members.append(signature)
        if len(self.members) > _MEMBERS_KEPT:
            self._json.pop(self.members.pop(_FIRST_KEPT).trace.item_id, None)

    def _claim(self, doc: Document, verdict: Verdict, *, official: bool) -> None:
        findings = verdict.findings
        table = self.claims.setdefault(str(verdict.category), {})
        publisher = doc.publisher or doc.url or doc.id
        for key, value in findings.facts.items():
            support(table.setdefault(key, []), value, publisher, official=official, weight=1.0)
        if findings.event_date is not None:
            weight = 0.4 if findings.event_date_basis == "published" else 1.0
            stated = official and findings.event_date_basis != "published"
            support(
                table.setdefault(_DATE, []), findings.event_date.isoformat(), publisher, official=stated, weight=weight
            )
        for clock in clocks_for(findings, verdict.category):
            if clock not in self.clocks and (official or not any(known.kind == clock.kind for known in self.clocks)):
                self.clocks = [known for known in self.clocks if not official or known.kind != clock.kind]
                self.clocks.append(clock)

    def _say(self, doc: Document, verdict: Verdict) -> None:
        if not self.quote:
            quotes = [one.quote for one in (*verdict.judgement.evidence, *verdict.findings.evidence)]
            # The title stands above the quote anyway: a sentence of the text says more.
            self.quote = next((quote for quote in quotes if quote not in doc.title), quotes[0] if quotes else doc.title)
            self.quote_url = doc.url
        # One line in the words of the best source; a reaction or side report of another category does not name it.
        rank = _rank(doc)
        better = rank < self.title_rank and (doc.source_kind in OFFICIAL_TIERS or not self.title)
        if better and verdict.category is self.category:
            self.title, self.title_rank = " ".join(doc.title.split()), rank
        elif not self.title:
            self.title = " ".join(doc.title.split())

    def facts(self) -> dict[str, Json]:
        """Return the facts as they stand, with the names of those that one outlet alone states."""
        self.tell()
        return self._facts_as(self.category)

    def _facts_as(self, category: Category) -> dict[str, Json]:
        table = self.claims.get(str(category), {})
        facts: dict[str, Json] = {}
        unconfirmed = []
        for key in sorted(table):
            if key == _DATE or not table[key]:
                continue
            claim = strongest(table[key])
            facts[key] = claim.value
            if not claim.official and len(claim.publishers) < 2:
                unconfirmed.append(key)
        if unconfirmed:
            facts["unconfirmed"] = unconfirmed
        return facts

    def event_date(self) -> date | None:
        """Return the day of the event that the best sources state."""
        self.tell()
        claims = self.claims.get(str(self.category), {}).get(_DATE)
        return date.fromisoformat(strongest(claims).value) if claims else None

    def absorb(self, other: Dossier) -> None:
        """Take over all that another dossier of the same event knows."""
        self.tell()
        other.tell()
        for name, weight in other.votes.items():
            self.votes[name] = round(self.votes.get(name, 0.0) + weight, 6)
        for name, weight in other.steps.items():
            self.steps[name] = round(self.steps.get(name, 0.0) + weight, 6)
        self._conclude()
        self.about = [round(mine + theirs, 6) for mine, theirs in zip(self.about, other.about, strict=True)]
        for member in other.members:
            self._keep(member)
        for category, table in other.claims.items():
            mine = self.claims.setdefault(category, {})
            for key, claims in table.items():
                for claim in claims:
                    for publisher in claim.publishers:
                        support(
                            mine.setdefault(key, []),
                            claim.value,
                            publisher,
                            official=claim.official > 0,
                            weight=claim.weight / len(claim.publishers),
                        )
        self.items = [*self.items, *(item for item in other.items if item not in self.items)][:_ITEMS_KEPT]
        for known, new in (
            (self.documents, other.documents),
            (self.publishers, other.publishers),
            (self.keys, other.keys),
        ):
            known.extend(value for value in new if value not in known)
        for actor, weight in other.actors.items():
            self.actors[actor] = round(self.actors.get(actor, 0.0) + weight, 6)
        self.clocks.extend(clock for clock in other.clocks if clock not in self.clocks)
        self.status = forward(self.status, other.status)
        self.item_count += other.item_count
        firsts = [at for at in (self.first_item_at, other.first_item_at) if at]
        lasts = [at for at in (self.last_item_at, other.last_item_at) if at]
        self.first_item_at, self.last_item_at = min(firsts), max(lasts)
        if other.title_rank < self.title_rank and other.category is self.category:
            self.title, self.title_rank = other.title, other.title_rank
        if other.official_rank < self.official_rank:
            self.official_rank, self.official_url = other.official_rank, other.official_url
        self.review = self.review and other.review

    def state(self) -> EventState:
        """Return the event as it is stored and shown."""
        if self.first_item_at is None or self.last_item_at is None:
            raise ValueError(f"event {self.id} has no report")
        self.tell()
        category, facts, actors = self.category, self.facts(), self._actors()
        about_court = self.about[1] >= self.about[0]
        tier = TIERS[min(self.official_rank, TIERS.index("press"))]
        return EventState(
            id=self.id,
            category=category,
            about_court=about_court,
            title=self.title,
            status=self.status,
            severity=severity_for(
                category, step=self.step, target=target_of(facts, actors), tier=tier, about_court=about_court
            ),
            step=self.step,
            event_date=self.event_date(),
            first_item_at=self.first_item_at,
            last_item_at=self.last_item_at,
            item_count=self.item_count,
            publishers=tuple(self.publishers),
            official_url=self.official_url,
            quote=self.quote,
            quote_url=self.quote_url,
            facts=facts,
            keys=tuple(self.keys),
            actors=actors,
            clocks=tuple(self.clocks),
            profile=self._profile(),
        )

    def _actors(self) -> tuple[str, ...]:
        ranked = sorted(self.actors.items(), key=lambda pair: (-pair[1], pair[0]))
        return tuple(actor for actor, _ in ranked[:12])

    def _profile(self) -> dict[str, Json]:
        return {
            "members": [self._written(member) for member in self.members],
            "votes": dict(self.votes),
            "steps": dict(self.steps),
            "about": list(self.about),
            "claims": {
                category: {key: [write_claim(claim) for claim in claims] for key, claims in table.items()}
                for category, table in self.claims.items()
            },
            "items": list(self.items),
            "documents": list(self.documents),
            "actors": dict(self.actors),
            "title_rank": self.title_rank,
            "official_rank": self.official_rank,
            "review": self.review,
        }

    def _written(self, member: Signature) -> Json:
        """Return a member's JSON, written once: states share it and nobody changes it."""
        written = self._json.get(member.trace.item_id)
        if written is None:
            written = self._json[member.trace.item_id] = member.to_json()
        return written

    @classmethod
    def of(cls, state: EventState) -> Dossier:
        """Take up a stored event again."""
        dossier, profile = cls(state.id), state.profile
        dossier.members = [from_json(member) for member in profile["members"]]
        dossier._json = {member["item"]: member for member in profile["members"]}
        dossier.votes, dossier.steps = dict(profile["votes"]), dict(profile["steps"])
        dossier._conclude()
        dossier.about = list(profile["about"])
        dossier.claims = {
            category: {key: [read_claim(data) for data in claims] for key, claims in table.items()}
            for category, table in profile["claims"].items()
        }
        dossier.items, dossier.documents = list(profile["items"]), list(profile["documents"])
        dossier.actors = dict(profile["actors"])
        dossier.title_rank, dossier.official_rank = profile["title_rank"], profile["official_rank"]
        dossier.review = profile["review"]
        dossier.publishers, dossier.keys = list(state.publishers), list(state.keys)
        dossier.clocks, dossier.status = list(state.clocks), state.status
        dossier.item_count = state.item_count
        dossier.first_item_at, dossier.last_item_at = state.first_item_at, state.last_item_at
        dossier.title, dossier.official_url = state.title, state.official_url
        dossier.quote, dossier.quote_url = state.quote, state.quote_url
        return dossier


def _rank(doc: Document) -> int:
    """Return the place of a report's source among the tiers; that of the press if it is of none."""
    return TIERS.index(doc.source_kind if doc.source_kind in TIERS else "press")


def _changed(before: Mapping[str, Json], now: Mapping[str, Json]) -> dict[str, Json]:
    return {key: before.get(key) for key in now if key != "unconfirmed" and now[key] != before.get(key)}
