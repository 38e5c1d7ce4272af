import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from urllib.parse import urlsplit

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parsel import Selector

from replay.clock import SimulatedClock
from replay.doors import DOORS, SUFFIX, Door
from replay.faults import Fault
from replay.record import Edit, Item, Record, Truth, load_record, validate
from replay.site import Site

COMPAT = "Mozilla/5.0 (compatible; Courtwatch-Test/1.0; +https://courtwatch.example)"
DOOR = {door.source: door for door in DOORS}
FEEDS = [door.source for door in DOORS if door.kind == "rss"]
NOON = datetime(2025, 9, 4, 20, tzinfo=UTC)
# The selectors that the catalogue uses on the real listings.
LISTINGS = {
    "us_state_press_html": (
        "ul.collection-results > li.collection-result",
        "a.collection-result__link",
        "div.collection-result-meta > span:last-child::text",
    ),
    "us_ofac_recent_actions": (
        "div.search-result.views-row",
        "div.font-sans-lg a[href^='/recent-actions/2']",
        "div.font-sans-2xs::text",
    ),
    "icc_news_html": ("div.view-content div.views-row", "h3 a", "time::attr(datetime)"),
    "icc_asp_press": ("div.view-content div.views-row", "h3 a", "time::attr(datetime)"),
}


@pytest.fixture(scope="module")
def record() -> Record:
    return load_record()


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOON)


@pytest.fixture
def site(record: Record, clock: SimulatedClock) -> Iterator[Site]:
    with Site(record, clock) as running:
        yield running


