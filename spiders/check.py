"""Recorded pages: does a source's TOML still read what its publisher once sent?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from spiders.api import parse_documents
from spiders.catalogue import Source
from spiders.feeds import parse_feed
from spiders.items import Item
from spiders.pages import build_item, parse_article, parse_listing
from spiders.status import build_differences, parse_status

SUFFIXES = {"rss": ".xml", "html": ".html", "json": ".json"}


@dataclass(frozen=True, slots=True)
class RecordedCheck:
    """One recorded page and what is wrong with it now; ``fault`` is "" when it reads as expected."""

    source: str
    page: Path
    items: int
    fault: str = ""


def check_recorded(sources: Mapping[str, Source], pages: Path) -> list[RecordedCheck]:
    """Read every recorded page of ``pages/<source>/<day>.*`` and compare with its ``.expected.json``.

    Each source needs at least one page.
    """
    checks: list[RecordedCheck] = []
    for source in sources.values():
        recorded = sorted(find_pages(source, pages / source.id))
        if not recorded:
            fault = f"no recorded page; make one: make record SLUG={source.id}"
            checks.append(RecordedCheck(source.id, pages / source.id, 0, fault))
        checks.extend(check_page(source, page) for page in recorded)
    return checks


def find_pages(source: Source, folder: Path) -> Iterator[Path]:
    """Yield the recorded pages of a source; expectations and articles stand beside them."""
    for page in folder.glob(f"*{SUFFIXES[source.kind]}"):
        if not page.name.endswith((".expected.json", ".article.html", ".before.html")):
            yield page


def check_page(source: Source, page: Path) -> RecordedCheck:
    """Read one recorded page and compare."""
    found = read_page(source, page)
    expected_path = expectation_path(page)
    count = len(found["items"])
    if not expected_path.exists():
        return RecordedCheck(source.id, page, count, f"{expected_path.name} is missing; make record writes it")
    expected = json.loads(expected_path.read_text(encoding="utf-8"))
    if not expected.pop("reviewed", False):
        fault = f'review {expected_path.name}, then set "reviewed" to true in it'
        return RecordedCheck(source.id, page, count, fault)
    return RecordedCheck(source.id, page, count, _find_fault(source, found, expected))


def read_page(source: Source, page: Path) -> dict[str, Any]:
    """Read a recorded page as it would have been read at the end of its day, as plain JSON values.

    A file ``<day>.article.html`` beside a listing is the article of its first line, and ``<day>.before.html`` beside a
    status table is the table as it was: what differs are its items.
    """
    body = page.read_bytes()
    now = _day_of(page)
    if source.listing.get("format") == "status":
        before = page.with_suffix(".before.html")
        was = before.read_bytes() if before.exists() else body
        rows = len(parse_status(source, body, None, now=now).rows)
        found = build_differences(source, was, body, now=now)
        return {"rows": rows, "items": [render_item(item) for item in found]}
    if source.kind == "rss":
        return {"items": [render_item(item) for item in parse_feed(source, body, {}, now=now).items]}
    if source.kind == "json":
        return {"items": [render_item(item) for item in parse_documents(source, body, now=now).items]}
    listing = parse_listing(source, body, None, source.url, now=now)
    article_page = page.with_suffix(".article.html")
    first = parse_article(source, article_page.read_bytes(), None, now=now) if article_page.exists() else None
    items = [build_item(source, row, None if index else first) for index, row in enumerate(listing.rows)]
    return {"items": [render_item(item) for item in items]}


def render_item(item: Item) -> dict[str, Any]:
    """Write an item as plain JSON values, without what its source and id say already."""
    published = item.published
    return {
        "title": item.title,
        "url": item.url,
        "text": item.text,
        "guid": item.guid,
        "author": item.author,
        "tags": list(item.tags),
        "publisher": item.publisher,
        "language": item.language,
        "published": {
            "raw": published.raw,
            "at": published.at.isoformat() if published.at else None,
            "precision": published.precision,
            "origin": published.origin,
        },
    }


def write_expectation(source: Source, page: Path) -> Path:
    """Write what a page reads as now, to be reviewed by a person before it counts."""
    path = expectation_path(page)
    document = {"reviewed": False, **read_page(source, page)}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def expectation_path(page: Path) -> Path:
    """Name the file that says what a page should read as."""
    return page.with_name(f"{page.stem}.expected.json")


def _day_of(page: Path) -> datetime:
    return datetime.strptime(page.stem[:10], "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)


def _find_fault(source: Source, found: dict[str, Any], expected: dict[str, Any]) -> str:
    shown = found.get("rows", len(found["items"]))
    if shown < max(source.expect.min_items, 1):
        return f"{shown} items, at least {max(source.expect.min_items, 1)} expected"
    if found == expected:
        return ""
    for number, (have, want) in enumerate(zip(found["items"], expected.get("items", []), strict=False), start=1):
        for key in want:
            if have.get(key) != want[key]:
                return f"item {number}: {key} is {have.get(key)!r}, expected {want[key]!r}"[:300]
    return f"{len(found['items'])} items, expected {len(expected.get('items', []))}"
