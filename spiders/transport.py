"""How requests leave this process: one guarded aiohttp handler under Scrapy, and the settings of our crawls."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.core.downloader.handlers._base_streaming import BaseStreamingDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadConnectionRefusedError
from scrapy.settings import Settings
from scrapy.utils.ssl import _make_ssl_context

from spiders.catalogue import Source

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNUSED_MIDDLEWARES = (
    "offsite.OffsiteMiddleware",
    "robotstxt.RobotsTxtMiddleware",  # ours keeps to one look a day and a host
    "httpauth.HttpAuthMiddleware",
    "downloadtimeout.DownloadTimeoutMiddleware",
    "defaultheaders.DefaultHeadersMiddleware",
    "useragent.UserAgentMiddleware",
    "retry.RetryMiddleware",  # knows no Retry-After (scrapy issue 3849)
    "redirect.MetaRefreshMiddleware",
    "redirect.RedirectMiddleware",  # would follow to any host
    "cookies.CookiesMiddleware",
    "stats.DownloaderStats",
    "httpcache.HttpCacheMiddleware",
)
_UNUSED_EXTENSIONS = (
    "corestats.CoreStats",
    "logcount.LogCount",
    "telnet.TelnetConsole",
    "memusage.MemoryUsage",
    "memdebug.MemoryDebugger",
    "closespider.CloseSpider",
    "feedexport.FeedExporter",
    "logstats.LogStats",
    "spiderstate.SpiderState",
    "throttle.AutoThrottle",
    "remote_control.RemoteControl",
)


# The operator's own proxy may be on a private address; it is not the source's choice.
_to_proxy: ContextVar[bool] = ContextVar("to_proxy", default=False)


class PrivateAddressError(OSError):
    """A public source leads to an address that only this machine or its network can reach (DESIGN law 11)."""


class GuardedHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler, which connects to public addresses only and can send everything to one gateway.

    The guard looks at the address of each socket that is about to be connected, so that neither redirects nor names
    that resolve differently the second time get around it.
    """

    # Scrapy warns at every start that the handler is young; it is pinned, and our tests run it against hostile servers.
    experimental = False
    lazy = True

    def __init__(self, crawler: Crawler):
        # Not the parent's: its session would be made first and thrown away.
        BaseStreamingDownloadHandler.__init__(self, crawler)
        self._ssl_context = _tls_context(crawler.settings.getbool("DOWNLOAD_VERIFY_CERTIFICATES"))
        self._gateway: str | None = crawler.settings.get("COURTWATCH_GATEWAY")
        self._guarded = not (self._gateway or crawler.settings.getbool("COURTWATCH_ALLOW_PRIVATE"))
        self._resolver = make_resolver()
        connector = aiohttp.TCPConnector(
            limit=0,  # Scrapy's slots and our semaphore count
            resolver=self._resolver,
            socket_factory=_public_socket if self._guarded else None,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )

    @asynccontextmanager
    async def _make_request(  # the parent's signature
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109
    ) -> AsyncIterator[_ClientResponse]:
        sent = request if self._gateway is None else _through(self._gateway, request)
        proxied = bool(request.meta.get("proxy"))
        if proxied and self._guarded:
            await self._check_behind_proxy(urlsplit(request.url).hostname or "")
        token = _to_proxy.set(proxied)
        try:
            async with super()._make_request(sent, timeout) as response:
                yield response
        finally:
            _to_proxy.reset(token)

    async def _check_behind_proxy(self, host: str) -> None:
        """Refuse a private target that a proxy would connect to for us; names that only the proxy can resolve pass."""
        try:
            found = await self._resolver.resolve(host, family=socket.AF_UNSPEC)
        except OSError:
            return
        for one in found:
            if not is_public(one["host"]):
                raise DownloadConnectionRefusedError(host) from PrivateAddressError(f"private address {one['host']}")


@lru_cache(maxsize=2)
def _tls_context(verify: bool) -> ssl.SSLContext:
    """Return the TLS settings of our crawls; reading the system's certificates for each would cost 30 ms."""
    return _make_ssl_context(Settings({"DOWNLOAD_VERIFY_CERTIFICATES": verify}))


