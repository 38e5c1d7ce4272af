"""What Slack shows: the root of an event, the replies in its thread, notices about the watch itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from alerts.actions import action_block
from alerts.blocks import Block, SlackMessage, and_more, context, fallback, fits, header, moment, own, section
from alerts.replies import also_rows, proof, render_change, summary
from alerts.text import clean, cut, link, mrkdwn, web_address
from alerts.wording import (
    CATEGORIES,
    SEVERITIES,
    SEVERITY_MARKS,
    STATUSES,
    clock_text,
    confirmation,
    count,
    fact_lines,
    headed_by,
    hostname,
    joined,
    label,
    quoted_from,
    split_sources,
    stated,
    why,
)
from classifiers.text import fold
from warehouse.rows import ChangeRow, Delivery, EventRow, SourceLink

NOTICE_LINES = 12
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_REPOSTED = "The earlier message about this event is gone from this channel; this one takes its place."


@dataclass(frozen=True, slots=True)
class _Size:
    """How much of an event is shown; the next smaller one is taken when Slack would refuse the message."""

    names: int
    quote: int
    sources: int
    facts: int
    fact: int
    clocks: int


_SIZES = (
    _Size(names=12, quote=700, sources=5, facts=9, fact=600, clocks=4),
    _Size(names=8, quote=500, sources=3, facts=7, fact=300, clocks=2),
    _Size(names=4, quote=300, sources=2, facts=5, fact=150, clocks=1),
    _Size(names=2, quote=150, sources=1, facts=3, fact=80, clocks=1),
)


def render_event(
    event: EventRow,
    *,
    change: ChangeRow | None = None,
    also: Sequence[Mapping[str, Any]] = (),
    note: str = "",
    route: str = "",
    buttons: bool = False,
) -> SlackMessage:
    """Render the root of an event's thread.

    ``change`` (and ``also``, what the same report did besides) says what made an event news that was known before, from
    a baseline; ``note`` is a sentence of ours; ``route`` is why this channel gets it; ``buttons`` need somebody who
    listens (:mod:`alerts.listening`).
    """
    blocks: list[Block] = []
    for size in _SIZES:
        blocks = list(_event_blocks(event, change, also, note, route, size))
        if buttons:
            blocks.insert(-1, action_block(event.id))  # above the small print
        if fits(blocks):
            break
    payload = {"event_id": event.id, "category": event.category, "status": event.status, "severity": event.severity}
    return SlackMessage(
        _event_text(event, change, note), tuple(blocks), {"event_type": "courtwatch_event", **own(payload)}
    )


def _event_blocks(
    event: EventRow, change: ChangeRow | None, also: Sequence[Mapping[str, Any]], note: str, route: str, size: _Size
) -> Iterator[Block]:
    yield header(f"{SEVERITY_MARKS.get(event.severity, '')} {clean(event.title)}")
    if note:
        yield section(f"_{mrkdwn(note)}_")
    if change is not None:
        yield section(
            "\n".join(
                [
                    f"*Now*  {summary(change)}{proof(change)}",
                    *also_rows(change, also),
                    "_Known before; told now because of this change._",
                ]
            )
        )
    yield section(_standing(event))
    yield section("\n".join([*_fact_rows(event, size), *_official_rows(event, size)]))
    if _quotes(event):
        yield section(f">“{mrkdwn(event.quote, size.quote)}”\n— {link(event.quote_url, quoted_from(event), 80)}")
    others = _other_rows(event, size)
    if others:
        yield section("\n".join(others))
    if event.clocks:
        rows = [f"*Coming up* {mrkdwn(clock_text(clock), 300)}" for clock in event.clocks[: size.clocks]]
        yield section("\n".join([*rows, *and_more(len(event.clocks) - size.clocks, "date")]))
    yield context(_small_print(event, route))


def _fact_rows(event: EventRow, size: _Size) -> list[str]:
    rows = [f"*{mrkdwn(title, 40)}*  {mrkdwn(text, size.fact)}" for title, text in fact_lines(event, names=size.names)]
    if event.event_date is None:
        rows.insert(min(3, len(rows)), f"*When*  not stated; first seen {moment(event.first_seen_at)}")
    return rows[: size.facts]


def _standing(event: EventRow) -> str:
    severity = f"*{mrkdwn(label(SEVERITIES, event.severity), 40)}*"
    category, status = mrkdwn(label(CATEGORIES, event.category), 60), mrkdwn(label(STATUSES, event.status), 60)
    headline = mrkdwn(headed_by(event), 80)
    whose = f"headline by {headline}" if headline and _quotes(event) else ""
    return joined([severity, category, f"*{status}*", mrkdwn(confirmation(event), 200), whose])


def _quotes(event: EventRow) -> bool:
    """Whether a sentence is shown below the headline: not where that is the headline itself."""
    return bool(clean(event.quote)) and fold(clean(event.quote)) != fold(clean(event.title))


def _official_rows(event: EventRow, size: _Size) -> list[str]:
    official, _ = split_sources(event)
    if official:
        first, *more = official[: min(2, size.sources)]
        return [f"*Official text*  {_source(first)}", *(f"*Also official*  {_source(source)}" for source in more)]
    if web_address(event.official_url):
        return [f"*Official text*  {link(event.official_url, hostname(event.official_url))}"]
    return ["*Official text*  none found yet"]


def _other_rows(event: EventRow, size: _Size) -> list[str]:
    official, others = split_sources(event)
    rest = [*official[min(2, size.sources) :], *others]
    rows = [f"*Also*  {_source(source)}" for source in rest[: size.sources]]
    return [*rows, *and_more(len(rest) - size.sources)]


def _source(source: SourceLink) -> str:
    at = source.published_at
    said = "" if at is None else moment(at) if source.precision in (None, "instant") else stated(at, source.precision)
    published = f" · {said}" if said else ""
    language = f" · {mrkdwn(source.language, 8)}" if source.language and source.language != "en" else ""
    title = link(source.url, source.title or source.publisher, 150)
    return f"{mrkdwn(source.publisher, 60)}: {title}{published}{language}"


def _small_print(event: EventRow, route: str) -> str:
    seen = f"first seen {moment(event.first_seen_at)} · updated {moment(event.updated_at)}"
    rows = [
        f"Why you get this: {mrkdwn(why(event, route), 500)}",
        f"{count(len(event.sources), 'report')} · {seen} · `{mrkdwn(event.id, 120)}`",
    ]
    return "\n".join([*rows, *_acknowledged(event)])


def _acknowledged(event: EventRow) -> list[str]:
    # Ids as Slack gave them to us: an edit of the root shows names without notifying anybody.
    people = [f"<@{user}>" for user in event.acknowledged_by if _USER.fullmatch(user)]
    return [f"✔️ Acknowledged by {', '.join(people[:5])}{' and others' if len(people) > 5 else ''}"] if people else []


def _event_text(event: EventRow, change: ChangeRow | None, note: str) -> str:
    facts = [f"{title}: {cut(text, 300)}" for title, text in fact_lines(event, names=6)[:6]]
    official = hostname(event.official_url)
    parts = [
        f"{label(SEVERITIES, event.severity)}, {label(CATEGORIES, event.category).lower()}: {clean(event.title)}",
        f"Now: {clean(change.summary)}" if change else "",
        note,
        *facts,
        "" if event.event_date else "Date not stated",
        f"Status: {label(STATUSES, event.status).lower()}",
        confirmation(event),
        f"Official text: {official}" if official else "",
    ]
    return fallback(parts)


def render_notice(payload: Mapping[str, Any]) -> SlackMessage:
    """Render a notice about the watch itself: ``title``, ``lines`` of text, an optional ``url`` and ``url_label``."""
    title = clean(payload.get("title")) or "Notice"
    lines = [clean(line) for line in payload.get("lines", ())][:NOTICE_LINES]
    rows = [f"*{mrkdwn(title, 300)}*", *(mrkdwn(line, 400) for line in lines if line)]
    if web_address(payload.get("url")):
        rows.append(link(payload["url"], payload.get("url_label") or "Look at it"))
    blocks = tuple(section("\n".join(rows[start : start + 6])) for start in range(0, len(rows), 6))  # 6 x 400 fit
    known = {key: payload[key] for key in ("source", "kind") if key in payload}
    return SlackMessage(fallback([title, *lines]), blocks, {"event_type": "courtwatch_notice", **own(known)})


def render_delivery(
    delivery: Delivery,
    *,
    event: EventRow | None = None,
    change: ChangeRow | None = None,
    route: str = "",
    buttons: bool = False,
) -> SlackMessage:
    """Render whatever an outbox row asks for; ``event`` and ``change`` are the rows that it names."""
    if delivery.kind in ("notice", "notice_reply"):
        return render_notice(delivery.payload)
    if event is None:
        raise ValueError(f"delivery {delivery.key} names no event")
    if delivery.kind == "reply":
        if change is None:
            raise ValueError(f"delivery {delivery.key} names no change")
        message = render_change(change, event, delivery.payload.get("also", ()))
        return replace(message, broadcast=bool(delivery.payload.get("broadcast", message.broadcast)))
    note = _REPOSTED if delivery.reposted else ""
    if delivery.kind == "update":
        return render_event(event, note=note, route=route, buttons=buttons)
    also = delivery.payload.get("also", ())
    return render_event(event, change=change, also=also, note=note, route=route, buttons=buttons)
