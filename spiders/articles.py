"""Articles behind a listing or a feed: fetched once when they are new, and looked at again when asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from spiders.captures import CaptureLog
from spiders.catalogue import Source
from spiders.fetching import Answer, Fetcher
from spiders.items import Item, Probe, ProbeResult
from spiders.memory import Memory, Seen, seen_item
from spiders.ofac import parse_delta
from spiders.pages import Article, Row, build_item, parse_article, parse_listing
from spiders.reading import Reading, body_hash, judge_listing
from spiders.text import content_hash
from spiders.urls import item_id

_MAX_ARTICLES = 50  # asked for in one run; what is left comes with the next
_MAX_TRIES = 2  # runs that fail to fetch an article before its item goes out without it
_PATIENCE = 3  # failures in a row after which a run asks for no more


@dataclass(frozen=True, slots=True)
class Fetched:
    """An article, or why there is none: refused for good, failed for now, or left for later."""

    article: Article | None
    state: Literal["read", "refused", "failed", "later"]


class ArticleReader:
    """Reads the articles of one source in one run; ``size`` counts the bytes received, ``captures`` holds evidence.

    An item is held back while its page may still come, because a text that arrives later would look like an edit.
    """

    def __init__(self, source: Source, fetcher: Fetcher, memory: Memory):
        self._source, self._fetcher, self._memory = source, fetcher, memory
        self._asked = 0
        self._in_a_row: list[Literal["refused", "failed"]] = []
        self.size = 0
        self.captures = CaptureLog(source)

    @property
    def wanted(self) -> bool:
        """Whether this source's article pages are read at all."""
        if self._source.kind == "html":
            return bool(self._source.article.get("fetch", True))
        return bool(self._source.article.get("fetch"))

    async def read_listing(self, answer: Answer, *, now: datetime) -> Reading:
        """Read a listing and the articles that are new in it."""
        listing = parse_listing(self._source, answer.body, answer.charset, answer.url, now=now)
        if listing.trouble is not None:
            return Reading(trouble=listing.trouble, note=listing.note, dropped=listing.dropped)
        ids = tuple(item_id(self._source.id, None, row.url) for row in listing.rows)
        judged = judge_listing(self._source, Reading(listed=ids, dropped=listing.dropped))
        if judged.trouble is not None:
            return judged
        items: list[Item] = []
        seen: list[Seen] = []
        for row, name in zip(listing.rows, ids, strict=True):
            item, remembered = await self._read_row(row, self._memory.by_id.get(name))
            if item is not None and not self._memory.knows(item):
                items.append(item)
            seen.append(remembered)
        return replace(
            judged, items=tuple(items), memory=self._memory.after(seen, frame="", body=body_hash(answer.body))
        )

    async def _read_row(self, row: Row, known: Seen | None) -> tuple[Item | None, Seen]:
        if known is not None and known.block == row.hash and not known.tries:
            return None, known
        fetched = await self._fetch(row.url) if self.wanted else Fetched(None, "refused")
        item = build_item(self._source, row, fetched.article)
        if self.wanted and fetched.article is None and known is not None and known.content:
            # Known in full; a page that fails now is no reason to hand out less.
            return None, replace(known, tries=1 if fetched.state != "refused" else 0)
        if known is not None and self._is_edit(item, known) and not await self._is_confirmed(row, item):
            tries = known.tries + 1  # the line is looked into again, though not for ever
            return None, replace(known, tries=tries) if tries < _MAX_TRIES else replace(known, block=row.hash, tries=0)
        held = self._hold(fetched, item, known)
        return (None, held) if held is not None else (item, seen_item(row.hash, item))

    def _is_edit(self, item: Item, known: Seen) -> bool:
        """Whether it is a new text of a release whose edits are told."""
        told = self._source.watch_edits and bool(known.content)
        return told and item.content_hash not in {known.content, known.article}

    async def _is_confirmed(self, row: Row, item: Item) -> bool:
        """Whether a second look shows the same text: a page that flickers was not edited."""
        if not self.wanted:
            return True
        again = await self._fetch(row.url)
        return (
            again.article is not None and build_item(self._source, row, again.article).content_hash == item.content_hash
        )

    async def complete(self, reading: Reading) -> Reading:
        """Put the full texts of their pages into the new items of a feed."""
        items: dict[str, Item] = {}
        seen = {one.id: one for one in (reading.memory or self._memory).seen}
        # The newest first: there may be more than one run can fetch.
        for item in sorted(reading.items, key=lambda one: one.published.at or self._fetcher.now(), reverse=True):
            known = self._memory.by_id.get(item.id)
            fetched = await self._fetch(item.url)
            if fetched.article is not None:
                full = _with_article(item, fetched.article)
                items[item.id] = full
                seen[item.id] = replace(seen[item.id], article=full.content_hash)
            elif known is not None and known.article:
                seen[item.id] = replace(seen[item.id], article=known.article)
            elif (held := self._hold(fetched, item, known)) is not None:
                seen[item.id] = held
            else:
                items[item.id] = item
        memory = reading.memory or self._memory
        kept = tuple(seen[one.id] if one.id else one for one in memory.seen)
        ordered = tuple(items[name] for name in reading.listed if name in items)
        return replace(reading, items=ordered, memory=replace(memory, seen=kept))

    async def probe(self, probe: Probe) -> tuple[ProbeResult, Item | None]:
        """Look at a known article again. A disappearance or a change counts when a second look confirms it."""
        answer = await self.ask(probe.url)
        if answer.status in {404, 410}:
            again = await self.ask(probe.url)
            if again.status == answer.status:
                self.captures.hold_absence(again, probe.item_id)
                return ProbeResult(probe.item_id, "gone", answer.status), None
            return ProbeResult(probe.item_id, "unknown", again.status, "Gone, but not at a second look."), None
        if answer.trouble is not None:
            return ProbeResult(probe.item_id, "unknown", answer.status, answer.trouble.note), None
        if _place(answer.url) != _place(probe.url):
            note = f"Redirected to {answer.url}."
            return ProbeResult(probe.item_id, "unknown", answer.status, note), None
        revised = await self._revision(probe, answer) if self.wanted else None
        return ProbeResult(probe.item_id, "present", answer.status), revised

    async def _revision(self, probe: Probe, answer: Answer) -> Item | None:
        item = self._probed_item(probe, answer)
        known = self._memory.by_id.get(probe.item_id)
        if item is None or (known is not None and item.content_hash in {known.article, known.content}):
            return None
        again = self._probed_item(probe, await self.ask(probe.url))
        if again is None or again.content_hash != item.content_hash:
            return None
        self.captures.hold_page(probe.url, answer)
        return item

    def _probed_item(self, probe: Probe, answer: Answer) -> Item | None:
        """Build the item as its page shows it; None when the page does not show headline and text as declared."""
        if answer.trouble is not None:
            return None
        article = self._parse(answer)
        if article is None or not article.title or not article.text:
            return None
        row = Row(url=probe.url, title=article.title, published=article.published)
        return replace(build_item(self._source, row, article), id=probe.item_id)

    async def ask(self, url: str, kind: Literal["rss", "html", "json"] = "html") -> Answer:
        """Fetch a page of the source, or its listing again."""
        answer = await self._fetcher.get(self._source, url, kind)
        self.size += answer.size
        return answer

    async def _fetch(self, url: str) -> Fetched:
        if len(self._in_a_row) >= _PATIENCE:
            return Fetched(None, self._in_a_row[-1])
        if self._asked >= _MAX_ARTICLES:
            return Fetched(None, "later")
        self._asked += 1
        answer = await self.ask(url)
        article = None
        if answer.trouble is None:
            article = self._parse(answer)
        if article is not None and article.text:
            self._in_a_row.clear()
            self.captures.hold_page(url, answer)
            return Fetched(article, "read")
        passing = answer.trouble is not None and (answer.trouble.transient or answer.trouble.retry_at is not None)
        self._in_a_row.append("failed" if passing else "refused")
        return Fetched(None, self._in_a_row[-1])

    def _parse(self, answer: Answer) -> Article | None:
        if self._source.article.get("format") == "ofac-delta":
            return parse_delta(answer.body)
        return parse_article(self._source, answer.body, answer.charset, now=self._fetcher.now())

    def _hold(self, fetched: Fetched, item: Item, known: Seen | None) -> Seen | None:
        """Say what to remember of an item that waits for its page; None when it should go out now."""
        if fetched.state not in {"failed", "later"}:
            return None
        tries = known.tries if known is not None else 0
        if fetched.state == "failed":
            tries += 1
        if tries >= _MAX_TRIES:
            return None
        return Seen("", item.id, "", "", "", max(tries, 1))


def _with_article(item: Item, article: Article) -> Item:
    title, text = article.title or item.title, article.text
    tags = tuple(dict.fromkeys((*item.tags, *article.tags)))
    published = item.published if item.published.at else article.published
    return replace(
        item,
        url=article.url or item.url,
        title=title,
        text=text,
        published=published,
        language=article.language or item.language,
        tags=tags,
        content_hash=content_hash(title, text),
    )


def _place(url: str) -> str:
    """Name where an address leads, with what servers change on the way left aside."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}?{parts.query}"
