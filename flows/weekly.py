"""What is told on a schedule of its own: the weekly digest, reminders of clocks, the daily health summary."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alerts.bulletin import write_bulletin
from alerts.digest import DigestMail, render_digest
from alerts.mail import build_message
from alerts.notices import health_notice
from flows.errors import ConfigurationError
from flows.mailing import MailReport, mail_readers
from flows.runtime import Runtime
from flows.telling import plan_telling, routes_now
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries
from warehouse.digest import read_digest
from warehouse.reminders import add_reminders
from warehouse.rows import DigestData
from warehouse.runs import read_health
from warehouse.schema import migrate
from warehouse.states import first_known

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


def last_full_week(runtime: Runtime) -> str:
    """Return the ISO week that ended last, in the configured time zone."""
    return week_of(runtime.now() - timedelta(days=7), runtime.settings.timezone)


def read_week(runtime: Runtime, period: str) -> DigestData:
    """Read what one week's digest says. Raises ConfigurationError for a week in which nothing can have been watched."""
    since, until = bounds_of(period, runtime.settings.timezone)
    if since > runtime.now():
        today = week_of(runtime.now(), runtime.settings.timezone)
        raise ConfigurationError(f"{period} has not begun, so there is nothing to tell of it: this week is {today}")
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        begun = first_known(db)
        if begun is None:
            raise ConfigurationError(
                "nothing has been watched yet: `courtwatch run` makes the first look at the sources"
            )
        if until <= begun:
            first = week_of(begun, runtime.settings.timezone)
            raise ConfigurationError(f"nothing was watched in {period}: the first look at a source was in {first}")
        return read_digest(db, period=period, since=since, until=until, now=runtime.now(), sources=runtime.sources)


def write_digest(runtime: Runtime, period: str, folder: Path) -> list[Path]:
    """Render one week as .eml, .html and .txt, and as a bulletin page, in ``folder``; return the paths.

    Raises ConfigurationError when the folder cannot be written.
    """
    data = read_week(runtime, period)
    mail = _render(runtime, data)
    sender = runtime.settings.digest_sender
    message = build_message(mail, sender=sender, recipient=sender, at=runtime.now())
    bodies = {".eml": message.as_bytes(), ".html": mail.html.encode(), ".txt": mail.text.encode()}
    bulletin = folder / f"{period}.bulletin.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, body in bodies.items():
            (folder / f"{period}{ending}").write_bytes(body)
        write_bulletin(bulletin, data, muted=muted_now(runtime))
    except OSError as error:
        raise ConfigurationError(
            f"cannot write the digest to {folder} ({error.strerror}): choose another --out"
        ) from None
    return [*(folder / f"{period}{ending}" for ending in bodies), bulletin]


def muted_now(runtime: Runtime) -> list[str]:
    """Describe the mutes in force, those of the routes and those asked for in Slack."""
    with open_warehouse(runtime.settings.warehouse) as db:
        return routes_now(db, runtime).muted(runtime.now())


def _render(runtime: Runtime, data: DigestData) -> DigestMail:
    return render_digest(data, muted=muted_now(runtime))


def send_digest(runtime: Runtime, period: str) -> MailReport:
    """Mail one week to every reader who has not had it. Raises ConfigurationError when mail is not configured."""
    return mail_readers(runtime, _render(runtime, read_week(runtime, period)), period)


def send_due_digests(runtime: Runtime, week: str | None = None) -> dict[str, Any]:
    """Write and send the digest of ``week``, or of the last full week and of those that an outage made us miss."""
    periods = [week] if week else _missed_weeks(runtime)
    total = MailReport()
    for period in periods:
        write_digest(runtime, period, runtime.settings.digests)
        if runtime.settings.smtp_url is not None:
            total += send_digest(runtime, period)
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
        return plan_telling(db, runtime, add_reminders(db, now=runtime.now()))


def plan_health_summary(runtime: Runtime) -> int:
    """Plan the daily reminder of sources in trouble; return how many are."""
    now = runtime.now()
    with open_warehouse(runtime.settings.warehouse) as db, transaction(db):
        troubled = [row for row in read_health(db, runtime.sources, now=now) if row.incident_opened_at]
        if troubled:
            add_deliveries(db, [health_notice(troubled, channel=runtime.ops_channel, at=now)], now=now)
    return len(troubled)
