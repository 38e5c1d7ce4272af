"""Cycles: what is asked, what comes back, what is remembered."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from spiders.collect import CollectOptions, collect
from spiders.items import CollectJob, Outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


async def test_first_look_brings_all_items_and_a_memory_of_plain_json(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(3, 2, 1))
    result = await look(source_of())
    assert [item.title for item in result.items] == ["Report 3", "Report 2", "Report 1"]
    assert result.listed == tuple(item.id for item in result.items)
    assert (result.status, result.size, result.dropped) == (200, len(feed_of(3, 2, 1)), 0)
    assert json.loads(json.dumps(result.memory)) == result.memory


async def test_quiet_cycle_is_one_conditional_request(web, look, source_of, feed_of, reply):
    stamps = {"ETag": 'W/"7"', "Last-Modified": "Thu, 19 Nov 2026 08:00:00 GMT"}
    web.pages["/feed"] = [reply(body=feed_of(1), headers=stamps), reply(304)]
    first = await look(source_of())
    web.asked.clear()
    second = await look(source_of(), first.memory, at=LATER)
    assert (second.outcome, second.items, second.listed, second.memory) == (Outcome.NOT_MODIFIED, (), None, None)
    [asked] = web.asked
    assert asked.headers["if-none-match"] == 'W/"7"'
    assert asked.headers["if-modified-since"] == "Thu, 19 Nov 2026 08:00:00 GMT"


async def test_same_body_without_validators_counts_as_not_modified(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(2, 1))
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert (second.outcome, second.items, second.listed) == (Outcome.NOT_MODIFIED, (), first.listed)


async def test_once_a_day_everything_is_asked_for_in_full_robots_included(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1), headers={"ETag": '"1"'})
    first = await look(source_of())
    web.asked.clear()
    await look(source_of(), first.memory, at=NOW + timedelta(hours=24))
    assert [one.path for one in web.asked] == ["/robots.txt", "/feed"]
    assert "if-none-match" not in web.asked[-1].headers


async def test_only_new_and_edited_items_come_back(web, look, source_of, feed_of, reply):
    edited = feed_of(3, 2, 1).replace(b"day 1", b"day one, corrected")
    web.pages["/feed"] = [reply(body=feed_of(2, 1)), reply(body=edited)]
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert [item.title for item in second.items] == ["Report 3", "Report 1"]
    was, now = first.items[1], second.items[1]
    assert (was.id, was.url) == (now.id, now.url)
    assert was.content_hash != now.content_hash
    assert second.listed is not None
    assert len(second.listed) == 3


async def test_text_that_changes_back_is_a_third_revision(web, look, source_of, feed_of, reply):
    plain = feed_of(1)
    web.pages["/feed"] = [reply(body=plain), reply(body=plain.replace(b"met", b"did not meet")), reply(body=plain)]
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    third = await look(source_of(), second.memory, at=LATER)
    assert [len(result.items) for result in (first, second, third)] == [1, 1, 1]
    assert third.items[0] == first.items[0]


async def test_item_that_leaves_the_window_and_returns_is_no_news(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = [reply(body=feed_of(2, 1)), reply(body=feed_of(3, 2)), reply(body=feed_of(2, 1))]
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert second.listed is not None
    assert first.items[1].id not in second.listed
    third = await look(source_of(), second.memory, at=LATER)
    assert (third.items, third.listed) == ((), first.listed)


async def test_memory_stays_within_the_window_and_a_little(web, look, source_of, feed_of, reply):
    memory = None
    for start in range(0, 400, 20):
        web.pages["/feed"] = reply(body=feed_of(*range(start, start + 20)))
        memory = (await look(source_of(), memory, at=LATER)).memory
    assert len(json.dumps(memory)) < 8_000


async def test_trouble_of_one_source_leaves_the_others_alone(web, source_of, feed_of, reply):
    web.pages["one.test/feed"] = reply(body=feed_of(1))
    web.pages["two.test/feed"] = reply(raw=b"")
    sources = {name: source_of(id=name, url=f"https://{name}.test/feed") for name in ("one", "two", "three")}
    heard = []
    results = await collect(
        [CollectJob("two"), CollectJob("one"), CollectJob("nobody"), CollectJob("three")],
        sources,
        now=lambda: NOW,
        options=CollectOptions(gateway=web.gateway, retry_delays=()),
        on_result=heard.append,
    )
    assert [one.source for one in results] == ["two", "one", "nobody", "three"]
    assert [one.outcome for one in results] == [Outcome.FAILED, Outcome.OK, Outcome.FAILED, Outcome.GONE]
    assert sorted(one.source for one in heard) == ["nobody", "one", "three", "two"]


async def test_error_of_ours_is_an_outcome_too(web, look, source_of, feed_of, reply, caplog):
    web.pages["/feed"] = reply(body=feed_of(1))
    result = await look(source_of(timezone="Nowhere/At-All"))
    assert result.outcome is Outcome.FAILED
    assert "error of ours" in result.note
    assert "paper" in caplog.text


async def test_crawls_run_side_by_side_and_after_one_another(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1))
    both = await asyncio.gather(look(source_of()), look(source_of()))
    again = await look(source_of())
    assert [one.outcome for one in (*both, again)] == [Outcome.OK] * 3


async def test_many_sources_of_a_silent_host_do_not_starve_the_others(web, source_of, feed_of, reply):
    """More sources than may be under way at once hang on one host: the last of the jobs still gets its turn."""
    web.pages |= {
        "slow.test/feed": reply(hangs=True, raw=b"HTTP/1.1 200 OK\r\n"),
        "paper.test/feed": reply(body=feed_of(1)),
    }
    slow = [source_of(id=f"slow{n}", url="https://slow.test/feed") for n in range(200)]
    sources = {one.id: one for one in [*slow, source_of()]}
    answered = asyncio.Event()
    options = CollectOptions(gateway=web.gateway, timeout=20.0, retry_delays=())
    jobs = [CollectJob(name) for name in sources]
    crawl = asyncio.create_task(
        collect(jobs, sources, now=lambda: NOW, options=options, on_result=lambda _: answered.set())
    )
    await answered.wait()  # only the quick host answers; a starved one would run into the test's own time limit
    crawl.cancel()
    await asyncio.wait([crawl])
    assert "/feed" in web.paths("paper.test")


async def test_a_host_that_asks_to_wait_is_left_alone_for_the_rest_of_the_crawl(web, look, source_of, feed_of, reply):
    web.pages |= {
        "/feed": reply(body=feed_of(2, 1)),
        "/2": reply(429, headers={"Retry-After": "600"}),
        "/1": reply(body="<html><body><article><p>Judges met in The Hague.</p></article></body></html>"),
    }
    result = await look(source_of(article={"fetch": True}))
    assert web.paths() == ["/feed", "/2"]
    assert (result.outcome, result.items) == (Outcome.OK, ()), "held back until their pages come"


async def test_no_jobs_are_no_work():
    assert await collect([], {}, now=lambda: NOW, options=CollectOptions()) == []


async def test_cancelling_ends_the_crawl(web, look, source_of, reply):
    arrived = asyncio.Event()

    def hang(_asked):
        arrived.set()
        return reply(raw=b"HTTP/1.1 200 OK\r\n", hangs=True)

    web.pages["/feed"] = hang
    task = asyncio.ensure_future(look(source_of(), timeout=60.0))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_large_feed_is_parsed_beside_the_loop(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(*range(40), text="word " * 2_000))
    result = await look(source_of())
    assert (result.outcome, len(result.items)) == (Outcome.OK, 40)


@pytest.mark.parametrize(
    ("encoding", "declared", "header"),
    [
        ("windows-1251", "windows-1251", "application/rss+xml"),
        ("utf-8", "utf-8", "text/xml"),
        ("utf-8", "utf-8", "text/html"),
        ("koi8-r", "koi8-r", "application/xml"),
        ("utf-8", "iso-8859-1", "application/rss+xml; charset=utf-8"),
        ("utf-8", "windows-1251", "application/rss+xml"),
        ("utf-8", "invalid", "application/rss+xml"),
        ("utf-16", "utf-16", "application/rss+xml"),
    ],
)
async def test_cyrillic_survives_its_encodings(encoding, declared, header, web, look, source_of, feed_of, reply):
    text = feed_of(1, text="Суд в Гааге").decode().replace("UTF-8", declared)
    web.pages["/feed"] = reply(body=text.encode(encoding), headers={"Content-Type": header})
    assert (await look(source_of())).items[0].text == "Суд в Гааге"


async def test_latin_1_bytes_that_claim_to_be_utf_8_are_read(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1, text="Cour pénale").decode().encode("latin-1"))
    assert (await look(source_of())).items[0].text == "Cour pénale"


async def test_year_in_the_address_is_this_year_and_in_january_perhaps_the_last(web, look, source_of, feed_of, reply):
    source = source_of(url="https://paper.test/{year}.xml")
    web.pages["/2026.xml"] = reply(body=feed_of(1))
    assert (await look(source)).final_url == "https://paper.test/2026.xml"
    early = await look(source, at=datetime(2027, 1, 2, tzinfo=UTC))
    assert (early.outcome, early.final_url) == (Outcome.OK, "https://paper.test/2026.xml")
    late = await look(source, at=datetime(2027, 2, 2, tzinfo=UTC))
    assert late.outcome is Outcome.GONE


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        ([301], "https://paper.test/new1"),
        ([308, 301], "https://paper.test/new2"),
        ([301, 302], "https://paper.test/new1"),
        ([302, 301], None),
        ([307], None),
        ([], None),
    ],
)
async def test_only_what_has_moved_for_good_is_called_moved(statuses, moved_to, web, look, source_of, feed_of, reply):
    places = ["/feed", *(f"/new{n}" for n in range(1, len(statuses) + 1))]
    web.pages = {
        place: reply(status, headers={"Location": following})
        for place, status, following in zip(places, statuses, places[1:], strict=False)
    }
    web.pages[places[-1]] = reply(body=feed_of(1))
    result = await look(source_of())
    assert (result.outcome, result.moved_to) == (Outcome.OK, moved_to)


async def test_a_move_to_another_host_is_recorded_and_not_followed(web, look, source_of, feed_of, reply):
    web.pages |= {
        "paper.test/feed": reply(301, headers={"Location": "https://daily.test/feed"}),
        "daily.test/feed": reply(body=feed_of(1)),
    }
    result = await look(source_of())
    assert (result.outcome, result.moved_to) == (Outcome.MOVED, "https://daily.test/feed")
    assert web.paths("daily.test") == []


@pytest.mark.parametrize("status", [200, 304])
async def test_an_answer_says_how_long_it_is_fresh(status, web, look, source_of, feed_of, reply):
    web.pages["/feed"] = [
        reply(body=feed_of(1), headers={"ETag": '"1"'}),
        reply(status, body=feed_of(1) if status == 200 else b"", headers={"Cache-Control": "max-age=300", "Age": "60"}),
    ]
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert (first.fresh_until, second.fresh_until) == (None, LATER + timedelta(minutes=4))
