"""Alerts by mail while Slack cannot be reached: what Slack would have shown, as one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined

from alerts.blocks import SlackMessage
from alerts.holding import rank
from alerts.mrkdwn import Line, read_blocks
from alerts.wording import instant
from warehouse.rows import Delivery

PATIENCE = timedelta(minutes=10)  # so long Slack is waited for


@dataclass(frozen=True, slots=True)
class AlertMail:
    """One alert as mail."""

    subject: str
    text: str
    html: str
    reference: str


def needs_mail(delivery: Delivery, *, now: datetime, patience: timedelta = PATIENCE, unless: str = "critical") -> bool:
    """Tell whether an alert is loud enough and has waited long enough for Slack to go out by mail as well."""
    waiting = delivery.state in ("due", "unknown", "refused") and delivery.attempts > 0
    told = delivery.kind in ("root", "reply") and rank(delivery.severity) >= rank(unless)
    return waiting and told and now - delivery.created_at >= patience


def render_alert_mail(delivery: Delivery, message: SlackMessage) -> AlertMail:
    """Render what ``delivery`` would show in Slack as a mail; the row itself stays in the outbox and is sent later."""
    blocks = read_blocks(message.blocks)
    lines = [line for block in blocks for line in block]
    note = (
        f"Slack could not be reached since {instant(delivery.created_at)}; the alert will stand there too when it can."
    )
    body = "\n\n".join("\n".join(_plain(line) for line in block) for block in blocks)
    page = _templates.get_template("alert.html").render(blocks=blocks, note=note)
    reference = f"alert.{sha256(delivery.key.encode()).hexdigest()[:20]}"
    return AlertMail(
        f"Courtwatch: {lines[0].text if lines else message.text}", f"{body}\n\n-- \n{note}\n", page, reference
    )


def _plain(line: Line) -> str:
    text = "".join(f"{span.text} ({span.target})" if span.kind == "link" else span.text for span in line.spans)
    return f"> {text}" if line.kind == "quote" else text


_templates = Environment(
    loader=PackageLoader("alerts"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
