"""One GET as we mean it: polite headers, validators, redirects within a site, patience with passing trouble."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from spiders.catalogue import Source
from spiders.items import Outcome
from spiders.recognise import Trouble, recognise_body, recognise_redirect, recognise_status
from spiders.robots import RobotsForbidError
from spiders.transport import all_headers, plain_headers, private_address_of
from spiders.urls import same_site

_MAX_REDIRECTS = 5
_TURNS = 2  # requests to one host under way or waiting for its delay
_NEVER = datetime.min.replace(tzinfo=UTC)
_ACCEPT = {
    "rss": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "json": "application/json, */*;q=0.5",
    "html": "text/html, application/xhtml+xml;q=0.9, */*;q=0.5",
}
_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one address; ``trouble`` is None for a 200 or 304 worth reading.

    ``moved_to`` is the address to ask from now on, when the server says that the old one has moved for good.
    """

    url: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    trouble: Trouble | None = None
    size: int = 0
    moved_to: str | None = None
    fetched_at: datetime = _NEVER
    raw_headers: tuple[tuple[str, str], ...] = ()  # all of them, only where answers are kept as evidence

    @property
    def charset(self) -> str | None:
        """The charset that the server names."""
        _, found, value = self.headers.get("content-type", "").lower().partition("charset=")
        return value.split(";")[0].strip(" \"'") or None if found else None


@dataclass(slots=True)
class _Host:
    """What one crawl knows of one host: its turns, and until when it asked to be left alone."""

    turns: asyncio.Semaphore
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Sends the requests of one crawl. ``download`` is Scrapy's, with its middlewares and slots."""

    download: Callable[[Request], Any]
    now: Callable[[], datetime]
    gate: asyncio.Semaphore
    contact: str
    timeout: float
    retry_delays: tuple[float, ...]
    hosts: dict[str, _Host] = field(default_factory=dict)

    async def get(
        self,
        source: Source,
        url: str,
        kind: Literal["rss", "html", "json"],
        *,
        validators: Mapping[str, str] | None = None,
        robots: bool = True,
    ) -> Answer:
        """Ask for an address and judge the answer; retries what may pass, follows redirects within the site."""
        answer = Answer(url=url)
        for delay in (*self.retry_delays, None):
            answer = await self._follow(source, url, kind, validators or {}, robots)
            if delay is None or answer.trouble is None or not answer.trouble.transient:
                break
            await asyncio.sleep(delay)
        return answer

    async def _follow(
        self, source: Source, url: str, kind: Literal["rss", "html", "json"], extra: Mapping[str, str], robots: bool
    ) -> Answer:
        address, moved_to, permanent = url, None, True
        for _ in range(_MAX_REDIRECTS + 1):
            answer = replace(await self._ask(source, address, kind, extra, robots or address != url), moved_to=moved_to)
            target = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not target:
                return answer
            address = urljoin(address, target)
            # What lies behind a temporary redirect is no new home, however permanently it has moved.
            permanent = permanent and answer.status in _PERMANENT
            moved_to = address if permanent else moved_to
            if urlsplit(address).scheme not in {"http", "https"} or not same_site(address, url):
                return replace(answer, url=address, trouble=recognise_redirect(address), moved_to=moved_to)
        return replace(answer, trouble=Trouble(Outcome.FAILED, "Redirected in circles."))

    async def _ask(
        self, source: Source, url: str, kind: Literal["rss", "html", "json"], extra: Mapping[str, str], robots: bool
    ) -> Answer:
        host = self._host(url)
        if host.retry_at is not None and host.retry_at > self.now():
            note = f"Its host asked us to wait until {host.retry_at:%Y-%m-%d %H:%M} UTC."
            return Answer(url=url, trouble=Trouble(Outcome.WAIT, note, retry_at=host.retry_at))
        request = Request(
            url,
            headers={
                "User-Agent": user_agent(source.user_agent, self.contact),
                "Accept": _ACCEPT[kind],
                "Accept-Language": f"{source.language}, en;q=0.5",
                **extra,
            },
            meta={
                "download_timeout": self.timeout,
                "download_maxsize": source.max_bytes,
                "dont_obey_robotstxt": not robots,
                "verbatim_url": True,
            },
            callback=NO_CALLBACK,
        )
        try:
            # The host's turn comes first: who waits for a slow host must not fill the gate that all hosts share.
            async with host.turns, self.gate:
                response: Response = await self.download(request)
        except Exception as error:
            trouble = _explain(error, source, self.timeout)
            if trouble is None:
                raise
            return Answer(url=url, trouble=trouble)
        headers = plain_headers(response.headers)
        answer = Answer(
            url=url,
            status=response.status,
            headers=headers,
            body=response.body,
            size=len(response.body),
            fetched_at=self.now(),
            raw_headers=all_headers(response.headers) if source.keep_raw else (),
        )
        if response.status == 304 or (response.status in _REDIRECTS and "location" in headers):
            return answer
        trouble = recognise_status(response.status, headers, now=self.now())
        if trouble is not None and trouble.retry_at is not None:
            host.retry_at = trouble.retry_at
        return replace(answer, trouble=trouble or recognise_body(kind, response.body, headers))

    def _host(self, url: str) -> _Host:
        name = urlsplit(url).netloc
        if name not in self.hosts:
            self.hosts[name] = _Host(asyncio.Semaphore(_TURNS))
        return self.hosts[name]


