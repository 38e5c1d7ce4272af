"""``courtwatch digest`` and ``courtwatch routes``: the week in one mail, and who is told what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from alerts.rehearsal import rehearse
from flows import weekly
from flows.runtime import build_runtime
from warehouse.changes import read_changes_since
from warehouse.connection import open_warehouse
from warehouse.event_rows import read_events
from warehouse.schema import migrate

routes_app = typer.Typer(help="Who is told what.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("digest")(digest)
    app.add_typer(routes_app, name="routes")


def digest(
    week: Annotated[
        str | None, typer.Option(help="ISO week such as 2025-W35; the last full week when left out.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the files; the data folder's digests when left out.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Also mail it, once a reader and period.")] = False,
) -> None:
    """Render the digest of a week as .eml, .html and .txt; mail it when asked.

    Example: courtwatch digest --week 2025-W35 --out /tmp/digest
    """
    if week is not None:
        weekly.bounds_of(week, "UTC")  # wrong use is said before anything is looked for
    runtime = build_runtime()
    period = week or weekly.last_full_week(runtime)
    console = Console()
    for path in weekly.write_digest(runtime, period, out or runtime.settings.digests):
        console.print(str(path), markup=False, highlight=False, soft_wrap=True)
    if send:
        report = weekly.send_digest(runtime, period)
        console.print(f"sent to {report.sent} readers, {report.before} had it already, {report.failed} failed")
        if report.failed:
            raise typer.Exit(1)


@routes_app.command("preview")
def preview(
    since: Annotated[datetime, typer.Option(help="From which day of the stored history.")],
) -> None:
    """Show what the routes would have told of the stored history, and what is wrong with them; sends nothing.

    Example: courtwatch routes preview --since 2025-06-01
    """
    runtime = build_runtime()
    with open_warehouse(runtime.settings.warehouse) as db:
        migrate(db)
        changes = read_changes_since(db, since=since.replace(tzinfo=UTC))
        events = read_events(db, sorted({change.event_id for change in changes}))
    history = [(change, events[change.event_id]) for change in changes if change.event_id in events]
    uses, wrong = rehearse(runtime.routes, history, default_channel=runtime.channel)
    table = Table("route", "channel", "roots", "replies", "busiest day", "for example", box=None, pad_edge=False)
    for use in uses:
        busiest = f"{use.busiest_day}: {use.busiest}" if use.busiest_day else ""
        table.add_row(
            use.route, use.channel, str(use.roots), str(use.replies), busiest, Text("; ".join(use.examples[:2]))
        )
    Console().print(table)
    for line in wrong:
        Console().print(f"wrong: {line}", style="red", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)
