"""What is told on a schedule of its own: the weekly digest, reminders of clocks, the daily health summary."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alerts.digest import DigestMail, render_digest
from alerts.mail import MailSender, build_message, load_recipients
from alerts.notices import health_notice
from alerts.routes import root_keys
from flows.errors import ConfigurationError
from flows.runtime import Runtime
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries
from warehouse.digest import RecipientState, claim_digest, mark_digest, read_digest
from warehouse.event_rows import read_events
from warehouse.lookups import add_reminders, existing_keys, first_known
from warehouse.rows import DigestData
from warehouse.runs import read_health
from warehouse.schema import migrate

log = logging.getLogger(__name__)

# After an outage the digests of this many past weeks are caught up.
CATCH_UP_WEEKS = 4


def week_of(moment: datetime, zone: str) -> str:
    """Return the ISO week that contains ``moment`` in ``zone``, as 2025-W35."""
    year, week, _ = moment.astimezone(ZoneInfo(zone)).isocalendar()
    return f"{year}-W{week:02}"


def bounds_of(period: str, zone: str) -> tuple[datetime, datetime]:
    """Return when an ISO week begins and ends in ``zone``, as UTC instants. Raises ConfigurationError."""
    try:
        monday = datetime.strptime(f"{period}-1", "%G-W%V-%u").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise ConfigurationError(f"not an ISO week: {period!r}; write it like 2025-W35") from None
    return monday.astimezone(UTC), (monday + timedelta(days=7)).astimezone(UTC)


@dataclass(frozen=True)
class DigestReport:
    """How the sending of one digest ended."""

    sent: int = 0
    before: int = 0  # readers that had it already
    failed: int = 0
    last_error: str = ""


def last_full_week(runtime: Runtime) -> str:
    """Return the ISO week that ended last, in the configured time zone."""
    return week_of(runtime.now() - timedelta(days=7), runtime.settings.timezone)


def read_week(runtime: Runtime, period: str) -> DigestData:
    """Read what one week's digest says."""
    since, until = bounds_of(period, runtime.settings.timezone)
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        return read_digest(db, period=period, since=since, until=until, now=runtime.now(), sources=runtime.sources)


def write_digest(runtime: Runtime, period: str, folder: Path) -> list[Path]:
    """Render one week as .eml, .html and .txt in ``folder`` and return the paths. Raises ConfigurationError."""
    mail = render_digest(read_week(runtime, period))
    return _write(runtime, mail, folder)


def _write(runtime: Runtime, mail: DigestMail, folder: Path) -> list[Path]:
    sender = runtime.settings.digest_sender
    message = build_message(mail, sender=sender, recipient=sender, at=runtime.now())
    bodies = {".eml": message.as_bytes(), ".html": mail.html.encode(), ".txt": mail.text.encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, body in bodies.items():
            (folder / f"{mail.period}{ending}").write_bytes(body)
    except OSError as error:
        raise ConfigurationError(
            f"cannot write the digest to {folder} ({error.strerror}): choose another --out"
        ) from None
    return [folder / f"{mail.period}{ending}" for ending in bodies]


def send_digest(runtime: Runtime, period: str) -> DigestReport:
    """Mail one week to every reader who has not had it: claimed before it leaves, so never twice.

    Raises ConfigurationError when there is no mail server or no list of readers.
    """
    settings = runtime.settings
    if settings.smtp_url is None:
        raise ConfigurationError("COURTWATCH_SMTP_URL is not set: name the mail server, or leave --send out")
    if settings.digest_recipients is None:
        raise ConfigurationError("COURTWATCH_DIGEST_RECIPIENTS is not set: name a file with one address a line")
    readers = load_recipients(settings.digest_recipients)
    mail = render_digest(read_week(runtime, period))
    sender = MailSender(settings.smtp_url.get_secret_value(), now=runtime.now)
    report = DigestReport()
    for reader in readers:
        report = _send_one(runtime, sender, mail, reader, report)
    return report


def _send_one(
    runtime: Runtime, sender: MailSender, mail: DigestMail, reader: str, report: DigestReport
) -> DigestReport:
    path = runtime.settings.warehouse
    with open_warehouse(path) as db, transaction(db):
        claimed = claim_digest(db, mail.period, reader, now=runtime.now())
    if not claimed:
        return replace(report, before=report.before + 1)
    outcome = sender.send(mail, runtime.settings.digest_sender, reader)
    # "unknown" stays claimed: mail cannot be looked up, and a digest is never sent twice.
    state: RecipientState | None = {"sent": "sent", "refused": "refused", "due": "later"}.get(outcome.state)  # type: ignore[assignment]
    if state is not None:
        with open_warehouse(path) as db, transaction(db):
            mark_digest(db, mail.period, reader, state, now=runtime.now(), error=outcome.error)
    if outcome.state == "sent":
        return replace(report, sent=report.sent + 1)
    return replace(report, failed=report.failed + 1, last_error=outcome.error or "")


def send_due_digests(runtime: Runtime, week: str | None = None) -> dict[str, Any]:
    """Write and send the digest of ``week``, or of the last full week and of those that an outage made us miss."""
    periods = [week] if week else _missed_weeks(runtime)
    total = DigestReport()
    for period in periods:
        write_digest(runtime, period, runtime.settings.digests)
        if runtime.settings.smtp_url is not None:
            report = send_digest(runtime, period)
            total = DigestReport(
                total.sent + report.sent, total.before + report.before, total.failed + report.failed,
                report.last_error or total.last_error,
            )  # fmt: skip
    if total.failed:
        log.error("%d digests were not sent: %s", total.failed, total.last_error)
    return {"periods": periods, "sent": total.sent, "had_it": total.before, "failed": total.failed}


def _missed_weeks(runtime: Runtime) -> list[str]:
    """Return the last full weeks since the first cycle, oldest first; who has one already is skipped later."""
    zone, now = runtime.settings.timezone, runtime.now()
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        began = first_known(db)
    weeks = [week_of(now - timedelta(days=7 * back), zone) for back in range(CATCH_UP_WEEKS, 0, -1)]
    return [week for week in weeks if began is not None and bounds_of(week, zone)[1] > began]


def plan_reminders(runtime: Runtime) -> int:
    """Plan the reminders of clocks that come due; return how many alerts that makes."""
    with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
        changes = add_reminders(db, now=runtime.now())
        events = read_events(db, sorted({change.event_id for change in changes}))
        told = [(change, events[change.event_id]) for change in changes]
        roots = root_keys(runtime.routes, events.values(), default_channel=runtime.channel)
        planned = runtime.routes.plan(told, default_channel=runtime.channel, known_roots=existing_keys(db, roots))
        return add_deliveries(db, planned, now=runtime.now())


def plan_health_summary(runtime: Runtime) -> int:
    """Plan the daily reminder of sources in trouble; return how many are."""
    now = runtime.now()
    with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
        troubled = [row for row in read_health(db, runtime.sources, now=now) if row.incident_opened_at]
        if troubled:
            add_deliveries(db, [health_notice(troubled, channel=runtime.ops_channel, at=now)], now=now)
    return len(troubled)
