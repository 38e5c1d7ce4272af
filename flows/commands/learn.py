"""``courtwatch train``: a judge of our own from what people corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.learning import learn
from flows.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("train")(train)


def train(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where the model goes; model.npz in the data folder.")
    ] = None,
) -> None:
    """Train a judge on the corpus and on what people corrected; it judges nothing before you switch it on.

    Try it with `courtwatch backtest --model FILE`, switch it on with COURTWATCH_MODEL=FILE.

    Example: courtwatch train
    """
    settings = load_settings()
    path = output or settings.home / "model.npz"
    judge, count = learn(settings.analysts_copy, path)
    console = Console()
    console.print(f"trained on the corpus and {count} corrected items: version {judge.version}", highlight=False)
    console.print(f"{path}", markup=False, highlight=False, soft_wrap=True)
