"""The shapes of the simulated web: feeds, listings, pages and the register's JSON, deterministic for given items."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from replay.doors import Door
from replay.record import Item

_EXCERPT = 55  # words: where WordPress cuts a description

# What the register's interface answers when no fields are asked for.
_REGISTER_FIELDS = (
    "title",
    "type",
    "abstract",
    "document_number",
    "html_url",
    "pdf_url",
    "public_inspection_pdf_url",
    "publication_date",
    "agencies",
    "excerpts",
)


def render_feed(door: Door, items: Sequence[Item], changed: datetime) -> bytes:
    """Return the feed of ``door`` with ``items``; ``changed`` is when it last changed."""
    return _render(door.template, door=door, items=items, changed=changed)


def render_listing(door: Door, items: Sequence[Item], *, number: int, total: int, next_page: str | None) -> bytes:
    """Return page ``number`` (from 0) of a listing that holds ``total`` items; ``next_page`` is a path."""
    first = number * door.window + 1
    return _render(
        door.template,
        door=door,
        items=items,
        total=total,
        first=first,
        last=first + len(items) - 1,
        next_page=next_page,
    )


def render_page(door: Door, item: Item) -> bytes:
    """Return the page of ``item``, which stands behind ``door``."""
    return _render(door.page, door=door, item=item)


def render_register(door: Door, items: Sequence[Item], *, total: int, wanted: Sequence[str]) -> bytes:
    """Return the register's answer; ``wanted`` are the fields asked for (none: the usual ones).

    An empty result has no ``results`` at all, as on the real interface.
    """
    answer: dict[str, Any] = {"description": door.title, "count": total}
    if items:
        answer["total_pages"] = -(-total // door.window)
        answer["results"] = [_register_entry(door, item, wanted or _REGISTER_FIELDS) for item in items]
    return json.dumps(answer, ensure_ascii=False).encode()


def _register_entry(door: Door, item: Item, wanted: Sequence[str]) -> dict[str, Any]:
    number = item.fields["document_number"]
    entry = {
        "title": item.title,
        "type": item.type,
        "abstract": item.summary or None,
        "html_url": f"{door.site}{item.path}",
        "pdf_url": f"{door.site}/pdf/{number}.pdf",
        "public_inspection_pdf_url": f"{door.site}/public-inspection/{number}.pdf?{int(item.published.timestamp())}",
        "raw_text_url": f"{door.site}{item.path}.txt",
        "body_html_url": f"{door.site}{item.path}",
        "excerpts": item.paragraphs[0],
        **item.fields,
    }
    return {name: entry.get(name) for name in wanted}


def _render(template: str, *, door: Door, **values: Any) -> bytes:
    return _environment.get_template(template).render(door=door, publisher=door.publisher, **values).encode()


def _rfc822(at: datetime, door: Door) -> str:
    local = at.astimezone(door.zone)
    stamp = format_datetime(local)
    return f"{stamp[:-5]}{door.date_name}" if door.date_name else stamp


def _american_day(at: datetime | None, door: Door) -> str:
    """Return "July 9, 2025" in the publisher's own time zone."""
    local = at.astimezone(door.zone) if at else None
    return f"{local:%B} {local.day}, {local.year}" if local else ""


def _british_day(at: datetime, door: Door) -> str:
    local = at.astimezone(door.zone)
    return f"{local.day} {local:%B %Y}"


def _slashed_day(at: datetime, door: Door) -> str:
    return f"{at.astimezone(door.zone):%m/%d/%Y}"


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _verbatim(text: str) -> Markup:
    """Return ``text`` for a CDATA section, where nothing is escaped but the section's own end."""
    return Markup(text.replace("]]>", "]]]]><![CDATA[>"))  # noqa: S704 - CDATA holds text as it is


def _excerpt(item: Item, door: Door) -> Markup:
    words = " ".join(item.paragraphs).split()
    cut = " ".join(words[:_EXCERPT]) + (" […]" if len(words) > _EXCERPT else "")
    link = f"{door.site}{item.path}"
    return Markup('<p>{}</p>\n<p>The post <a href="{}">{}</a> appeared first on <a href="{}">{}</a>.</p>\n').format(
        cut, link, item.title, door.site, door.publisher
    )


def _content(item: Item) -> Markup:
    """Return the full text as WordPress does; the White House puts the site's navigation before it."""
    text = Markup("").join(Markup('<p class="wp-block-paragraph">{}</p>\n').format(part) for part in item.paragraphs)
    if item.source != "us_wh_presidential_actions":
        return text
    site = item.guid.partition("/?")[0]
    return Markup(_environment.get_template("whitehouse_topper.html").render(site=site)) + text  # noqa: S704 - ours


def _node(item: Item) -> str:
    """Return a node rendered by Drupal, markup as plain text: the feed escapes it once more."""
    return str(_environment.get_template("drupal_node.html").render(item=item))


def _json_ld(item: Item, door: Door, publisher: str) -> Markup:
    facts: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.title,
        "mainEntityOfPage": f"{door.site}{item.path}",
        "publisher": {"@type": "Organization", "name": publisher},
    }
    if item.shown_date:
        facts["datePublished"] = _iso(item.shown_date)
        facts["dateModified"] = _iso(max([item.shown_date, *(edit.at for edit in item.edits)]))
    return Markup(json.dumps(facts, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - no tag can open


_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters |= {
    "rfc822": _rfc822,
    "american_day": _american_day,
    "british_day": _british_day,
    "slashed_day": _slashed_day,
    "iso": _iso,
    "verbatim": _verbatim,
    "escape": escape,
}
_environment.globals |= {"excerpt": _excerpt, "content": _content, "node": _node, "json_ld": _json_ld}
