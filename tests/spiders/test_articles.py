"""Articles: fetched once, held back while they may still come, looked at again when asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from spiders.items import Outcome, Probe
from spiders.urls import item_id

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
PAGE = "<html><body><h1>{title}</h1><div class=b><p>{text}</p></div></body></html>"


@pytest.fixture
def listed(source_of):
    return source_of(
        kind="html",
        url="https://paper.test/list",
        listing={"item": ("li",), "url": ("a::attr(href)",), "title": ("a",), "date": ("i",)},
        article={"title": ("h1",), "body": ("div.b",)},
    )


def listing(*numbers):
    rows = "".join(f"<li><a href='/{n}'>Headline {n}</a> <i>{n} November 2026</i></li>" for n in numbers)
    return f"<html><body><ul>{rows}</ul></body></html>"


def article(number, text="The judges decided."):
    return PAGE.format(title=f"Headline {number}", text=text)


async def test_articles_are_fetched_only_when_new(web, look, listed, reply):
    web.pages |= {"/list": [reply(body=listing(2, 1)), reply(body=listing(3, 2, 1))]}
    web.pages |= {f"/{n}": reply(body=article(n)) for n in (1, 2, 3)}
    first = await look(listed)
    assert [one.text for one in first.items] == ["The judges decided."] * 2
    web.asked.clear()
    second = await look(listed, first.memory, at=LATER)
    assert ([one.title for one in second.items], web.paths()) == (["Headline 3"], ["/list", "/3"])
    assert second.listed is not None
    assert len(second.listed) == 3


async def test_changed_line_is_looked_into_again(web, look, listed, reply):
    web.pages |= {"/list": [reply(body=listing(1)), reply(body=listing(1).replace("Headline", "Corrected headline"))]}
    web.pages |= {"/1": [reply(body=article(1)), reply(body=article(1, "The judges decided otherwise."))]}
    first = await look(listed)
    second = await look(listed, first.memory, at=LATER)
    assert [one.text for one in second.items] == ["The judges decided otherwise."]
    assert second.items[0].id == first.items[0].id


async def test_edit_of_an_official_release_counts_once_a_second_look_shows_the_same(web, look, listed, reply):
    official = replace(listed, watch_edits=True)
    web.pages |= {"/list": [reply(body=listing(1)), reply(body=listing(1).replace("Headline", "Corrected headline"))]}
    edited, flicker = reply(body=article(1, "Otherwise.")), reply(body=article(1, "Down for a minute."))
    web.pages |= {"/1": [reply(body=article(1)), flicker, reply(body=article(1)), edited]}
    first = await look(official)
    second = await look(official, first.memory, at=LATER)
    assert (second.outcome, second.items) == (Outcome.OK, ())
    third = await look(official, second.memory, at=LATER + timedelta(minutes=10))
    assert [one.text for one in third.items] == ["Otherwise."]
    assert web.paths().count("/1") == 5


async def test_page_that_flickers_for_ever_is_let_be(web, look, listed, reply):
    official = replace(listed, watch_edits=True)
    web.pages |= {"/list": [reply(body=listing(1)), reply(body=listing(1).replace("Headline", "Corrected headline"))]}
    texts = iter(range(100))
    first_page = reply(body=article(1))
    web.pages["/1"] = lambda asked: first_page if not web.asked[1:-1] else reply(body=article(1, f"Hit {next(texts)}."))
    memory = (await look(official)).memory
    for step in range(1, 5):
        result = await look(official, memory, at=NOW + step * timedelta(minutes=10))
        memory = result.memory or memory
        assert result.items == ()
    asked = len(web.paths())
    await look(official, memory, at=NOW + timedelta(hours=1))
    assert web.paths()[asked:] == ["/list"]


async def test_item_waits_for_its_page_and_comes_whole(web, look, listed, reply):
    web.pages |= {"/list": reply(body=listing(2, 1), headers={"ETag": '"1"'}), "/1": reply(body=article(1))}
    web.pages |= {"/2": [reply(500), reply(body=article(2))]}
    first = await look(listed)
    assert [one.title for one in first.items] == ["Headline 1"]
    second = await look(listed, first.memory, at=LATER)
    assert [(one.title, one.text) for one in second.items] == [("Headline 2", "The judges decided.")]
    third = await look(listed, second.memory, at=LATER)
    assert third.outcome is Outcome.NOT_MODIFIED


async def test_item_whose_page_never_comes_goes_out_without_it(web, look, listed, reply):
    web.pages |= {"/list": reply(body=listing(1)), "/1": reply(500)}
    first = await look(listed)
    second = await look(listed, first.memory, at=LATER)
    assert (first.items, [one.text for one in second.items]) == ((), [""])
    third = await look(listed, second.memory, at=LATER)
    assert (third.outcome, web.paths().count("/1")) == (Outcome.NOT_MODIFIED, 2)


async def test_refused_pages_are_not_waited_for(web, look, listed, reply):
    numbers = range(1, 9)
    web.pages |= {"/list": reply(body=listing(*numbers))} | {f"/{n}": reply(403) for n in numbers}
    result = await look(listed)
    assert (len(result.items), len(web.paths())) == (8, 4), "after three refusals nothing more is asked"


async def test_known_article_is_not_replaced_by_a_headline(web, look, listed, reply):
    web.pages |= {"/list": [reply(body=listing(1)), reply(body=listing(1).replace("1 Nov", "2 Nov"))]}
    web.pages |= {"/1": [reply(body=article(1)), reply(503)]}
    first = await look(listed)
    assert (await look(listed, first.memory, at=LATER)).items == ()


async def test_large_backlog_comes_in_portions_and_completely(web, look, listed, reply):
    numbers = range(1, 71)
    web.pages |= {"/list": reply(body=listing(*numbers))} | {f"/{n}": reply(body=article(n)) for n in numbers}
    first = await look(listed)
    second = await look(listed, first.memory, at=LATER)
    assert (len(first.items), len(second.items)) == (50, 20)
    assert {one.id for one in (*first.items, *second.items)} == set(first.listed or ())


async def test_robots_txt_is_asked_before_articles_too(web, look, listed, reply):
    web.pages |= {"/robots.txt": reply(body="User-agent: *\nDisallow: /1"), "/list": reply(body=listing(1))}
    result = await look(listed)
    assert ([one.text for one in result.items], web.paths()) == ([""], ["/list"])


async def test_listing_alone_is_read_where_pages_are_not_wanted(web, look, listed, reply):
    from dataclasses import replace

    web.pages |= {"/list": reply(body=listing(1))}
    result = await look(replace(listed, article={"fetch": False}))
    assert ([one.title for one in result.items], web.paths()) == (["Headline 1"], ["/list"])


async def test_feed_with_stubs_is_completed_from_its_pages(web, look, source_of, feed_of, reply):
    source = source_of(article={"fetch": True, "body": ("div.b",)})
    web.pages |= {"/feed": [reply(body=feed_of(1)), reply(body=feed_of(2, 1))]}
    web.pages |= {"/1": reply(body=article(1)), "/2": [reply(500), reply(body=article(2, "Late."))]}
    first = await look(source)
    assert [one.text for one in first.items] == ["The judges decided."]
    second = await look(source, first.memory, at=LATER)
    third = await look(source, second.memory, at=LATER)
    assert (second.items, [one.text for one in third.items]) == ((), ["Late."])


@pytest.mark.parametrize(
    ("replies", "state"),
    [
        ([200], "present"),
        ([404, 404], "gone"),
        ([410, 410], "gone"),
        ([404, 200], "unknown"),
        ([404, 503], "unknown"),
        ([403], "unknown"),
        ([500], "unknown"),
        ([429], "unknown"),
        ([302], "unknown"),
    ],
)
async def test_probe_is_sure_only_of_what_it_saw_twice(replies, state, web, look, source_of, feed_of, reply):
    web.pages |= {"/feed": reply(body=feed_of(2)), "/1": [reply(one, body=article(1)) for one in replies]}
    result = await look(source_of(), probes=(Probe("some-id", "https://paper.test/1"),))
    assert result.outcome is Outcome.OK
    assert [(one.item_id, one.state) for one in result.probes] == [("some-id", state)]


async def test_probe_that_is_sent_elsewhere_is_unsure(web, look, source_of, feed_of, reply):
    web.pages |= {
        "/feed": reply(body=feed_of(2)),
        "/1": reply(301, headers={"Location": "/"}),
        "/": reply(body=article(0)),
    }
    result = await look(source_of(), probes=(Probe("x", "https://paper.test/1"),))
    assert (result.probes[0].state, "Redirected" in result.probes[0].note) == ("unknown", True)


async def test_probe_brings_back_an_edited_article_once_two_looks_agree(web, look, listed, reply):
    web.pages |= {"/list": reply(body=listing(1)), "/1": reply(body=article(1))}
    first = await look(listed)
    probe = Probe(first.items[0].id, first.items[0].url)
    unchanged = await look(listed, first.memory, (probe,), at=LATER)
    assert (unchanged.items, unchanged.probes[0].state) == ((), "present")
    web.pages["/1"] = reply(body=article(1, "The judges decided otherwise."))
    edited = await look(listed, first.memory, (probe,), at=LATER)
    assert [(one.id, one.text) for one in edited.items] == [(probe.item_id, "The judges decided otherwise.")]
    web.pages["/1"] = [reply(body=article(1, "x")), reply(body=article(1, "y"))]
    flickering = await look(listed, first.memory, (probe,), at=LATER)
    assert (flickering.items, flickering.probes[0].state) == ((), "present")


async def test_probes_are_looked_at_even_when_the_source_is_in_trouble(web, look, source_of, reply):
    web.pages |= {"/feed": reply(500), "/1": reply(410)}
    result = await look(source_of(), probes=(Probe("x", "https://paper.test/1"),))
    assert (result.outcome, result.probes[0].state) == (Outcome.FAILED, "gone")


async def test_probed_item_keeps_the_id_its_guid_gave(web, look, source_of, feed_of, reply):
    source = source_of(article={"fetch": True, "body": ("div.b",), "title": ("h1",)})
    web.pages |= {"/feed": reply(body=feed_of(1)), "/1": reply(body=article(1))}
    first = await look(source)
    assert first.items[0].id == item_id("paper", "paper-1", "https://paper.test/1")
    probe = Probe(first.items[0].id, first.items[0].url)
    assert (await look(source, first.memory, (probe,), at=LATER)).items == ()
    web.pages["/1"] = reply(body=article(1, "Changed."))
    [edited] = (await look(source, first.memory, (probe,), at=LATER)).items
    assert (edited.id, edited.text) == (first.items[0].id, "Changed.")


async def test_edit_in_an_official_feed_counts_once_a_second_look_shows_the_same(web, look, source_of, feed_of, reply):
    official = source_of(watch_edits=True)
    stamps = {"ETag": '"1"'}
    before, edited = reply(body=feed_of(2, 1), headers=stamps), reply(body=feed_of(2, 1, text="Otherwise."))
    flicker = reply(body=feed_of(2, 1, text="Down for a minute."), headers=stamps)
    web.pages["/feed"] = [before, flicker, before, before, edited]
    first = await look(official)
    flickered = await look(official, first.memory, at=LATER)
    assert (flickered.outcome, flickered.items, web.paths()) == (Outcome.OK, (), ["/feed"] * 3)
    calm = await look(official, flickered.memory, at=LATER + timedelta(minutes=10))
    assert (calm.items, "if-none-match" in web.asked[-1].headers) == ((), False)
    told = await look(official, calm.memory, at=LATER + timedelta(minutes=20))
    assert [one.text for one in told.items] == ["Otherwise."] * 2
    known = await look(official, told.memory, at=LATER + timedelta(minutes=30))
    assert known.items == ()


async def test_edit_that_a_failing_second_look_left_open_is_told_by_a_later_one(web, look, source_of, feed_of, reply):
    official = source_of(watch_edits=True)
    edited = reply(body=feed_of(1, text="Otherwise."))
    web.pages["/feed"] = [reply(body=feed_of(1)), edited, reply(500), edited]
    first = await look(official)
    open_still = await look(official, first.memory, at=LATER)
    assert (open_still.outcome, open_still.items) == (Outcome.OK, ())
    told = await look(official, open_still.memory, at=LATER + timedelta(minutes=10))
    assert [one.text for one in told.items] == ["Otherwise."]


async def test_edit_in_a_feed_of_the_press_needs_no_second_look(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = [reply(body=feed_of(1)), reply(body=feed_of(1, text="Otherwise."))]
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert ([one.text for one in second.items], web.paths()) == (["Otherwise."], ["/feed"] * 2)
