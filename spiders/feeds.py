"""RSS and Atom: from the bytes of an answer to items, through feedparser."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urljoin

import feedparser

from spiders.catalogue import Source
from spiders.dates import read_date
from spiders.feed_blocks import declared_charset
from spiders.feed_guard import is_channel_definition, tame
from spiders.items import DateEvidence, Item, Outcome
from spiders.memory import Memory, Seen, short_hash
from spiders.text import content_hash, plain_text, tidy, title_text
from spiders.urls import canonical_url, item_id

_HEADERS = ("content-type", "content-language")
_DOCUMENT_TYPE = re.compile(r"field--name-field-document-type[^<>]{0,300}>\s*([^<]{3,60}?)\s*<")
_PLAIN = "text/plain"
_SURVIVABLE = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_JUNK = re.compile(r"uploaded media node\.?$", re.I)  # Drupal sites that feed their media library


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a feed held, entry by entry in its order, those that are no plausible items included.

    ``trouble`` is None when the body is a feed, else the named state, and ``note`` says what was seen.
    ``malformed`` means that the XML was broken and feedparser recovered what it could.
    """

    entries: tuple[Item, ...] = ()
    trouble: Outcome | None = None
    note: str = ""
    malformed: bool = False

    @property
    def items(self) -> tuple[Item, ...]:
        """The plausible items, one for each id, in the feed's order."""
        return tuple({item.id: item for item in reversed(self.entries) if is_plausible(item)}.values())[::-1]

    @property
    def dropped(self) -> int:
        """How many entries are no item of their own."""
        return len(self.entries) - len(self.items)


def is_plausible(item: Item) -> bool:
    """Whether an entry can stand for a release or an article: it has a headline, an address, and is no media file."""
    return bool(item.title and item.url) and not _JUNK.search(item.text)


