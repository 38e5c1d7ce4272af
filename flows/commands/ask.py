"""``courtwatch search``, ``sql``, ``explain`` and ``doctor``: questions that people ask of what is known."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from flows.doctor import run_checks
from flows.errors import ConfigurationError, FlowError
from flows.explanation import print_explanation
from flows.settings import load_settings
from warehouse.explain import explain as explain_stored
from warehouse.query import open_copy, run_sql
from warehouse.search import search as search_stored

_READABLE = 12  # characters of a column that is narrower than people can read


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("search")(search)
    app.command("sql")(sql)
    app.command("explain")(explain)
    app.command("doctor")(doctor)


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT on the documented views (docs/analysts.md).")],
    form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", "-f", help="How to print it.")] = "table",
) -> None:
    """Query the analysts' copy, also while the pipeline runs.

    Example: courtwatch sql "SELECT category, count(*) FROM events GROUP BY ALL"
    """
    columns, rows = run_sql(load_settings().analysts_copy, query)
    if form == "json":
        print(
            json.dumps(
                [dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False, default=str, indent=1
            )
        )
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(columns)
        writer.writerows(rows)
    else:
        _print(columns, rows)


def _print(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows as a table, or as one block a row where so many columns would be too narrow to read."""
    console = Console()
    if not rows or len(columns) * _READABLE <= console.width:
        table = Table(*(Column(name, overflow="fold") for name in columns), box=None, pad_edge=False)
        for row in rows:
            table.add_row(*map(_shown, row))
        console.print(table)
        return
    for row in rows:
        block = Table(
            Column(style="dim", no_wrap=True), Column(overflow="fold"), box=None, show_header=False, pad_edge=False
        )
        for name, value in zip(columns, row, strict=True):
            if value is not None:
                block.add_row(name, _shown(value))
        console.print(block, "")


def _shown(value: object) -> Text:
    return Text("" if value is None else str(value))


def search(
    words: Annotated[str, typer.Argument(help="All of them must occur; a word that ends in * is a beginning.")],
    category: Annotated[str | None, typer.Option(help="Only items judged so, e.g. ruling.")] = None,
    source: Annotated[str | None, typer.Option(help="Only items of this source.")] = None,
    language: Annotated[str | None, typer.Option(help="Only items in this language, e.g. fr.")] = None,
    since: Annotated[datetime | None, typer.Option(help="Published on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Published before this day.")] = None,
    about_court: Annotated[
        bool | None, typer.Option("--about-court/--not-about-court", help="Only items that concern the Court, or not.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find items by words of title and text, in any language, case and accents; the best first.

    Example: courtwatch search "sanction* juge" --language fr --since 2025-06-01
    """
    if not any(character.isalnum() for character in words):
        raise ConfigurationError(f"there is no word in {words!r}: give one or more words to look for")
    found = search_stored(
        load_settings().analysts_copy,
        words,
        category=category,
        source=source,
        language=language,
        about_court=about_court,
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
        limit=limit,
    )
    if as_json:
        rows = [asdict(item) for item in found]
        print(json.dumps(rows, ensure_ascii=False, default=lambda moment: moment.isoformat(), indent=1))
        return
    table = Table("score", "date", "publisher", "category", "title", box=None, pad_edge=False)
    for item in found:
        title = Text(item.title).append(f"\n{item.url}", style="dim")
        if item.taken_down_at:
            title.append(f"\ntaken down, noticed {item.taken_down_at:%Y-%m-%d}", style="red")
        moment = item.published_at or item.first_seen_at
        table.add_row(f"{item.score:.1f}", f"{moment:%Y-%m-%d}", Text(item.publisher), Text(item.category or ""), title)
    Console().print(table if found else "nothing found")


def explain(
    target: Annotated[str, typer.Argument(metavar="ITEM_OR_EVENT", help="An item id or event id, or an item's URL.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show why: verdict, evidence, revisions, grouping reasons, deliveries.

    Example: courtwatch explain 2025-06-05-sanction_round-1a2b3c
    """
    with open_copy(load_settings().analysts_copy, current=True) as db:
        found = explain_stored(db, target)
    if found is None:
        raise FlowError(f"nothing is known of {target!r}: give an item id, an event id or an item's URL")
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, sort_keys=True, default=str, indent=1))
    else:
        print_explanation(found, Console())


def doctor() -> None:
    """Check settings, warehouse, sources, Slack, mail, clock and disk; say what to do.

    Example: courtwatch doctor
    """
    checks = run_checks()
    marks = {"ok": ("ok  ", "green"), "note": ("note", "yellow"), "fail": ("FAIL", "red")}
    console = Console()
    for check in checks:
        mark, style = marks[check.state]
        console.print(Text.assemble((mark, style), f"  {check.name}: {check.said}"))
    if any(check.state == "fail" for check in checks):
        raise typer.Exit(1)
