"""``courtwatch explain`` as text: the reasons in the order in which a watch officer asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich.console import Console
from rich.text import Text

from alerts.wording import why
from warehouse.explain import Explanation, ItemNote, VerdictNote


def print_explanation(found: Explanation, console: Console) -> None:
    """Print what is known of an item or event: what it is, why, what belongs to it, what was told."""
    for style, line in _lines(found):
        console.print(Text(line, style=style), soft_wrap=True)


def _lines(found: Explanation) -> Iterator[tuple[str, str]]:
    for event in found.events:
        yield "bold", f"{event.id}: {event.title}"
        about = "about the Court" if event.about_court else "not about the Court"
        yield (
            "",
            f"  {event.category}, {about}, {event.severity}; status {event.status}; "
            f"date {event.event_date or 'unknown'}",
        )
        yield "italic", f"  “{event.quote}”"
        yield "", f"  {why(event)}"
        yield (
            "",
            f"  facts: {'; '.join(f'{name}: {_said(value)}' for name, value in event.facts.items()) or 'none stated'}",
        )
        yield "", f"  legal keys: {', '.join(event.keys) or 'none'}"
    if not found.events:
        yield "", "Belongs to no event."
    for item in found.items:
        yield from _item(item, found)
    if found.changes:
        yield "bold", "History"
        for change in found.changes:
            yield (
                "",
                f"  {_when(change.at)}  {change.kind}: {change.summary}"
                + (f" ({change.reason})" if change.reason else ""),
            )
    yield "bold", "Told"
    for delivery in found.deliveries:
        error = f": {delivery.last_error}" if delivery.last_error else ""
        yield (
            "",
            f"  {_when(delivery.sent_at or delivery.created_at)}  "
            f"{delivery.kind} to {delivery.channel}: {delivery.state}{error}",
        )
    if not found.deliveries:
        yield "", "  nobody: no alert was planned"
    for correction in found.corrections:
        yield (
            "yellow",
            f"  {_when(correction.made_at)}  {correction.author} set {correction.field} to {_said(correction.value)}",
        )


def _item(item: ItemNote, found: Explanation) -> Iterator[tuple[str, str]]:
    newest = item.revisions[-1] if item.revisions else None
    title = newest.title if newest else item.item_id
    yield "bold", f"{item.publisher} ({item.tier}): {title}"
    if newest:
        shape = {"day": "%Y-%m-%d", "month": "%Y-%m"}.get(newest.published_precision or "", "%Y-%m-%d %H:%M UTC")
        published = f"{newest.published_at:{shape}}" if newest.published_at else "undated"
        yield "", f"  {newest.url}"
        yield (
            "",
            f"  published {published}, first seen {_when(item.first_seen_at)}, "
            f"{len(item.revisions)} revision(s); id {item.item_id}",
        )
    yield "", f"  read from {', '.join(item.sources)}"
    if item.verdicts:
        yield from _verdict(item.verdicts[-1])
    for place in found.memberships:
        if place.item_id == item.item_id:
            ended = f" until {_when(place.known_to)}" if place.known_to else ""
            yield "", f"  in {place.event_id}{ended}: {place.reason}"
    for kind, when, note in item.sightings:
        yield "yellow", f"  {_when(when)}  {kind.replace('_', ' ')} {note}"


def _verdict(verdict: VerdictNote) -> Iterator[tuple[str, str]]:
    about = "about the Court" if verdict.about_court else "not about the Court"
    review = "; too uncertain to alert: needs review" if verdict.needs_review else ""
    yield (
        "",
        f"  judged {verdict.category}, {about}, confidence {verdict.confidence:.2f}{review} "
        f"(version {verdict.version})",
    )
    for proof in (*verdict.evidence, *verdict.fact_evidence):
        yield "italic", f"    “{proof['quote']}”"
        yield "dim", f"      {proof['reason']}"
    others = sorted(verdict.probabilities.items(), key=lambda pair: -pair[1])[1:4]
    if others:
        yield "dim", "    next: " + ", ".join(f"{name} {share:.2f}" for name, share in others)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _said(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_said(part) for part in value)
    return str(value)