def parse_feed(
    source: Source,
    body: bytes,
    headers: Mapping[str, str],
    *,
    now: datetime,
    memory: Memory | None = None,
    beside: Iterable[Seen] = (),
) -> ParsedFeed:
    """Parse the body of a feed. Never raises on what a server may send.

    ``headers`` have lower-case names; ``content-location`` is the address that answered, if it is not the source's.
    ``memory`` decides which of several entries with one guid keeps the identity that the guid gives; ``beside`` are
    known entries of the same answer that were cut out of ``body``.
    """
    if not body.strip():
        return ParsedFeed(trouble=Outcome.EMPTY, note="The answer was empty.")
    if len(body) > source.max_bytes:
        return ParsedFeed(trouble=Outcome.FAILED, note=f"The feed is larger than {source.max_bytes:,} bytes.")
    tamed = tame(body)
    if tamed is None:
        return ParsedFeed(trouble=Outcome.FAILED, note="The answer is neither RSS nor Atom: too much stands before it.")
    base = headers.get("content-location") or source.url
    # Not told where the feed lies: we resolve the links we want, and feedparser would resolve every element.
    told = {name: headers[name] for name in _HEADERS if name in headers} | _correct_charset(tamed)
    # A stream, because feedparser takes anything else for the name of a file first.
    try:
        parsed = feedparser.parse(
            io.BytesIO(tamed), response_headers=told, sanitize_html=False, resolve_relative_uris=False
        )
    except (RecursionError, LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
        # Bodies that a fuzzer finds: one bad feed must not stop a hundred good ones.
        return ParsedFeed(trouble=Outcome.FAILED, note=f"feedparser gave up: {type(error).__name__}.")
    version = str(parsed.get("version") or "")
    if not version and not is_channel_definition(tamed):
        return ParsedFeed(trouble=Outcome.FAILED, note="The answer is neither RSS nor Atom.")
    malformed = bool(parsed.get("bozo")) and not isinstance(parsed.get("bozo_exception"), _SURVIVABLE)
    home = canonical_url(parsed.feed.get("link") or "", base) or canonical_url(base) or base
    drafts = [_read_entry(source, entry, base, home, now, version) for entry in parsed.entries]
    return ParsedFeed(entries=_identify(source, drafts, memory or Memory(), beside), malformed=malformed)


def _correct_charset(body: bytes) -> dict[str, str]:
    """Say that a body is UTF-8 where its first line names another charset: nothing else passes for it by chance."""
    if declared_charset(body) in {"", "utf-8"} or body.isascii():
        return {}
    try:
        body.decode()
    except UnicodeDecodeError:
        return {}
    return {"content-type": "application/xml; charset=utf-8"}


def _read_entry(source: Source, entry: dict[str, Any], base: str, home: str, now: datetime, version: str) -> Item:
    """Read one entry; ``id`` is the one its guid gives, ``url`` is "" when nothing says where it is."""
    guid = tidy(str(dict.get(entry, "id") or ""))[:500] or None
    if guid and guid.startswith("/") and entry.get("guidislink"):
        guid = urljoin(base, guid)
    url = canonical_url(str(dict.get(entry, "link") or ""), base)
    if url is None and guid and guid.startswith(("http://", "https://")):
        url = canonical_url(guid)
    if url is None:
        url = home if guid else ""
    declared = version.startswith("atom")  # only there it is said what is markup and what is not
    markup, kind = _markup(entry)
    text = plain_text(markup, literal=declared and kind == _PLAIN)
    plain = dict.get(entry, "title_detail", {}).get("type") == _PLAIN
    form: Literal["unsaid", "text", "html"] = "unsaid" if not declared else "text" if plain else "html"
    title = title_text(str(dict.get(entry, "title") or ""), form=form) or _headline(text)
    title, publisher = _byline(title, entry, source.publisher)
    text = _without_title(text, title, publisher)
    tags = [str(tag.get("term") or "") for tag in dict.get(entry, "tags") or ()] + _DOCUMENT_TYPE.findall(markup)[:1]
    return Item(
        id=item_id(source.id, guid, url),
        source=source.id,
        url=url,
        title=title,
        text=text,
        published=_published(source, entry, now),
        language=source.language,
        publisher=publisher,
        tier=source.tier,
        content_hash=content_hash(title, text),
        guid=guid,
        author=tidy(str(dict.get(entry, "author") or ""))[:200] or None,
        tags=tuple(dict.fromkeys(label for tag in tags if (label := title_text(tag)))),
    )


def _markup(entry: dict[str, Any]) -> tuple[str, str]:
    """Return the fullest text an entry has, content before summary, and the type that feedparser gives it."""
    contents = [(_value(part).strip(), _kind(part)) for part in dict.get(entry, "content") or () if _is_text(part)]
    markup, kind = max(contents, key=lambda content: len(content[0]), default=("", ""))
    if markup:
        return markup, kind
    return str(dict.get(entry, "summary") or ""), _kind(dict.get(entry, "summary_detail", {}))


def _is_text(part: Mapping[str, Any]) -> bool:
    kind = _kind(part)
    if kind == "application/octet-stream":  # base64, which feedparser leaves as it is when it is no text
        return " " in _value(part).strip()
    return kind.startswith("text/") or kind.endswith(("html+xml", "xml"))


def _value(part: Mapping[str, Any]) -> str:
    return str(part.get("value") or "")


def _kind(part: Mapping[str, Any]) -> str:
    return str(part.get("type") or "text/html")


def _published(source: Source, entry: dict[str, Any], now: datetime) -> DateEvidence:
    """Return the first date an entry states, publication before change; later ones only if it is unreadable."""
    first: DateEvidence | None = None
    for name in ("published", "updated", "created"):
        raw = dict.get(entry, name)
        if not raw:
            continue
        evidence = read_date(
            str(raw),
            zone=source.timezone,
            finest=source.date_precision,
            now=now,
            origin="feed",
            otherwise=lambda name=name: dict.get(entry, f"{name}_parsed"),  # type: ignore[misc]
        )
        if evidence.at is not None or evidence.precision is not None:
            return evidence
        first = first or evidence
    return first or DateEvidence()


def _byline(title: str, entry: dict[str, Any], publisher: str) -> tuple[str, str]:
    """Take the outlet off the headline where an aggregator names it in <source> too (Google News)."""
    origin = dict.get(entry, "source")
    outlet = title_text(str(origin.get("title") or "")) if isinstance(origin, dict) else ""
    if outlet and title.endswith(f" - {outlet}") and len(title) > len(outlet) + 3:
        return title[: -len(outlet) - 3].rstrip(), outlet
    return title, publisher


def _without_title(text: str, title: str, publisher: str) -> str:
    """Take the headline off the text, also where an aggregator gives nothing but headline and outlet."""
    first, _, rest = text.partition("\n")
    return rest if " ".join(first.split()) in {title, f"{title} {publisher}"} else text


def _headline(text: str) -> str:
    first = text.partition("\n")[0]
    return first if len(first) <= 120 else first[:120].rpartition(" ")[0] + " …"


def _identify(source: Source, drafts: list[Item], memory: Memory, beside: Iterable[Seen]) -> tuple[Item, ...]:
    """Give several entries under one guid ids of their own, made of guid and address.

    The guid alone names an entry while it is the only one that has it, and for ever after: then a new address is an
    edit. What an entry was called last time is not changed by the company that it keeps now.
    """
    addresses: dict[str, set[str]] = {}
    for one in beside:
        addresses.setdefault(one.named or one.id, set()).add(one.url)
    for item in drafts:
        if is_plausible(item):
            addresses.setdefault(item.id, set()).add(short_hash(item.url))
    shared = {name for name, urls in addresses.items() if len(urls) > 1} | {one.named for one in memory.seen}
    return tuple(_rename(source, item, shared, memory) for item in drafts)


def _rename(source: Source, item: Item, shared: set[str], memory: Memory) -> Item:
    if not item.guid:
        return item
    other = item_id(source.id, f"{item.guid}\n{item.url}", item.url)
    owner = memory.by_id.get(item.id)
    owns = owner is not None and owner.url == short_hash(item.url)
    if other in memory.by_id or (item.id in shared and not owns):
        return replace(item, id=other)
    return item
