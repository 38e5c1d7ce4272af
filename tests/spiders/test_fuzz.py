"""Recorded pages, damaged at random: each reader ends in items or in a named state. `make fuzz` looks longer."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.api import find_next, parse_documents
from spiders.catalogue import BUNDLED, load_source, load_sources
from spiders.check import find_pages
from spiders.errors import CatalogueError
from spiders.feeds import parse_feed
from spiders.memory import Memory
from spiders.pages import parse_article, parse_listing
from spiders.reading import read_feed
from tests.spiders.conftest import FUZZ

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOURCES = load_sources()
PAGES = Path(__file__).parent / "pages"
SHARDS = [
    b"", b"\x00", b"\xff\xfe", b"&", b"&#0;", b"&#x110000;", b"<", b">", b"]]>", b"<![CDATA[", b"<!--",
    b"<!DOCTYPE x [", b"<item>", b"</item>", b"<entry/>", b"</channel>", b"<guid/>", b"<link href='javascript:1'/>",
    b"{", b"}", b"[", b"null", b"=", b'"', b"'", b"\\ud800", b"1e999", b"99999999999999999999", b"<script>",
    b"<div>" * 300, b"<table><tr>", b"\r\n" * 50,
]  # fmt: skip
DAMAGE = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 400), st.sampled_from(SHARDS), st.booleans()), min_size=1, max_size=6
)


def damaged(body, damage):
    """Cut pieces out of a body, put shards in their place, and sometimes the piece again behind them."""
    for place, length, shard, twice in damage:
        start = int(place * len(body))
        piece = body[start : start + length]
        body = body[:start] + shard + (piece + piece if twice else b"") + body[start + length :]
    return body


def recorded(kind):
    wanted = [source for source in SOURCES.values() if source.kind == kind]
    return st.sampled_from([(source, page) for source in wanted for page in find_pages(source, PAGES / source.id)])


@settings(max_examples=FUZZ, deadline=None)
@given(recorded("rss"), DAMAGE)
def test_no_damage_breaks_the_reader_of_feeds(page, damage):
    source, path = page
    body = damaged(path.read_bytes(), damage)
    parsed = parse_feed(source, body, {}, now=NOW)
    assert parsed.trouble is not None or len(parsed.entries) == len(parsed.items) + parsed.dropped
    assert all(item.url.startswith(("http://", "https://")) and item.title for item in parsed.items)
    whole = read_feed(source, path.read_bytes(), {}, Memory(), now=NOW)
    again = read_feed(source, body, {}, whole.memory, now=NOW)
    assert again.trouble is not None or again.memory is not None


@settings(max_examples=FUZZ, deadline=None)
@given(recorded("html"), DAMAGE, st.sampled_from([None, "utf-8", "latin-1", "utf-16", "nonsense"]))
def test_no_damage_breaks_the_reader_of_pages(page, damage, charset):
    source, path = page
    listing = parse_listing(source, damaged(path.read_bytes(), damage), charset, source.url, now=NOW)
    assert listing.trouble is not None or listing.rows
    article = path.with_suffix(".article.html")
    if article.exists():
        found = parse_article(source, damaged(article.read_bytes(), damage), charset, now=NOW)
        assert found is None or found.text or found.title


@settings(max_examples=FUZZ, deadline=None)
@given(recorded("json"), DAMAGE)
def test_no_damage_breaks_the_reader_of_documents(page, damage):
    source, path = page
    body = damaged(path.read_bytes(), damage)
    found = parse_documents(source, body, now=NOW)
    assert found.trouble is None or found.note
    assert (find_next(source, body) or "https://").startswith(("http://", "https://"))


@settings(max_examples=FUZZ, deadline=None)
@given(st.sampled_from(sorted(BUNDLED.glob("*.toml"))), DAMAGE)
def test_no_damage_breaks_the_loader_of_sources(tmp_path_factory, path, damage):
    copy = tmp_path_factory.mktemp("sources") / path.name
    copy.write_bytes(damaged(path.read_bytes(), damage))
    with suppress(CatalogueError):
        assert load_source(copy).url.startswith(("http://", "https://"))
