"""One spelling per page, one id per item."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spiders.urls import canonical_url, item_id, same_site

texts = st.text(max_size=60)
addresses = st.builds(
    "{}://{}{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTPS", "ftp", "javascript", ""]),
    st.sampled_from(
        ["a.test", "A.Test.", "user:pw@a.test", "bücher.test", "a.test:443", "a.test:80", "[::1]", "", "..", "a b"]
    ),
    texts.map(lambda text: "/" + text),
    texts.map(lambda text: "?" + text),
    st.lists(st.sampled_from(["&utm_source=x", "&amp=1", "&a=%2f", "&a=b+c", "&=", "&url=http://b.test/%3Fa"])).map(
        "".join
    ),
    texts.map(lambda text: "#" + text),
)


@given(addresses | texts)
@example("http://a.test/amp/amp/")
@example("http://a.test/%2e%2e/amp/..")
@example("https://www.google.com/url?url=https%3A%2F%2Fwww.google.com%2Furl%3Furl%3Dhttp%253A%252F%252Fa.test")
@example("http://a.test/?%26=1&a%3d=2")
@example("http://a.test/?utm%5fsource=x&%75tm_medium=y")
@example("http://a.test/#%7B%22a%22%7D")
@example("http://a.test/%ff%zz%")
def test_canonical_spelling_is_its_own_canonical_spelling(url):
    once = canonical_url(url)
    assert once is None or canonical_url(once) == once


@given(addresses | texts)
def test_canonical_address_is_ascii_http_without_anything_to_inject(url):
    found = canonical_url(url)
    if found is not None:
        assert found.startswith(("http://", "https://"))
        assert found.isascii()
        assert not set(found) & set(' <>"|`{}\\^' + string.whitespace)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://WWW.Paper.Test:443", "https://www.paper.test/"),
        ("http://paper.test:8080/a", "http://paper.test:8080/a"),
        ("https://reader:secret@paper.test/a", "https://paper.test/a"),
        ("https://paper.test/a/./b/../c", "https://paper.test/a/c"),
        ("https://paper.test/%7Ea/%c3%a9", "https://paper.test/~a/%C3%A9"),
        ("https://paper.test/é", "https://paper.test/%C3%A9"),
        ("https://paper.test/a%2Fb", "https://paper.test/a%2Fb"),
        ("https://bücher.test/", "https://xn--bcher-kva.test/"),
        ("https://paper.test/a?utm_source=rss&id=7&fbclid=x", "https://paper.test/a?id=7"),
        ("https://paper.test/a?at_medium=RSS&at_campaign=rss", "https://paper.test/a"),
        ("https://paper.test/a?traffic_source=rss", "https://paper.test/a"),
        ("https://paper.test/?p=51617", "https://paper.test/?p=51617"),
        ("https://paper.test/a?ref=rss&ref=7", "https://paper.test/a?ref=7"),
        ("https://paper.test/a#comments", "https://paper.test/a"),
        ("https://paper.test/app#!/case/7", "https://paper.test/app#!/case/7"),
        ("https://paper.test/story/amp/", "https://paper.test/story/"),
        ("https://paper.test/amp", "https://paper.test/amp"),
        ("https://paper.test/story?outputType=amp", "https://paper.test/story"),
        ("  https://paper.test/a\n b ", "https://paper.test/a%20b"),
        ("https://www.bing.com/news/apiclick.aspx?aid=&url=https%3a%2f%2fpaper.test%2fa&c=7", "https://paper.test/a"),
    ],
)
def test_spelling(url, expected):
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    "url",
    ["", " ", "/news/1", "//paper.test/a", "mailto:a@b.test", "javascript:alert(1)", "data:text/html,x", "https://", "http://[",
     "https://paper.test:99999/", "file:///etc/passwd", "https://./", "http://a_b^c/"],
)  # fmt: skip
def test_what_is_no_http_address_has_no_spelling(url):
    assert canonical_url(url) is None


def test_relative_addresses_are_resolved():
    assert canonical_url("../b?x=1", "https://paper.test/a/c") == "https://paper.test/b?x=1"
    assert canonical_url("//cdn.test/x", "https://paper.test/") == "https://cdn.test/x"
    assert canonical_url("", "https://paper.test/") is None


def test_judgments_that_differ_after_the_hash_stay_apart():
    one, two = (canonical_url(f'https://hudoc.test/eng#{{"itemid":["001-{n}"]}}') for n in (1, 2))
    assert one != two
    assert canonical_url("https://hudoc.test/eng#{%22itemid%22:[%22001-1%22]}") == one


@pytest.mark.parametrize(
    ("guid", "url"),
    [
        ("https://paper.test/1#0", "https://paper.test/1?at_medium=RSS"),
        ("https://paper.test/1#1", "https://paper.test/1"),
        ("http://paper.test/1", "https://paper.test/1"),
        (None, "http://paper.test/1"),
        ("", "https://paper.test/1?utm_campaign=x"),
    ],
)
def test_an_article_keeps_its_id_through_revisions_tracking_and_scheme(guid, url):
    assert item_id("paper", guid, url) == item_id("paper", None, "https://paper.test/1")


def test_ids_differ_by_source_guid_and_address():
    ids = {
        item_id("paper", "7 at https://paper.test", "https://paper.test/1"),
        item_id("paper", "8 at https://paper.test", "https://paper.test/1"),
        item_id("other", "7 at https://paper.test", "https://paper.test/1"),
        item_id("paper", None, "https://paper.test/1"),
        item_id("paper", None, "https://paper.test/2"),
    }
    assert len(ids) == 5
    assert {len(one) for one in ids} == {20}


def test_guid_outlives_a_new_address():
    assert item_id("paper", "urn:7", "https://paper.test/old") == item_id("paper", "urn:7", "https://paper.test/new")


@given(texts, st.none() | texts, texts)
def test_every_item_gets_an_id(source, guid, url):
    assert item_id(source, guid, url) == item_id(source, guid, url)


def test_a_site_is_its_host_with_or_without_www():
    assert same_site("http://www.paper.test/a", "https://paper.test/b")
    assert not same_site("https://paper.test/", "https://paper.test.evil.test/")