def get(site: Site, host: str, target: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    """Ask the site over HTTP for a page of ``host``, which is a real name without the suffix."""
    connection = HTTPConnection("127.0.0.1", urlsplit(site.gateway).port or 0, timeout=10)
    try:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, headers={"Host": host + SUFFIX, "User-Agent": COMPAT} | names)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def open_door(site: Site, source: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    return get(site, DOOR[source].host, DOOR[source].path, **headers)


def world(*items: Item, at: datetime = NOON) -> Site:
    return Site(validate(items), SimulatedClock(at))


def page(id_: str, source: str = "icc_rss", **values: object) -> Item:
    usual: dict[str, object] = {
        "id": id_,
        "source": source,
        "published": NOON - timedelta(hours=1),
        "path": f"/news/{id_}",
        "guid": id_,
        "title": f"Title {id_}",
        "text": "Text.",
        "truth": Truth("traffic"),
    }
    return Item(**(usual | values))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", FEEDS)
def test_every_feed_parses_to_what_was_published_within_its_window(record: Record, site: Site, source: str):
    door = DOOR[source]
    response, body = open_door(site, source)
    feed = feedparser.parse(body)
    expected = record.listed_by(source, NOON)[: door.window]
    assert (response.status, feed.bozo) == (200, False)
    assert [entry.title for entry in feed.entries] == [item.title for item in expected]
    assert [entry.id for entry in feed.entries] == [item.guid for item in expected]
    assert [urlsplit(entry.link)._replace(query="").geturl() for entry in feed.entries] == [
        door.site + item.path for item in expected
    ]
    for entry, item in zip(feed.entries, expected, strict=True):
        assert item.shown_date is not None
        assert parsedate_to_datetime(entry.published) == item.shown_date.replace(microsecond=0)


def test_a_feed_holds_no_more_than_its_window():
    items = [page(f"{n:02}", published=NOON - timedelta(hours=n)) for n in range(15)]
    answer = world(*items).answer("www.icc-cpi.int.example", "/rss.xml", {})
    assert [entry.id for entry in feedparser.parse(answer.body).entries] == [f"{n:02}" for n in range(10)]


@pytest.mark.parametrize("source", LISTINGS)
def test_the_real_selectors_find_every_row_of_a_listing(record: Record, site: Site, source: str):
    rows, link, date = LISTINGS[source]
    response, body = open_door(site, source)
    found = Selector(body.decode()).css(rows)
    expected = record.listed_by(source, NOON)[: DOOR[source].window]
    assert response.status == 200
    assert [row.css(f"{link}::text").get("").strip() for row in found] == [item.title for item in expected]
    paths = [urlsplit(row.css(f"{link}::attr(href)").get("")).path for row in found]
    assert paths == [item.path for item in expected]
    assert all(row.css(date).get("").strip() for row in found)


@pytest.mark.parametrize(
    ("id_", "title", "body", "date", "shown"),
    [
        (
            "st-ngos",
            "h1.featured-content__headline",
            "div.entry-content p",
            "p.article-meta__publish-date::text",
            "September 4, 2025",
        ),
        (
            "of-ngos",
            "h1.uswds-page-title span.treas-page-title",
            "div.field--name-field-body .field__item p",
            ".field--name-field-release-date .field__item::text",
            "09/04/2025",
        ),
        ("icc-yekatom", "h1", ".field--name-body p", "time::attr(datetime)", "2025-07-24T10:40:00Z"),
        ("asp-hungary-notified", "h1", ".field--name-body p", "time::attr(datetime)", "2025-06-03T09:30:00Z"),
    ],
)
def test_the_real_selectors_find_the_parts_of_a_page(
    record: Record, site: Site, id_: str, title: str, body: str, date: str, shown: str
):
    item = next(item for item in record.items if item.id == id_)
    response, content = get(site, urlsplit(DOOR[item.source].site).netloc.removesuffix(SUFFIX), item.path)
    html = Selector(content.decode())
    assert response.status == 200
    assert html.css(f"{title}::text").get() == item.title
    assert [p.css("::text").get() for p in html.css(body)][: len(item.paragraphs)] == item.paragraphs
    assert html.css(date).get() == shown


def test_ofac_entries_stand_in_one_paragraph_with_their_programme_tags(site: Site):
    body = Selector(get(site, "ofac.treasury.gov", "/recent-actions/20250820")[1].decode())
    added = body.xpath("//h4[contains(., 'added')]/following-sibling::p[1]")
    assert len(added.css("br")) == 6
    assert added.get("").count("[ICC-EO14203].") == 4
    assert body.xpath("//h3[text()='Unrelated Administrative List Changes']/following-sibling::p").get()


def test_the_white_house_puts_navigation_before_the_order_and_state_only_the_text(site: Site, clock: SimulatedClock):
    orders = feedparser.parse(open_door(site, "us_wh_presidential_actions")[1], sanitize_html=False).entries
    content = next(entry for entry in orders if "Criminal Court" in entry.title).content[0].value
    assert content.lstrip().startswith('<div class="alignfull')
    assert content.index("Fact Sheets") < content.index('<p class="wp-block-paragraph">By the authority')
    release = feedparser.parse(open_door(site, "us_state_press_releases")[1]).entries[0]
    assert release.content[0].value.startswith('<p class="wp-block-paragraph">Today I am designating three')
    assert release.id.startswith("https://www.state.gov.example/?p=")


def test_the_courts_feed_escapes_the_rendered_node_and_shows_junk_and_old_nodes(site: Site, clock: SimulatedClock):
    clock.set(datetime(2025, 10, 24, 20, tzinfo=UTC))
    entries = feedparser.parse(open_door(site, "icc_rss")[1]).entries
    assert '<span class="field field--name-title' in entries[0].summary
    assert "field--name-field-document-type" in entries[0].summary
    assert any(entry.summary.count("uploaded media node") for entry in entries)
    old = next(entry for entry in entries if entry.id.startswith("19001 at "))
    assert parsedate_to_datetime(old.published).year == 2019


def test_listings_continue_on_further_pages_and_state_ignores_a_page_in_the_query(record: Record, site: Site):
    first = get(site, "ofac.treasury.gov", "/recent-actions")[1].decode()
    second = get(site, "ofac.treasury.gov", "/recent-actions?page=1")[1].decode()
    assert Selector(first).css("nav.pager a::attr(href)").get() == "/recent-actions?page=1"
    assert not set(Selector(first).css("div.font-sans-lg a::attr(href)").getall()) & set(
        Selector(second).css("div.font-sans-lg a::attr(href)").getall()
    )
    assert get(site, "ofac.treasury.gov", "/recent-actions?page=99")[0].status == 404
    state = get(site, "www.state.gov", "/press-releases/")[1]
    assert get(site, "www.state.gov", "/press-releases/?page=2")[1] == state
    assert Selector(state.decode()).css("a.next::attr(href)").get() == "/press-releases/page/2/"
    assert get(site, "www.state.gov", "/press-releases/page/2/")[1] != state


def test_the_register_answers_as_its_interface_does(site: Site, clock: SimulatedClock):
    response, body = get(site, "www.federalregister.gov", "/api/v1/documents.json?conditions[term]=x&per_page=20")
    answer = json.loads(body)
    order = next(result for result in answer["results"] if result["document_number"] == "2025-02612")
    assert response.headers["Content-Type"] == "application/json"
    assert (answer["count"], answer["total_pages"]) == (len(answer["results"]), 1)
    assert order["publication_date"] == "2025-02-12"
    assert "signing_date" not in order
    fields = "fields[]=document_number&fields[]=signing_date&fields[]=executive_order_number"
    asked = json.loads(get(site, "www.federalregister.gov", f"/api/v1/documents.json?{fields}")[1])["results"]
    assert {"document_number": "2025-02612", "signing_date": "2025-02-06", "executive_order_number": "14203"} in asked
    assert get(site, "www.federalregister.gov", urlsplit(order["html_url"]).path)[0].status == 200
    empty = world().answer("www.federalregister.gov.example", "/api/v1/documents.json", {})
    assert set(json.loads(empty.body)) == {"description", "count"}


def test_every_page_of_the_record_opens_at_its_own_address(record: Record):
    site = Site(record, SimulatedClock(datetime(2026, 7, 2, tzinfo=UTC)))
    for item in record.items:
        host = urlsplit(DOOR[item.source].site).netloc
        answer = site.answer(host, item.path, {"User-Agent": COMPAT})
        assert answer.status == (404 if item.gone_at else 200), item.id


@pytest.mark.parametrize("source", [door.source for door in DOORS if door.validators != "none"])
def test_a_client_that_knows_the_newest_answer_gets_304_without_a_body(site: Site, source: str):
    response, _ = open_door(site, source)
    known = {"ETag": "If_None_Match", "Last-Modified": "If_Modified_Since"}
    validators = {known[name]: response.headers[name] for name in known if name in response.headers}
    assert validators
    for name, value in validators.items():
        again, body = open_door(site, source, **{name: value})
        assert (again.status, body) == (304, b"")


def test_a_new_item_ends_the_validity_of_what_a_client_knows(site: Site, clock: SimulatedClock):
    response, old = open_door(site, "us_state_press_releases")
    clock.set(datetime(2025, 12, 18, 21, tzinfo=UTC))
    again, new = open_door(site, "us_state_press_releases", If_Modified_Since=response.headers["Last-Modified"])
    assert again.status == 200
    assert old != new


_INSTANTS = st.datetimes(datetime(2025, 2, 5), datetime(2026, 7, 2), timezones=st.just(UTC))  # noqa: DTZ001 - st adds it


@settings(max_examples=60, deadline=None)
@given(source=st.sampled_from([door.source for door in DOORS if door.validators != "none"]), data=st.data())
def test_304_is_said_only_when_the_body_is_still_the_same(record: Record, source: str, data: st.DataObject):
    door = DOOR[source]
    earlier, later = sorted([data.draw(_INSTANTS), data.draw(_INSTANTS)])
    clock = SimulatedClock(earlier)
    site = Site(record, clock)
    old = site.answer(door.host + SUFFIX, door.path, {"User-Agent": COMPAT})
    clock.set(later)
    new = site.answer(door.host + SUFFIX, door.path, {"User-Agent": COMPAT})
    for name, header in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
        if name in old.headers and old.status == new.status == 200:
            again = site.answer(door.host + SUFFIX, door.path, {"User-Agent": COMPAT, header: old.headers[name]})
            assert again.status == (304 if old.headers[name] == new.headers.get(name) else 200)
            assert again.status != 304 or old.body == new.body


def test_a_wrong_tag_wins_over_a_right_date_and_an_unreadable_date_counts_for_nothing(site: Site):
    response, _ = open_door(site, "icc_rss")
    date = response.headers["Last-Modified"]
    assert open_door(site, "icc_rss", If_None_Match='"x"', If_Modified_Since=date)[0].status == 200
    assert open_door(site, "icc_rss", If_Modified_Since="yesterday")[0].status == 200


def test_sources_that_send_no_validators_never_answer_304(site: Site):
    for source in ("un_news_en", "us_fr_icc_term", "us_ofac_recent_actions"):
        response, _ = open_door(site, source)
        assert "ETag" not in response.headers
        assert "Last-Modified" not in response.headers
        assert open_door(site, source, If_Modified_Since="Fri, 01 Jan 2027 00:00:00 GMT")[0].status == 200


def test_site_wide_validators_change_without_a_new_item(site: Site, clock: SimulatedClock):
    clock.set(datetime(2025, 10, 6, 16, tzinfo=UTC))
    response, body = open_door(site, "us_wh_presidential_actions")
    clock.advance(timedelta(days=1))
    again, same = open_door(site, "us_wh_presidential_actions", If_None_Match=response.headers["ETag"])
    assert again.status == 200
    assert [e.id for e in feedparser.parse(same).entries] == [e.id for e in feedparser.parse(body).entries]


def test_the_same_question_at_the_same_time_gets_the_same_bytes(record: Record):
    def picture() -> str:
        digest = hashlib.sha256()
        clock = SimulatedClock(record.moments[0].at)
        site = Site(record, clock)
        for moment in record.moments[::6]:
            clock.set(moment.at)
            for door in DOORS:
                answer = site.answer(door.host + SUFFIX, door.path, {"User-Agent": COMPAT})
                digest.update(repr((answer.status, sorted(answer.headers.items()), answer.body)).encode())
        return digest.hexdigest()

    assert picture() == picture()


def test_hostile_text_is_escaped_wherever_it_is_shown():
    evil = '<script>alert("x")</script> ]]> & <!channel>'
    sources = {"icc_rss": "/e", "bbc_world": "/e", "us_wh_presidential_actions": "/e", "us_state_press_releases": "/e"}
    items = [page(source, source, title=evil, text=evil, path=path) for source, path in sources.items()]
    site = world(*items)
    for source, path in sources.items():
        door = DOOR[source]
        feed = feedparser.parse(site.answer(door.host + SUFFIX, door.path, {}).body)
        assert not feed.bozo, source
        assert "]]>" in feed.entries[0].title, source
        shown = site.answer(urlsplit(door.site).netloc, path, {}).body.decode()
        assert "<script>alert" not in shown


def test_edits_show_in_the_feed_and_on_the_page(record: Record):
    clock = SimulatedClock(datetime(2025, 6, 5, 20, tzinfo=UTC))
    site = Site(record, clock)
    item = next(item for item in record.items if item.id == "st-judges-june")

    def shown() -> tuple[bytes, bytes]:
        agent = {"User-Agent": COMPAT}
        feed = site.answer("www.state.gov.example", DOOR["us_state_press_releases"].path, agent)
        return feed.body, site.answer("www.state.gov.example", item.path, agent).body

    assert all(b"Hohler of Slovakia" in body for body in shown())
    clock.set(datetime(2025, 6, 6, 17, tzinfo=UTC))
    assert all(b"Hohler of Slovenia" in body and b"Slovakia" not in body for body in shown())


def test_a_page_that_is_taken_down_is_gone_from_feed_listing_and_address():
    gone = page("gone", gone_at=NOON, also_in=("icc_news_html",))
    site = world(gone, page("kept"), at=NOON - timedelta(minutes=1))
    host = "www.icc-cpi.int.example"
    before = [site.answer(host, target, {}) for target in ("/rss.xml", "/news", "/news/gone")]
    assert all(b"Title gone" in answer.body for answer in before)
    site.clock.set(NOON)
    feed, listing, address = [site.answer(host, target, {}) for target in ("/rss.xml", "/news", "/news/gone")]
    assert b"Title gone" not in feed.body + listing.body
    assert b"Title kept" in feed.body
    assert address.status == 404
    assert feed.headers["Last-Modified"] != before[0].headers["Last-Modified"]


def test_a_revision_may_change_the_guid_and_keep_the_address():
    at = NOON - timedelta(minutes=1)
    site = world(page("c1#0", "bbc_world", path="/news/articles/c1", edits=(Edit(at, title="New", guid="c1#1"),)))
    entry = feedparser.parse(site.answer("feeds.bbci.co.uk.example", "/news/world/rss.xml", {}).body).entries[0]
    assert (entry.id, entry.title) == ("c1#1", "New")
    assert site.answer("www.bbc.com.example", "/news/articles/c1?at_medium=RSS", {}).status == 200


def test_an_undated_item_shows_no_date():
    site = world(page("a", "aljazeera", undated=True))
    entry = feedparser.parse(site.answer("www.aljazeera.com.example", "/xml/rss/all.xml", {}).body).entries[0]
    assert "published" not in entry


def test_hosts_answer_with_a_port_and_in_any_case_and_unknown_ones_and_pages_are_404(site: Site):
    port = urlsplit(site.gateway).port
    assert site.answer(f"WWW.ICC-CPI.int.example:{port}", "/rss.xml", {}).status == 200
    for host, target in (
        ("www.icc-cpi.int", "/rss.xml"),
        ("other.example", "/robots.txt"),
        ("www.icc-cpi.int.example", "/x"),
    ):
        assert site.answer(host, target, {}).status == 404


def test_every_host_has_robots_that_allow_what_we_read(site: Site):
    for door in DOORS:
        response, body = get(site, door.host, "/robots.txt")
        assert response.status == 200
        assert b"User-agent: *" in body


def test_head_answers_as_get_without_a_body(site: Site):
    response, body = get(site, "www.icc-cpi.int", "/rss.xml", method="HEAD")
    assert (response.status, body) == (200, b"")
    assert int(response.headers["Content-Length"]) == len(open_door(site, "icc_rss")[1])


def test_requests_are_logged_with_simulated_time_agent_and_status(site: Site):
    open_door(site, "icc_rss", User_Agent="plain/1")
    open_door(site, "us_state_press_releases", User_Agent="plain/1")
    seen = [(seen.at, seen.host, seen.target, seen.agent, seen.status) for seen in site.requests]
    assert seen == [
        (NOON, "www.icc-cpi.int.example", "/rss.xml", "plain/1", 200),
        (NOON, "www.state.gov.example", "/rss-feed/press-releases/feed/", "plain/1", 403),
    ]
    site.forget_requests()
    assert site.requests == ()


def test_state_refuses_plain_agents_and_shows_them_a_decoy(site: Site):
    refused, _ = open_door(site, "us_state_press_releases", User_Agent="curl/8")
    decoy, body = open_door(site, "us_state_press_html", User_Agent="curl/8")
    assert (refused.status, decoy.status) == (403, 200)
    assert "Last-Modified" in refused.headers
    assert b"Technical Difficulties" in body
    assert b"collection-result" not in body


@pytest.mark.parametrize(
    ("fault", "status", "header", "mark"),
    [
        ({"kind": "status", "status": 503, "headers": {"Retry-After": "60"}}, 503, ("Retry-After", "60"), b"refused"),
        ({"kind": "rate_limit", "seconds": 90}, 429, ("Retry-After", "90"), b"slow down"),
        (
            {"kind": "rate_limit", "seconds": 60, "as_date": True},
            429,
            ("Retry-After", "Thu, 04 Sep 2025 20:01:00 GMT"),
            b"",
        ),
        ({"kind": "decoy"}, 200, ("Content-Type", "text/html; charset=utf-8"), b"technical difficulties"),
        ({"kind": "challenge"}, 403, ("cf-mitigated", "challenge"), b"Just a moment"),
        ({"kind": "empty"}, 200, ("Content-Length", "0"), b""),
    ],
)
def test_a_fault_appears_when_added_and_vanishes_when_removed(
    site: Site, fault: dict[str, object], status: int, header: tuple[str, str], mark: bytes
):
    added = site.faults.add(Fault("icc_rss", NOON, **fault))  # type: ignore[arg-type]
    response, body = open_door(site, "icc_rss")
    assert (response.status, response.headers[header[0]]) == (status, header[1])
    assert mark in body
    assert b"<rss" not in body
    assert "ETag" not in response.headers
    assert open_door(site, "icc_news_html")[0].status == 200
    site.faults.remove(added)
    assert b"<rss" in open_door(site, "icc_rss")[1]


def test_a_fault_lasts_from_its_start_to_its_end(site: Site, clock: SimulatedClock):
    site.faults.add(Fault("icc_rss", NOON + timedelta(hours=1), "status", NOON + timedelta(hours=2)))
    statuses = []
    for _ in range(3):
        statuses.append(open_door(site, "icc_rss")[0].status)
        clock.advance(timedelta(hours=1))
    assert statuses == [200, 503, 200]


def test_a_fault_of_a_whole_host_spoils_its_pages_too_but_not_its_robots(site: Site, record: Record):
    path = next(item.path for item in record.items if item.id == "icc-yekatom")
    site.faults.add(Fault("icc_rss", NOON, "status"))
    assert get(site, "www.icc-cpi.int", path)[0].status == 200
    site.faults.add(Fault("icc_rss", NOON, "status", whole_host=True))
    assert get(site, "www.icc-cpi.int", path)[0].status == 503
    assert get(site, "www.icc-cpi.int", "/robots.txt")[0].status == 200


def test_a_dropped_connection_and_a_hanging_one_bring_no_answer(site: Site):
    for kind in ("drop", "hang"):
        fault = site.faults.add(Fault("icc_rss", NOON, kind, seconds=0))  # type: ignore[arg-type]
        with pytest.raises(RemoteDisconnected):
            open_door(site, "icc_rss")
        site.faults.remove(fault)
    assert site.requests[-1].status is None


def test_a_hanging_answer_is_let_go_when_the_site_stops(record: Record, clock: SimulatedClock):
    site = Site(record, clock).start()
    site.faults.add(Fault("icc_rss", NOON, "hang", seconds=600))
    connection = HTTPConnection("127.0.0.1", urlsplit(site.gateway).port or 0, timeout=10)
    connection.request("GET", "/rss.xml", headers={"Host": "www.icc-cpi.int.example"})
    site.stop()
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()
    with pytest.raises(RuntimeError, match="not running"):
        _ = site.gateway


def test_a_wrongly_encoded_feed_still_parses_and_loses_its_validators(site: Site):
    clean = open_door(site, "lemonde_international")[1]
    site.faults.add(Fault("lemonde_international", NOON, "wrong_encoding"))
    response, spoiled = open_door(site, "lemonde_international")
    assert "ETag" not in response.headers
    with pytest.raises(UnicodeDecodeError):
        spoiled.decode("utf-8")
    feed = feedparser.parse(spoiled, response_headers={"content-type": response.headers["Content-Type"]})
    assert feed.bozo
    assert [entry.title for entry in feed.entries] == [entry.title for entry in feedparser.parse(clean).entries]


def test_a_stray_ampersand_breaks_the_xml_and_changes_no_text(site: Site, clock: SimulatedClock, record: Record):
    clock.set(next(fault.start for fault in record.faults if fault.kind == "stray_ampersand"))
    spoiled = feedparser.parse(open_door(site, "icc_rss")[1])
    clock.advance(timedelta(days=1))
    clean = feedparser.parse(open_door(site, "icc_rss")[1])
    assert (spoiled.bozo, clean.bozo) == (True, False)
    assert [entry.title for entry in spoiled.entries] == [entry.title for entry in clean.entries]


def test_the_bundled_troubles_strike_at_some_look_and_pass(record: Record):
    for fault in record.faults:
        struck = [moment.at for moment in record.moments if fault.strikes(moment.at, COMPAT)]
        assert fault.spares_agent or struck, fault
        assert not fault.strikes(record.moments[-1].at, COMPAT), fault
    ohchr = [fault for fault in record.faults if fault.source == "ohchr_rss"]
    looks = [moment.at for moment in record.moments if ohchr[0].strikes(moment.at, COMPAT)]
    assert len(looks) == 3


def test_a_site_can_serve_doors_of_a_tests_own():
    door = Door("mine", "www.mine.org", "/feed", "plain.xml", "press_article.html", "Mine", "Mine", 5)
    item = page("a", "mine", path="/a")
    site = Site(validate([item]), SimulatedClock(NOON), [door])
    assert b"Title a" in site.answer("www.mine.org.example", "/feed", {}).body
    assert site.answer("www.icc-cpi.int.example", "/rss.xml", {}).status == 404