@lru_cache(maxsize=8)
def user_agent(profile: str, contact: str) -> str:
    """Our name as a site wants to hear it: plain, or in the form that some firewalls insist on."""
    name = f"Courtwatch/{version('courtwatch')}"
    how = contact or "a self-hosted monitor of news about the International Criminal Court"
    if profile == "compat":
        return f"Mozilla/5.0 (compatible; {name}; +{how})"
    return f"{name} (+{how})"


def _explain(error: Exception, source: Source, timeout: float) -> Trouble | None:
    """Name what kept an answer from coming; None for what is a fault of ours."""
    address = private_address_of(error)
    if address is not None:
        note = f"Leads to the private address {address}, which a source may not reach (COURTWATCH_ALLOW_PRIVATE)."
        return Trouble(Outcome.FAILED, note)
    cause = _root_cause(error)
    match error:
        case RobotsForbidError():
            return Trouble(Outcome.BLOCKED, "The site's robots.txt does not allow the address.")
        case DownloadTimeoutError():
            return Trouble(Outcome.FAILED, f"No answer within {timeout:g} seconds.", transient=True)
        case CannotResolveHostError():
            return Trouble(Outcome.FAILED, f"The host name cannot be resolved: {cause}", transient=True)
        case DownloadConnectionRefusedError():
            return Trouble(Outcome.FAILED, f"No connection: {cause}", transient=True)
        case DownloadCancelledError():
            return Trouble(Outcome.FAILED, f"The answer is larger than {source.max_bytes:,} bytes.")
        case ResponseDataLossError():
            return Trouble(Outcome.FAILED, "The answer broke off.", transient=True)
        case DownloadFailedError():
            return Trouble(Outcome.FAILED, f"The connection failed: {cause}", transient=True)
        case IgnoreRequest():  # Scrapy's decompression gives up
            return Trouble(Outcome.FAILED, f"The answer unpacks to more than {source.max_bytes:,} bytes.")
        case UnsupportedURLSchemeError() | ValueError() | OSError() | EOFError():
            return Trouble(Outcome.FAILED, f"The answer cannot be received: {type(error).__name__} {cause}")
    return None


def _root_cause(error: BaseException) -> str:
    """Return the innermost reason as a sentence; the layers around it name objects, not reasons."""
    while error.__cause__ is not None:
        error = error.__cause__
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(reason.split())[:200].rstrip(".") + "."
