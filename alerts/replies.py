"""The replies in an event's thread: what moved, what proves it, what was edited or taken down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from alerts.blocks import SlackMessage, and_more, context, fallback, moment, own, section
from alerts.differences import read_edits, write_runs
from alerts.text import clean, link, mrkdwn, web_address
from alerts.wording import SEVERITY_ORDER, STATUSES, fact_text, instant, joined, label, with_dates
from warehouse.rows import ChangeRow, EventRow

_HEADINGS: Mapping[str, str] = {
    "status": "⏩ Status",
    "document": "📄 New official document",
    "facts": "✏️ Facts added or corrected",
    "edited": "📝 Published text edited",
    "taken_down": "🚫 Taken down by its publisher",
    "restored": "↩️ Back online",
    "merged": "🔗 Merged with another report of the same event",
    "split": "✂️ Now an event of its own",
    "corrected": "🧑‍⚖️ Corrected by a person",
    "joined": "➕ One more report",
    "clock": "⏰ Date coming up",
}


def render_change(change: ChangeRow, event: EventRow, also: Sequence[Mapping[str, Any]] = ()) -> SlackMessage:
    """Render one change as a reply in the event's thread; ``also`` is what the same report did besides."""
    heading = label(_HEADINGS, change.kind)
    lines = [f"*{mrkdwn(heading, 100)}{_move(change)}*", f"{summary(change)}{proof(change)}", *also_rows(change, also)]
    blocks = [section("\n".join(lines))]
    details = _diff_rows(change) if change.diff else _field_rows(change)
    if details:
        blocks.append(section("\n".join(details)))
    blocks.append(context(joined([mrkdwn(change.reason, 300), moment(change.at), f"`{mrkdwn(event.id, 120)}`"])))
    text = fallback(
        [f"{heading}{_move(change)}: {clean(change.summary)}", f"Event: {clean(event.title)}", instant(change.at)]
    )
    payload = {"event_id": event.id, "change_id": change.id, "change": change.kind}
    return SlackMessage(
        text, tuple(blocks), {"event_type": "courtwatch_event", **own(payload)}, broadcast=escalates(change)
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


def summary(change: ChangeRow) -> str:
    """Write what happened, without the move of status where the heading has just said it."""
    said = re.sub(r"^[a-z ]+ → [a-z ]+: ", "", clean(change.summary)) if _move(change) else change.summary
    return mrkdwn(with_dates(said[:1].upper() + said[1:]), 600)


def also_rows(change: ChangeRow, also: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write what the same report did besides, without a document whose title has just been named."""
    news = [row for row in also if row["kind"] != "document" or not _titles(row["summary"]) & _titles(change.summary)]
    return [
        f"*{mrkdwn(label(_HEADINGS, str(row['kind'])), 60)}*  {mrkdwn(with_dates(row['summary']), 300)}"
        for row in news[:4]
    ]


def _titles(said: str) -> set[str]:
    return set(re.findall("“(.+)”", said))


def _move(change: ChangeRow) -> str:
    old, new = change.before.get("status"), change.after.get("status")
    if change.kind != "status" or not old or not new:
        return ""
    return f": {mrkdwn(label(STATUSES, str(old)), 60)} → {mrkdwn(label(STATUSES, str(new)), 60)}"


def proof(change: ChangeRow) -> str:
    """Link the document that proves a change."""
    if not web_address(change.item_url):
        return ""
    publisher = clean(change.item_publisher) or "source"
    if publisher in clean(change.summary):
        publisher = "it was here" if change.kind == "taken_down" else "read it"
    return f" — {link(change.item_url, publisher, 80)}"


def _diff_rows(change: ChangeRow, edits: int = 4) -> list[str]:
    found = read_edits(change.diff)
    rows = [
        f">{sign} {write_runs(side, _shown, _marked)}"
        for edit in found[:edits]
        for sign, side in (("➖", edit.before), ("➕", edit.after))
        if side
    ]
    return [*rows, *and_more(len(found) - edits, "changed sentence")]


def _shown(words: str) -> str:
    return mrkdwn(words, 290)


def _marked(words: str) -> str:
    return f"*{mrkdwn(words, 290)}*"


def _field_rows(change: ChangeRow, fields: int = 6) -> list[str]:
    if change.kind not in ("facts", "corrected", "status"):
        return []
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
    return [*rows, *and_more(len(keys) - fields, "field")]
