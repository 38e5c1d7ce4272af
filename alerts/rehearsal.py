"""What routes would have told on stored history, and what is wrong with them, before they go live."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from alerts.holding import rank
from alerts.routes import Route, Routes
from warehouse.rows import ChangeRow, EventRow

FLOOD = 30  # new events a day in one channel: nobody reads that
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RouteUse:
    """What one route would have sent to one channel."""

    route: str
    channel: str
    roots: int
    replies: int
    busiest_day: date | None  # the day (UTC) with most roots
    busiest: int  # roots on that day
    examples: tuple[str, ...]  # titles of the first events


def rehearse(
    routes: Routes, history: Sequence[tuple[ChangeRow, EventRow]], *, default_channel: str
) -> tuple[list[RouteUse], list[str]]:
    """Return what each route would have told of ``history`` (changes in order), and what is wrong with the routes."""
    roots: dict[tuple[str, str], list[tuple[date, str]]] = {}
    replies: Counter[tuple[str, str]] = Counter()
    known: set[str] = set()
    sent_at: list[tuple[datetime, str]] = []
    for at, cycle in groupby(history, key=lambda pair: pair[0].at):
        batch = list(cycle)
        events = {event.id: event for _, event in batch}
        hour = Counter(channel for then, channel in sent_at if at - _HOUR < then <= at)
        for row in routes.plan(batch, default_channel=default_channel, known_roots=known, roots_this_hour=hour):
            if row.event_id is None or row.kind not in ("root", "reply"):
                continue
            event = events[row.event_id]
            use = (routes.matching(event, default_channel=default_channel)[row.channel].name, row.channel)
            if row.kind == "root":
                known.add(row.key)
                sent_at.append((at, row.channel))
                roots.setdefault(use, []).append((at.astimezone(UTC).date(), event.title))
            else:
                replies[use] += 1
    uses = [
        _use(route, channel, roots.get((route, channel), []), replies) for route, channel in sorted({*roots, *replies})
    ]
    return uses, [*problems(routes), *_seen_problems(routes, uses, bool(history))]


def problems(routes: Routes, *, now: datetime | None = None) -> list[str]:
    """Return what can be seen to be wrong without history: routes that can never fire, mutes that are over."""
    found = []
    for index, later in enumerate(routes.routes):
        for earlier in routes.routes[:index]:
            if earlier.stop and _covers(earlier, later):
                found.append(
                    f'route "{later.name}" can never fire: "{earlier.name}" before it takes all it would, and stops'
                )
                break
    used = {route.quiet for route in routes.routes}
    found += [f"quiet hours [quiet.{name}] belong to no route" for name in routes.quiet if name not in used]
    if now is not None:
        found += [f"the mute of {mute.line()} is over: remove it" for mute in routes.mutes if mute.until <= now]
    return found


def _seen_problems(routes: Routes, uses: Sequence[RouteUse], seen: bool) -> list[str]:
    fired = {use.route for use in uses}
    silent = [route.name for route in routes.routes if route.name not in fired and route.channel != "digest"]
    found = [f'route "{name}" would not have fired once' for name in silent if seen]
    found += [
        f'route "{use.route}" would have flooded {use.channel}: {use.busiest} new events on {use.busiest_day}'
        for use in uses
        if use.busiest > FLOOD
    ]
    return found


def _use(route: str, channel: str, roots: list[tuple[date, str]], replies: Counter[tuple[str, str]]) -> RouteUse:
    days = Counter(day for day, _ in roots)
    day, most = max(sorted(days.items()), key=lambda pair: pair[1], default=(None, 0))
    titles = tuple(title for _, title in roots[:3])
    return RouteUse(route, channel, len(roots), replies[route, channel], day, most, titles)


def _covers(earlier: Route, later: Route) -> bool:
    """Tell whether ``earlier`` matches whatever ``later`` matches."""
    pairs = (
        (earlier.categories, later.categories),
        (earlier.states, later.states),
        (earlier.persons, later.persons),
        (earlier.tiers, later.tiers),
        (earlier.languages, later.languages),
    )
    return (
        earlier.about_court in (None, later.about_court)
        and rank(earlier.severity) <= rank(later.severity)
        and all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in pairs)
    )
