"""``courtwatch digest``: the week in one mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows import weekly
from flows.runtime import build_runtime


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("digest")(digest)


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
