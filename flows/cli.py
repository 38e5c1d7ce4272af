"""The command line ``courtwatch``: one sub-command a module in ``flows.commands``; every error is one line."""

from __future__ import annotations

import logging
import os
import sys

import typer
from rich.console import Console

from alerts.errors import AlertsError
from classifiers.errors import ClassifierError
from flows.commands import ask, bench, judge, keep, run, sources, tell
from flows.commands import demo as demo_command
from flows.errors import ConfigurationError, FlowError
from spiders.errors import CatalogueError, SpiderError
from warehouse.errors import WarehouseError

app = typer.Typer(
    name="courtwatch",
    help="Watch official releases and news for threats to the International Criminal Court.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for module in (demo_command, run, judge, ask, tell, keep, bench):
    module.register(app)
app.add_typer(sources.app, name="sources")

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
