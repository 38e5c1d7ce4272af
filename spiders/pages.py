"""Web pages: listings and articles, read by the selectors of a source's TOML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from lxml import etree
from lxml import html as lxml_html
from parsel.csstranslator import HTMLTranslator

from spiders.catalogue import Source
from spiders.dates import read_date
from spiders.items import DateEvidence, Item, Outcome
from spiders.text import content_hash, element_text, tidy, title_text
from spiders.urls import canonical_url, digest, item_id, same_site

_TRANSLATOR = HTMLTranslator()
_META_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@name='dcterms.date' or @name='dcterms.created' or @name='DC.date.issued' or @name='date']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//time[@itemprop='datePublished']/@datetime",
)
_LANGUAGE = re.compile(r"\s*([A-Za-z]{2})(?:[-_][A-Za-z0-9-]+)?\s*$")
_EXTRACTABLE = 1_000_000  # characters; trafilatura takes a second for 100,000 of the worst, and no article is longer
_ARTICLE_TYPES = re.compile(r"Article|BlogPosting|Report|PressRelease|LegalForceStatus|GovernmentService|WebPage")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a listing."""

    url: str
    title: str
    published: DateEvidence
    kind: str = ""
    text: str = ""

    @property
    def hash(self) -> str:
        """Names what the line says, so that a changed line is noticed."""
        return digest(self.url, self.title, self.kind, self.published.raw or "", self.text)[:16]


@dataclass(frozen=True, slots=True)
class Listing:
    """The lines of a page; ``trouble`` names what is wrong when there are none."""

    rows: tuple[Row, ...] = ()
    dropped: int = 0
    trouble: Outcome | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """What an article page says."""

    title: str = ""
    text: str = ""
    published: DateEvidence = field(default_factory=DateEvidence)
    author: str | None = None
    tags: tuple[str, ...] = ()
    url: str | None = None  # its canonical address, as the page names it
    language: str | None = None  # as the page names it


def parse_listing(source: Source, body: bytes, charset: str | None, url: str, *, now: datetime) -> Listing:
    """Read the lines of a listing, each address once, in the order of the page."""
    root = parse_html(body, charset)
    if root is None:
        return Listing(trouble=Outcome.FAILED, note="The page cannot be read.")
    rules = source.listing
    found = find_elements(root, rules["item"])
    rows: dict[str, Row] = {}
    dropped = 0
    for element in found:
        row = _read_row(source, element, url, now)
        if row is None or row.url in rows:
            dropped += 1
        else:
            rows[row.url] = row
    if rows:
        return Listing(rows=tuple(rows.values()), dropped=dropped)
    if found:
        note = f"{len(found)} lines, but no title and address in any: the page has changed."
        return Listing(trouble=Outcome.CHANGED_LAYOUT, note=note, dropped=dropped)
    if rules.get("container") and find_elements(root, rules["container"]):
        return Listing(trouble=Outcome.EMPTY, note="The list is there and has no lines.")
    return Listing(trouble=Outcome.CHANGED_LAYOUT, note=f"Nothing on the page matches {rules['item'][0]!r}.")


def parse_article(source: Source, body: bytes, charset: str | None, *, now: datetime) -> Article | None:
    """Read an article; None when the page holds no text that could be one."""
    root = parse_html(body, charset)
    if root is None:
        return None
    rules = source.article
    text = _body_text(root, rules) or _extracted_text(root)
    title = title_text(_value(root, rules.get("title") or ()))
    if not text and not title:
        return None
    return Article(
        title=title,
        text=_without_title(text, title),
        published=_article_date(source, root, now),
        author=tidy(_value(root, rules.get("author") or ()))[:200] or None,
        tags=_labels(_values(root, rules.get("tags") or ())),
        url=_canonical_link(source, root),
        language=_page_language(root),
    )


def build_item(source: Source, row: Row, article: Article | None) -> Item:
    """Join what the listing and the article say; a headline that the source's selectors find on the page goes first."""
    title = (article.title if article else "") or row.title
    text = article.text if article and article.text else row.text
    published = row.published
    if article and article.published.at and (published.at is None or _is_finer(article.published, published)):
        published = article.published
    return Item(
        id=item_id(source.id, None, row.url),
        source=source.id,
        url=(article.url if article else None) or row.url,
        title=title,
        text=text,
        published=published,
        language=(article.language if article else None) or source.language,
        publisher=source.publisher,
        tier=source.tier,
        content_hash=content_hash(title, text),
        author=article.author if article else None,
        tags=_labels([row.kind, *(article.tags if article else ())]),
    )


def parse_html(body: bytes, charset: str | None) -> etree._Element | None:
    """Parse a page of any state of repair; None when there is nothing to parse."""
    text = body.replace(b"\x00", b"")
    for encoding in (charset, None):
        try:
            parser = lxml_html.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True)
            root = lxml_html.document_fromstring(text, parser=parser)
        except LookupError:  # a charset nobody has heard of
            continue
        except (etree.LxmlError, ValueError, AssertionError):
            return None
        else:
            return root
    return None


