"""Evidence: the answers behind what is new come along byte for byte, and no others."""

import gzip
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from spiders import captures
from spiders.items import Probe

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
LISTING = "<ul><li><a href='/1'>Headline 1</a></li><li><a href='/2'>Headline 2</a></li></ul>"
PAGE = "<h1>{title}</h1><div class=b><p>{text}</p></div>"


@pytest.fixture
def official(source_of):
    return source_of(
        kind="html",
        url="https://paper.test/list",
        keep_raw=True,
        listing={"item": ("li",), "url": ("a::attr(href)",), "title": ("a",)},
        article={"title": ("h1",), "body": ("div.b",)},
    )


def bytes_of(capture):
    assert capture.body is not None
    return gzip.decompress(capture.body)


async def test_the_listing_and_each_page_come_along_as_they_were_sent(web, look, official, reply):
    cyrillic = PAGE.format(title="Суд", text="Решение").encode("windows-1251")
    headers = {"Content-Type": "text/html; charset=windows-1251", "X-Served-By": "one", "Set-Cookie": "session=1"}
    web.pages |= {"/list": reply(body=LISTING), "/1": reply(body=cyrillic, headers=headers)}
    web.pages["/2"] = reply(body=PAGE.format(title="Headline 2", text="Judges."))
    result = await look(official)
    by_url = {one.url: one for one in result.captures}
    assert {url: bytes_of(one) for url, one in by_url.items()} == {
        "https://paper.test/list": LISTING.encode(),
        "https://paper.test/1": cyrillic,
        "https://paper.test/2": PAGE.format(title="Headline 2", text="Judges.").encode(),
    }
    gave = {item.id: item.content_hash for item in result.items}
    assert dict(by_url["https://paper.test/list"].gave) == gave
    first = by_url["https://paper.test/1"]
    assert first.gave == ((result.items[0].id, result.items[0].content_hash),)
    assert (first.status, first.fetched_at, first.size) == (200, NOW, len(cyrillic))
    assert first.sha256 == sha256(cyrillic).hexdigest()
    assert ("X-Served-By", "one") in first.headers
    assert not any(name.lower() == "set-cookie" for name, _ in first.headers)


async def test_what_was_sent_compressed_is_kept_as_it_reads(web, look, source_of, feed_of, reply):
    packed = gzip.compress(feed_of(1))
    web.pages["/feed"] = reply(body=packed, headers={"Content-Encoding": "gzip"})
    [capture] = (await look(source_of(keep_raw=True))).captures
    assert (bytes_of(capture), capture.sha256) == (feed_of(1), sha256(feed_of(1)).hexdigest())


async def test_an_answer_that_brought_nothing_new_is_not_kept(web, look, source_of, feed_of, reply):
    reordered = feed_of(2, 1)
    web.pages["/feed"] = [reply(body=feed_of(1, 2)), reply(body=reordered), reply(body=feed_of(3, 2, 1))]
    source = source_of(keep_raw=True)
    first = await look(source)
    second = await look(source, first.memory, at=LATER)
    third = await look(source, second.memory, at=LATER)
    assert (len(first.captures), second.captures) == (1, ())
    assert [len(one.gave) for one in third.captures] == [1]


async def test_sources_that_are_no_evidence_leave_nothing(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1))
    assert (await look(source_of())).captures == ()


async def test_an_edit_and_a_take_down_found_by_a_second_look_are_proved(web, look, official, reply):
    page = PAGE.format(title="Headline {n}", text="The judges decided.")
    web.pages |= {"/list": [reply(body=LISTING), reply(304)]}
    web.pages |= {"/1": [reply(body=page.format(n=1)), reply(body=page.format(n="1, edited"))]}
    web.pages |= {"/2": [reply(body=page.format(n=2)), reply(410, "withdrawn")]}
    first = await look(official)
    probes = tuple(Probe(item.id, item.url) for item in first.items)
    second = await look(official, first.memory, probes, at=LATER)
    edited, gone = second.captures
    assert edited.gave == ((first.items[0].id, second.items[0].content_hash),)
    assert b"1, edited" in bytes_of(edited)
    assert (gone.status, bytes_of(gone), gone.gave) == (410, b"withdrawn", ((first.items[1].id, ""),))


async def test_bodies_beyond_the_bounds_leave_hash_and_headers(web, look, official, reply, monkeypatch):
    web.pages |= {"/list": reply(body=LISTING), "/1": reply(body=PAGE.format(title="Headline 1", text="long " * 900))}
    web.pages["/2"] = reply(body=PAGE.format(title="Headline 2", text="Judges."))
    monkeypatch.setattr(captures, "LARGEST", 1_000)
    kept = {one.url[-1]: one.body is not None for one in (await look(official)).captures}
    assert kept == {"t": True, "1": False, "2": True}
    monkeypatch.setattr(captures, "RUN_LIMIT", 10)
    assert [one.body for one in (await look(official)).captures] == [None] * 3
