"""What a cycle runs with: settings, catalogue, clock, sender. Built once, handed down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from alerts.routes import Routes, load_routes
from alerts.slack import SendOutcome, SlackMessage, SlackSender
from flows.errors import ConfigurationError
from flows.prefect_env import mute_teardown
from flows.settings import Settings, load_settings
from spiders.catalogue import Source, read_catalogue
from spiders.collect import CollectOptions
from warehouse.rows import Delivery


class Sender(Protocol):
    """Whatever can tell people: Slack, or the console when there is no token."""

    def send(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        """Send one message and say how it ended; never raises for the other side's trouble."""
        ...

    @property
    def paused_until(self) -> datetime | None:
        """Until when the other side asked to be left alone; None when it may be asked now."""
        ...


@dataclass(frozen=True)
class Runtime:
    """Everything the stages of a cycle need. ``now`` is the one clock: the demo hands in a simulated one."""

    settings: Settings
    sources: Mapping[str, Source]
    routes: Routes
    sender: Sender
    collect: CollectOptions
    now: Callable[[], datetime]
    channel: str
    ops_channel: str
    broken: Mapping[str, str] = field(default_factory=dict)  # source files that cannot be used, by stem, and why
    buttons: bool = False  # whether somebody listens to what is pressed under a root
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def utc_now() -> datetime:
    """Return the wall clock, aware, in UTC."""
    return datetime.now(UTC)


def prepare_home(home: Path) -> None:
    """Make the data folder and prove that it can be written. Raises ConfigurationError."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe = home / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"cannot write to the data folder {home} ({error.strerror}): set COURTWATCH_HOME to a folder you own"
        ) from None


def require_home(home: Path) -> None:
    """Refuse a data folder that is not there: what only reads makes none by a typing error."""
    if not home.is_dir():
        raise ConfigurationError(
            f"no data folder {home}: check COURTWATCH_HOME; the first `courtwatch run` makes the folder it names"
        )


def build_runtime(settings: Settings | None = None, *, make_home: bool = False) -> Runtime:
    """Assemble a runtime from the environment. Raises one-line errors for anything that is not in order.

    ``make_home``: make the data folder when it is not there; else that is an error.
    """
    settings = settings or load_settings()
    catalogue, routes = read_catalogue(settings.sources), load_routes(settings.routes)
    if not make_home:
        require_home(settings.home)
    prepare_home(settings.home)
    return Runtime(
        settings=settings,
        sources=catalogue.sources,
        broken=catalogue.broken,
        routes=routes,
        sender=build_sender(settings),
        collect=CollectOptions(allow_private=settings.allow_private, contact=settings.contact or ""),
        now=utc_now,
        channel=settings.slack_channel or "console",
        ops_channel=settings.slack_ops_channel or settings.slack_channel or "console",
        buttons=settings.slack_app_token is not None,
    )


def build_sender(settings: Settings) -> Sender:
    """Return the Slack sender when there is a token, else the console with its preview page."""
    if settings.slack_token:
        return SlackSender(settings.slack_token.get_secret_value(), base_url=settings.slack_base_url)
    from rich.console import Console  # noqa: PLC0415 - only where a person looks on

    from alerts.console import ConsoleSender  # noqa: PLC0415

    return ConsoleSender(Console(), settings.preview)


# Not a context variable: Prefect's threads keep copies of every context until the interpreter is gone.
_installed: list[Runtime] = []


def current_runtime() -> Runtime:
    """Return the runtime that ``use_runtime`` installed (demo, tests), else build one from the environment."""
    if _installed:
        return _installed[-1]
    mute_teardown()  # a flow run of a worker: its process ends with the run
    return build_runtime(make_home=True)


@contextmanager
def use_runtime(runtime: Runtime) -> Iterator[None]:
    """Let flows that are called in this process run with ``runtime`` instead of the environment's."""
    _installed.append(runtime)
    try:
        yield
    finally:
        _installed.pop()
