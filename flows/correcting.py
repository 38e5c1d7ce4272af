"""The form behind "Wrong…": a person's word against the machine's, kept for ever and carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alerts.actions import Action
from alerts.wording import CATEGORIES, label
from classifiers.classify import group, load_classifier
from classifiers.dossier import Dossier
from classifiers.signatures import sign
from classifiers.verdicts import Document, EventChange, EventState, Verdict
from flows.errors import ActionRefused
from flows.runtime import Runtime
from flows.telling import plan_in_threads, plan_telling
from warehouse.actions import add_correction_change
from warehouse.connection import Connection
from warehouse.corrections import add_corrections
from warehouse.event_rows import read_events
from warehouse.events import apply_changes, read_states
from warehouse.explain import explain
from warehouse.rows import Correction, EventRow, SourceLink

#: Stands for the channel in what people do on the command line.
COMMAND_LINE = "command line"


def correct(db: Connection, runtime: Runtime, event: EventRow, action: Action) -> str:
    """Carry out what the form says of ``event`` and return it in words. Raises ActionRefused; runs in a transaction."""
    values = action.values
    said: list[str] = []
    if values.get("same_as"):
        said.append(_merge(db, runtime, event, values["same_as"].strip("` "), action))
    if values.get("split"):
        said.append(_split(db, runtime, event, values["split"], action))
    said += _restate(db, runtime, event, action)
    if not said:
        raise ActionRefused("nothing was chosen in the form")
    return " ".join(said)


def _restate(db: Connection, runtime: Runtime, event: EventRow, action: Action) -> list[str]:
    """Set what the form sets anew, as one step in the event's life."""
    now, note = runtime.now(), action.values.get("note", "")
    new: dict[str, Any] = {}
    if action.values.get("category"):
        if action.values["category"] not in CATEGORIES:
            raise ActionRefused(f"there is no category {action.values['category']}")
        new["category"] = action.values["category"]
    if action.values.get("about_court"):
        new["about_court"] = False
    said = list(_sentences(event, new))
    if note:
        said.append(f"Note: {note}")
    if not said:
        return []
    fields = new or {"note": note}
    add_corrections(
        db, [Correction(event.id, "event", field, value, action.user, note, now) for field, value in fields.items()]
    )
    before = {field: getattr(event, field) for field in new}
    change = add_correction_change(
        db, event.id, " ".join(said), reason=_by(action), now=now, before=before, after=new
    )  # fmt: skip
    plan_in_threads(db, runtime, change)
    return said


def _sentences(event: EventRow, new: dict[str, Any]) -> Iterator[str]:
    if "category" in new:
        yield f"It is {label(CATEGORIES, new['category'])}, not {label(CATEGORIES, event.category)}."
    if "about_court" in new:
        yield "It is not about the Court; what follows is not told."


def _merge(db: Connection, runtime: Runtime, event: EventRow, other_id: str, action: Action) -> str:
    """Let the older of two events absorb the younger one, and say so in both threads."""
    states = read_states(db, sorted({event.id, other_id}))
    if other_id == event.id or len(states) < 2:
        raise ActionRefused(f"{other_id} is not another event: copy the id from the small print of its message")
    older, younger = sorted(states, key=lambda state: (state.first_item_at, state.id))
    dossier = Dossier.of(older)
    dossier.absorb(Dossier.of(younger))
    now = runtime.now()
    add_corrections(db, [Correction(younger.id, "event", "merged_into", older.id, action.user, "", now)])
    said = f"“{younger.title}” is the same event."
    merged = EventChange("merged", dossier.state(), None, said, _by(action), {}, younger.id)
    for row in apply_changes(db, [merged], now=now):
        plan_in_threads(db, runtime, row)
    moved = f"This is the same event as “{older.title}” ({older.id}); what follows is told in its thread."
    plan_in_threads(db, runtime, add_correction_change(db, younger.id, moved, reason=_by(action), now=now))
    return said


def _split(db: Connection, runtime: Runtime, event: EventRow, address: str, action: Action) -> str:
    """Take one report out of an event and make it an event of its own; both are told anew from their reports."""
    reports = _judged(db, runtime, event)
    taken = [report for report in reports if _same(report[0], address)]
    left = [report for report in reports if not _same(report[0], address)]
    if not taken:
        raise ActionRefused(f"no report of this event is at {address}")
    if not left:
        raise ActionRefused("it is the only report of this event: correct the event instead")
    doc, verdict = taken[0]
    own_id = Dossier.open(doc, verdict, sign(doc, verdict), doc.published or event.first_seen_at).id
    if read_events(db, [own_id]):
        own_id = f"{own_id}-split"
    now, said = runtime.now(), f"“{doc.title}” does not belong to it."
    note = f"does not belong to {event.id}"
    add_corrections(db, [Correction(one.id, "item", "note", note, action.user, "", now) for one, _ in taken])
    own, rest = _state(own_id, taken, event), _state(event.id, left, event)
    news = f"“{doc.title}” is an event of its own."
    changes = [EventChange("split", own, one.id, news, _by(action), {}, event.id) for one, _ in taken]
    *split, corrected = apply_changes(
        db, [*changes, EventChange("corrected", rest, None, said, _by(action))], now=now
    )  # fmt: skip
    add_corrections(db, [Correction(own_id, "event", "apart_from", event.id, action.user, "", now)])
    plan_telling(db, runtime, split[:1])
    plan_in_threads(db, runtime, corrected)
    return said


def _state(event_id: str, reports: Sequence[tuple[Document, Verdict]], event: EventRow) -> EventState:
    dossier = Dossier(event_id)
    for doc, verdict in reports:
        dossier.add(doc, verdict, sign(doc, verdict), doc.published or event.first_seen_at)
    return dossier.state()


def _judged(db: Connection, runtime: Runtime, event: EventRow) -> list[tuple[Document, Verdict]]:
    """Return the reports of an event, in order of publication, as they are judged today beside each other."""
    found = explain(db, event.id)
    texts = {note.item_id: note.revisions[-1].text for note in found.items if note.revisions} if found else {}
    docs = [_document(source, texts[source.item_id]) for source in event.sources if source.item_id in texts]
    docs.sort(key=lambda doc: (doc.published or event.first_seen_at, doc.id))
    verdicts, _ = group(docs, load_classifier(runtime.settings.model).classify(docs))
    return list(zip(docs, verdicts, strict=True))


def _document(source: SourceLink, text: str) -> Document:
    return Document(
        source.item_id, source.title, text, source.url, source.publisher, source.tier, source.published_at,
        source.language,
    )  # fmt: skip


def _same(doc: Document, address: str) -> bool:
    return address in (doc.id, doc.url) or doc.url.rstrip("/") == address.strip("<> ").rstrip("/")


def _by(action: Action) -> str:
    return f"said {'on the command line' if action.channel == COMMAND_LINE else 'in Slack'} by {action.user}"
