"""Which channel is told about which change, and under which keys: planning without sending (pure)."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.errors import RoutesError
from alerts.text import clean
from alerts.wording import SEVERITY_ORDER
from classifiers.categories import EVENT_CATEGORIES
from classifiers.text import fold
from warehouse.rows import ChangeRow, Delivery, EventRow, NewDelivery

SILENT = frozenset({"joined"})  # raises a count in the root, never a message
_TOGETHER = ("status", "document", "facts")  # told in one reply when one report did them at once, the first leads
DEBOUNCE = timedelta(seconds=60)  # several changes of one event become one edit of its root

Name = Literal[tuple(category.value for category in EVENT_CATEGORIES)]  # type: ignore[valid-type]


class Route(BaseModel):
    """One rule of ``routes.toml``: conditions, and the channel that is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    channel: str = "default"
    about_court: bool | None = True
    categories: tuple[Name, ...] = ()  # type: ignore[valid-type]
    severity: Literal["low", "normal", "high", "critical"] = "low"  # at least
    states: tuple[str, ...] = ()  # any of: states, persons and bodies in the event's facts
    persons: tuple[str, ...] = ()
    tiers: tuple[Literal["official", "court", "un", "ngo", "press", "blog"], ...] = ()  # at least one source of
    languages: tuple[str, ...] = ()  # at least one source in
    stop: bool = False

    def matches(self, event: EventRow) -> bool:
        """Tell whether the route is for ``event``."""
        return (
            (self.about_court is None or event.about_court == self.about_court)
            and (not self.categories or event.category in self.categories)
            and _rank(event.severity) >= _rank(self.severity)
            and (not self.states or _names(event, self.states))
            and (not self.persons or _names(event, self.persons))
            and (not self.tiers or any(source.tier in self.tiers for source in event.sources))
            and (not self.languages or any(source.language in self.languages for source in event.sources))
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    route: list[Route] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Routes:
    """All routes, in order."""

    routes: tuple[Route, ...]

    def channels(self, event: EventRow, *, default_channel: str) -> list[str]:
        """Return the channels that are told of ``event``, each once, in the order of the routes."""
        if event.category not in {category.value for category in EVENT_CATEGORIES}:
            return []
        found: list[str] = []
        for route in self.routes:
            if route.matches(event):
                channel = default_channel if route.channel == "default" else route.channel
                found += [channel] if channel not in found else []
                if route.stop:
                    break
        return found

    def plan(
        self,
        changes: Sequence[tuple[ChangeRow, EventRow]],
        *,
        default_channel: str,
        known_roots: Collection[str] | None = None,
    ) -> list[NewDelivery]:
        """Plan what one cycle's changes tell, in order: pure, and the same keys for the same changes.

        ``known_roots`` are the keys of roots that exist (see :func:`root_keys`); None: every event not opened here has
        one. An event without a root (known from a baseline, or routed here only now) gets one with its first tellable
        change, and that root says what changed; a silent change of such an event stays silent.
        """
        planned: list[NewDelivery] = []
        edits: dict[str, NewDelivery] = {}
        opened_here: set[str] = set()
        for change, event, also in _together(changes):
            for channel in self.channels(event, default_channel=default_channel):
                root = root_key(channel, event.id)
                exists = (
                    root in opened_here
                    or (known_roots is None and change.kind != "opened")
                    or root in (known_roots or ())
                )
                if not exists and change.kind not in SILENT:
                    opened_here.add(root)
                    planned.append(_root(channel, event, change, also))
                elif exists and change.kind != "opened":
                    if change.kind not in SILENT:
                        planned.append(_reply(channel, event, change, also))
                    if root not in opened_here:  # a root of this cycle is rendered from the finished row anyway
                        edits[root] = _edit(channel, event, change)
        return [*planned, *edits.values()]


def root_key(channel: str, event_id: str) -> str:
    """Return the key of an event's root in a channel."""
    return f"slack:{channel}:event:{event_id}:root"


def root_keys(routes: Routes, events: Iterable[EventRow], *, default_channel: str) -> set[str]:
    """Return the keys under which roots of ``events`` would stand; the outbox says which of them exist."""
    return {
        root_key(channel, event.id)
        for event in events
        for channel in routes.channels(event, default_channel=default_channel)
    }


def superseded(due: Iterable[Delivery]) -> set[int]:
    """Return the ids of edits that a later edit of the same root makes needless (both show the same finished row)."""
    latest: dict[str, int] = {}
    older: set[int] = set()
    for delivery in sorted(due, key=lambda row: row.id):
        if delivery.kind == "update" and delivery.thread_key:
            if delivery.thread_key in latest:
                older.add(latest[delivery.thread_key])
            latest[delivery.thread_key] = delivery.id
    return older


def _together(
    changes: Sequence[tuple[ChangeRow, EventRow]],
) -> list[tuple[ChangeRow, EventRow, list[dict[str, str]]]]:
    """Put what one report did to one event at once into one change: the thread gets one reply, not three."""
    found: dict[tuple[str, str | None, str], list[tuple[ChangeRow, EventRow]]] = {}
    for change, event in changes:
        one = change.item_id is not None and change.kind in _TOGETHER
        found.setdefault((event.id, change.item_id, "together" if one else change.id), []).append((change, event))
    result = []
    for group in found.values():
        if group[0][0].kind in _TOGETHER:
            group.sort(key=lambda pair: _TOGETHER.index(pair[0].kind))
        first, *others = group
        also = [{"kind": change.kind, "summary": change.summary} for change, _ in others]
        result.append((*first, also))
    return result


def _root(channel: str, event: EventRow, change: ChangeRow, also: list[dict[str, str]]) -> NewDelivery:
    told = None if change.kind == "opened" else change.id  # a change here means: known before, news by this change
    payload = {"also": also} if also else {}
    return NewDelivery(
        root_key(channel, event.id), "root", channel, event.id, told, None, payload, None, event.severity
    )


def _reply(channel: str, event: EventRow, change: ChangeRow, also: list[dict[str, str]]) -> NewDelivery:
    thread, payload = root_key(channel, event.id), {"also": also} if also else {}
    return NewDelivery(
        f"slack:{channel}:change:{change.id}",
        "reply",
        channel,
        event.id,
        change.id,
        thread,
        payload,
        None,
        event.severity,
    )


def _edit(channel: str, event: EventRow, change: ChangeRow) -> NewDelivery:
    key, thread = f"slack:{channel}:event:{event.id}:update:{change.id}", root_key(channel, event.id)
    return NewDelivery(key, "update", channel, event.id, None, thread, {}, change.at + DEBOUNCE, event.severity)


def load_routes(path: Path | None = None) -> Routes:
    """Read ``routes.toml`` (None: the bundled one); raises RoutesError, one line: file, place, what to do."""
    source = Path(str(files("alerts") / "routes.toml")) if path is None else path
    try:
        raw = tomllib.loads(source.read_text(encoding="utf-8"))
        return Routes(tuple(_File.model_validate(raw).route))
    except OSError as error:
        raise RoutesError(f"{source}: cannot be read ({error.strerror or error}): check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RoutesError(f"{source}: is not TOML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        raise RoutesError(f"{source}: {_first_problem(error, raw)}") from error


def _first_problem(error: ValidationError, raw: Mapping[str, Any]) -> str:
    first = error.errors()[0]
    where = list(first["loc"])
    place = ".".join(str(part) for part in where)
    if len(where) > 1 and where[0] == "route" and isinstance(where[1], int):
        route = raw["route"][where[1]]
        name = f' "{clean(route.get("name"))}"' if isinstance(route, Mapping) and route.get("name") else ""
        place = f"route {where[1] + 1}{name}" + (f": {'.'.join(str(part) for part in where[2:])}" if where[2:] else "")
    said = {
        "extra_forbidden": "unknown key: remove it or correct its spelling",
        "missing": "is missing: add it",
    }.get(first["type"], first["msg"])
    return f"{place}: {' '.join(said.split())}"


def _rank(severity: str) -> int:
    return SEVERITY_ORDER.index(severity) if severity in SEVERITY_ORDER else SEVERITY_ORDER.index("normal")


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
