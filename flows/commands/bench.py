"""``courtwatch bench``: the benchmark suite."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from classifiers.jsonl import read_documents
from warehouse.bench import Figures


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("bench")(bench)


def bench(
    part: Annotated[
        Literal["all", "collect", "judge", "warehouse", "deliver"],
        typer.Argument(help="Which part; deliver takes 20 to 40 minutes and is not in all."),
    ] = "all",
    feeds: Annotated[int, typer.Option(help="How many feeds, each on a host of its own.")] = 500,
    items: Annotated[
        list[int] | None,
        typer.Option(help="A size of the warehouse, in items; may be given more than once (a million takes minutes)."),
    ] = None,
    kills: Annotated[int, typer.Option(help="How often the delivering process is killed (deliver).")] = 100,
    seed: Annotated[int, typer.Option(help="Another seed, another month (deliver).")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure what a cycle and judging cost here, beside a bare Scrapy fetch and the `reader` package.

    With `deliver`: send a simulated month of alerts through storms, resets, outages and kills, and count what was lost,
    told twice, out of order or late (docs/slack.md says how that is measured); exit code 1 when anything was. It takes
    20 to 40 minutes and shows how far it is.

    Example: courtwatch bench collect --feeds 500
    """
    if part == "deliver":
        _deliver(kills, seed, as_json)
        return
    from flows import bench as suite  # noqa: PLC0415 - imports the whole pipeline
    from flows import bench_collect as cycles  # noqa: PLC0415 - the same

    measures: list[suite.Measure] = []
    if part in ("all", "judge"):
        corpus = Path(__file__).parents[2] / "classifiers" / "corpus" / "dev.jsonl"
        measures += suite.bench_judge(read_documents(corpus))
    if part in ("all", "collect"):
        measures += cycles.bench_collect(feeds)
    sizes: list[Figures] = []
    if part in ("all", "warehouse"):
        sizes = suite.bench_warehouse(items or [10_000, 100_000])
    ratios = cycles.ratios(measures)
    if as_json:
        figures = {
            "measures": [asdict(measure) for measure in measures],
            "ratios": [asdict(ratio) for ratio in ratios],
            "warehouse": [asdict(size) for size in sizes],
            "peak_memory_mb": suite.peak_memory(),
        }
        print(json.dumps(figures, sort_keys=True, indent=1))
        return
    if measures:
        table = Table("what", "wall s", "CPU s", "note", box=None, pad_edge=False)
        for measure in measures:
            table.add_row(measure.name, f"{measure.wall:.2f}", f"{measure.cpu:.2f}", measure.note)
        Console().print(table)
    for ratio in ratios:
        words = f"{ratio.name} / {ratio.beside}: {ratio.cpu:.2f} of the CPU, {ratio.wall:.2f} of the wall time"
        Console().print(f"{words} (goal {ratio.goal:g})", soft_wrap=True)
    if sizes:
        Console().print(_by_size(sizes))
    Console().print(f"peak memory of this process: {suite.peak_memory():.0f} MB")


def _by_size(figures: list[Figures]) -> Table:
    """Return a table with a column a size: wall and CPU milliseconds, median of several rounds."""
    table = Table("wall / CPU ms", *(f"{figure.items:,} items" for figure in figures), box=None, pad_edge=False)
    table.add_row("making the history, s", *(f"{figure.making_s:.0f}" for figure in figures))
    table.add_row("file, MB", *(f"{figure.file_mb:.0f}" for figure in figures))
    table.add_row("memory, MB", *(f"{figure.memory_mb:.0f}" for figure in figures))
    table.add_row("memory with maintenance, MB", *(f"{figure.maintenance_memory_mb:.0f}" for figure in figures))
    table.add_row("search index of 100 items, CPU ms", *(f"{figure.index_ms:.0f}" for figure in figures))
    for name in figures[0].costs:
        costs = [figure.costs[name] for figure in figures]
        table.add_row(name, *(f"{cost.wall:.0f} / {cost.cpu:.0f}" for cost in costs))
    return table


def _deliver(kills: int, seed: int, as_json: bool) -> None:
    from flows.bench_deliver import Trials, bench_deliver  # noqa: PLC0415 - imports the whole pipeline

    trials = Trials(kills=kills, seed=seed)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        bar = progress.add_task("reports of the month", total=trials.items)
        outcome = bench_deliver(trials, lambda number: progress.update(bar, completed=number))
    if as_json:
        print(json.dumps(asdict(outcome), sort_keys=True, indent=1))
    else:
        table = Table(show_header=False, box=None, pad_edge=False)
        for name, value in asdict(outcome).items():
            table.add_row(name.replace("_", " "), str(value))
        Console().print(table)
    if not outcome.perfect:
        raise typer.Exit(1)
