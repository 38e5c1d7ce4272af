"""``courtwatch backfill``, ``export``, ``backup``, ``restore``, ``verify``, ``maintain``."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from flows.backfill import backfill as run_backfill
from flows.errors import ConfigurationError
from flows.locks import run_lock
from flows.maintenance import maintain as do_maintenance
from flows.runtime import build_runtime
from flows.settings import load_settings
from flows.store import StoreReport
from spiders.archive import ArchivePage
from warehouse.connection import open_warehouse
from warehouse.export import export_evidence, export_parquet
from warehouse.schema import migrate
from warehouse.upkeep import backup as back_up
from warehouse.upkeep import compact, find_faults
from warehouse.upkeep import restore as put_back


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (backfill, export, backup, restore, verify, maintain):
        app.command(command.__name__)(command)


def backfill(
    source: Annotated[str, typer.Argument(help="The source whose archive is read.")],
    since: Annotated[datetime, typer.Option(help="First day, in UTC.")],
    until: Annotated[datetime, typer.Option(help="The day after the last one.")],
) -> None:
    """Read a source's archive into the warehouse: judged and grouped, nobody is alerted; goes on after a kill.

    Example: courtwatch backfill us_state_press_html --since 2025-02-01 --until 2025-06-01
    """
    runtime = build_runtime(make_home=True)
    if source not in runtime.sources:
        raise ConfigurationError(f"no such source: {source}; `courtwatch sources list` shows the ids")
    start, end = since.replace(tzinfo=UTC), until.replace(tzinfo=UTC)
    if start >= end:
        raise ConfigurationError(f"--since {start:%Y-%m-%d} is not before --until {end:%Y-%m-%d}: swap them")
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        # Pages say how far back they reach: that is the share of the span that is done.
        bar = progress.add_task(source, total=(end - start).total_seconds())
        items, reached = 0, end

        def step(page: ArchivePage, added: StoreReport) -> None:
            nonlocal items, reached
            items += added.new
            reached = max(min(page.oldest or reached, reached), start)
            progress.update(
                bar,
                completed=(end - reached).total_seconds(),
                description=f"page {page.number}, back to {reached:%Y-%m-%d}: {items} new items",
            )

        total = asyncio.run(run_backfill(runtime, runtime.sources[source], since=start, until=end, on_page=step))
    console.print(f"{total.new} new items, {total.opened} events opened, nobody alerted")


def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")],
    evidence: Annotated[str | None, typer.Option(help="Only this event, with all its texts and a manifest.")] = None,
) -> None:
    """Write the analysts' views as Parquet, by month; or one event as evidence: texts, raw answers (WARC), hashes.

    Example: courtwatch export ./parquet
    """
    copy = load_settings().analysts_copy
    written = [export_evidence(copy, evidence, folder)] if evidence is not None else export_parquet(copy, folder)
    for path in written:
        Console().print(str(path), markup=False, highlight=False, soft_wrap=True)


def backup(target: Annotated[Path, typer.Argument(help="The backup file.")]) -> None:
    """Copy the live warehouse as it is at one moment, also while the pipeline runs.

    Example: courtwatch backup ./warehouse-backup.duckdb
    """
    back_up(load_settings().warehouse, target)
    Console().print(f"{target}: {target.stat().st_size / 1e6:.1f} MB", markup=False, soft_wrap=True)


def restore(saved: Annotated[Path, typer.Argument(help="A file that `courtwatch backup` wrote.")]) -> None:
    """Put a backup in the place of the live warehouse; what was there is kept beside it.

    Example: courtwatch restore ./warehouse-backup.duckdb
    """
    kept = put_back(saved, load_settings().warehouse)
    Console().print(
        f"restored; what was there before is now {kept}" if kept else "restored", markup=False, soft_wrap=True
    )


def verify(
    rewrite: Annotated[bool, typer.Option("--compact", help="Also write the file anew, without the holes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Check that the warehouse hangs together: references, order, hash chains, seals and raw answers.

    Example: courtwatch verify
    """
    live = load_settings().warehouse
    if not live.exists():
        raise ConfigurationError(f"there is no warehouse at {live}: the first `courtwatch run` makes it")
    with open_warehouse(live) as db:
        migrate(db)
        faults = find_faults(db)
    console = Console(stderr=as_json)
    sizes = compact(live) if rewrite and not faults else None
    if as_json:
        compacted = dict(zip(("bytes_before", "bytes_after"), sizes, strict=True)) if sizes else {}
        print(json.dumps({"sound": not faults, "faults": faults, **compacted}, ensure_ascii=False, sort_keys=True))
    for fault in faults:
        console.print(fault, style="red", markup=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)
    console.print("sound: every reference holds, hash chains, seals and raw answers are as they were stored")
    if sizes:
        console.print(f"compacted from {sizes[0] / 1e6:.1f} to {sizes[1] / 1e6:.1f} MB")


def maintain(as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False) -> None:
    """Do now what the weekly schedule does: retention, integrity check, compaction, a new copy for analysts.

    Example: courtwatch maintain
    """
    runtime = build_runtime()
    with run_lock(runtime):
        report = do_maintenance(runtime)
    console = Console(stderr=as_json)
    done = report.done
    console.print(
        f"removed: {done.bodies} contents of raw answers ({done.bytes / 1e6:.1f} MB), "
        f"{done.runs} rows of runs that brought nothing"
    )
    console.print(f"file: {report.bytes_before / 1e6:.1f} MB before, {report.bytes_after / 1e6:.1f} MB after")
    for fault in report.faults:
        console.print(fault, style="red", markup=False, soft_wrap=True)
    if as_json:
        print(json.dumps(report.summary(), ensure_ascii=False, sort_keys=True))
    if report.faults:
        raise typer.Exit(1)
