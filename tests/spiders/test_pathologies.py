"""Every trouble that sources have been seen to make ends in an outcome with a name and a sentence."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import brotli
import pytest

from spiders.catalogue import Expectation, Source
from spiders.items import Outcome

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
CHALLENGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>{}</body></html>"
PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body><p>Our new portal</p></body></html>"
TREATY = (
    "<?xml version='1.0'?><Treaty><Participants><Row><Entry>Atlantis</Entry><Entry>1 Jan 2000</Entry></Row>"
    "<Row><Entry>Lemuria</Entry></Row></Participants></Treaty>"
)
BOMB = b"<rss version='2.0'><channel>" + b" " * 30_000_000

# name: (reply, outcome, words of the note)
TROUBLES = {
    "an error page with a validator": (
        {"status": 403, "body": "<html>No</html>", "headers": {"Last-Modified": "Tue, 10 Mar 2026 04:00:00 GMT"}},
        Outcome.BLOCKED,
        "HTTP 403",
    ),
    "a login": ({"status": 401}, Outcome.BLOCKED, "HTTP 401"),
    "legal reasons": ({"status": 451}, Outcome.BLOCKED, "HTTP 451"),
    "a challenge with 403": (
        {"status": 403, "body": CHALLENGE, "headers": {"cf-mitigated": "challenge"}},
        Outcome.BLOCKED,
        "challenge",
    ),
    "a challenge with 200": ({"body": CHALLENGE, "headers": HTML}, Outcome.BLOCKED, "Just a moment"),
    "a decoy with 200": (
        {"body": "<html><head><title>Technical Difficulties</title></head><body>Sorry</body></html>", "headers": HTML},
        Outcome.BLOCKED,
        "Technical Difficulties",
    ),
    "a consent page with 200": (
        {
            "body": "<!doctype html><html><title>Before you continue to News</title><form></form></html>",
            "headers": HTML,
        },
        Outcome.BLOCKED,
        "Before you continue",
    ),
    "a web page where the feed was": ({"body": PAGE, "headers": HTML}, Outcome.MOVED, "Welcome"),
    "an empty 200": ({}, Outcome.EMPTY, "empty body"),
    "white space with 200": ({"body": " \n\n "}, Outcome.EMPTY, "empty body"),
    "an empty 202 of a firewall": ({"status": 202}, Outcome.BLOCKED, "HTTP 202"),
    "plain text with 200": (
        {"body": "Your query was too short.\nTry again.", "headers": {"Content-Type": "text/plain"}},
        Outcome.FAILED,
        "Your query was too short",
    ),
    "a tiny XML that is no feed": (
        {"body": "<?xml version='1.0'?><error>busy</error>"},
        Outcome.FAILED,
        "neither RSS",
    ),
    "a treaty's status file that looks like entries": ({"body": TREATY}, Outcome.FAILED, "neither RSS"),
    "not found": ({"status": 404}, Outcome.GONE, "HTTP 404"),
    "gone for good": ({"status": 410}, Outcome.GONE, "HTTP 410"),
    "a server error": ({"status": 500}, Outcome.FAILED, "HTTP 500"),
    "a bad gateway": ({"status": 502}, Outcome.FAILED, "HTTP 502"),
    "out of service without a word when": ({"status": 503}, Outcome.FAILED, "HTTP 503"),
    "a teapot": ({"status": 418}, Outcome.FAILED, "HTTP 418"),
    "moved to another host": (
        {"status": 301, "headers": {"Location": "https://elsewhere.test/feed"}},
        Outcome.MOVED,
        "elsewhere.test",
    ),
    "sent to a consent page": (
        {"status": 302, "headers": {"Location": "https://consent.google.com/m?continue=x"}},
        Outcome.BLOCKED,
        "consent.google.com",
    ),
    "sent to another protocol": (
        {"status": 302, "headers": {"Location": "file:///etc/passwd"}},
        Outcome.MOVED,
        "Redirected",
    ),
    "sent in circles": ({"status": 302, "headers": {"Location": "/feed"}}, Outcome.FAILED, "circles"),
    "a redirect to nowhere": ({"status": 302}, Outcome.FAILED, "HTTP 302"),
    "larger than announced to be wise": (
        {"body": b"<rss>", "headers": {"Content-Length": "38000000"}},
        Outcome.FAILED,
        "larger than",
    ),
    "38 MB": ({"body": b"<rss version='2.0'>" + b"x" * 38_000_000}, Outcome.FAILED, "larger than"),
    "a gzip bomb": (
        {"body": gzip.compress(BOMB), "headers": {"Content-Encoding": "gzip"}},
        Outcome.FAILED,
        "unpacks to",
    ),
    "a deflate bomb": (
        {"body": zlib.compress(BOMB), "headers": {"Content-Encoding": "deflate"}},
        Outcome.FAILED,
        "unpacks",
    ),
    "a brotli bomb": (
        {"body": brotli.compress(BOMB), "headers": {"Content-Encoding": "br"}},
        Outcome.FAILED,
        "unpacks",
    ),
    "broken compression": ({"body": b"not gzip", "headers": {"Content-Encoding": "gzip"}}, Outcome.FAILED, ""),
    "a body that stops early": (
        {"raw": b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss version='2.0'>"},
        Outcome.FAILED,
        "broke off",
    ),
    "no answer at all": ({"raw": b""}, Outcome.FAILED, "connection failed"),
    "something that is not HTTP": ({"raw": b"220 ftp ready\r\n"}, Outcome.FAILED, ""),
    "a flood of headers": (
        {"raw": b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(60_000)) + b"\r\n"},
        Outcome.FAILED,
        "",
    ),
    "a header without end": ({"raw": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000}, Outcome.FAILED, ""),
    "a slow body": (
        {"raw": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss", "hangs": True},
        Outcome.FAILED,
        "within 0.4 seconds",
    ),
    "silence": ({"raw": b"", "hangs": True}, Outcome.FAILED, "within 0.4 seconds"),
    "a feed without items": (
        {"body": "<rss version='2.0'><channel><title>t</title></channel></rss>", "headers": RSS},
        Outcome.EMPTY,
        "Nothing is listed",
    ),
    "items without title or address": (
        {
            "body": "<rss version='2.0'><channel><item></item><item><title>x</title></item></channel></rss>",
            "headers": RSS,
        },
        Outcome.EMPTY,
        "2 entries could not be read",
    ),
    "a billion laughs": (
        {
            "body": "<?xml version='1.0'?><!DOCTYPE r [<!ENTITY a 'ha'>"
            + "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9))
            + "]><rss version='2.0'><channel><title>&j;</title></channel></rss>"
        },
        Outcome.EMPTY,
        "Nothing is listed",
    ),
    "only a queue of tags": (
        {"body": "<rss version='2.0'>" + "<channel>" * 3_000},
        Outcome.EMPTY,
        "Nothing is listed",
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_trouble_has_a_name_and_changes_no_memory(name, web, look, source_of, reply):
    said, outcome, words = TROUBLES[name]
    web.pages["/feed"] = reply(**said)
    result = await look(source_of(), timeout=0.4 if said.get("hangs") else 5.0)
    assert result.outcome is outcome, result
    assert words in result.note
    assert result.note.endswith("."), "people read sentences"
    assert "object at" not in result.note
    assert result.items == ()
    assert result.memory is None
    assert result.listed is None


async def test_trouble_leaves_the_validators_of_the_last_good_answer_in_use(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = [reply(body=feed_of(1), headers={"ETag": '"good"'}), reply(403, headers={"ETag": '"bad"'})]
    first = await look(source_of())
    second = await look(source_of(), first.memory)
    assert (second.outcome, second.memory) == (Outcome.BLOCKED, None)
    third = await look(source_of(), first.memory)
    assert web.asked[-1].headers["if-none-match"] == '"good"'
    assert third.outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("Fri, 20 Nov 2026 13:30:00 GMT", timedelta(minutes=90)),
        ("99999999", timedelta(7)),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_or_as_a_date_is_kept(status, header, wait, web, look, source_of, reply):
    web.pages["/feed"] = reply(status, headers={"Retry-After": header})
    result = await look(source_of(), retry_delays=(0.0, 0.0))
    assert result.outcome is Outcome.WAIT
    assert result.retry_at == datetime(2026, 11, 20, 12, tzinfo=UTC) + wait
    assert len(web.paths()) == 1, "who is asked to wait does not ask again"


@pytest.mark.parametrize("header", ["soon", "", "-5", "Fri, 99 Nov 2026", "９９"])
async def test_unreadable_retry_after_is_no_time(header, web, look, source_of, reply):
    web.pages["/feed"] = reply(429, headers={"Retry-After": header})
    result = await look(source_of())
    assert (result.outcome, result.retry_at) == (Outcome.WAIT, None)


async def test_passing_trouble_is_asked_again_and_forgotten(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = [reply(502), reply(raw=b""), reply(body=feed_of(1, 2))]
    result = await look(source_of(), retry_delays=(0.0, 0.0))
    assert (result.outcome, len(result.items), result.note) == (Outcome.OK, 2, "")


@pytest.mark.parametrize("status", [403, 404, 418])
async def test_lasting_trouble_is_not_asked_again(status, web, look, source_of, reply):
    web.pages["/feed"] = reply(status)
    await look(source_of(), retry_delays=(0.0, 0.0))
    assert web.paths() == ["/feed"]


async def test_fewer_items_than_expected_is_a_trouble_and_not_news(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of(1, 2))
    result = await look(source_of(expect=Expectation(min_items=5)))
    assert (result.outcome, result.items, result.memory) == (Outcome.EMPTY, (), None)
    assert result.note == "Only 2 plausible items, at least 5 expected."


async def test_an_empty_list_is_fine_where_it_is_expected(web, look, source_of, feed_of, reply):
    web.pages["/feed"] = reply(body=feed_of())
    result = await look(source_of(expect=Expectation(min_items=0)))
    assert (result.outcome, result.listed) == (Outcome.OK, ())


async def test_unresolvable_host_is_told_in_words(look, source_of):
    result = await look(source_of(url="https://no-such-host.invalid/feed"), gateway=None)
    assert result.outcome is Outcome.FAILED
    assert "cannot be resolved: " in result.note
    assert "object at" not in result.note


async def test_refused_connection_is_told_in_words(web, look, source_of):
    port = web.port
    await web.stop()
    result = await look(source_of(url=f"http://127.0.0.1:{port}/feed"), gateway=None, allow_private=True)
    assert result.outcome is Outcome.FAILED
    assert "No connection" in result.note
    await web.start()


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_compressed_answers_are_read(encoding, web, look, source_of, feed_of, reply):
    packed = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[encoding](feed_of(1))
    web.pages["/feed"] = reply(body=packed, headers={"Content-Encoding": encoding})
    assert len((await look(source_of())).items) == 1


async def test_redirect_within_the_site_is_followed(web, look, source_of, feed_of, reply):
    web.pages["paper.test/feed"] = reply(301, headers={"Location": "https://www.paper.test/rss.xml"})
    web.pages["www.paper.test/rss.xml"] = reply(body=feed_of(1))
    result = await look(source_of())
    assert (result.outcome, result.final_url) == (Outcome.OK, "https://www.paper.test/rss.xml")


async def test_redirect_within_the_site_to_a_web_page_is_a_feed_that_moved(web, look, source_of, reply):
    web.pages["/feed"] = reply(302, headers={"Location": "/news"})
    web.pages["/news"] = reply(body=PAGE, headers=HTML)
    result = await look(source_of())
    assert (result.outcome, result.final_url) == (Outcome.MOVED, "https://paper.test/news")
    assert "Welcome" in result.note


async def test_validators_of_the_whole_site_change_and_nothing_is_new(web, look, source_of, feed_of, reply):
    day = "<lastBuildDate>{}</lastBuildDate><item>"
    bodies = [feed_of(2, 1).replace(b"<item>", day.format(hour).encode(), 1) for hour in ("09:00", "10:00")]
    web.pages["/feed"] = [reply(body=body, headers={"ETag": f'"{n}"'}) for n, body in enumerate(bodies)]
    first = await look(source_of())
    second = await look(source_of(), first.memory, at=LATER)
    assert (second.outcome, second.items, second.listed) == (Outcome.OK, (), first.listed)
    assert second.memory["etag"] == '"1"'


async def test_an_older_copy_from_a_cache_brings_nothing_and_forgets_nothing(web, look, source_of, feed_of, reply):
    stale = {"Age": "6244", "Cache-Control": "no-store"}
    fresh, old = reply(body=feed_of(5, 4, 3, 2)), reply(body=feed_of(4, 3, 2, 1), headers=stale)
    web.pages["/feed"] = [fresh, old, fresh]
    memory, brought = None, []
    for step in range(3):
        result = await look(source_of(), memory, at=NOW + step * timedelta(minutes=10))
        memory = result.memory or memory
        brought.append([item.title for item in result.items])
        assert result.gap is False
    assert brought == [["Report 5", "Report 4", "Report 3", "Report 2"], ["Report 1"], []]


async def test_one_node_in_two_languages_is_two_items(web, look, source_of, feed_of, reply):
    english = feed_of(1).replace(b"<guid>", b"<guid isPermaLink='false'>")
    web.pages |= {"court.test/rss": reply(body=english), "court.test/fr/rss": reply(body=english)}
    [first] = (await look(source_of(id="court_en", url="https://court.test/rss"))).items
    [second] = (await look(source_of(id="court_fr", url="https://court.test/fr/rss", language="fr"))).items
    assert (first.guid, first.id != second.id, second.language) == (second.guid, True, "fr")


KINDS: dict[str, Callable[[Source], Source]] = {
    "html": lambda source: replace(source, kind="html", listing={"item": ("li",)}),
    "json": lambda source: replace(source, kind="json", api={"title": ("t",), "url": "u"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (CHALLENGE, Outcome.BLOCKED),
        (
            CHALLENGE.replace("Just a moment...", "x").format("<script src='/cdn-cgi/challenge-platform/x'>"),
            Outcome.BLOCKED,
        ),
        ("", Outcome.EMPTY),
        ("Quota exceeded for today.", Outcome.FAILED),
    ],
)
async def test_listings_and_interfaces_see_through_a_false_200(kind, body, outcome, web, look, source_of, reply):
    web.pages["/feed"] = reply(body=body)
    assert (await look(KINDS[kind](source_of()))).outcome is outcome


async def test_broken_json_is_a_failure(web, look, source_of, reply):
    web.pages["/feed"] = reply(body='{"results": [')
    result = await look(KINDS["json"](source_of()))
    assert (result.outcome, result.note) == (Outcome.FAILED, "The JSON is broken.")


async def test_json_nested_beyond_reason_is_a_failure(web, look, source_of, reply):
    web.pages["/feed"] = reply(body="[" * 200_000)
    assert (await look(KINDS["json"](source_of()))).outcome is Outcome.FAILED


async def test_a_web_page_where_json_was_has_moved(web, look, source_of, reply):
    web.pages["/feed"] = reply(body=PAGE, headers=HTML)
    assert (await look(KINDS["json"](source_of()))).outcome is Outcome.MOVED
