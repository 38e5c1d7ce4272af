"""What feeds say, and what they say wrong."""

# ruff: noqa: E501 - markup is written here as it is sent

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.feeds import parse_feed
from spiders.items import Outcome
from spiders.memory import Memory
from spiders.reading import read_feed
from tests.spiders.conftest import FUZZ

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RSS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title><link>https://paper.test/</link>{}</channel></rss>'
)


@pytest.fixture
def parse(source_of):
    def run(items, headers=None, **changes):
        body = RSS.format(items) if isinstance(items, str) and not items.startswith("<?xml") else items
        body = body.encode() if isinstance(body, str) else body
        return parse_feed(source_of(**changes), body, headers or {}, now=NOW)

    return run


def item(**fields):
    named = {"title": "A title", "link": "https://paper.test/1"} | fields
    return "<item>" + "".join(f"<{k}>{v}</{k.split()[0]}>" for k, v in named.items() if v is not None) + "</item>"


def test_wordpress_feed_of_the_white_house_loses_its_navigation(parse):
    content = (
        '<div class="alignfull wp-block-whitehouse-topper"><h1>Presidential Actions</h1><nav><form><label>Search</label>'
        "<input></form><select><option>Fact Sheets</option></select><ul><li>Remarks</li></ul></nav></div>"
        '<p class="wp-block-paragraph">By the authority vested in me, it is ordered:</p><p>Section 1. &nbsp;Purpose.</p>'
        "<script>track()</script><style>p{}</style>"
    )
    [found] = parse(
        item(
            **{
                "title": "Sanctioning The Court",
                "guid isPermaLink='false'": "https://paper.test/?p=51617",
                "description": "<![CDATA[<p>By the authority [&#8230;]</p><p>The post <a>X</a> appeared first on <a>Y</a>.</p>]]>",
                "content:encoded": f"<![CDATA[{content}]]>",
                "dc:creator": "The Office",
                "category": "Executive Orders",
            }
        )
    ).items
    assert found.text == "By the authority vested in me, it is ordered:\nSection 1. Purpose."
    assert (found.author, found.tags, found.guid) == (
        "The Office",
        ("Executive Orders",),
        "https://paper.test/?p=51617",
    )


def test_closing_line_of_blog_engines_is_cut_off(parse):
    [found] = parse(
        item(
            description="<![CDATA[<p>Judges ruled. [&#8230;]</p><p>The post <a>A</a> appeared first on <a>B</a>.</p>]]>"
        )
    ).items
    assert found.text == "Judges ruled."


def test_drupal_feed_of_the_court_repeats_title_and_type_in_markup(parse):
    markup = (
        '&lt;span class="field field--name-title"&gt;Chamber\n convicts&lt;/span&gt;'
        '&lt;span class="field field--name-created"&gt;Mon, 07/06/2026 - 14:24&lt;/span&gt;'
        '&lt;div class="field field--name-field-document-type"&gt;Press Release&lt;/div&gt;'
        '&lt;div class="field--name-body"&gt;&lt;p&gt;Two men.&lt;/p&gt;&lt;/div&gt;'
    )
    [found] = parse(
        item(
            **{
                "title": "Chamber convicts",
                "description": markup,
                "guid isPermaLink='false'": "238352 at https://paper.test",
            }
        )
    ).items
    assert (found.text, found.tags, found.guid) == ("Two men.", ("Press Release",), "238352 at https://paper.test")


def test_media_nodes_are_no_items(parse):
    parsed = parse(item(title="20260630-200-Intervention", description="20260630-200-Intervention uploaded media node"))
    assert (parsed.items, parsed.dropped) == ((), 1)


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Law &amp;amp; order", "Law & order"),
        ("Law &amp; order", "Law & order"),
        ("Court&amp;#8217;s answer", "Court’s answer"),
        ("&lt;b&gt;Court&lt;/b&gt; answers", "Court answers"),
        ("<![CDATA[Cour\u00a0 pénale]]>", "Cour pénale"),
        ("5 &lt; 6", "5 < 6"),
        ("Zero\u200bwidth\u00ad", "Zerowidth"),
    ],
)
def test_title_is_read_as_it_was_meant(written, title, parse):
    assert parse(item(title=written)).items[0].title == title


def test_item_without_title_is_called_by_its_first_words(parse):
    [found] = parse(item(title=None, description="Judges met. " * 20)).items
    assert found.title.startswith("Judges met. Judges met.")
    assert len(found.title) <= 125


def test_link_is_resolved_cleaned_and_http(parse):
    assert parse(item(link="/a?utm_source=rss")).items[0].url == "https://paper.test/a"
    assert parse(item(link="javascript:alert(1)")).items == ()
    [found] = parse(item(**{"link": None, "guid": "https://paper.test/7"})).items
    assert found.url == "https://paper.test/7"
    [found] = parse(item(**{"link": None, "guid": "/7"})).items
    assert (found.url, found.guid) == ("https://paper.test/7", "https://paper.test/7")
    [found] = parse(item(**{"link": None, "guid isPermaLink='false'": "urn:7"})).items
    assert (found.url, found.guid) == ("https://paper.test/", "urn:7")