def _read_row(source: Source, element: etree._Element, base: str, now: datetime) -> Row | None:
    rules = source.listing
    own = element if element.tag == "a" else None
    link = _value(element, rules.get("url") or ("a::attr(href)",)) or (own.get("href") if own is not None else "")
    url = canonical_url(link, base) if link else None
    title = title_text(_value(element, rules.get("title") or ("a",))) or (
        title_text(element_text(own)) if own is not None else ""
    )
    if url is None or not title or (rules.get("keep") and not re.search(rules["keep"], url)):
        return None
    raw = _value(element, rules.get("date") or ())
    published = read_date(
        raw, zone=source.timezone, finest=source.date_precision, now=now, origin="page", shape=rules.get("date_format")
    )
    return Row(
        url=url,
        title=title,
        published=published,
        kind=title_text(_value(element, rules.get("type") or ())),
        text=tidy(_value(element, rules.get("text") or ())),
    )


def find_elements(root: etree._Element, selectors: Sequence[str]) -> list[Any]:
    """Return what the first selector that matches finds: elements, or strings for ``::attr()`` and ``::text``."""
    for selector in selectors:
        found = root.xpath(_TRANSLATOR.css_to_xpath(selector, prefix="descendant-or-self::"))
        if found:
            return list(found)
    return []


def _values(root: etree._Element, selectors: Sequence[str]) -> Iterator[str]:
    for one in find_elements(root, selectors):
        text = str(one) if isinstance(one, str) else element_text(one)
        if text.strip():
            yield text


def _value(root: etree._Element, selectors: Sequence[str]) -> str:
    """Return the first text that any of the alternatives finds."""
    return next((text for selector in selectors for text in _values(root, [selector])), "")


def _labels(texts: Sequence[str] | Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for text in texts if (label := title_text(text))))


def _body_text(root: etree._Element, rules: Mapping[str, Any]) -> str:
    elements = find_elements(root, rules.get("body") or ())
    drop = [one for element in elements for one in find_elements(element, rules.get("drop") or ())]
    return tidy("\n".join(element_text(one, drop) for one in elements if not isinstance(one, str)))


def _extracted_text(root: etree._Element) -> str:
    """Return the main text of a page that no selector describes."""
    from trafilatura import extract  # noqa: PLC0415 - takes a second to import and few sources need it

    markup = etree.tostring(root, encoding="unicode", method="html")
    if len(markup) > _EXTRACTABLE:
        return element_text(root)
    return tidy(extract(markup, include_comments=False, include_tables=True, deduplicate=False) or "")


def _without_title(text: str, title: str) -> str:
    first, _, rest = text.partition("\n")
    return rest if title and " ".join(first.split()) == title else text


def _article_date(source: Source, root: etree._Element, now: datetime) -> DateEvidence:
    """Read the date of an article: where the source says it stands, else what the page says of itself."""
    rules = source.article
    visible = _value(root, rules.get("date") or ())
    if visible:
        return read_date(
            visible,
            zone=source.timezone,
            finest=source.date_precision,
            now=now,
            origin="page",
            shape=rules.get("date_format"),
        )
    for raw in _json_ld_dates(root):
        return read_date(raw, zone=source.timezone, finest=source.date_precision, now=now, origin="json-ld")
    for path in _META_DATES:
        for raw in root.xpath(path):
            return read_date(str(raw), zone=source.timezone, finest=source.date_precision, now=now, origin="meta")
    return DateEvidence()


def _canonical_link(source: Source, root: etree._Element) -> str | None:
    """Return the address that a page calls its own, when it is one of this site: neither front door nor listing."""
    for link in root.xpath("//link[translate(@rel, 'CANONICAL', 'canonical')='canonical']/@href"):
        url = canonical_url(str(link), source.url)
        if url is None or not same_site(url, source.url) or url == canonical_url(source.url):
            continue
        if urlsplit(url).path.strip("/"):
            return url
    return None


def _page_language(root: etree._Element) -> str | None:
    found = _LANGUAGE.match(root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or "")
    return found[1].lower() if found else None


def _json_ld_dates(root: etree._Element) -> Iterator[str]:
    for script in root.xpath("//script[@type='application/ld+json']/text()"):
        try:
            document = json.loads(str(script), strict=False)
        except (ValueError, RecursionError):
            continue
        for node in _nodes(document):
            kinds = node.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if isinstance(node.get("datePublished"), str) and any(_ARTICLE_TYPES.search(str(kind)) for kind in kinds):
                yield node["datePublished"]


def _nodes(document: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSON-LD document: itself, a list, or a graph."""
    for node in document if isinstance(document, list) else [document]:
        if isinstance(node, dict):
            yield node
            graph = node.get("@graph")
            yield from (one for one in graph if isinstance(one, dict)) if isinstance(graph, list) else ()


def _is_finer(date: DateEvidence, other: DateEvidence) -> bool:
    """Whether a date tells the hour of the same day that the other only names."""
    if date.precision != "instant" or other.precision == "instant" or date.at is None or other.at is None:
        return False
    return abs((date.at - other.at).total_seconds()) < 36 * 3_600
