"""One test over the whole catalogue: every source reads what its publisher sends."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from spiders.catalogue import load_sources
from spiders.check import check_page, check_recorded, find_pages, read_page, write_expectation
from spiders.items import Tier
from spiders.scaffold import render_sources
from spiders.urls import canonical_url

PAGES = Path(__file__).parent / "pages"
DOCS = Path(__file__).parents[2] / "docs"
SOURCES = load_sources()


def test_catalogue_covers_the_field():
    assert len(SOURCES) >= 90
    assert {source.tier for source in SOURCES.values()} == set(get_args(Tier))
    assert len({source.language for source in SOURCES.values()}) >= 6
    cyber = {"bleepingcomputer", "the_record", "securityweek", "krebs", "cyberscoop", "dark_reading", "cert_eu"}
    assert cyber <= set(SOURCES)


@pytest.mark.parametrize("slug", SOURCES)
def test_source_says_what_is_normal_and_how_well_it_is_known(slug):
    source = SOURCES[slug]
    assert timedelta(minutes=1) <= source.every <= timedelta(days=1)
    assert source.expect.max_silence is not None
    assert source.expect.max_silence > source.every
    assert source.notes["why"]
    assert source.notes["evidence"]
    assert source.notes["confidence"] in {"verified", "single", "lists", "guess"}
    assert isinstance(source.notes["added"], date)
    assert source.expect.min_items <= (source.expect.window or 10_000)


@pytest.mark.parametrize("slug", [slug for slug, source in SOURCES.items() if (source.expect.window or 99) <= 10])
def test_what_falls_out_of_a_short_window_of_an_authority_can_be_had_elsewhere(slug):
    source = SOURCES[slug]
    older = source.archive or source.listing.get("next") or source.fallback
    assert older or source.tier in {"press", "ngo", "blog"}


@pytest.mark.parametrize("slug", SOURCES)
def test_recorded_pages_read_as_expected(slug):
    for check in check_recorded({slug: SOURCES[slug]}, PAGES):
        assert check.fault == "", f"{check.page.name}: {check.fault}"


@pytest.mark.parametrize("slug", SOURCES)
def test_items_of_recorded_pages_are_plausible(slug):
    for page in find_pages(SOURCES[slug], PAGES / slug):
        items = read_page(SOURCES[slug], page)["items"]
        status = SOURCES[slug].listing.get("format") == "status"  # one page, whose differences have names of their own
        assert len({(one["url"], one["guid"] if status else None) for one in items}) == len(items)
        for one in items:
            assert one["title"]
            assert canonical_url(one["url"]) == one["url"]
            at = one["published"]["at"]
            assert at is None or datetime.fromisoformat(at).tzinfo is not None
            assert not any(
                word in one["text"] for word in ("<p", "Search", "appeared first on", "Continue reading", "&#")
            )


def test_pages_of_dropped_sources_are_the_only_strangers():
    assert {one.name for one in PAGES.iterdir() if one.is_dir()} == set(SOURCES)


def test_page_of_sources_is_current():
    current = (DOCS / "sources.md").read_text(encoding="utf-8")
    assert current == render_sources(SOURCES), "write it anew: make docs"


def test_dropped_sources_name_a_fallback_that_exists():
    lines = (DOCS / "removed-sources.md").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|") for line in lines if line.startswith("| `")]
    assert len(rows) >= 10
    for _, slug, _, _, fallback, *_ in rows:
        assert slug.strip(" `") not in SOURCES
        assert {one.strip(" `") for one in fallback.split(",")} <= {*SOURCES, "none"}, slug


def test_new_recording_fails_until_a_person_has_read_it(tmp_path):
    source = SOURCES["icc_rss"]
    page = tmp_path / "2026-11-20.xml"
    page.write_bytes((PAGES / "icc_rss" / "2026-11-20.xml").read_bytes())
    assert "is missing" in check_page(source, page).fault
    expectation = write_expectation(source, page)
    assert 'set "reviewed" to true' in check_page(source, page).fault
    written = json.loads(expectation.read_text(encoding="utf-8"))
    expectation.write_text(json.dumps(written | {"reviewed": True}), encoding="utf-8")
    assert check_page(source, page).fault == ""


def test_difference_names_item_and_key(tmp_path):
    source = SOURCES["icc_rss"]
    recorded = (PAGES / "icc_rss" / "2026-11-20.xml").read_text(encoding="utf-8")
    page = tmp_path / "2026-11-20.xml"
    page.write_text(recorded, encoding="utf-8")
    expectation = write_expectation(source, page)
    written = json.loads(expectation.read_text(encoding="utf-8")) | {"reviewed": True}
    expectation.write_text(json.dumps(written), encoding="utf-8")
    title = written["items"][1]["title"]
    page.write_text(recorded.replace(f"<title>{title}<", "<title>Another<"), encoding="utf-8")
    assert check_page(source, page).fault.startswith("item 2: title is 'Another'")
    page.write_text(recorded.replace("<item>", "<thing>"), encoding="utf-8")
    assert check_page(source, page).fault == "0 items, at least 3 expected"


def test_source_without_a_page_is_told_how_to_get_one(tmp_path):
    [check] = check_recorded({"icc_rss": SOURCES["icc_rss"]}, tmp_path)
    assert check.fault == "no recorded page; make one: make record SLUG=icc_rss"
