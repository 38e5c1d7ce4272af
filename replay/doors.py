"""The doors of the simulated web: where each source shows what it published, and in which shape."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

Validators = Literal["none", "modified", "etag", "both", "site_wide"]

SUFFIX = ".example"
"""Appended to every real host name, so that no link of the record pretends to lead to a real page."""

NEW_YORK, AMSTERDAM, ZURICH, PARIS, LONDON = (
    ZoneInfo(name)
    for name in ("America/New_York", "Europe/Amsterdam", "Europe/Zurich", "Europe/Paris", "Europe/London")
)


@dataclass(frozen=True, slots=True)
class Door:
    """One feed, listing or interface of a publisher, with the habits of the real one (window, validators, dates)."""

    source: str
    host: str  # of the door, without SUFFIX
    path: str
    template: str  # of the door
    page: str  # template of the pages behind it
    publisher: str
    title: str
    window: int  # how many items the feed, or one page of the listing, shows
    validators: Validators = "both"
    pages_host: str = ""  # of the pages behind it, when another
    kind: Literal["rss", "html", "json"] = "rss"
    zone: tzinfo = UTC
    date_name: str = ""  # how the feed writes its time zone; empty: the numeric offset
    lang: str = "en"

    @property
    def site(self) -> str:
        """Return the address that pages behind the door begin with."""
        return f"https://{self.pages_host or self.host}{SUFFIX}"

    @property
    def url(self) -> str:
        """Return the door's own address."""
        return f"https://{self.host}{SUFFIX}{self.path}"


# Windows, validators and shapes as observed: State ten items and no ETag; White House thirty, site-wide validators;
# OFAC ten a page; the Court's feed about ten; UN News thirty without validators; UN press ten with an ETag.
DOORS: tuple[Door, ...] = (
    Door(
        "us_state_press_releases",
        "www.state.gov",
        "/rss-feed/press-releases/feed/",
        "wordpress.xml",
        "state_article.html",
        "United States Department of State",
        "Press Releases",
        10,
        "modified",
    ),
    Door(
        "us_state_press_html",
        "www.state.gov",
        "/press-releases/",
        "state_listing.html",
        "state_article.html",
        "United States Department of State",
        "Press Releases",
        10,
        "modified",
        kind="html",
        zone=NEW_YORK,
    ),
    Door(
        "us_wh_presidential_actions",
        "www.whitehouse.gov",
        "/presidential-actions/feed/",
        "wordpress.xml",
        "whitehouse_article.html",
        "The White House",
        "Presidential Actions",
        30,
        "site_wide",
    ),
    Door(
        "us_fr_icc_term",
        "www.federalregister.gov",
        "/api/v1/documents.json",
        "",
        "register_article.html",
        "Federal Register",
        "Documents matching 'International Criminal Court'",
        20,
        "none",
        kind="json",
        zone=NEW_YORK,
    ),
    Door(
        "us_ofac_recent_actions",
        "ofac.treasury.gov",
        "/recent-actions",
        "ofac_listing.html",
        "ofac_article.html",
        "Office of Foreign Assets Control",
        "Recent Actions",
        10,
        "none",
        kind="html",
        zone=NEW_YORK,
    ),
    Door(
        "icc_rss",
        "www.icc-cpi.int",
        "/rss.xml",
        "drupal.xml",
        "icc_article.html",
        "International Criminal Court",
        "International Criminal Court",
        10,
        "both",
    ),
    Door(
        "icc_news_html",
        "www.icc-cpi.int",
        "/news",
        "icc_listing.html",
        "icc_article.html",
        "International Criminal Court",
        "News",
        10,
        "etag",
        kind="html",
        zone=AMSTERDAM,
    ),
    Door(
        "icc_asp_press",
        "asp.icc-cpi.int",
        "/press-releases",
        "icc_listing.html",
        "icc_article.html",
        "Assembly of States Parties",
        "Press releases of the Assembly of States Parties",
        10,
        "etag",
        kind="html",
        zone=AMSTERDAM,
    ),
    Door(
        "un_news_en",
        "news.un.org",
        "/feed/subscribe/en/news/all/rss.xml",
        "plain.xml",
        "press_article.html",
        "UN News",
        "UN News",
        30,
        "none",
        zone=NEW_YORK,
    ),
    Door(
        "un_press_rss",
        "press.un.org",
        "/en/rss.xml",
        "plain.xml",
        "press_article.html",
        "United Nations",
        "UN Meetings Coverage and Press Releases",
        10,
        "etag",
        zone=NEW_YORK,
    ),
    Door(
        "ohchr_rss",
        "www.ohchr.org",
        "/en/rss.xml",
        "plain.xml",
        "press_article.html",
        "OHCHR",
        "OHCHR news and press releases",
        20,
        "both",
        zone=ZURICH,
    ),
    Door(
        "hrw_news",
        "www.hrw.org",
        "/rss/news",
        "plain.xml",
        "press_article.html",
        "Human Rights Watch",
        "Human Rights Watch: News",
        20,
        "both",
        zone=NEW_YORK,
    ),
    Door(
        "guardian_icc_tag",
        "www.theguardian.com",
        "/law/international-criminal-court/rss",
        "plain.xml",
        "press_article.html",
        "The Guardian",
        "International criminal court | The Guardian",
        20,
        "etag",
        date_name="GMT",
    ),
    Door(
        "bbc_world",
        "feeds.bbci.co.uk",
        "/news/world/rss.xml",
        "bbc.xml",
        "press_article.html",
        "BBC",
        "BBC News",
        25,
        "both",
        pages_host="www.bbc.com",
        date_name="GMT",
    ),
    Door(
        "aljazeera",
        "www.aljazeera.com",
        "/xml/rss/all.xml",
        "plain.xml",
        "press_article.html",
        "Al Jazeera",
        "Al Jazeera - Breaking News, World News and Video from Al Jazeera",
        25,
        "modified",
    ),
    Door(
        "lemonde_international",
        "www.lemonde.fr",
        "/international/rss_full.xml",
        "plain.xml",
        "press_article.html",
        "Le Monde",
        "International : Toute l’actualité sur Le Monde.fr.",
        20,
        "both",
        zone=PARIS,
        lang="fr",
    ),
)