def test_one_article_under_two_revisions_of_its_guid_is_one_item(parse):
    first, second = (parse(item(guid=f"https://paper.test/1#{n}")).items[0] for n in (0, 1))
    assert (first.id, first.content_hash) == (second.id, second.content_hash)


def test_two_articles_under_one_guid_are_two_items(parse):
    parsed = parse(
        item(guid="same", title="New", link="https://paper.test/2")
        + item(guid="same", title="Old", link="https://paper.test/1")
    )
    assert len({one.id for one in parsed.items}) == 2


def test_the_same_entry_twice_is_one_item(parse):
    parsed = parse(item(guid="same") + item(guid="same"))
    assert (len(parsed.items), parsed.dropped) == (1, 1)


def test_aggregator_names_the_outlet(parse):
    [found] = parse(
        item(**{"title": "Court rules - The Herald", "source url='https://herald.test'": "The Herald"})
    ).items
    assert (found.title, found.publisher) == ("Court rules", "The Herald")


@pytest.mark.parametrize("feed", ["atom", "rdf"])
def test_other_dialects(feed, parse):
    atom = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><title type="html">A &amp;amp; B</title>'
        '<id>tag:paper.test,2026:7</id><link rel="alternate" href="https://paper.test/7"/><updated>2026-11-19T08:00:00Z</updated>'
        "<published>2026-11-18T08:00:00Z</published><content type='html'>&lt;p&gt;Text&lt;/p&gt;</content>"
        "<author><name>Ann</name></author></entry></feed>"
    )
    rdf = (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>T</title></channel>'
        '<item rdf:about="https://paper.test/7"><title>A &amp;amp; B</title><link>https://paper.test/7</link><dc:creator>Ann</dc:creator>'
        "<dc:date>2026-11-18T08:00:00Z</dc:date><description>&lt;p&gt;Text&lt;/p&gt;</description></item></rdf:RDF>"
    )
    [found] = parse(atom if feed == "atom" else rdf).items
    assert (found.title, found.text, found.author, found.url) == ("A & B", "Text", "Ann", "https://paper.test/7")
    assert found.published.at == datetime(2026, 11, 18, 8, tzinfo=UTC)


def test_angle_brackets_of_an_atom_title_are_meant(parse):
    atom = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:7</id>'
        "<title>History of the &lt;blink&gt; tag</title><link href='https://paper.test/7'/></entry></feed>"
    )
    assert parse(atom).items[0].title == "History of the <blink> tag"


@pytest.mark.parametrize(("packed", "text"), [("PHA+VHdvIG1lbi48L3A+", "Two men."), ("iVBORw0KGgoAAAAN", "")])
def test_base64_is_text_or_it_is_not_ours(packed, text, parse):
    atom = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:7</id><title>T</title>'
        f"<link href='https://paper.test/7'/><content type='application/octet-stream'>{packed}</content></entry></feed>"
    )
    assert parse(atom).items[0].text == text


def test_channel_definition_format_still_counts(parse):
    cdf = '<?xml version="1.0"?><CHANNEL HREF="https://paper.test/"><ITEM HREF="https://paper.test/7"><TITLE>Seven</TITLE></ITEM></CHANNEL>'
    [found] = parse(cdf).items
    assert (found.title, found.url) == ("Seven", "https://paper.test/7")


def test_undated_item_stays_undated(parse):
    atom = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>urn:7</id>'
        "<title>Undated</title><link href='https://paper.test/7'/></entry></feed>"
    )
    for feed in (item(), atom):
        found = parse(feed).items[0].published
        assert (found.at, found.raw, found.origin) == (None, None, None)


def test_date_far_ahead_is_kept_and_not_believed(parse):
    found = parse(item(pubDate="Tue, 17 Nov 2099 08:00:00 GMT")).items[0].published
    assert (found.at, found.raw) == (None, "Tue, 17 Nov 2099 08:00:00 GMT")


def test_naive_date_is_local_to_the_source(parse):
    found = parse(item(pubDate="2026-07-06 10:00:00"), timezone="Europe/Amsterdam").items[0].published
    assert found.at == datetime(2026, 7, 6, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "broken",
    [
        item() + item(title="R & D", link="https://paper.test/2"),
        item() + "<item><title>Unclosed</title><link>https://paper.test/2</link>",
        item() + item(title="Nobody&nbsp;knows &bogus;", link="https://paper.test/2"),
        item() + "<item><title a='1' a='2'>Twice</title><link>https://paper.test/2</link></item>",
        item(title="Control \x01\x0b") + item(link="https://paper.test/2"),
        item() + "<item><x:y>undeclared</x:y><title>t</title><link>https://paper.test/2</link></item>",
    ],
)
def test_broken_xml_loses_nothing_that_can_be_read(broken, parse):
    parsed = parse(broken)
    assert {one.url for one in parsed.items} == {"https://paper.test/1", "https://paper.test/2"}
    assert parsed.malformed


