"""Listings and articles read by selectors."""

# ruff: noqa: E501 - markup is written here as it is sent

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.items import DateEvidence, Outcome
from spiders.pages import Row, build_item, parse_article, parse_listing
from tests.spiders.conftest import FUZZ, make_source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
STATE = """<html><body><ul id="col_json_result" class="collection-results">
<li class="collection-result"><p class="collection-result__date">Press Statement</p>
 <a href="/releases/2026/06/one/" class="collection-result__link" target="_self">
    Sanctioning &ndash; one
 </a><div class="collection-result-meta" dir="ltr"><span dir="ltr">The Secretary</span><span dir="ltr">June 4, 2026</span></div></li>
<li class="collection-result"><p class="collection-result__date">Public Schedule</p>
 <a href="/releases/2026/06/two/" class="collection-result__link">Two</a>
 <div class="collection-result-meta"><span>June 3, 2026</span></div></li>
<li class="collection-result"><p>an advertisement</p></li>
</ul></body></html>"""
STATE_RULES = {
    "item": ("ul.collection-results > li.collection-result",),
    "container": ("ul.collection-results",),
    "title": ("a.collection-result__link",),
    "url": ("a.collection-result__link::attr(href)",),
    "date": ("div.collection-result-meta > span:last-child",),
    "date_format": "%B %d, %Y",
    "type": ("p.collection-result__date",),
}
ARTICLE = """<html><head><script type="application/ld+json">{}</script></head><body><nav>Home</nav>
<h1>A ruling</h1><div class="body"><p>First.</p><aside class="ad">Buy</aside><p>Second.</p></div>
<div class="tags"><a>Courts</a> <a>Courts</a></div></body></html>"""


def listing_of(source_of, page=STATE, **rules):
    source = source_of(
        kind="html", url="https://state.test/press/", timezone="America/New_York", listing=STATE_RULES | rules
    )
    return parse_listing(source, page.encode(), "utf-8", source.url, now=NOW)


def test_rows_have_title_address_date_and_type(source_of):
    listing = listing_of(source_of)
    first, second = listing.rows
    assert (first.title, first.url, first.kind) == (
        "Sanctioning – one",
        "https://state.test/releases/2026/06/one/",
        "Press Statement",
    )
    assert (first.published.at, first.published.precision) == (datetime(2026, 6, 4, 4, tzinfo=UTC), "day")
    assert (second.title, listing.dropped) == ("Two", 1)


def test_only_addresses_of_articles_are_kept(source_of):
    assert [row.title for row in listing_of(source_of, keep="/two/").rows] == ["Two"]


def test_address_listed_twice_is_one_row(source_of):
    assert len(listing_of(source_of, STATE.replace("/two/", "/one/")).rows) == 1


def test_empty_list_and_changed_page_are_told_apart(source_of):
    empty = listing_of(source_of, '<html><body><ul class="collection-results"></ul></body></html>')
    assert empty.trouble is Outcome.EMPTY
    changed = listing_of(source_of, STATE.replace("collection-result", "release"))
    assert (changed.trouble, "matches" in changed.note) == (Outcome.CHANGED_LAYOUT, True)
    hollow = listing_of(source_of, STATE.replace("collection-result__link", "other"))
    assert (hollow.trouble, "3 lines" in hollow.note) == (Outcome.CHANGED_LAYOUT, True)


def test_minified_page_without_quotes_is_read(source_of):
    page = (
        '<div class="content--2col__body" data-news-list><div><span class=date-format><time datetime=2026-09-04T14:00:00Z '
        "class=datetime>September 4, 2026</time></span><h3 class=featured-stories__headline><a href=/news/press-releases/sb0621/ "
        "hreflang=en>Treasury acts</a></h3></div></div>"
    )
    rules = {
        "item": ("div.content--2col__body > div",),
        "title": ("h3.featured-stories__headline a",),
        "url": ("h3.featured-stories__headline a::attr(href)",),
        "date": ("time.datetime::attr(datetime)",),
    }
    [row] = parse_listing(source_of(kind="html", listing=rules), page.encode(), None, "https://t.test/", now=NOW).rows
    assert (row.title, row.url) == ("Treasury acts", "https://t.test/news/press-releases/sb0621/")
    assert row.published.at == datetime(2026, 9, 4, 14, tzinfo=UTC)