def make_resolver() -> AbstractResolver:
    """Return the resolver of host names: the system's, in threads."""
    return aiohttp.ThreadedResolver()


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet can reach, embedded IPv4 addresses included."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def crawl_settings(sources: Iterable[Source], *, allow_private: bool, gateway: str | None) -> dict[str, Any]:
    """Return the settings of one crawl over these sources. A gateway is our own server: it needs no politeness."""
    unused = {f"scrapy.downloadermiddlewares.{name}": None for name in _UNUSED_MIDDLEWARES}
    handlers = dict.fromkeys(("http", "https"), GuardedHandler) | dict.fromkeys(("data", "file", "ftp", "s3"))
    return {
        "BOT_NAME": "courtwatch",
        "TWISTED_REACTOR_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,  # would open a port that runs code
        "TELNETCONSOLE_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "HTTPPROXY_ENABLED": gateway is None,  # the usual variables: http_proxy, https_proxy, no_proxy
        "DOWNLOAD_HANDLERS": handlers,
        "DOWNLOAD_DELAY": 0 if gateway else 0.5,
        "DOWNLOAD_SLOTS": {} if gateway else _slots(sources),
        "DOWNLOAD_WARNSIZE": 0,  # sizes are judged per source, in words
        "CONCURRENT_REQUESTS_PER_DOMAIN": 8 if gateway else 2,
        "DOWNLOADER_MIDDLEWARES": unused | {"spiders.robots.RobotsMiddleware": 100},
        "EXTENSIONS": {f"scrapy.extensions.{name}": None for name in _UNUSED_EXTENSIONS},
        "LOG_FORMATTER": "spiders.transport.QuietFormatter",
        "COURTWATCH_ALLOW_PRIVATE": allow_private,
        "COURTWATCH_GATEWAY": gateway,
    }


class QuietFormatter:
    """Says nothing per response: a cycle is told by its results."""

    @classmethod
    def from_crawler(cls, _crawler: Crawler) -> QuietFormatter:
        """Build for a crawl."""
        return cls()

    def crawled(self, _request: Request, _response: object, _spider: object) -> None:
        """Log nothing."""


def _slots(sources: Iterable[Source]) -> dict[str, dict[str, float]]:
    """Find the longest delay that any source of a host asks for."""
    delays: dict[str, float] = {}
    for source in sources:
        host = urlsplit(source.url).hostname or ""
        delays[host] = max(source.delay, delays.get(host, 0.0))
    return {host: {"concurrency": 1 if delay else 8, "delay": delay} for host, delay in delays.items()}


def _public_socket(info: tuple[Any, ...]) -> socket.socket:
    """Open a socket for an address, unless it is private."""
    family, kind, protocol, _, address = info
    if not (_to_proxy.get() or is_public(address[0])):
        raise PrivateAddressError(f"private address {address[0]}")
    return socket.socket(family=family, type=kind, proto=protocol)


def _through(gateway: str, request: Request) -> Request:
    """Return the same request for a server that plays all hosts."""
    parts = urlsplit(request.url)
    target = f"{gateway}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    headers = request.headers.copy()
    headers["Host"] = parts.netloc
    headers["X-Forwarded-Proto"] = parts.scheme
    return request.replace(url=target, headers=headers)


def private_address_of(error: BaseException) -> str | None:
    """Return the private address that stopped a request, if that is why it failed."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, PrivateAddressError) or "private address " in str(seen):
            return str(seen).partition("private address ")[2].split(",")[0].strip(" ]'\"")
        seen = seen.__cause__
    return None


def plain_headers(headers: Mapping[bytes, list[bytes]]) -> dict[str, str]:
    """Return headers with lower-case names and one value each, the last one."""
    return {
        name.decode("latin-1").lower(): values[-1].decode("latin-1").strip()
        for name, values in headers.items()
        if values
    }


def all_headers(headers: Mapping[bytes, list[bytes]]) -> tuple[tuple[str, str], ...]:
    """Return every header with every value that it came with."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )
