"""Reading only what is new gives what reading all gives."""

# ruff: noqa: E501 - markup is written here as it is sent

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spiders.reading
from spiders.feed_blocks import split_feed
from spiders.memory import Memory
from spiders.reading import read_feed
from tests.spiders.conftest import make_feed, make_source

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

texts = st.text(alphabet="ab <>&é;\n]", max_size=12)
entries = st.fixed_dictionaries(
    {
        "guid": st.sampled_from(["g1", "g2", "g3", "https://paper.test/a#0", "https://paper.test/a#1", ""]),
        "link": st.sampled_from(["https://paper.test/a", "https://paper.test/b", "/c", "javascript:x", ""]),
        "title": texts,
        "text": texts,
        "style": st.sampled_from(["escaped", "cdata", "raw", "comment"]),
    }
)
feeds = st.lists(entries, max_size=6)


def write_entry(entry):
    escape = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;"}
    written = {
        "escaped": entry["text"].translate(escape),
        "cdata": f"<![CDATA[{entry['text'].replace(']]>', '')}]]>",
        "raw": entry["text"],
        "comment": f"<!-- {entry['text'].replace('-', '').replace('>', '')} -->x",
    }[entry["style"]]
    guid = f"<guid isPermaLink='false'>{entry['guid']}</guid>" if entry["guid"] else ""
    link = f"<link>{entry['link']}</link>" if entry["link"] else ""
    return f"<item>{guid}{link}<title>{entry['title'].translate(escape)}</title><description>{written}</description></item>"


def write_feed(found):
    items = "\n".join(write_entry(entry) for entry in found)
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()


def facts(reading):
    return (reading.trouble, reading.items, reading.listed, reading.dropped)


@settings(max_examples=80, deadline=None)
@given(st.lists(feeds, min_size=2, max_size=4), st.randoms(use_true_random=False))
def test_reading_new_blocks_gives_what_reading_everything_gives(versions, random):
    source = make_source()
    fast = slow = Memory()
    pool = []
    for version in versions:
        # Feeds repeat most of what they showed before.
        pool = version + random.sample(pool, k=min(len(pool), random.randint(0, 5)))
        body = write_feed(pool)
        quick = read_feed(source, body, {}, fast, now=NOW)
        full = read_feed(source, body, {}, slow, now=NOW, by_blocks=False)
        assert facts(quick) == facts(full)
        if quick.memory is not None and full.memory is not None:
            assert {one.id: one.content for one in quick.memory.seen} == {
                one.id: one.content for one in full.memory.seen
            }
            fast, slow = Memory.from_json(quick.memory.to_json()), Memory.from_json(full.memory.to_json())


def count_parsed(monkeypatch):
    sizes = []
    real = spiders.reading.parse_feed

    def parse(source, body, headers, **more):
        parsed = real(source, body, headers, **more)
        sizes.append(len(parsed.entries))
        return parsed

    monkeypatch.setattr(spiders.reading, "parse_feed", parse)
    return sizes


def test_one_new_item_in_twenty_costs_a_twentieth(monkeypatch):
    source = make_source()
    first = read_feed(source, make_feed(*range(20)), {}, Memory(), now=NOW)
    memory = Memory.from_json(first.memory.to_json())
    sizes = count_parsed(monkeypatch)
    reading = read_feed(source, make_feed(99, *range(19)), {}, memory, now=NOW)
    assert ([one.title for one in reading.items], len(reading.listed), sizes) == (["Report 99"], 20, [1])


def test_useless_guid_makes_no_new_article_an_edit_of_an_old_one():
    """All entries of the feed have one guid: each article must still arrive as itself."""
    source, memory, arrived = make_source(), Memory(), []
    for newest in range(1, 12):
        shown = range(newest, max(newest - 3, 0), -1)
        body = make_feed(*shown).decode()
        for number in shown:
            body = body.replace(f">paper-{number}<", ">the-guid<")
        reading = read_feed(source, body.encode(), {}, memory, now=NOW)
        arrived += [(one.id, one.title) for one in reading.items]
        memory = Memory.from_json(reading.memory.to_json())
    assert [title for _, title in arrived] == [f"Report {number}" for number in range(1, 12)]
    assert len({name for name, _ in arrived}) == 11


def test_new_address_under_a_known_guid_is_an_edit():
    source = make_source()
    first = read_feed(source, make_feed(1), {}, Memory(), now=NOW)
    moved = make_feed(1).replace(b"paper.test/1<", b"paper.test/1-corrected<")
    second = read_feed(source, moved, {}, Memory.from_json(first.memory.to_json()), now=NOW)
    assert second.listed == first.listed


def test_feed_whose_frame_only_changes_is_not_parsed_at_all(monkeypatch):
    source = make_source()
    first = read_feed(source, make_feed(1, 2, extra="<lastBuildDate>1</lastBuildDate>"), {}, Memory(), now=NOW)
    sizes = count_parsed(monkeypatch)
    second = make_feed(1, 2, extra="<lastBuildDate>2</lastBuildDate>")
    reading = read_feed(source, second, {}, Memory.from_json(first.memory.to_json()), now=NOW)
    assert (reading.items, reading.listed, sizes) == ((), first.listed, [])


def test_inherited_namespaces_and_bases_make_all_be_read_again(monkeypatch):
    source = make_source()
    first = read_feed(source, make_feed(1), {}, Memory(), now=NOW)
    sizes = count_parsed(monkeypatch)
    moved = make_feed(1).replace(b'version="2.0"', b'version="2.0" xml:base="https://other.test/"')
    read_feed(source, moved, {}, Memory.from_json(first.memory.to_json()), now=NOW)
    assert sizes == [1]


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ("UTF-8", "windows-1251"),
        ("<rss", "<!DOCTYPE rss><rss"),
        ("<item>", "<item/><item>"),
        ("</item>", "</item><image/>"),
        ("<description>", "<description><![CDATA[ <item> ]]>"),
        ("<description>", "<description><![CDATA[ </item><item> ]]>"),
        ("<description>", "<description><!-- "),
        ("<channel>", "<channel><!-- <item> -->"),
    ],
)
def test_feed_is_not_cut_where_in_doubt(find, put):
    body = make_feed(1, 2).decode().replace(find, put)
    assert split_feed(body.encode(), {}) is None


def test_feed_is_not_cut_when_it_is_not_clean_utf_8():
    assert split_feed(make_feed(1) + b"\xff", {}) is None
    assert split_feed(make_feed(1), {"content-type": "text/xml; charset=iso-8859-1"}) is None
    assert split_feed(make_feed(1), {"content-type": "text/xml; charset=UTF-8"}) is not None


def test_memory_of_another_layout_is_no_memory():
    assert Memory.from_json({"version": 99, "seen": [["a", "b"]]}) == Memory()
    assert Memory.from_json(None) == Memory()