def test_links_can_be_the_rows_themselves(source_of):
    page = "<div id=b><a href='/a.pdf'>Licence 1</a><a href='/b.pdf'>Licence 2</a><a href='mailto:x'>mail</a></div>"
    rules = {"item": ("#b a",), "url": ("a::attr(href)",), "title": ("a",)}
    listing = parse_listing(source_of(kind="html", listing=rules), page.encode(), None, "https://t.test/", now=NOW)
    assert [row.title for row in listing.rows] == ["Licence 1", "Licence 2"]


def test_first_alternative_that_matches_is_taken(source_of):
    page = "<ul><li><h4><a href='/1'>Four</a></h4><b>6 July 2026</b></li></ul>"
    rules = {"item": ("ol li", "ul li"), "title": ("h2 a", "h4 a"), "date": ("time::attr(datetime)", "b")}
    [row] = parse_listing(source_of(kind="html", listing=rules), page.encode(), None, "https://t.test/", now=NOW).rows
    assert (row.title, row.published.at) == ("Four", datetime(2026, 7, 6, tzinfo=UTC))


def article_of(source_of, json_ld="{}", **rules):
    source = source_of(kind="html", timezone="Europe/Paris", article={"body": ("div.body",), "title": ("h1",)} | rules)
    return parse_article(source, ARTICLE.replace("{}", json_ld).encode(), None, now=NOW)


def test_article_is_read_by_its_selectors(source_of):
    article = article_of(source_of, drop=(".ad",), tags=(".tags a",))
    assert (article.title, article.text, article.tags) == ("A ruling", "First.\nSecond.", ("Courts",))


@pytest.mark.parametrize(
    "json_ld",
    [
        '{"@type": "NewsArticle", "datePublished": "2026-07-06T10:00:00Z", "dateModified": "2026-07-07"}',
        '[{"@type": "VideoObject", "datePublished": "2012-01-01"}, {"@type": ["Report", "NewsArticle"], "datePublished": "2026-07-06T10:00:00Z"}]',
        '{"@graph": [{"@type": "WebSite"}, {"@type": "WebPage", "datePublished": "2026-07-06T10:00:00Z"}]}',
    ],
)
def test_page_tells_its_date_in_json_ld(json_ld, source_of):
    published = article_of(source_of, json_ld).published
    assert (published.at, published.origin) == (datetime(2026, 7, 6, 10, tzinfo=UTC), "json-ld")


def test_visible_date_goes_before_what_the_page_says_of_itself(source_of):
    page = (
        "<p class=d>6 July 2026</p><meta property='article:published_time' content='2012-01-01'><div class=body>x</div>"
    )
    source = source_of(kind="html", article={"date": (".d",), "body": (".body",)})
    published = parse_article(source, page.encode(), None, now=NOW).published
    assert (published.at, published.origin) == (datetime(2026, 7, 6, tzinfo=UTC), "page")


@pytest.mark.parametrize(
    ("head", "url", "language"),
    [
        ("<link rel='canonical' href='/releases/1?utm_source=x'>", "https://paper.test/releases/1", "fr"),
        ("<link rel='Canonical' href='http://www.paper.test/releases/1'>", "http://www.paper.test/releases/1", "fr"),
        ("<link rel='canonical' href='https://evil.test/releases/1'>", "https://paper.test/1", "fr"),
        ("<link rel='canonical' href='/feed'>", "https://paper.test/1", "fr"),
        ("<link rel='canonical' href='/'>", "https://paper.test/1", "fr"),
        ("<link rel='canonical' href='javascript:1'>", "https://paper.test/1", "fr"),
    ],
)
def test_page_names_its_own_address_and_language(head, url, language, source_of):
    source = source_of(kind="html", article={"body": ("p",)})
    page = f"<html lang='fr-FR'><head>{head}</head><body><p>Texte</p></body></html>"
    row = Row("https://paper.test/1", "Titre", DateEvidence())
    item = build_item(source, row, parse_article(source, page.encode(), None, now=NOW))
    assert (item.url, item.language) == (url, language)
    assert item.id == build_item(source, row, None).id, "identity is the address it was found at"


