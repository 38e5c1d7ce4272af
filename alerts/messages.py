"""What Slack shows: the root of an event, the replies in its thread, notices about the watch itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.blocks import Block, SlackMessage, context, fallback, fits, header, moment, section
from alerts.text import clean, cut, link, mrkdwn, web_address
from alerts.wording import (
    CATEGORIES,
    SEVERITIES,
    SEVERITY_MARKS,
    SEVERITY_ORDER,
    STATUSES,
    clock_text,
    confirmation,
    count,
    fact_lines,
    fact_text,
    hostname,
    instant,
    joined,
    label,
    quoted_from,
    split_sources,
)
from warehouse.rows import ChangeRow, Delivery, EventRow, SourceLink

ROOT_VANISHED = "root_vanished"  # as a root delivery's last error: its message is gone from Slack, post it again


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


def render_event(event: EventRow, *, change: ChangeRow | None = None, note: str = "") -> SlackMessage:
    """Render the root of an event's thread.

    ``change`` says what made an event news that was known before (from a baseline); ``note`` is a sentence of ours.
    """
    blocks: list[Block] = []
    for size in _SIZES:
        blocks = list(_event_blocks(event, change, note, size))
        if fits(blocks):
            break
    payload = {"event_id": event.id, "category": event.category, "status": event.status, "severity": event.severity}
    return SlackMessage(
        _event_text(event, change, note), tuple(blocks), {"event_type": "courtwatch_event", **_own(payload)}
    )


def _own(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {"event_payload": {key: value for key, value in payload.items() if value is not None}}


def _event_blocks(event: EventRow, change: ChangeRow | None, note: str, size: _Size) -> Iterator[Block]:
    yield header(f"{SEVERITY_MARKS.get(event.severity, '')} {clean(event.title)}")
    if note:
        yield section(f"_{mrkdwn(note)}_")
    if change is not None:
        yield section(
            f"*Now*  {mrkdwn(change.summary, 500)}{_proof(change)}\n_Known before; told now because of this change._"
        )
    yield section(_standing(event))
    yield section("\n".join([*_fact_rows(event, size), *_official_rows(event, size)]))
    quote = mrkdwn(event.quote, size.quote)
    if quote:
        yield section(f">“{quote}”\n— {link(event.quote_url, quoted_from(event), 80)}")
    others = _other_rows(event, size)
    if others:
        yield section("\n".join(others))
    if event.clocks:
        rows = [f"*Coming up* {mrkdwn(clock_text(clock), 300)}" for clock in event.clocks[: size.clocks]]
        yield section("\n".join([*rows, *_and_more(len(event.clocks) - size.clocks, "date")]))
    yield context(_why(event))


def _fact_rows(event: EventRow, size: _Size) -> list[str]:
    rows = [f"*{mrkdwn(title, 40)}*  {mrkdwn(text, size.fact)}" for title, text in fact_lines(event, names=size.names)]
    if event.event_date is None:
        rows.insert(min(3, len(rows)), f"*When*  not stated; first seen {moment(event.first_seen_at)}")
    return rows[: size.facts]


def _standing(event: EventRow) -> str:
    severity = f"*{mrkdwn(label(SEVERITIES, event.severity), 40)}*"
    category, status = mrkdwn(label(CATEGORIES, event.category), 60), mrkdwn(label(STATUSES, event.status), 60)
    return joined([severity, category, f"*{status}*", mrkdwn(confirmation(event), 200)])


def _official_rows(event: EventRow, size: _Size) -> list[str]:
    official, _ = split_sources(event)
    if official:
        return [f"*Official text*  {_source(source)}" for source in official[: min(2, size.sources)]]
    if web_address(event.official_url):
        return [f"*Official text*  {link(event.official_url, hostname(event.official_url))}"]
    return ["*Official text*  none found yet"]


def _other_rows(event: EventRow, size: _Size) -> list[str]:
    official, others = split_sources(event)
    rest = [*official[min(2, size.sources) :], *others]
    rows = [f"*Also*  {_source(source)}" for source in rest[: size.sources]]
    return [*rows, *_and_more(len(rest) - size.sources)]


def _source(source: SourceLink) -> str:
    published = f" · {moment(source.published_at)}" if source.published_at else ""
    language = f" · {mrkdwn(source.language, 8)}" if source.language and source.language != "en" else ""
    title = link(source.url, source.title or source.publisher, 150)
    return f"{mrkdwn(source.publisher, 60)}: {title}{published}{language}"


def _and_more(rest: int, noun: str = "") -> list[str]:
    return [f"and {count(rest, noun)} more" if noun else f"and {rest:,} more"] if rest > 0 else []


def _why(event: EventRow) -> str:
    about = "about the Court" if event.about_court else "not about the Court"
    why = f"Why you get this: {mrkdwn(label(CATEGORIES, event.category), 60)}, {about}"
    reason = mrkdwn(event.reason, 300)
    times = f"first seen {moment(event.first_seen_at)} · updated {moment(event.updated_at)}"
    return (
        f"{why}{f'; {reason}' if reason else ''}\n{count(len(event.sources), 'report')} · {times} · `{_code(event.id)}`"
    )


def _code(value: str) -> str:
    """Write an id between backticks, where only the mark itself and white space could break out."""
    return mrkdwn(value, 120)


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


_HEADINGS: Mapping[str, str] = {
    "status": "⏩ Status",
    "document": "📄 New official document",
    "facts": "✏️ Facts corrected",
    "edited": "📝 Published text edited",
    "taken_down": "🚫 Taken down by its publisher",
    "restored": "↩️ Back online",
    "merged": "🔗 Merged with another report of the same event",
    "split": "✂️ Now an event of its own",
    "corrected": "🧑‍⚖️ Corrected by a person",
    "joined": "➕ One more report",
    "clock": "⏰ Date coming up",
}


def render_change(change: ChangeRow, event: EventRow) -> SlackMessage:
    """Render one change as a reply in the event's thread."""
    heading = label(_HEADINGS, change.kind)
    lines = [f"*{mrkdwn(heading, 100)}{_move(change)}*", f"{mrkdwn(change.summary, 600)}{_proof(change)}"]
    blocks = [section("\n".join(lines))]
    details = _diff_rows(change) if change.diff else _field_rows(change)
    if details:
        blocks.append(section("\n".join(details)))
    blocks.append(context(joined([mrkdwn(change.reason, 300), moment(change.at), f"`{_code(event.id)}`"])))
    text = fallback(
        [f"{heading}{_move(change)}: {clean(change.summary)}", f"Event: {clean(event.title)}", instant(change.at)]
    )
    payload = {"event_id": event.id, "change_id": change.id, "change": change.kind}
    return SlackMessage(
        text, tuple(blocks), {"event_type": "courtwatch_event", **_own(payload)}, broadcast=escalates(change)
    )


