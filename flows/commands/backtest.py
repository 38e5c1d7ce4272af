"""``courtwatch backtest``: what today's rules would have told, held against what was told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.backtest import backtest as run_backtest
from flows.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("backtest")(backtest)


def backtest(
    since: Annotated[datetime, typer.Option(help="From which day of the stored items.")],
    model: Annotated[Path | None, typer.Option(help="A model file of `courtwatch train` to try.")] = None,
) -> None:
    """Judge stored items again and show which alerts today's rules would gain, lose or merge; changes nothing.

    Example: courtwatch backtest --since 2025-06-01
    """
    settings = load_settings()
    outcome = run_backtest(settings.analysts_copy, since=since.replace(tzinfo=UTC), model=model or settings.model)
    table = Table("", "title", "publisher", "was", "would be", box=None, pad_edge=False)
    styles = {"gained": "green", "lost": "red", "moved": "yellow"}
    for row in outcome.differences:
        table.add_row(
            Text(row.kind, style=styles[row.kind]),
            *(Text(part) for part in (row.title, row.publisher, row.before, row.now)),
        )
    console = Console()
    console.print(f"{outcome.items} items judged again by {outcome.version}")
    if outcome.differences:
        console.print(table)
    for events in outcome.merged:
        console.print(f"would be one event: {', '.join(events)}", markup=False, soft_wrap=True)
    for event in outcome.split:
        console.print(f"would be several events: {event}", markup=False, soft_wrap=True)
    if outcome.kept:
        console.print(f"{outcome.kept} items would be judged otherwise and stay as a person said")
    if not (outcome.differences or outcome.merged or outcome.split):
        console.print("nothing would change")
