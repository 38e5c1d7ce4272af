"""A local web that can misbehave in every way we have seen, and short ways to look at it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from spiders.catalogue import Expectation, Source
from spiders.collect import CollectOptions, collect
from spiders.items import CollectJob, CollectResult, Probe

# Examples of each fuzz test; `make fuzz` looks longer.
FUZZ = int(os.environ.get("FUZZ", "60"))
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Reply:
    """What the server says; ``raw`` is sent as it is, and with ``hangs`` nothing follows and nothing is closed."""

    status: int = 200
    body: bytes | str = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    hangs: bool = False

    def to_bytes(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = self.body.encode() if isinstance(self.body, str) else self.body
        headers = {"Content-Length": str(len(body)), "Connection": "close"} | self.headers
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value != "-")
        return f"HTTP/1.1 {self.status} Said So\r\n{head}\r\n".encode() + body


@dataclass
class Asked:
    """One request that arrived."""

    host: str
    path: str
    headers: dict[str, str]


class LocalWeb:
    """One server on 127.0.0.1 for all hosts. ``pages`` maps an address without its scheme to a reply, to a list of
    replies one after another, or to a function of the request."""

    def __init__(self) -> None:
        self.pages: dict[str, Reply | list[Reply] | Callable[[Asked], Reply]] = {}
        self.asked: list[Asked] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self, host: str | None = None) -> list[str]:
        """The addresses asked for, robots.txt aside."""
        return [one.path for one in self.asked if one.path != "/robots.txt" and host in {None, one.host}]

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            asked = Asked(headers.get("host", ""), head[0].split()[1], headers)
            self.asked.append(asked)
            reply = self._find(asked)
            writer.write(reply.to_bytes())
            await writer.drain()
            if reply.hangs:
                await reader.read()  # until the client has had enough
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _find(self, asked: Asked) -> Reply:
        found = self.pages.get(asked.host + asked.path) or self.pages.get(asked.path)
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        if callable(found):
            return found(asked)
        return found or Reply(404, "not here")


Look = Callable[..., Awaitable[CollectResult]]


@pytest_asyncio.fixture
async def web() -> AsyncIterator[LocalWeb]:
    server = LocalWeb()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def look(web: LocalWeb) -> Look:
    """Look at one source once, through the local web."""

    async def run(
        source: Source,
        memory: dict[str, object] | None = None,
        probes: tuple[Probe, ...] = (),
        at: datetime = NOW,
        **options: object,
    ) -> CollectResult:
        if "gateway" not in options:
            options["gateway"] = web.gateway
        settings = CollectOptions(**({"retry_delays": (), "timeout": 5.0} | options))  # type: ignore[arg-type]
        job = CollectJob(source.id, memory, probes)
        [result] = await collect([job], {source.id: source}, now=lambda: at, options=settings)
        return result

    return run


def make_source(**changes: object) -> Source:
    plain = {
        "id": "paper",
        "name": "The Paper",
        "publisher": "The Paper",
        "kind": "rss",
        "url": "https://paper.test/feed",
        "expect": Expectation(min_items=1),
        "delay": 0.0,
    }
    return Source(**(plain | changes))  # type: ignore[arg-type]


def make_feed(*numbers: int, extra: str = "", text: str = "Judges met in The Hague on day {n}.") -> bytes:
    """An RSS feed with one item a number."""
    items = "".join(
        f"<item><title>Report {n}</title><link>https://paper.test/{n}</link>"
        f"<guid isPermaLink='false'>paper-{n}</guid>"
        f"<pubDate>Thu, 19 Nov 2026 08:{n % 60:02}:00 +0000</pubDate>"
        f"<description>{text.format(n=n)}</description></item>\n"
        for n in numbers
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>The Paper</title>'
        f"<link>https://paper.test/</link>{extra}\n{items}</channel></rss>"
    ).encode()


@pytest.fixture
def source_of() -> Callable[..., Source]:
    return make_source


@pytest.fixture
def feed_of() -> Callable[..., bytes]:
    return make_feed


@pytest.fixture
def reply() -> type[Reply]:
    return Reply
