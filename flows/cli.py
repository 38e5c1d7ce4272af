"""The command line ``courtwatch``; every error is one line.

The commands live in ``flows.commands``. A module is imported when a command of it runs: the list of all commands needs
none of them, and judging a file needs neither Scrapy nor Prefect.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
from importlib import import_module
from typing import Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from alerts.errors import AlertsError
from classifiers.errors import ClassifierError
from flows.errors import ConfigurationError, FlowError
from spiders.errors import CatalogueError, SpiderError
from warehouse.errors import WarehouseError

# Command -> (module, the first line of its help).
COMMANDS = {
    "demo": ("demo", "Replay a year of releases and news on a fast clock: collect, judge, group, store, alert."),
    "run": ("run", "Run one cycle now: due sources, judge, group, store, alert."),
    "serve": ("run", "Run all schedules on this machine until stopped; survives a restart."),
    "classify": ("judge", "Judge and group a file of items; no warehouse needed."),
    "evaluate": (
        "judge",
        "Score judging and grouping against labels, never by a judge that has seen the item or its event.",
    ),
    "train": (
        "learn",
        "Train a judge on the corpus and on what people corrected; it judges nothing before you switch it on.",
    ),
    "backtest": (
        "backtest",
        "Judge stored items again and show which alerts today's rules would gain, lose or merge; changes nothing.",
    ),
    "sql": ("ask", "Query the analysts' copy, also while the pipeline runs."),
    "search": ("ask", "Find items by words of title and text, in any language, case and accents; the best first."),
    "explain": ("ask", "Show why: verdict, evidence, revisions, grouping reasons, deliveries."),
    "correct": (
        "correct",
        "Say what is wrong with an event: kept for ever, told in its thread, as if it had been said in Slack.",
    ),
    "doctor": ("ask", "Check settings, warehouse, sources, Slack, mail, clock and disk; say what to do."),
    "digest": ("tell", "Render the digest of a week as .eml, .html and .txt; mail it when asked."),
    "routes": ("tell", "Who is told what."),
    "backfill": (
        "keep",
        "Read a source's archive into the warehouse: judged and grouped, nobody is alerted; goes on after a kill.",
    ),
    "export": (
        "keep",
        "Write the analysts' views as Parquet, by month; or one event as evidence: texts, raw answers (WARC), hashes.",
    ),
    "backup": ("keep", "Copy the live warehouse as it is at one moment, also while the pipeline runs."),
    "restore": ("keep", "Put a backup in the place of the live warehouse; what was there is kept beside it."),
    "verify": (
        "keep",
        "Check that the warehouse hangs together: references, order, hash chains, seals and raw answers.",
    ),
    "maintain": (
        "keep",
        "Do now what the weekly schedule does: retention, integrity check, compaction, a new copy for analysts.",
    ),
    "bench": (
        "bench",
        "Measure what a cycle and judging cost here, beside a bare Scrapy fetch and the `reader` package.",
    ),
    "sources": ("sources", "The catalogue of sources."),
}


class Commands(TyperGroup):
    """The group of all commands: listed by their first lines, imported one at a time."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the name, the command itself instead of its line in the list, and the rest of the arguments."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, load_command(name) if name is not None else listed, rest


def load_command(name: str) -> Any:
    """Import a command of :data:`COMMANDS`."""
    own = typer.Typer()
    import_module(f"flows.commands.{COMMANDS[name][0]}").register(own)
    return typer.main.get_group(own).commands[name]


app = typer.Typer(
    name="courtwatch",
    cls=Commands,
    help="Watch official releases and news for threats to the International Criminal Court.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command, (_, line) in COMMANDS.items():
    app.command(command, help=line)(lambda: None)

# Ours: the message says what to do. Anything else is a bug and deserves its traceback.
EXPECTED = (FlowError, WarehouseError, SpiderError, ClassifierError, AlertsError)


def main() -> None:
    """Run the command line; exit code 0 ok, 1 failed, 2 wrong use (also of settings)."""
    level = os.environ.get("COURTWATCH_LOG_LEVEL", "").upper()
    logging.basicConfig(
        level=level if level in ("DEBUG", "INFO", "ERROR") else "WARNING",
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        stream=sys.stderr,
    )
    # Judging makes many small objects and hardly a cycle of them: looking for cycles less often saves a tenth of it.
    gc.set_threshold(50_000, 20, 20)
    sys.exit(_run())


def _run() -> int:
    """Run the app and return the exit code, with no traceback left that would keep a connection alive until the end."""
    try:
        app(standalone_mode=True)
    except EXPECTED as error:
        Console(stderr=True).print(f"courtwatch: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        return 2 if isinstance(error, ConfigurationError | CatalogueError) else 1
    return 0


if __name__ == "__main__":
    main()