@pytest.mark.parametrize("lang", ["", "x", "mul-", "français", "en-US' onload='x"])
def test_language_that_is_none_is_the_sources(lang, source_of):
    source = source_of(kind="html", language="nl", article={"body": ("p",)})
    page = f'<html lang="{lang}"><body><p>Tekst</p></body></html>'
    item = build_item(
        source,
        Row("https://paper.test/1", "Titel", DateEvidence()),
        parse_article(source, page.encode(), None, now=NOW),
    )
    assert item.language == "nl"


def test_broken_json_ld_is_no_date(source_of):
    assert article_of(source_of, '{"@type": "NewsArticle", ').published.at is None


def test_text_is_found_where_no_selector_matches(source_of):
    paragraph = "The Chamber found that the accused had a case to answer and adjourned until Monday. " * 4
    page = f"<html><body><nav>Home About</nav><main><article><p>{paragraph}</p><p>{paragraph}</p></article></main></body></html>"
    article = parse_article(source_of(kind="html", article={"body": (".gone",)}), page.encode(), None, now=NOW)
    assert "had a case to answer" in article.text
    assert "About" not in article.text


def test_hour_of_the_article_refines_the_day_of_the_listing(source_of):
    source = source_of(kind="html", timezone="America/New_York", listing=STATE_RULES)
    [row, _] = parse_listing(source, STATE.encode(), None, "https://state.test/", now=NOW).rows
    json_ld = '{"@type": "NewsArticle", "datePublished": "2026-06-04T15:00:00Z"}'
    built = build_item(source, row, article_of(source_of, json_ld))
    assert (built.published.at, built.published.precision) == (datetime(2026, 6, 4, 15, tzinfo=UTC), "instant")
    old = '{"@type": "NewsArticle", "datePublished": "2012-06-04T15:00:00Z"}'
    assert build_item(source, row, article_of(source_of, old)).published == row.published


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "no-such-charset", None])
def test_charset_of_the_header_or_the_page_is_used(charset, source_of):
    encoding = charset if charset in {"utf-8", "windows-1251"} else "windows-1251"
    page = '<html><head><meta charset="windows-1251"></head><body><li><a href="/1">Суд</a></li></body></html>'
    source = source_of(kind="html", listing={"item": ("li",)})
    [row] = parse_listing(source, page.encode(encoding), charset, "https://t.test/", now=NOW).rows
    assert row.title == "Суд"


@pytest.mark.parametrize("body", [b"", b"\x00", b"<", b"<!---->", b"\xff\xfe", b"<li>" * 20_000])
def test_hostile_pages_end_in_a_state(body, source_of):
    source = source_of(kind="html", listing={"item": ("li",)})
    assert parse_listing(source, body, None, "https://t.test/", now=NOW).trouble is not None
    article = parse_article(source, body, None, now=NOW)
    assert article is None or len(article.text) <= 2


@settings(max_examples=FUZZ, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<li>", "</li>", "<a href='/1'>", "<a href='javascript:x'>", "</a>", "<time datetime='2026-02-30'>", "<!--", "-->",
             "<script type='application/ld+json'>", "</script>", '{"@type": "NewsArticle", "datePublished": "x"}', "<table>",
             "<svg>", "<h1>", "&#0;", "&bogus;", "<![CDATA[", "\x00", "<plaintext>", "<template>", "<p hidden>", "</html>"]
        )
        | st.text(max_size=4),
        max_size=30,
    ).map("".join)
    | st.binary(max_size=200)
)  # fmt: skip
def test_no_page_breaks_the_reader(page):
    body = page if isinstance(page, bytes) else page.encode("utf-8", "replace")
    rules = {"item": ("li",), "date": ("time::attr(datetime)",), "type": ("h1",)}
    source = make_source(kind="html", listing=rules, article={"title": ("h1",), "tags": ("a",)})
    listing = parse_listing(source, body, None, "https://paper.test/", now=NOW)
    assert listing.trouble is not None or listing.rows
    parse_article(source, body, None, now=NOW)
