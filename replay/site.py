"""The simulated web: one local HTTP server for all hosts, showing at the clock's time what was published by then."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from replay.clock import SimulatedClock
from replay.doors import DOORS, SUFFIX, Door
from replay.faults import Answer, FaultBook, spoil
from replay.record import Item, Record
from replay.render import render_feed, render_listing, render_page, render_register

_ROBOTS = b"User-agent: *\nDisallow: /search/\nDisallow: /*?s=\n"
_TYPES = {"rss": "application/rss+xml; charset=utf-8", "html": "text/html; charset=utf-8", "json": "application/json"}
_Headers = Mapping[str, str] | Message  # either has get(); only Message minds no case
_BODY_FAULTS = ("wrong_encoding", "stray_ampersand")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that reached the site, and the status it got (None: no answer)."""

    at: datetime
    host: str
    target: str  # path and query
    agent: str
    status: int | None


class Site:
    """A server on a free port of 127.0.0.1 that answers for every host of DOORS with SUFFIX appended.

    Use it as a context manager, or call ``start`` and ``stop``. Answers depend on the record, the clock, the faults
    in force and the request, on nothing else: the same question at the same simulated time gets the same bytes.
    """

    def __init__(self, record: Record, clock: SimulatedClock, doors: Sequence[Door] = DOORS) -> None:
        self.record = record
        self.clock = clock
        self.faults = FaultBook(record.faults)
        self._doors = {(door.host + SUFFIX, door.path): door for door in doors}
        self._hosts: dict[str, list[str]] = defaultdict(list)  # host -> sources, for troubles of a whole host
        for door in doors:
            for host in {door.host, door.pages_host or door.host}:
                self._hosts[host + SUFFIX].append(door.source)
        by_source = {door.source: door for door in doors}
        self._pages: dict[tuple[str, str], tuple[Door, Item]] = {}
        for item in record.items:
            if behind := by_source.get(item.source):
                self._pages[(behind.pages_host or behind.host) + SUFFIX, urlsplit(item.path).path] = (behind, item)
        self._log: list[Seen] = []
        self._lock = Lock()
        self._stopping = Event()
        self._server: _Server | None = None
        self._thread: Thread | None = None

    def start(self) -> Self:
        """Begin to serve."""
        self._stopping.clear()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop to serve and free the port; requests that hang are let go."""
        self._stopping.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def gateway(self) -> str:
        """Return the server's own address, like ``http://127.0.0.1:40123``."""
        if self._server is None:
            raise RuntimeError("the site is not running: call start() or use it as a context manager")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[Seen, ...]:
        """Return every request so far, in order of arrival."""
        with self._lock:
            return tuple(self._log)

    def forget_requests(self) -> None:
        """Empty the request log."""
        with self._lock:
            self._log.clear()

    def wait(self, seconds: float) -> None:
        """Wait that long, or until the site stops."""
        self._stopping.wait(seconds)

    def answer(self, host: str, target: str, headers: _Headers) -> Answer:
        """Return what ``host`` answers to a GET of ``target`` (path and query) now, and log the request.

        ``headers`` are read by the names User-Agent, If-None-Match and If-Modified-Since.
        """
        now = self.clock.now()
        host = host.partition(":")[0].lower()
        agent = headers.get("User-Agent") or ""
        answer = self._answer(host, target, headers, agent, now)
        with self._lock:
            self._log.append(Seen(now, host, target, agent, answer.status))
        return answer

    def _answer(self, host: str, target: str, headers: _Headers, agent: str, now: datetime) -> Answer:
        if host not in self._hosts:
            return _not_found()
        url = urlsplit(target)
        if url.path == "/robots.txt":
            return Answer(200, {"Content-Type": "text/plain; charset=utf-8"}, _ROBOTS)
        door, number = self._find_door(host, url.path, url.query)
        if door is not None:
            fault = self.faults.find([door.source], now, agent)
            plain = self._open(door, number, parse_qs(url.query), now)
        else:
            fault = self.faults.find(self._hosts[host], now, agent, whole_host=True)
            plain = self._page(host, url.path, now)
        if fault is None:
            return _conditional(plain, headers)
        if fault.kind in _BODY_FAULTS:  # the validators of spoiled bytes must not outlive them
            plain = replace(plain, headers={"Content-Type": plain.headers["Content-Type"]})
        return spoil(plain, fault, now)

    def _find_door(self, host: str, path: str, query: str) -> tuple[Door | None, int]:
        """Return the door at ``path`` and the number of the page asked for, from 0."""
        head, _, number = path.rstrip("/").rpartition("/page/")
        if number.isdigit() and (door := self._doors.get((host, head + "/"))):  # WordPress counts from 1
            return door, int(number) - 1
        door = self._doors.get((host, path))
        asked = parse_qs(query).get("page", ["0"])[0]
        # State ignores ?page= and shows the first page again without a word.
        return door, int(asked) if asked.isdigit() and not path.endswith("/") else 0

    def _open(self, door: Door, number: int, query: Mapping[str, list[str]], now: datetime) -> Answer:
        items = self.record.listed_by(door.source, now)
        changed = max((item.changed_at(now) for item in self.record.items if _belongs(item, door, now)), default=now)
        if door.validators == "site_wide":  # they move every day, whether or not the feed did
            changed = max(changed, now.replace(hour=0, minute=0, second=0, microsecond=0))
        first = number * door.window
        shown = items[first : first + door.window]
        if number and not shown:
            return _not_found()
        if door.kind == "rss":
            body = render_feed(door, shown, changed)
        elif door.kind == "json":
            body = render_register(door, shown, total=len(items), wanted=query.get("fields[]", []))
        else:
            more = len(items) > first + door.window
            body = render_listing(door, shown, number=number, total=len(items), next_page=_after(door, number, more))
        return _validated(door, body, changed)

    def _page(self, host: str, path: str, now: datetime) -> Answer:
        door, item = self._pages.get((host, path), (None, None))
        shown = item.seen_at(now) if item else None
        if door is None or shown is None:
            return _not_found()
        answer = _validated(door, render_page(door, shown), shown.changed_at(now))
        return replace(answer, headers={**answer.headers, "Content-Type": _TYPES["html"]})


