"""Which channel is told about which change: the rules of ``routes.toml``, and plans made of them without sending."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from alerts.errors import RoutesError
from alerts.holding import CATEGORY_NAMES, Budget, Conditions, Mute, QuietHours, SeverityName, overflow_notice, rank
from alerts.planning import (
    DEBOUNCE,
    SILENT,
    edit_delivery,
    reply_delivery,
    root_delivery,
    root_key,
    superseded,
    together,
)
from alerts.text import clean
from classifiers.text import fold
from warehouse.rows import ChangeRow, EventRow, NewDelivery

__all__ = ["DEBOUNCE", "Route", "Routes", "load_routes", "root_key", "root_keys", "superseded"]

DIGEST = "digest"  # as a channel: not in Slack, only in the digest


class Route(Conditions):
    """One rule of ``routes.toml``: conditions, and the channel that is told."""

    name: str = Field(min_length=1)
    channel: str = "default"
    about_court: bool | None = True
    severity: SeverityName = "low"  # at least
    tiers: tuple[Literal["official", "court", "un", "ngo", "press", "blog"], ...] = ()  # at least one source of
    languages: tuple[str, ...] = ()  # at least one source in
    quiet: str | None = None  # the name of quiet hours
    broadcast: Literal["never", "escalation", "always"] = "escalation"  # which replies the channel sees too
    stop: bool = False

    def matches(self, event: EventRow) -> bool:
        """Tell whether the route is for ``event``."""
        return (
            (self.about_court is None or event.about_court == self.about_court)
            and _fits(self, event)
            and rank(event.severity) >= rank(self.severity)
            and (not self.tiers or any(source.tier in self.tiers for source in event.sources))
            and (not self.languages or any(source.language in self.languages for source in event.sources))
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    route: list[Route] = Field(min_length=1)
    quiet: dict[str, QuietHours] = {}
    mute: list[Mute] = []
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _names(self) -> _File:
        seen: set[str] = set()
        for route in self.route:
            if route.name in seen:
                raise ValueError(f'two routes are named "{route.name}": give each its own name')
            seen.add(route.name)
            if route.quiet is not None and route.quiet not in self.quiet:
                raise ValueError(f'route "{route.name}": there are no quiet hours [quiet.{route.quiet}]')
        return self


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes, in order, with quiet hours, mutes and the budget."""

    routes: tuple[Route, ...]
    quiet: Mapping[str, QuietHours] = field(default_factory=dict)
    mutes: tuple[Mute, ...] = ()
    budget: Budget = field(default_factory=Budget)

    def matching(self, event: EventRow, *, default_channel: str) -> dict[str, Route]:
        """Return each channel that is told of ``event`` with the first route that says so, in order."""
        found: dict[str, Route] = {}
        if event.category not in CATEGORY_NAMES:
            return found
        for route in self.routes:
            if route.matches(event):
                channel = default_channel if route.channel == "default" else route.channel
                if channel != DIGEST:
                    found.setdefault(channel, route)
                if route.stop:
                    break
        return found

    def channels(self, event: EventRow, *, default_channel: str) -> list[str]:
        """Return the channels that are told of ``event``, each once, in the order of the routes."""
        return list(self.matching(event, default_channel=default_channel))

    def plan(
        self,
        changes: Sequence[tuple[ChangeRow, EventRow]],
        *,
        default_channel: str,
        known_roots: Collection[str] | None = None,
        roots_this_hour: Mapping[str, int] | None = None,
    ) -> list[NewDelivery]:
        """Plan what one cycle's changes tell, in order: pure, and the same keys for the same changes.

        ``known_roots`` are the keys of roots that exist (see :func:`root_keys`); None: every event not opened here has
        one. An event without a root (known from a baseline, or routed here only now) gets one with its first tellable
        change, and that root says what changed; a silent change of such an event stays silent.
        ``roots_this_hour`` counts, by channel, what already went against the budget.
        """
        planned: list[NewDelivery] = []
        edits: dict[str, NewDelivery] = {}
        opened: dict[str, EventRow] = {}  # by the key of the root that is planned here
        new: set[str] = set()  # those of events that began here: their root says already what changed meanwhile
        for change, event, also in together(changes):
            for channel, route in self.matching(event, default_channel=default_channel).items():
                if self._muted(event, channel, change.at):
                    continue
                root, silent = root_key(channel, event.id), change.kind in SILENT
                exists = (
                    root in opened or (known_roots is None and change.kind != "opened") or root in (known_roots or ())
                )
                hold = self._hold(route, change.at, event)
                if not exists and not silent:
                    opened[root] = event
                    new |= {root} if change.kind == "opened" else set()
                    planned.append(root_delivery(channel, event, change, also, hold))
                elif exists and change.kind != "opened":
                    if not silent and root not in new:
                        planned.append(reply_delivery(channel, event, change, also, hold, route.broadcast))
                    if root not in opened:  # a root of this cycle is rendered from the finished row anyway
                        edits[root] = edit_delivery(channel, event, change, hold)
        return [*self._within_budget(planned, opened, roots_this_hour or {}), *edits.values()]

    def muted(self, at: datetime) -> list[str]:
        """Describe the mutes that are in force: the digest names them."""
        return [mute.line() for mute in self.mutes if at < mute.until]

    def _muted(self, event: EventRow, channel: str, at: datetime) -> bool:
        return any(
            at < mute.until
            and mute.channel in (None, channel)
            and mute.event in (None, event.id)
            and _fits(mute, event)
            for mute in self.mutes
        )

    def _hold(self, route: Route, at: datetime, event: EventRow) -> datetime | None:
        return self.quiet[route.quiet].held_until(at, event.severity) if route.quiet else None

    def _within_budget(
        self, planned: Sequence[NewDelivery], opened: Mapping[str, EventRow], already: Mapping[str, int]
    ) -> list[NewDelivery]:
        """Put the roots over a channel's budget into one summary; what would reply to them goes with them."""
        left_out: set[str] = set()
        summaries = []
        for channel in sorted({row.channel for row in planned if row.kind == "root"}):
            roots = [row for row in planned if row.kind == "root" and row.channel == channel]
            over = self.budget.over(roots, already.get(channel, 0))
            if over:
                left_out |= {row.key for row in over}
                summaries.append(overflow_notice(channel, [opened[row.key] for row in over]))
        kept = [row for row in planned if row.key not in left_out and row.thread_key not in left_out]
        return [*kept, *summaries]


