"""``courtwatch demo``: the bundled record through the real pipeline, without network or credentials."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.prefect_env import configure, mute_teardown
from flows.runtime import prepare_home


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("demo")(demo)


def demo(
    home: Annotated[Path, typer.Option(help="Where the demo keeps its files; emptied at the start.")] = Path(
        "data/demo"
    ),
) -> None:
    """Replay a year of releases and news on a fast clock: collect, judge, group, store, alert.

    Everything is local: a web site, a Slack and a mail server on loopback. A demo that was killed goes on where it
    stopped.

    Example: courtwatch demo
    """
    mute_teardown()  # first in, so last to run: after Prefect's own good-bye
    prepare_home(home)
    configure(home, short_lived=True, log_level="ERROR")
    from flows.demo import run_demo  # noqa: PLC0415 - imports the whole pipeline

    console = Console()
    console.print("Starting Prefect and replaying the record; the first moment takes a while.", style="dim")
    score = asyncio.run(run_demo(home, console))
    if not score.perfect:
        raise typer.Exit(1)