class _Server(ThreadingHTTPServer):
    request_queue_size = 256  # a crawl opens all its connections at once; one refused is tried again after a second


def _belongs(item: Item, door: Door, now: datetime) -> bool:
    return item.published <= now and door.source in (item.source, *item.also_in)


def _after(door: Door, number: int, more: bool) -> str | None:
    if not more:
        return None
    return f"{door.path}page/{number + 2}/" if door.path.endswith("/") else f"{door.path}?page={number + 1}"


def _not_found() -> Answer:
    body = (
        b'<!DOCTYPE html>\n<html lang="en"><head><title>Page not found</title></head><body><h1>404</h1></body></html>\n'
    )
    return Answer(404, {"Content-Type": _TYPES["html"]}, body)


def _validated(door: Door, body: bytes, changed: datetime) -> Answer:
    headers = {"Content-Type": _TYPES[door.kind]}
    if door.validators in ("modified", "both", "site_wide"):
        headers["Last-Modified"] = format_datetime(changed.replace(microsecond=0), usegmt=True)
    if door.validators in ("etag", "both", "site_wide"):
        headers["ETag"] = f'"{hashlib.sha256(body + changed.isoformat().encode()).hexdigest()[:20]}"'
    return Answer(200, headers, body)


def _conditional(answer: Answer, headers: _Headers) -> Answer:
    """Return 304 when the client's validators still hold; an ETag goes before a date (RFC 9110, 13.2.2)."""
    validators = {name: answer.headers[name] for name in ("ETag", "Last-Modified") if name in answer.headers}
    if tag := headers.get("If-None-Match"):
        fresh = "ETag" in validators and validators["ETag"] in tag
    elif (since := headers.get("If-Modified-Since")) and "Last-Modified" in validators:
        fresh = _date(since) >= _date(validators["Last-Modified"])
    else:
        fresh = False
    return Answer(304, validators) if fresh else answer


def _date(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp()
    except ValueError:
        return float("-inf")


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 15  # seconds that an idle connection is kept
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            answer = site.answer(self.headers.get("Host", ""), self.path, self.headers)
            if answer.status is None:
                site.wait(answer.after)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status != 304:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(answer.body)

        do_HEAD = do_GET  # noqa: N815 - the name is the base class's

        def version_string(self) -> str:
            return "replay"

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(site.clock.now(), usegmt=True)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            return

    return Handler
