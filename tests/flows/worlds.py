"""Small simulated worlds for the tests of the wiring: a few pages, real servers, warehouse and classifier."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.cycle import Cycle, run_cycle
from flows.demo import World, simulated_world
from replay.record import Event, Item, Truth, validate

START = datetime(2025, 6, 1, 12, tzinfo=UTC)

SANCTIONS = (
    "The Department of State today designates two judges of the International Criminal Court, Amara Testova of "
    "Ruritania and Luc Exemple of Borduria, pursuant to section 1(a)(ii)(A) of Executive Order 14203. "
    "All property of the judges in the United States is blocked."
)


def page(number: int, at: datetime, **fields: Any) -> Item:
    """Return a page of the State Department's feed; ordinary traffic unless ``fields`` say otherwise."""
    item = Item(
        id=f"p{number}",
        source="us_state_press_releases",
        published=at,
        path=f"/releases/2025/06/page-{number}/",
        guid=f"https://www.state.gov.example/?p={number}",
        title=f"Readout of a call about fisheries, part {number}",
        text=f"The Secretary spoke with his counterpart about fisheries and ports. They meet again, part {number}.",
        truth=Truth("traffic"),
    )
    return replace(item, **fields)


def designation(number: int, at: datetime, **fields: Any) -> Item:
    """Return a page that reports a new sanction round against judges of the Court."""
    given = {"title": "Sanctioning Two Judges of the International Criminal Court", "text": SANCTIONS} | fields
    return page(number, at, **given)


@contextmanager
def world_of(
    home: Path, *items: Item, start: datetime = START, doors: Sequence[str] = ("us_state_press_releases",)
) -> Iterator[World]:
    """Serve these pages and nothing else; only the State Department's feed is asked, or what else ``doors`` names."""
    home.mkdir(parents=True, exist_ok=True)
    with simulated_world(home, Console(file=io.StringIO()), start=start, record=validate(items), quiet=True) as world:
        world.runtime = replace(world.runtime, sources={door: world.runtime.sources[door] for door in doors})
        yield world


def cycle(world: World, at: datetime | None = None) -> Cycle:
    """Run one whole cycle, at ``at`` when given."""
    if at is not None:
        world.clock.set(at)
    run = Cycle(world.runtime)
    asyncio.run(run_cycle(run))
    return run


def settle(world: World) -> None:
    """Let held-back edits of roots become due and drain the outbox once more."""
    world.clock.advance(timedelta(minutes=2))
    cycle(world)


def baseline(count: int = 3) -> list[Item]:
    """Return a few old pages, so that the first look finds something."""
    return [page(number, START - timedelta(days=number)) for number in range(1, count + 1)]


__all__ = ["START", "Event", "World", "baseline", "cycle", "designation", "page", "settle", "world_of"]