def escalates(change: ChangeRow) -> bool:
    """Tell whether a change is worth the whole channel: more severe now, or back after being suspended or lifted."""
    order = SEVERITY_ORDER
    before, after = change.before, change.after
    old, new = before.get("severity"), after.get("severity")
    louder = old in order and new in order and order.index(new) > order.index(old) and new in ("high", "critical")
    reopened = before.get("status") in ("suspended", "lifted") and after.get("status") in (
        "announced",
        "officially_published",
        "in_force",
    )
    return louder or reopened


def _move(change: ChangeRow) -> str:
    old, new = change.before.get("status"), change.after.get("status")
    if change.kind != "status" or not old or not new:
        return ""
    return f": {mrkdwn(label(STATUSES, str(old)), 60)} → {mrkdwn(label(STATUSES, str(new)), 60)}"


def _proof(change: ChangeRow) -> str:
    if not web_address(change.item_url):
        return ""
    return f" — {link(change.item_url, change.item_publisher or 'source', 80)}"


def _diff_rows(change: ChangeRow, lines: int = 8) -> list[str]:
    signs = {"-": "➖", "+": "➕"}
    changed = [
        line
        for line in change.diff.splitlines()
        if line[:1] in signs and line[1:].strip() and not line.startswith(("---", "+++"))
    ]
    rows = [f">{signs[line[0]]} {mrkdwn(line[1:], 300)}" for line in changed[:lines]]
    return [*rows, *_and_more(len(changed) - lines, "changed sentence")]


def _field_rows(change: ChangeRow, fields: int = 6) -> list[str]:
    told = {"status"} if change.kind == "status" else set()
    keys = [
        key
        for key in sorted({*change.before, *change.after})
        if key not in told and change.before.get(key) != change.after.get(key)
    ]
    rows = []
    for key in keys[:fields]:
        old, new = change.before.get(key), change.after.get(key)
        was = f"{mrkdwn(fact_text(old), 200)} → " if old not in (None, "", [], {}) else ""
        name = mrkdwn(key.replace("_", " ").capitalize(), 40)
        rows.append(f"*{name}*  {was}{mrkdwn(fact_text(new), 200) or 'no longer stated'}")
    return [*rows, *_and_more(len(keys) - fields, "field")]


def render_notice(payload: Mapping[str, Any]) -> SlackMessage:
    """Render a notice about the watch itself: ``title``, ``lines`` of text, an optional ``url`` and ``url_label``."""
    title = clean(payload.get("title")) or "Notice"
    lines = [clean(line) for line in payload.get("lines", ())][:12]
    body = [f"*{mrkdwn(title, 300)}*", *(mrkdwn(line, 400) for line in lines)]
    if web_address(payload.get("url")):
        body.append(link(payload["url"], payload.get("url_label") or "Look at it"))
    text = cut("\n".join(body), 2_900) if len("\n".join(body)) > 2_900 else "\n".join(body)
    own = {key: payload[key] for key in ("incident", "source", "kind") if key in payload}
    return SlackMessage(fallback([title, *lines]), (section(text),), {"event_type": "courtwatch_notice", **_own(own)})


def render_delivery(
    delivery: Delivery, *, event: EventRow | None = None, change: ChangeRow | None = None
) -> SlackMessage:
    """Render whatever an outbox row asks for; ``event`` and ``change`` are the rows that it names."""
    if delivery.kind in ("notice", "notice_reply"):
        return render_notice(delivery.payload)
    if event is None:
        raise ValueError(f"delivery {delivery.key} names no event")
    if delivery.kind == "reply":
        if change is None:
            raise ValueError(f"delivery {delivery.key} names no change")
        return render_change(change, event)
    lost = delivery.kind == "root" and delivery.last_error == ROOT_VANISHED
    note = "The earlier message about this event is gone from this channel; this one takes its place." if lost else ""
    return render_event(event, change=change if delivery.kind == "root" else None, note=note)