def root_keys(routes: Routes, events: Iterable[EventRow], *, default_channel: str) -> set[str]:
    """Return the keys under which roots of ``events`` would stand; the outbox says which of them exist."""
    return {
        root_key(channel, event.id)
        for event in events
        for channel in routes.channels(event, default_channel=default_channel)
    }


def load_routes(path: Path | None = None) -> Routes:
    """Read ``routes.toml`` (None: the bundled one); raises RoutesError, one line: file, place, what to do."""
    source = Path(str(files("alerts") / "routes.toml")) if path is None else path
    try:
        raw = tomllib.loads(source.read_text(encoding="utf-8"))
        read = _File.model_validate(raw)
    except OSError as error:
        raise RoutesError(f"{source}: cannot be read ({error.strerror or error}): check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RoutesError(f"{source}: is not TOML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise RoutesError(f"{source}: {_first_problem(error, raw)}") from error
    return Routes(tuple(read.route), read.quiet, tuple(read.mute), read.budget)


def _first_problem(error: ValidationError, raw: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    where = [str(part) for part in first["loc"]]
    if len(where) > 1 and where[0] in ("route", "mute") and where[1].isdigit():
        entry = raw[where[0]][int(where[1])]
        name = f' "{clean(entry.get("name"))}"' if isinstance(entry, Mapping) and entry.get("name") else ""
        where = [f"{where[0]} {int(where[1]) + 1}{name}", *([".".join(where[2:])] if where[2:] else [])]
    said = {
        "extra_forbidden": "unknown key: remove it or correct its spelling",
        "missing": "is missing: add it",
    }.get(first["type"], first["msg"].removeprefix("Value error, "))
    return " ".join(": ".join([*where, said]).split())


def _fits(rule: Conditions, event: EventRow) -> bool:
    return (
        (not rule.categories or event.category in rule.categories)
        and (not rule.states or _names(event, rule.states))
        and (not rule.persons or _names(event, rule.persons))
    )


def _names(event: EventRow, wanted: Iterable[str]) -> bool:
    said = fold(" ".join(_strings(event.facts))) + " " + fold(event.title)
    return any(fold(clean(name)) in said for name in wanted)


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _strings(part)
