"""Mail to every reader, each at most once: claimed in the ledger before it leaves."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from alerts.blocks import SlackMessage
from alerts.digest import DigestMail
from alerts.fallback import AlertMail, needs_mail, render_alert_mail
from alerts.mail import MailSender, load_recipients
from alerts.outcomes import SendOutcome
from flows.errors import ConfigurationError
from flows.runtime import Runtime
from warehouse.connection import open_warehouse, transaction
from warehouse.digest import RecipientState, claim_digest, mark_digest
from warehouse.rows import Delivery

log = logging.getLogger(__name__)

# What becomes of a claim. "unknown" stays claimed: mail cannot be looked up, and nothing is mailed twice.
_STATES: dict[str, RecipientState] = {"sent": "sent", "refused": "refused", "due": "later"}


@dataclass(frozen=True)
class MailReport:
    """How the mailing of one text to all readers ended."""

    sent: int = 0
    before: int = 0  # readers that had it already
    failed: int = 0
    last_error: str = ""

    def __add__(self, other: MailReport) -> MailReport:
        return MailReport(
            self.sent + other.sent,
            self.before + other.before,
            self.failed + other.failed,
            other.last_error or self.last_error,
        )


def mail_readers(runtime: Runtime, mail: DigestMail | AlertMail, key: str) -> MailReport:
    """Mail one text to every reader who has not had it under ``key``.

    Raises ConfigurationError when there is no mail server or no list of readers.
    """
    settings = runtime.settings
    if settings.smtp_url is None:
        raise ConfigurationError("COURTWATCH_SMTP_URL is not set: name the mail server")
    if settings.digest_recipients is None:
        raise ConfigurationError("COURTWATCH_DIGEST_RECIPIENTS is not set: name a file with one address a line")
    sender = MailSender(settings.smtp_url.get_secret_value(), now=runtime.now)
    report = MailReport()
    for reader in load_recipients(settings.digest_recipients):
        report += _mail_one(runtime, sender, mail, key, reader)
    return report


def _mail_one(runtime: Runtime, sender: MailSender, mail: DigestMail | AlertMail, key: str, reader: str) -> MailReport:
    path = runtime.settings.warehouse
    with open_warehouse(path) as db, transaction(db):
        claimed = claim_digest(db, key, reader, now=runtime.now())
    if not claimed:
        return MailReport(before=1)
    outcome = sender.send(mail, runtime.settings.digest_sender, reader)
    if outcome.state in _STATES:
        with open_warehouse(path) as db, transaction(db):
            mark_digest(db, key, reader, _STATES[outcome.state], now=runtime.now(), error=outcome.error)
    if outcome.state == "sent":
        return MailReport(sent=1)
    return MailReport(failed=1, last_error=outcome.error or "")


def mail_instead(runtime: Runtime, delivery: Delivery, message: SlackMessage, outcome: SendOutcome) -> None:
    """Mail a critical alert that Slack has not taken for minutes; it stays in the outbox and is posted later."""
    if runtime.settings.smtp_url is None or runtime.settings.digest_recipients is None:
        return
    waiting = replace(delivery, state=outcome.state, attempts=delivery.attempts + 1)
    if needs_mail(waiting, now=runtime.now()):
        mail = render_alert_mail(delivery, message)
        report = mail_readers(runtime, mail, mail.reference)
        if report.sent:
            log.warning("Slack is in trouble: %s went to %d readers by mail", delivery.key, report.sent)
