"""``courtwatch sources``: the catalogue, and a check of what one source gives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.errors import ConfigurationError
from flows.runtime import utc_now
from flows.settings import Settings, load_settings
from spiders.catalogue import BUNDLED, Catalogue, Source, read_catalogue
from spiders.check import check_recorded
from spiders.collect import CollectOptions, collect
from spiders.items import CollectJob, CollectResult
from spiders.scaffold import new_source
from spiders.scaffold import record as record_pages
from warehouse.connection import open_warehouse
from warehouse.rows import SourceHealth
from warehouse.runs import read_health
from warehouse.schema import migrate

WIDE = 130  # columns of a terminal: from here on all that is known fits on a line

# Recorded pages live with the tests of the checkout.
PAGES = Path(__file__).parents[2] / "tests" / "spiders" / "pages"

app = typer.Typer(help="The catalogue of sources.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add this module's commands."""
    parent.add_typer(app, name="sources")


@app.command("list")
def list_sources(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show every source with state, cadence, last item and last success.

    "every" is its shortest pause, "now" the one in force: longer when it is silent, in trouble or asks for it.
    Times are UTC. A terminal of 130 columns shows more; a file that cannot be used is shown as broken, with the reason.

    Example: courtwatch sources list
    """
    settings = load_settings()
    catalogue = read_catalogue(settings.sources)
    health = {row.source: row for row in _read_health(settings, catalogue.sources)}
    if as_json:
        rows = [_as_json(source, health.get(source.id)) for source in catalogue.sources.values()]
        rows += [dict.fromkeys(rows[0]) | {"id": name, "state": "broken", "reason": fault}
                 for name, fault in catalogue.broken.items()]  # fmt: skip
        print(json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=1))
        return
    console = Console()
    console.print(_table(catalogue, health, wide=console.width >= WIDE))
    console.print(f"{len(catalogue.sources)} sources")
    if overdue := sum(row.overdue for row in health.values()):
        console.print(f"{overdue} not asked when they were due: is `courtwatch serve` running?", markup=False)
    for fault in catalogue.broken.values():
        console.print(Text(f"broken, left out: {fault}", style="red"), soft_wrap=True)


def _table(catalogue: Catalogue, health: Mapping[str, SourceHealth], *, wide: bool) -> Table:
    """Return a row a source; what does not fit into 80 columns is shown where there are more."""
    table = Table(box=None, pad_edge=False)
    names = ["source", *(("tier", "kind", "lang") if wide else ()), "every", "now", "state", "last item"]
    for name in (*names, *(("last success", "next") if wide else ("next",))):
        table.add_column(name, no_wrap=True)
    for source in catalogue.sources.values():
        row = health.get(source.id)
        state = Text(row.state if row else "never asked")
        state.stylize("" if not row or row.state in ("ok", "quiet", "new") else "red")
        last_item, last_success, due = _times(row) if row else (None, None, None)
        pauses = (_span(source.every), _span(_pause(row)))
        if wide:
            table.add_row(source.id, source.tier, source.kind, source.language, *pauses, state,
                          _moment(last_item), _moment(last_success), _moment(due))  # fmt: skip
        else:
            table.add_row(source.id, *pauses, state, f"{last_item:%Y-%m-%d}" if last_item else "-",
                          f"{due:%m-%d %H:%M}" if due else "-")  # fmt: skip
    for name in catalogue.broken:
        table.add_row(name, *(("-",) * (5 if wide else 2)), Text("broken", style="red"))
    return table


@app.command("check")
def check(
    source_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="One source; all when left out.")] = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="Against the recorded pages, without network.")] = False,
) -> None:
    """Ask one source (or all) and show what was parsed; nothing is stored.

    Example: courtwatch sources check icc_rss
    """
    settings = load_settings()
    catalogue = read_catalogue(settings.sources)
    sources = catalogue.sources
    if source_id is not None and source_id in catalogue.broken:
        raise ConfigurationError(catalogue.broken[source_id])
    if source_id is not None and source_id not in sources:
        raise ConfigurationError(f"no such source: {source_id}; `courtwatch sources list` shows the ids")
    chosen = [sources[source_id]] if source_id else list(sources.values())
    console = Console()
    failed = _check_recorded(chosen, console) if recorded else _check_live(settings, chosen, console)
    for fault in () if source_id else catalogue.broken.values():
        console.print(Text(f"broken, left out: {fault}", style="red"), soft_wrap=True)
    if failed:
        console.print(f"{failed} of {len(chosen)} failed", style="red")
    if failed or (catalogue.broken and not source_id):
        raise typer.Exit(1)


@app.command("new")
def new(
    slug: Annotated[str, typer.Argument(help="The id: a-z, 0-9 and _; also the name of its file.")],
    kind: Annotated[Literal["rss", "html", "json"], typer.Argument(help="How it is read.")],
    url: Annotated[str, typer.Argument(help="The address of its feed, listing or interface.")],
) -> None:
    """Write the TOML of a new source, to be filled in.

    Example: courtwatch sources new eu_council rss https://www.consilium.europa.eu/en/rss/pressreleases.ashx
    """
    path = new_source(slug, kind, url, day=utc_now(), folder=load_settings().sources or BUNDLED)
    Console().print(f"{path}: fill in its empty keys, then `make record SLUG={slug}`", markup=False, soft_wrap=True)


@app.command("record")
def record(slug: Annotated[str, typer.Argument(help="The source whose pages are kept.")]) -> None:
    """Fetch what a source shows now and keep it, with what it reads as, for the tests; a person reviews it once.

    Example: courtwatch sources record eu_council
    """
    settings = load_settings()
    options = CollectOptions(allow_private=settings.allow_private, contact=settings.contact or "")
    written = asyncio.run(record_pages(slug, PAGES, now=utc_now, options=options, folder=settings.sources or BUNDLED))
    console = Console()
    for path in written:
        console.print(str(path), markup=False, soft_wrap=True)
    console.print(
        f'Review the last one, set "reviewed" to true in it, then run `courtwatch sources check {slug} --recorded`; '
        "`make docs` puts the source into docs/sources.md.",
        soft_wrap=True,
    )


def _check_recorded(chosen: Sequence[Source], console: Console) -> int:
    checks = check_recorded({source.id: source for source in chosen}, PAGES)
    for one in checks:
        style = "red" if one.fault else "green"
        said = one.fault or f"{one.items} items as expected"
        console.print(Text.assemble((f"{one.source}: {'failed' if one.fault else 'ok'}", style), f"  {said}"))
    return len({one.source for one in checks if one.fault})


def _check_live(settings: Settings, chosen: Sequence[Source], console: Console) -> int:
    options = CollectOptions(allow_private=settings.allow_private, contact=settings.contact or "")
    jobs = [CollectJob(source=source.id) for source in chosen]
    results = asyncio.run(collect(jobs, {source.id: source for source in chosen}, now=utc_now, options=options))
    for result in results:
        _show(result, console, items=8 if len(chosen) == 1 else 0)
    return sum(not result.outcome.healthy for result in results)


def _show(result: CollectResult, console: Console, *, items: int) -> None:
    style = "green" if result.outcome.healthy else "red"
    console.print(Text.assemble((f"{result.source}: {result.outcome.value}", style), f"  {result.note}"))
    for item in result.items[:items]:
        console.print(Text(f"  {_moment(item.published.at):16}  {item.title}"))
        console.print(Text(f"  {'':16}  {item.url}  ({len(item.text)} characters)", style="dim"))


def _read_health(settings: Settings, sources: Mapping[str, Source]) -> list[SourceHealth]:
    if not settings.warehouse.exists():
        return []
    with open_warehouse(settings.warehouse) as db:
        migrate(db)
        return read_health(db, sources, now=utc_now())


def _as_json(source: Source, row: SourceHealth | None) -> dict[str, object]:
    return {
        "id": source.id, "name": source.name, "url": source.url, "tier": source.tier, "kind": source.kind,
        "language": source.language, "every_seconds": source.every.total_seconds(),
        "pause_seconds": pause.total_seconds() if (pause := _pause(row)) else None,
        "state": row.state if row else "never asked", "reason": row.reason if row else "",
        **{
            name: moment.isoformat() if moment else None
            for name, moment in zip(_TIMES, _times(row) if row else (None, None, None), strict=True)
        },
    }  # fmt: skip


_TIMES = ("last_item_at", "last_success_at", "next_due_at")


def _times(row: SourceHealth) -> tuple[datetime | None, ...]:
    return row.last_item_at, row.last_success_at, row.next_due_at


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "-"


def _pause(row: SourceHealth | None) -> timedelta | None:
    """Return the pause in force between the last look and the next one, None before the first."""
    if row is None or row.last_run_at is None or row.next_due_at is None:
        return None
    return row.next_due_at - row.last_run_at


def _span(pause: timedelta | None) -> str:
    """Write a pause in its largest units, to the minute."""
    if pause is None:
        return "-"
    minutes = max(1, round(pause.total_seconds() / 60))
    days, hours, minutes = minutes // 1_440, minutes // 60 % 24, minutes % 60
    return "".join(f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if number)
