"""Addresses and identity: one canonical spelling per page, one id per item that survives every edit (DESIGN law 4)."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

# Parameters that tell who sent the reader, never which page it is. Prefixes end with "_".
_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mc_", "mtm_", "pk_", "hsa_", "ga_")
_TRACKING = frozenset(
    """
    _ga _gl _hsenc _hsmi cmp cmpid dclid dicbo emc fbclid gbraid gclid gclsrc igshid maca mkt_tok msclkid
    ncid ocid partner s_cid smid srnd taid traffic_source twclid wbraid wt.mc_id xtor yclid
    """.split()  # noqa: SIM905 - a list of words is for reading
)
_FEED_VALUES = {"ref": "rss", "source": "rss", "src": "rss", "feature": "rss", "from": "rss", "rss": "1"}
_AMP = {"amp": {"", "1", "true"}, "outputtype": {"amp"}}
_DEFAULT_PORTS = {"http": 80, "https": 443}
# Search engines' click counters: the page is in a parameter.
_WRAPPERS = {"www.bing.com/news/apiclick.aspx": "url", "www.google.com/url": "url"}
_SAFE_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_QUERY = _SAFE_PATH + "?[]"


def canonical_url(url: str, base: str | None = None) -> str | None:
    """Spell an http(s) address in its one canonical way; None when it is no such address.

    Idempotent. Resolved against ``base`` when relative. Drops what does not name the page: tracking parameters,
    default ports, credentials, fragments (except those that route inside a page, as HUDOC's), AMP twins.
    """
    text = re.sub(r"[\x00-\x1f\x7f]+", "", url).strip()
    if not text:
        return None
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not host or not (host := _canonical_host(host)):
        return None
    wrapped = _unwrap(host, parts.path, parts.query)
    if wrapped is not None:
        return wrapped
    netloc = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    return urlunsplit(
        (scheme, netloc, _canonical_path(parts.path), _canonical_query(parts.query), _routing_fragment(parts.fragment))
    )


def item_id(source: str, guid: str | None, url: str) -> str:
    """Name an item by its source and guid, else its canonical address: 20 hexadecimal digits.

    A guid that is an address counts in its canonical spelling, so that revision suffixes (BBC's ``#0``, ``#1``),
    tracking parameters and a move from http to https make no new item.
    """
    key = (guid or "").strip()
    if not key or key.lower().startswith(("http://", "https://")):
        key = canonical_url(key) or canonical_url(url) or key or url
        key = key.removeprefix("https://").removeprefix("http://")
    return digest(source, key)


def digest(*parts: str) -> str:
    """20 hexadecimal digits that stand for these strings in this order."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def same_site(first: str, second: str) -> bool:
    """Whether two addresses are on one host, a leading ``www.`` and the scheme aside."""
    hosts = [(urlsplit(url).hostname or "").removeprefix("www.") for url in (first, second)]
    return hosts[0] == hosts[1]


def _canonical_host(host: str) -> str | None:
    host = host.rstrip(".").lower()
    if ":" in host:
        return f"[{host}]"
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return host if re.fullmatch(r"[a-z0-9._-]+", host) and not host.startswith(".") else None


def _canonical_path(path: str) -> str:
    # Splitting before decoding keeps an escaped slash inside its segment.
    segments: list[str] = []
    parts = path.split("/")
    for part in parts[1:]:
        segment = quote(
            unquote(part, errors="surrogateescape"), safe=_SAFE_PATH.replace("/", ""), errors="surrogateescape"
        )
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if parts[-1] in {".", ".."}:
        segments.append("")
    if len(segments) > 1 and segments[-1] == "amp":
        segments.pop()
    elif len(segments) > 2 and segments[-2:] == ["amp", ""]:
        segments[-2:] = [""]
    return "/" + "/".join(segments)


def _canonical_query(query: str) -> str:
    kept = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        plain = unquote(name.replace("+", " ")).lower()
        if not pair or plain.startswith(_TRACKING_PREFIXES) or plain in _TRACKING:
            continue
        if _FEED_VALUES.get(plain) == value.lower() or value.lower() in _AMP.get(plain, ()):
            continue
        kept.append(_requote(name) + equals + _requote(value))
    return "&".join(kept)


def _requote(text: str) -> str:
    """Escape the same bytes in the same way, whether they came escaped or not; ``+`` stays what it is."""
    return "+".join(_requote_word(word) for word in text.split("+"))


def _requote_word(word: str) -> str:
    decoded = unquote(word, errors="surrogateescape")
    safe = "".join(c for c in _SAFE_QUERY if c not in "&=+#")
    return quote(decoded, safe=safe, errors="surrogateescape")


def _routing_fragment(fragment: str) -> str:
    plain = unquote(fragment, errors="surrogateescape")
    if not plain.startswith(("{", "!", "/")):
        return ""
    return quote(plain, safe=_SAFE_QUERY, errors="surrogateescape")


def _unwrap(host: str, path: str, query: str) -> str | None:
    parameter = _WRAPPERS.get(host + path.lower())
    if parameter is None:
        return None
    target = dict(parse_qsl(query)).get(parameter, "")
    return canonical_url(target) if len(target) < 4_000 else None