@pytest.mark.parametrize("prefix", [b"\n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n", b"<!-- hello -->"])
def test_what_stands_before_the_declaration_does_not_matter(prefix, parse):
    assert len(parse(prefix + RSS.format(item()).encode()).items) == 1


def test_nothing_is_read_from_files_or_addresses(tmp_path, parse):
    secret = tmp_path / "secret.xml"
    secret.write_text(RSS.format(item(title="secret")))
    assert parse(str(secret).encode()).items == ()
    entity = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]>'
        + RSS.format(item(title="a&x;"))[38:]
    )
    assert all("secret" not in one.title + one.text for one in parse(entity).items)


@pytest.mark.parametrize("body", [b"", b"   ", b"\x00\x00"])
def test_nothing_is_named_empty_or_unreadable(body, parse):
    assert parse(body).trouble in {Outcome.EMPTY, Outcome.FAILED}


def test_body_beyond_the_cap_is_not_parsed(source_of):
    parsed = parse_feed(source_of(max_bytes=1_000), b"<rss version='2.0'>" + b" " * 1_000, {}, now=NOW)
    assert (parsed.trouble, "1,000 bytes" in parsed.note) == (Outcome.FAILED, True)


FEW = "<rss version='2.0'><channel>" + item() + "</channel></rss>"
LONG = 200_000
SLOW = {
    "line breaks before the first element": ("<?xml version='1.0'?>" + "\n" * LONG + FEW, 1),
    "spaces before the declaration": (" " * LONG + "<?xml version='1.0'?>" + FEW, 1),
    "entities without end": ("<?xml version='1.0'?>" + "\n<!ENTITY " * (LONG // 10) + FEW, None),
    "document types without end": ("\n<!DOCTYPE " * (LONG // 10) + FEW, None),
    "comments without end": ("<!-- " * LONG, None),
    "comments before another channel": ("<!-- a -->" * (LONG // 10) + "<channel>", None),
    "encodings in the declaration": ("<?xml " + 'encoding="a" ' * (LONG // 13) + "?>" + FEW, None),
    "encodings on the first line": (
        "<?xml version='1.0'?>" + FEW.replace("A title", 'encoding="a" ' * (LONG // 13)),
        1,
    ),
    "an author without end": (FEW.replace("</item>", "<author>" + "a" * LONG + "</author></item>"), 1),
    "types of document without end": (FEW.replace("A title", "field--name-field-document-type" * (LONG // 30)), 1),
    "items without end": ("<rss version='2.0'><channel>" + "<item " * LONG, None),
    "brackets in a title": (FEW.replace("A title", "a &lt;" * (LONG // 6)), 1),
}


@pytest.mark.timeout(90)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("name", SLOW)
def test_no_shape_of_body_makes_a_reader_hang(name, encoding, source_of):
    """Each took minutes to hours when a regular expression was let loose on it."""
    body, items = SLOW[name]
    reading = read_feed(source_of(), body.encode(encoding), {}, Memory(), now=NOW)
    assert (reading.trouble is None, len(reading.items)) == (items is not None, items or 0)


def test_deep_nesting_ends(parse):
    parsed = parse(item(description="<![CDATA[" + "<div>" * 20_000 + "deep]]>"))
    assert len(parsed.items) == 1


@settings(max_examples=FUZZ, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["<item>", "</item>", "<title>", "</title>", "<link>", "<![CDATA[", "]]>", "<!--", "-->", "&", "&amp;", "é", "\x00",
             "<?xml?>", "<rss version='2.0'>", "<channel>", "https://a.test/", "<entry/>", "</channel>", "'", '"', "\ud7ff"]
        )
        | st.text(max_size=5),
        max_size=40,
    )
)  # fmt: skip
def test_no_arrangement_of_feed_parts_breaks_the_reader(parts):
    from tests.spiders.conftest import make_source

    body = "".join(parts).encode("utf-8", "replace")
    parsed = parse_feed(make_source(), body, {}, now=NOW)
    assert parsed.trouble is not None or len(parsed.items) + parsed.dropped == len(parsed.entries)


@settings(max_examples=FUZZ, deadline=None)
@given(
    st.binary(max_size=300), st.sampled_from(["", "text/html", "application/xml; charset=utf-7", "x; charset=nonsense"])
)
def test_no_bytes_break_the_reader(noise, kind):
    from tests.spiders.conftest import make_source

    body = RSS.format(item()).encode()
    for bytes_sent in (noise, noise + body, body[:200] + noise + body[200:], body + noise):
        parsed = parse_feed(
            replace(make_source(), timezone="Europe/Paris"), bytes_sent, {"content-type": kind}, now=NOW
        )
        assert parsed.trouble is not None or len(parsed.entries) >= len(parsed.items)
