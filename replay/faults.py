"""What goes wrong on the simulated web: troubles that begin, spoil a source's answers and pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from threading import Lock
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, with_config

Kind = Literal[
    "status",  # ``status`` with an error page (and ``headers``)
    "rate_limit",  # 429 with Retry-After: ``seconds``, or an HTTP date when ``as_date``
    "decoy",  # 200 and a "Technical Difficulties" page
    "challenge",  # the interstitial of a bot shield, 403 with cf-mitigated
    "empty",  # 200 without a body
    "drop",  # the connection is closed without an answer
    "hang",  # nothing comes for ``seconds``, then the connection is closed
    "wrong_encoding",  # latin-1 bytes declared as UTF-8
    "stray_ampersand",  # the first " &amp; " loses its escape: no XML any more, the same text to a patient reader
]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Fault:
    """One trouble of one source from ``start`` until ``end`` (for ever, when None).

    It spoils the feed or listing only, or with ``whole_host`` every page of that host but robots.txt. Clients
    whose User-Agent starts with ``spares_agent`` are served as usual.
    """

    source: str
    start: AwareDatetime
    kind: Kind
    end: AwareDatetime | None = None
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 600
    as_date: bool = False
    whole_host: bool = False
    spares_agent: str = ""
    note: str = ""

    def strikes(self, now: datetime, agent: str) -> bool:
        """Return whether the trouble is on at ``now`` for a client that calls itself ``agent``."""
        if self.spares_agent and agent.startswith(self.spares_agent):
            return False
        return self.start <= now and (self.end is None or now < self.end)


class FaultBook:
    """The faults in force; tests add and remove some while the site runs. Safe to share between threads."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._lock = Lock()
        self._faults = list(faults)

    def add(self, fault: Fault) -> Fault:
        """Put ``fault`` in force before all others and return it, so that it can be removed."""
        with self._lock:
            self._faults.insert(0, fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Take ``fault`` out of force; raise ValueError when it is not in force."""
        with self._lock:
            self._faults.remove(fault)

    def find(self, sources: Iterable[str], now: datetime, agent: str, *, whole_host: bool = False) -> Fault | None:
        """Return the first trouble of one of ``sources``; ``whole_host``: only such as spoil every page."""
        wanted = set(sources)
        with self._lock:
            for fault in self._faults:
                if fault.source in wanted and (fault.whole_host or not whole_host) and fault.strikes(now, agent):
                    return fault
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer of the site. ``after`` is how many seconds pass first; without ``status`` none ever comes."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = 0.0


def spoil(answer: Answer, fault: Fault, now: datetime) -> Answer:
    """Return what ``fault`` makes of ``answer``."""
    if fault.kind == "status":
        return _page(fault.status, "Request could not be satisfied", "The server refused this request.", fault.headers)
    if fault.kind == "rate_limit":
        wait = format_datetime(now + timedelta(seconds=fault.seconds), usegmt=True) if fault.as_date else fault.seconds
        return _page(429, "Too Many Requests", "Please slow down.", {"Retry-After": str(wait), **fault.headers})
    if fault.kind == "decoy":
        text = "We are sorry, the site is experiencing technical difficulties. Please try again later."
        return _page(200, "Technical Difficulties", text, fault.headers)
    if fault.kind == "challenge":
        text = "Checking your browser before you proceed. Enable JavaScript and cookies to continue."
        return _page(403, "Just a moment...", text, {"cf-mitigated": "challenge", **fault.headers})
    if fault.kind == "empty":
        return replace(answer, status=200, headers=_without_validators(answer.headers), body=b"")
    if fault.kind == "drop":
        return Answer(None)
    if fault.kind == "hang":
        return Answer(None, after=fault.seconds)
    if fault.kind == "wrong_encoding":
        return replace(answer, body=answer.body.decode().encode("latin-1", "xmlcharrefreplace"))
    return replace(answer, body=answer.body.replace(b" &amp; ", b" & ", 1))


def _page(status: int, title: str, text: str, headers: Mapping[str, str]) -> Answer:
    body = (
        f'<!DOCTYPE html>\n<html lang="en"><head><title>{escape(title)}</title></head>\n'
        f"<body><h1>{escape(title)}</h1><p>{escape(text)}</p></body></html>\n"
    )
    return Answer(status, {"Content-Type": "text/html; charset=utf-8", **headers}, body.encode())


def _without_validators(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in ("ETag", "Last-Modified")}
