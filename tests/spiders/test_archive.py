"""Older pages: to fill a gap, and to go back on purpose."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from spiders.archive import backfill
from spiders.collect import CollectOptions
from spiders.items import Outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
LONG_AGO, TOMORROW = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)


@pytest.fixture
def go_back(web):
    async def run(source, since=LONG_AGO, until=TOMORROW, **start):
        pages = []
        options = CollectOptions(gateway=web.gateway, retry_delays=())
        await backfill(
            source, since=since, until=until, now=lambda: NOW, options=options, on_page=pages.append, **start
        )
        return pages

    return run


@pytest.fixture
def paged(source_of):
    return source_of(archive="https://paper.test/feed?paged={page}")


def numbers(page):
    return [int(item.title.split()[1]) for item in page.items]


async def test_archive_is_read_to_its_end(web, go_back, paged, feed_of, reply):
    web.pages |= {"/feed": reply(body=feed_of(6, 5)), "/feed?paged=2": reply(body=feed_of(4, 3))}
    web.pages |= {"/feed?paged=3": reply(body=feed_of(2, 1))}
    pages = await go_back(paged)
    assert [numbers(page) for page in pages] == [[6, 5], [4, 3], [2, 1], []]
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert (pages[-1].cursor, pages[-1].note) == (None, "")


async def test_backfill_goes_on_after_the_last_page_stored(web, go_back, paged, feed_of, reply):
    web.pages |= {"/feed?paged=2": reply(body=feed_of(4, 3)), "/feed?paged=3": reply(body=feed_of(2, 1))}
    pages = await go_back(paged, number=2, cursor="https://paper.test/feed?paged=2")
    assert [numbers(page) for page in pages] == [[4, 3], [2, 1], []]


async def test_backfill_ends_before_since_and_keeps_what_lies_between(web, go_back, paged, feed_of, reply):
    web.pages |= {"/feed": reply(body=feed_of(59, 40)), "/feed?paged=2": reply(body=feed_of(30, 20))}
    web.pages |= {"/feed?paged=3": reply(body=feed_of(10, 5)), "/feed?paged=4": reply(body=feed_of(4, 3))}
    day = datetime(2026, 11, 19, 8, tzinfo=UTC)
    pages = await go_back(paged, since=day + timedelta(minutes=25), until=day + timedelta(minutes=41))
    assert [numbers(page) for page in pages] == [[40], [30], []]
    assert "/feed?paged=4" not in web.paths()


async def test_site_that_answers_every_number_with_its_first_page_does_not_loop(web, go_back, paged, feed_of, reply):
    web.pages |= {"/feed": reply(body=feed_of(2, 1))} | {f"/feed?paged={n}": reply(body=feed_of(2, 1)) for n in (2, 3)}
    assert [numbers(page) for page in await go_back(paged)] == [[2, 1], []]


async def test_page_that_does_not_come_ends_with_a_word(web, go_back, paged, feed_of, reply):
    web.pages |= {"/feed": reply(body=feed_of(2, 1)), "/feed?paged=2": reply(429, headers={"Retry-After": "60"})}
    pages = await go_back(paged)
    assert (pages[-1].cursor, "asks to wait" in pages[-1].note) == (None, True)


async def test_listing_counts_from_zero_where_it_says_so_and_brings_articles(web, go_back, source_of, reply):
    rules = {"item": ("li",), "url": ("a::attr(href)",), "next": "https://paper.test/list?page={page0}"}
    source = source_of(kind="html", url="https://paper.test/list", listing=rules, article={"body": ("p",)})
    rows = {"/list": "<li><a href='/2'>Two</a></li>", "/list?page=1": "<li><a href='/1'>One</a></li>"}
    web.pages |= {path: reply(body=f"<html>{row}</html>") for path, row in rows.items()}
    web.pages |= {f"/{n}": reply(body=f"<html><p>Text {n}</p></html>") for n in (1, 2)}
    pages = await go_back(source)
    assert [[item.text for item in page.items] for page in pages] == [["Text 2"], ["Text 1"], []]


async def test_interface_names_its_next_page_itself_and_only_on_its_own_site(web, go_back, source_of, reply):
    api = {"items": "results", "title": ("t",), "url": "u", "next": "next"}
    source = source_of(kind="json", url="https://paper.test/feed", api=api)

    def answer(number, following):
        return reply(body=json.dumps({"results": [{"t": f"x {number}", "u": f"/{number}"}], "next": following}))

    web.pages |= {"/feed": answer(2, "https://paper.test/more"), "/more": answer(1, "https://evil.test/")}
    pages = await go_back(source)
    assert [numbers(page) for page in pages] == [[2], [1]]
    assert "evil.test" not in {one.host for one in web.asked}


async def test_interface_whose_pages_are_counted_is_read_by_its_pattern(web, go_back, source_of, reply):
    api = {"items": "", "title": ("t",), "url": "u"}
    source = source_of(kind="json", url="https://paper.test/feed", api=api, archive="?skip={page0}00")
    for place, number in (("/feed", 2), ("/feed?skip=100", 1)):
        web.pages[place] = reply(body=json.dumps([{"t": f"x {number}", "u": f"/{number}"}]))
    web.pages["/feed?skip=200"] = reply(body="[]")
    assert [numbers(page) for page in await go_back(source)] == [[2], [1], []]


async def test_next_page_that_only_echoes_what_was_asked_does_not_loop(web, go_back, source_of, reply):
    api = {"items": "results", "title": ("t",), "url": "u", "next": "next"}
    source = source_of(kind="json", url="https://paper.test/feed", api=api)
    found = [{"t": "x 1", "u": "/1"}]
    for number in range(5):
        body = json.dumps({"results": found, "next": f"https://paper.test/feed?bust={number + 1}"})
        web.pages["/feed" + (f"?bust={number}" if number else "")] = reply(body=body)
    assert [numbers(page) for page in await go_back(source)] == [[1], []]


async def test_file_a_year_is_read_year_by_year(web, go_back, source_of, reply):
    api = {"items": "", "title": ("t",), "url": "u", "date": ("d",)}
    source = source_of(kind="json", url="https://paper.test/{year}.json", api=api)
    for year in (2026, 2025, 2024):
        found = [{"t": f"x {year}", "u": f"/{year}", "d": f"{year}-03-01"}]
        web.pages[f"/{year}.json"] = reply(body=json.dumps(found))
    pages = await go_back(source, since=datetime(2025, 1, 1, tzinfo=UTC))
    assert [numbers(page) for page in pages] == [[2026], [2025]]


async def test_gap_is_filled_from_older_pages_until_something_is_known(web, look, paged, feed_of, reply):
    web.pages |= {"/feed": [reply(body=feed_of(2, 1)), reply(body=feed_of(9, 8))]}
    web.pages |= {"/feed?paged=2": reply(body=feed_of(7, 6, 5)), "/feed?paged=3": reply(body=feed_of(4, 3, 2))}
    first = await look(paged)
    second = await look(paged, first.memory, at=LATER)
    assert (second.outcome, second.gap, numbers(second)) == (Outcome.OK, True, [9, 8, 7, 6, 5, 4, 3])
    assert second.note == "Nothing listed was known; 5 items came from older pages."
    assert second.listed is not None
    assert len(second.listed) == 2


async def test_gap_that_cannot_be_filled_is_told(web, look, source_of, feed_of, reply):
    web.pages |= {"/feed": [reply(body=feed_of(2, 1)), reply(body=feed_of(9, 8))]}
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert (second.gap, numbers(second)) == (True, [9, 8])
    assert "may have been missed" in second.note
    assert first.gap is False


async def test_overlap_is_no_gap(web, look, paged, feed_of, reply):
    web.pages |= {"/feed": [reply(body=feed_of(2, 1)), reply(body=feed_of(9, 8, 2))]}
    first = await look(paged)
    second = await look(paged, first.memory, at=LATER)
    assert (second.gap, second.note, web.paths()) == (False, "", ["/feed", "/feed"])
