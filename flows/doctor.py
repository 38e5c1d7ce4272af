"""``courtwatch doctor``: is everything in order, and if not, what to do."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from alerts.errors import AlertsError
from alerts.listening import check_app_token
from alerts.mail import MailSender, load_recipients
from alerts.routes import load_routes
from alerts.slack import SlackSender
from flows.errors import FlowError
from flows.runtime import prepare_home, require_home, utc_now
from flows.settings import Settings, load_settings
from spiders.catalogue import read_catalogue
from spiders.errors import CatalogueError
from warehouse.connection import open_warehouse
from warehouse.errors import WarehouseError
from warehouse.retention import Holdings, Maintenance, read_holdings, read_last_maintenance
from warehouse.runs import read_health
from warehouse.schema import migrate

State = Literal["ok", "note", "fail"]

FREE_SPACE = 1 << 30  # bytes: below this a publish or a backfill may not fit
STALE = timedelta(hours=1)  # schedules run every few minutes


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    state: State
    said: str


def run_checks(now: datetime | None = None) -> list[Check]:
    """Look at settings, data folder, disk, warehouse, sources, Slack and its buttons, mail and the last cycle."""
    try:
        settings = load_settings()
    except FlowError as error:
        return [Check("settings", "fail", str(error))]
    checks = [Check("settings", "ok", "every COURTWATCH_* variable is known")]
    for look in (_home, _warehouse, _catalogue, _slack, _mail):
        try:
            checks += look(settings)
        except (FlowError, WarehouseError, CatalogueError, AlertsError) as error:
            checks.append(Check(look.__name__.strip("_"), "fail", str(error)))
    return [*checks, _last_cycle(settings, now or utc_now())]


def _home(settings: Settings) -> Iterator[Check]:
    if not settings.home.is_dir() and "home" not in settings.model_fields_set:
        yield Check("data folder", "note", f"{settings.home} is not made yet: the first `courtwatch run` makes it")
        return
    require_home(settings.home)
    prepare_home(settings.home)
    yield Check("data folder", "ok", f"{settings.home} can be written")
    free = shutil.disk_usage(settings.home).free
    said = f"{free / 1e9:.1f} GB free"
    yield Check("disk", "ok", said) if free > FREE_SPACE else Check("disk", "fail", f"{said}: make room, at least 1 GB")


def _warehouse(settings: Settings) -> Iterator[Check]:
    if not settings.warehouse.exists():
        yield Check("warehouse", "note", "not made yet: the first `courtwatch run` makes it")
        return
    with open_warehouse(settings.warehouse) as db:
        migrate(db)
        health = read_health(db, read_catalogue(settings.sources).sources, now=utc_now())
        last, held = read_last_maintenance(db), read_holdings(db)
    troubled = [row.source for row in health if row.incident_opened_at]
    yield Check("warehouse", "ok", f"{settings.warehouse} opens, its schema is current")
    yield _retention(settings, last, held)
    unheard = [
        row.source for row in health if row.last_run_at and row.last_success_at is None and row.source not in troubled
    ]
    if unheard:
        yield Check("sources", "fail", f"asked and never answered: {', '.join(unheard)}; see `courtwatch sources list`")
    if troubled:
        yield Check("sources", "fail", f"in trouble: {', '.join(troubled)}; see `courtwatch sources list`")


def _retention(settings: Settings, last: Maintenance | None, held: Holdings) -> Check:
    raw, runs = (f"{days} days" if days else "for ever" for days in (settings.raw_days, settings.run_days))
    said = (
        f"{held.responses} raw answers, {held.bodies} contents ({held.bytes / 1e6:.1f} MB); "
        f"kept {raw} and as long as an event needs them, runs without news {runs}"
    )
    if last is None:
        return Check("retention", "note", f"{said}; no maintenance yet: `courtwatch serve` does it weekly")
    said += f"; last maintenance {last.ran_at:%Y-%m-%d}: {last.bodies} contents and {last.runs} runs removed"
    if last.faults:
        return Check("retention", "fail", f"{said}, {last.faults} faults found: `courtwatch verify` names them")
    return Check("retention", "ok", said)


def _catalogue(settings: Settings) -> Iterator[Check]:
    catalogue = read_catalogue(settings.sources)
    for fault in catalogue.broken.values():
        yield Check("source file", "fail", f"left out: {fault}")
    load_routes(settings.routes)
    yield Check("catalogue", "ok", f"{len(catalogue.sources)} sources, routes are valid")
    if settings.allow_private:
        yield Check("private addresses", "note", "allowed: fetched pages can steer requests into this network")


def _slack(settings: Settings) -> Iterator[Check]:
    if not settings.slack_token:
        yield Check("slack", "note", f"no COURTWATCH_SLACK_TOKEN: alerts go to the console and {settings.preview}")
        return
    sender = SlackSender(settings.slack_token.get_secret_value(), base_url=settings.slack_base_url)
    for channel in {settings.slack_channel or "", settings.slack_ops_channel or settings.slack_channel or ""}:
        problem = sender.check(channel)
        yield Check("slack", "fail", problem) if problem else Check("slack", "ok", f"can post in {channel}")
    if not settings.slack_app_token:
        yield Check(
            "slack buttons", "note", "no COURTWATCH_SLACK_APP_TOKEN: alerts have no buttons, /courtwatch is off"
        )
        return
    problem = check_app_token(settings.slack_app_token.get_secret_value(), settings.slack_base_url)
    said = "what is pressed is heard while `courtwatch serve` runs"
    yield Check("slack buttons", "fail", problem) if problem else Check("slack buttons", "ok", said)


def _mail(settings: Settings) -> Iterator[Check]:
    if not settings.smtp_url:
        yield Check("mail", "note", f"no COURTWATCH_SMTP_URL: digests are written to {settings.digests} only")
        return
    problem = MailSender(settings.smtp_url.get_secret_value()).check()
    yield Check("mail", "fail", problem) if problem else Check("mail", "ok", "the mail server answers")
    if settings.digest_recipients is None:
        yield Check(
            "recipients", "fail", "COURTWATCH_SMTP_URL is set but COURTWATCH_DIGEST_RECIPIENTS is not: nobody gets it"
        )
    else:
        yield Check("recipients", "ok", f"{len(load_recipients(settings.digest_recipients))} readers of the digest")


def _last_cycle(settings: Settings, now: datetime) -> Check:
    if not settings.heartbeat.exists():
        return Check("last cycle", "note", "none yet: `courtwatch run` for one, `courtwatch serve` for all that follow")
    ended = datetime.fromisoformat(json.loads(settings.heartbeat.read_text(encoding="utf-8"))["ended_at"])
    if ended > now + timedelta(minutes=5):
        return Check(
            "clock",
            "fail",
            f"the last cycle ended at {ended:%Y-%m-%d %H:%M} UTC, in the future: set this machine's clock",
        )
    said = f"ended {ended:%Y-%m-%d %H:%M} UTC"
    if now - ended > STALE:
        return Check("last cycle", "note", f"{said}, more than an hour ago: is `courtwatch serve` running?")
    return Check("last cycle", "ok", said)
