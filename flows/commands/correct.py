"""``courtwatch correct``: what the button Wrong… does in Slack, for whoever has the warehouse at hand."""

from __future__ import annotations

import getpass
from contextlib import suppress
from typing import Annotated
from uuid import uuid4

import typer
from rich.console import Console

from alerts.actions import Action
from flows.acting import Desk
from flows.correcting import COMMAND_LINE
from flows.cycle import Cycle
from flows.errors import CycleRunning
from flows.locks import run_lock
from flows.runtime import build_runtime


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("correct")(correct)


def correct(
    event: Annotated[str, typer.Argument(help="The event's id, as alerts and `courtwatch sql` show it.")],
    category: Annotated[str | None, typer.Option(help="What it is instead, e.g. ruling.")] = None,
    not_about_court: Annotated[
        bool, typer.Option("--not-about-court", help="It is not about the Court; what follows is not told.")
    ] = False,
    same_as: Annotated[
        str | None, typer.Option(help="The id of another event that is the same: they are merged.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Address or item id of a report that does not belong to it: an event of its own.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why, for whoever asks later.")] = "",
    by: Annotated[str | None, typer.Option(help="Who says so.", show_default="your user name")] = None,
) -> None:
    """Say what is wrong with an event: kept for ever, told in its thread, as if it had been said in Slack.

    Example: courtwatch correct 2025-06-05-sanction_round-1a2b3c --category threat --note "only announced"
    """
    said = {
        "category": category,
        "about_court": "false" if not_about_court else None,
        "same_as": same_as,
        "split": split,
        "note": note,
    }
    values = {field: value for field, value in said.items() if value}
    if not values:
        raise typer.BadParameter("say what is wrong: --category, --not-about-court, --same-as, --split or --note")
    runtime = build_runtime()
    action = Action(f"correct:{uuid4()}", "correct", by or getpass.getuser(), COMMAND_LINE, event, values=values)
    done = Desk(runtime).carry_out(action)
    with suppress(CycleRunning), run_lock(runtime):  # a running cycle publishes at its end
        Cycle(runtime).publish()
    Console().print(done or "", markup=False, highlight=False, soft_wrap=True)
