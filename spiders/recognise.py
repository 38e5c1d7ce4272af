"""Telling an answer from what merely looks like one: 200 proves nothing (DESIGN law 6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from spiders.freshness import read_http_date
from spiders.items import Outcome

# Hosts that stand between us and a page.
_GATEKEEPERS = ("consent.google.com", "consent.youtube.com", "consent.yahoo.com", "unblock.federalregister.gov")
# Words of a title or first heading by which pages say that they are no answer.
_REFUSALS = re.compile(
    r"just a moment|attention required|access denied|access to this page has been denied"
    r"|verify(?:ing)? (?:that )?you are|are you (?:a )?(?:human|robot)|security check|checking your browser"
    r"|technical difficulties|request (?:blocked|rejected)|captcha|pardon our interruption|before you continue"
    r"|bot (?:check|protection|verification)|ddos.?guard|you have been blocked|temporarily unavailable"
    r"|under maintenance|site maintenance|making sure you.re not a bot|radware|unusual traffic"
    r"|avant de continuer|bevor sie fortfahren|un momento|un instant",
    re.I,
)
# Parts of challenge scripts, found anywhere in a page.
_CHALLENGES = re.compile(
    rb"/cdn-cgi/challenge-platform/|cf_chl_opt|cf-browser-verification|_Incapsula_Resource|/_sec/cp_challenge"
    rb"|awsWafCookieDomainList|token\.awswaf\.com|px-captcha|geo\.captcha-delivery\.com|/\.within\.website/x/cmd/anubis"
    rb"|__ddg2_|g-recaptcha-response|hcaptcha\.com/1/api\.js",
)
_TITLE = re.compile(rb"<title[^>]*>(.{0,300}?)</title|<h1[^>]*>(.{0,300}?)</h1", re.I | re.S)
_PAGE = re.compile(rb"<!doctype html|<html[\s>]", re.I)
_FEED = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf)[\s>:]", re.I)
_LONGEST_WAIT = timedelta(days=7)  # a Retry-After beyond this is a mistake


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why an answer is not to be parsed."""

    outcome: Outcome
    note: str
    retry_at: datetime | None = None
    transient: bool = False  # asking again soon may help


def recognise_status(status: int, headers: Mapping[str, str], *, now: datetime) -> Trouble | None:
    """Judge by status and headers alone; None for a 200 that may be looked into. ``headers`` in lower case."""
    if "cf-mitigated" in headers or headers.get("x-amzn-waf-action"):
        return Trouble(Outcome.BLOCKED, f"A firewall answers with a challenge (HTTP {status}).")
    retry_at = read_retry_after(headers.get("retry-after"), now=now)
    if status == 429 or (status == 503 and retry_at):
        when = f" until {retry_at:%Y-%m-%d %H:%M} UTC" if retry_at else ""
        return Trouble(Outcome.WAIT, f"The server asks to wait{when} (HTTP {status}).", retry_at=retry_at)
    if status in {404, 410}:
        return Trouble(Outcome.GONE, f"The address is gone (HTTP {status}).")
    if status in {401, 403, 407, 451}:
        return Trouble(Outcome.BLOCKED, f"The server refuses us (HTTP {status}).")
    if status in {500, 502, 503, 504, 520, 521, 522, 523, 524, 408}:
        return Trouble(Outcome.FAILED, f"The server has failed (HTTP {status}).", transient=True)
    if status == 202:
        return Trouble(Outcome.BLOCKED, "HTTP 202 instead of an answer: a firewall is checking us.")
    if status not in {200, 203}:
        return Trouble(Outcome.FAILED, f"An unexpected answer (HTTP {status}).")
    return None


def recognise_body(kind: Literal["rss", "html", "json"], body: bytes, headers: Mapping[str, str]) -> Trouble | None:
    """Judge the body of a 200 before it is parsed; None when it may be what was asked for."""
    if not body.strip():
        return Trouble(Outcome.EMPTY, "HTTP 200 with an empty body.")
    start = body[:2_048].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    is_page = bool(_PAGE.search(start)) and not (kind == "rss" and _FEED.search(start))
    if is_page:
        if _CHALLENGES.search(body[:200_000]) and (kind != "html" or len(body) < 60_000):
            return Trouble(Outcome.BLOCKED, f"A challenge page instead of an answer{_quote_title(body)}.")
        if _REFUSALS.search(page_title(body)):
            return Trouble(Outcome.BLOCKED, f"A page that turns us away{_quote_title(body)}.")
        if kind != "html":
            what = "a feed" if kind == "rss" else "JSON"
            return Trouble(Outcome.MOVED, f"A web page where {what} should be{_quote_title(body)}.")
    return _recognise_text(kind, start, headers)


def recognise_redirect(target: str) -> Trouble:
    """Judge a redirect to another site, which is not followed."""
    host = urlsplit(target).hostname or "nowhere"
    if host in _GATEKEEPERS or host.startswith("consent."):
        return Trouble(Outcome.BLOCKED, f"Sent to {host} instead of an answer.")
    return Trouble(Outcome.MOVED, f"Redirected to another host, {host}; look there and change the source.")


def read_retry_after(value: str | None, *, now: datetime) -> datetime | None:
    """When to ask again, from seconds or an HTTP date; None when it says nothing usable."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return now + min(timedelta(seconds=int(text)), _LONGEST_WAIT)
    at = read_http_date(text)
    return None if at is None else min(max(at, now), now + _LONGEST_WAIT)


def page_title(body: bytes) -> str:
    """Return the title of a page and its first heading, as far as the beginning of the body shows them."""
    found = b" ".join(match[1] or match[2] or b"" for match in _TITLE.finditer(body[:100_000]))
    return " ".join(re.sub(r"<[^>]*>", " ", found.decode("utf-8", "replace")).split())[:300]


def _quote_title(body: bytes) -> str:
    title = page_title(body)[:80]
    return f': "{title}"' if title else ""


def _recognise_text(kind: str, start: bytes, headers: Mapping[str, str]) -> Trouble | None:
    """Plain text, or JSON, where something else was asked for: interfaces that report errors with HTTP 200."""
    if kind == "json" and not start.startswith((b"{", b"[")):
        return Trouble(Outcome.FAILED, f"Not JSON: {_quote(start)}")
    if kind in {"rss", "html"} and not start.startswith(b"<") and b"<" not in start:
        return Trouble(Outcome.FAILED, f"Plain text instead of an answer: {_quote(start)}")
    if kind == "html" and "json" in headers.get("content-type", ""):
        return Trouble(Outcome.CHANGED_LAYOUT, "JSON where a web page should be.")
    return None


def _quote(start: bytes) -> str:
    line = " ".join(start.decode("utf-8", "replace").split())[:100]
    return f'"{line}".'
