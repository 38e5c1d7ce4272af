"""``courtwatch run`` and ``courtwatch serve``: one cycle now, or all schedules until stopped."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from flows.cycle import Cycle, run_cycle
from flows.errors import ConfigurationError
from flows.runtime import build_runtime
from spiders.items import CollectResult, Outcome

STYLES = {Outcome.OK: "green", Outcome.NOT_MODIFIED: "dim", Outcome.WAIT: "yellow"}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("run")(run)
    app.command("serve")(serve)


def run(
    source: Annotated[list[str] | None, typer.Option("--source", "-s", help="Only this source, due or not.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Ask every source, due or not.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run one cycle now: due sources, judge, group, store, alert.

    A source file that cannot be used is named and left out; the others run, and the exit code is 1.

    Example: courtwatch run --source icc_rss
    """
    runtime = build_runtime(make_home=True)
    wanted = set(source or ())
    for fault in (runtime.broken[name] for name in sorted(wanted & runtime.broken.keys())):
        raise ConfigurationError(fault)
    if unknown := sorted(wanted - runtime.sources.keys()):
        raise ConfigurationError(f"no such source: {', '.join(unknown)}; `courtwatch sources list` shows the ids")
    broken = [] if wanted else list(runtime.broken.values())
    console = Console(stderr=as_json)
    cycle = Cycle(runtime, only=source or None, force=bool(source) or everything)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task("asking sources", total=None)

        def step(result: CollectResult) -> None:
            progress.update(bar, total=len(cycle.jobs), advance=1, description=result.source)

        cycle.on_result = step
        summary = asyncio.run(run_cycle(cycle))
    console.print(results_table(cycle))
    console.print(_last_line(cycle))
    for fault in broken:
        Console(stderr=True).print(Text(f"left out: {fault}", style="red"), soft_wrap=True)
    if as_json:
        print(json.dumps(summary, ensure_ascii=False, sort_keys=True))
    answered = [result for result in cycle.results if result.outcome.healthy]
    if (cycle.results and not answered) or cycle.told.refused or broken:
        raise typer.Exit(1)


def results_table(cycle: Cycle) -> Table:
    """Return one row a source: how it ended and why."""
    table = Table(title="Sources", title_justify="left", box=None, pad_edge=False)
    for name, justify in (("source", "left"), ("outcome", "left"), ("new", "right"), ("why", "left")):
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    for result in sorted(cycle.results, key=lambda result: (result.outcome.healthy, result.source)):
        table.add_row(
            result.source,
            Text(result.outcome.value, style=STYLES.get(result.outcome, "red")),
            str(len(result.items)) if result.outcome is Outcome.OK else "",
            Text(result.note),
        )
    return table


def _last_line(cycle: Cycle) -> Text:
    if not cycle.results:
        return Text(
            "No source is due. Ask anyway with --all or --source ID; `courtwatch sources list` says when each is due."
        )
    failed = sum(not result.outcome.healthy for result in cycle.results)
    figures = cycle.stored
    return Text(
        f"{len(cycle.results)} sources asked, {failed} in trouble; {figures.new} new items, {figures.revised} revised; "
        f"{figures.opened} events opened, {figures.moved} changed; {cycle.told.sent} alerts sent"
        + (f", {cycle.told.waiting} waiting" if cycle.told.waiting else "")
        + (f", {cycle.told.refused} REFUSED: {cycle.told.last_error}" if cycle.told.refused else "")
        + "."
    )


def serve(
    port: Annotated[int, typer.Option(help="Port of the Prefect server on this machine.")] = 4200,
) -> None:
    """Run all schedules on this machine until stopped; survives a restart.

    Uses the Prefect server named by PREFECT_API_URL, else starts one on loopback.

    Example: courtwatch serve
    """
    from flows.serve import serve_schedules  # noqa: PLC0415 - imports Prefect, seconds

    serve_schedules(port=port)
