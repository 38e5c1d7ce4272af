"""Every kind of message from sample rows: `python -m tests.alerts.gallery` writes docs/gallery.html."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from alerts.blocks import SlackMessage
from alerts.messages import render_event, render_notice
from alerts.notices import health_notice, refused_notice, source_notice
from alerts.outcomes import SendOutcome
from alerts.preview import Post, render_preview
from alerts.replies import render_change
from tests.alerts.samples import AT, change, delivery, digest_data, event, every_category, every_change
from warehouse.rows import IncidentChange

PAGE = Path(__file__).parents[2] / "docs" / "gallery.html"
TROUBLE = IncidentChange("opened", "icc_rss", "ICC press releases", "blocked", "HTTP 403, a challenge page", AT, AT)


def gallery() -> str:
    """Render the page."""
    threads = [_post(render_event(row), replies=_replies() if row == event() else []) for row in every_category()]
    threads.append(
        _post(render_event(event(), change=change(), also=[{"kind": "document", "summary": "In the Register."}]))
    )
    recovery = replace(TROUBLE, kind="closed", at=AT.replace(hour=22))
    notices = [source_notice(row, channel="ops").payload for row in (TROUBLE, recovery)]
    threads.append(_post(render_notice(notices[0]), "ops", [_post(render_notice(notices[1]), "ops")]))
    refused = SendOutcome("refused", error="C0ALERTS01 is archived: unarchive it or change the route (is_archived)")
    threads.append(_post(render_notice(refused_notice(delivery(), refused, channel="ops", at=AT).payload), "ops"))
    troubled = [row for row in digest_data().health if row.incident_opened_at]
    threads.append(_post(render_notice(health_notice(troubled, channel="ops", at=AT).payload), "ops"))
    for number, post in enumerate(reply for thread in threads for reply in (thread, *thread.replies)):
        post.id = f"message-{number + 1}"
    return render_preview(threads, title="Courtwatch: every kind of message")


def _replies() -> list[Post]:
    return [_post(render_change(row, event())) for row in every_change() if row.kind != "joined"]


def _post(message: SlackMessage, channel: str = "alerts", replies: list[Post] | None = None) -> Post:
    at = AT.isoformat(timespec="seconds")
    return Post(
        "", "", channel, None, message.text, message.blocks, at, broadcast=message.broadcast, replies=replies or []
    )


if __name__ == "__main__":
    PAGE.write_text(gallery(), encoding="utf-8")
