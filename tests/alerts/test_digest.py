"""The digest: complete as text, the same as HTML, small, and harmless."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.digest import SIZE, render_digest
from alerts.mail import build_message
from alerts.sections import Entry, read_sections
from tests.alerts.samples import AT, change, digest_data, event, every_category, source
from tests.alerts.test_text import HOSTILE
from warehouse.rows import ClockRow, DigestData, Mismatch, ReviewRow, SourceHealth


class Page(HTMLParser):
    """Tags and words of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._words: list[str] = []
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._silent = tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())


def entries(data: DigestData, heading: str) -> tuple[Entry, ...]:
    return next(section.entries for section in read_sections(data) if section.heading == heading)


def test_the_order_is_what_moved_what_is_due_what_is_new_what_was_edited_and_what_was_not_seen() -> None:
    text = render_digest(digest_data()).text
    headings = [
        line
        for line, rule in zip(text.splitlines(), text.splitlines()[1:], strict=False)
        if re.fullmatch("-{3,}", rule)
    ]
    assert headings == [
        "What moved",
        "Dates coming up",
        "New events",
        "Edited or taken down by official sources",
        "Measures that protect the Court",
        "Too uncertain to alert: please look",
        "Coverage",
        "New events by category",
        "In figures",
    ]


def test_the_text_says_all_that_the_html_says() -> None:
    mail = render_digest(digest_data())
    page = Page(mail.html)
    flat = " ".join(mail.text.split())
    for section in read_sections(digest_data()):
        for entry in section.entries:
            for said in (entry.title, *entry.details):
                assert " ".join(said.split()) in flat
                assert " ".join(said.split()) in page.text
            if entry.url:
                assert entry.url in mail.text
                assert entry.url in [attrs.get("href") for _, attrs in page.tags]


def test_the_subject_and_the_first_lines_sum_up_the_week() -> None:
    mail = render_digest(digest_data())
    assert mail.subject == "Courtwatch 2025-W23: 9 new events, 1 event moved"
    assert mail.text.startswith("Courtwatch digest 2025-W23: 2 June 2025 to 8 June 2025\n")
    assert (
        "9 new events (3 critical); 1 event moved; 0 dates within 30 days; 2 sources watched, 1 in trouble."
        in mail.text
    )


def test_a_quiet_week_is_a_digest_too_and_still_says_what_was_watched() -> None:
    empty = DigestData("2025-W24", AT, AT + timedelta(days=7), (), (), (), (), (), digest_data().health[1:], {})
    mail = render_digest(empty)
    assert mail.subject == "Courtwatch 2025-W24: a quiet week"
    assert "No new event." in mail.text
    assert "All sources answered as they should." in mail.text
    assert "Too uncertain" not in mail.text
    assert "by category" not in mail.html


def test_an_event_that_opened_and_moved_in_the_same_week_stands_once_with_its_moves() -> None:
    row = event()
    data = digest_data(opened=(row,), moved=((row, (change(),)),))
    assert entries(data, "What moved") == ()
    assert any("Announced → Officially published" in detail for detail in entries(data, "New events")[0].details)


def test_events_are_sorted_by_category_then_by_weight() -> None:
    rows = [event(id="low", severity="low", title="Low"), event(id="top", title="Top"), *every_category()[1:]]
    titles = [entry.title for entry in entries(digest_data(opened=tuple(rows), moved=()), "New events")]
    assert titles[:3] == ["Top", "Low", "Hungary notifies the UN of its withdrawal from the Rome Statute"]


def test_dates_come_in_order_and_say_how_far_they_are_and_whether_we_computed_them() -> None:
    day = digest_data().until.date()
    clocks = [
        ClockRow("a", "licence_expiry", day + timedelta(days=30), False, "General Licence 8", "OFAC"),
        ClockRow("b", "deadline", day + timedelta(days=1), True, "rule", "Appeal"),
        ClockRow("c", "deadline", day, True, "", ""),
        ClockRow("d", "deadline", day - timedelta(days=2), True, "", ""),
    ]
    titles = [entry.title for entry in entries(digest_data(clocks=tuple(clocks)), "Dates coming up")]
    assert [title.rsplit(", ", 1)[1] for title in titles] == ["2 days ago", "today", "in 1 day", "in 30 days"]
    assert "(stated: General Licence 8)" in titles[3]
    assert "(computed: rule)" in titles[2]


def test_what_is_muted_in_slack_is_named() -> None:
    mail = render_digest(digest_data(), muted=["Hungary, until 1 July 2025: the summit"])
    assert "Muted in Slack\n--------------\n* Hungary, until 1 July 2025: the summit\n" in mail.text
    assert "Hungary, until 1 July 2025: the summit" in Page(mail.html).text
    assert "Muted in Slack" not in render_digest(digest_data()).text


def test_gaps_and_names_that_a_document_leaves_out_are_told() -> None:
    since = datetime(2025, 8, 20, 14, tzinfo=UTC)
    omitted = {"Erika <b>Example</b>": ("list", "register"), "Stefan Sample": ("list",)}
    rows = [Mismatch("e1", "A round", date(2025, 8, 20), name, overdue, since) for name, overdue in omitted.items()]
    gap = "Nothing listed was known: items may have been missed since the last look."
    mail = render_digest(digest_data(gaps={"icc_rss": gap}, mismatches=tuple(rows)))
    assert "The sanctions list does not name Erika <b>Example</b>, Stefan Sample (20 August 2025)" in mail.text
    assert "The official register does not name Erika <b>Example</b> (20 August 2025)" in mail.text
    assert gap in " ".join(mail.text.split())
    assert "<b>Example</b>" not in mail.html


def test_sources_in_trouble_and_blind_hours_are_named() -> None:
    coverage = [entry.title for entry in entries(digest_data(), "Coverage")]
    assert coverage == [
        "ICC press releases: blocked since 3 June 2025 17:42 UTC",
        "UN News: blind for 3 of the period's hours, well again now",
    ]


def test_the_same_data_gives_the_same_bytes() -> None:
    assert render_digest(digest_data()) == render_digest(digest_data())


def test_a_flood_is_cut_to_size_and_says_how_much_is_left_out() -> None:
    many = tuple(event(id=f"e{n}", title=f"Событие номер {n}: " + "слово " * 30) for n in range(400))
    data = digest_data(
        opened=many, moved=tuple((replace(row, id=f"m{n}"), (change(),) * 9) for n, row in enumerate(many))
    )
    mail = render_digest(data)
    raw = build_message(mail, sender="w@watch.example", recipient="a@reader.example", at=AT).as_bytes()
    assert len(raw) < SIZE + 5_000 < 102_000
    left_out = re.findall(r"and (\d+) more that did not fit", mail.text)
    shown = mail.text.count("* Событие номер")
    assert sum(map(int, left_out)) + shown == 800
    assert mail.html.count("more that did not fit") == len(left_out)


def test_the_mail_loads_nothing_and_can_be_read_aloud() -> None:
    page = Page(render_digest(digest_data()).html)
    tags = [tag for tag, _ in page.tags]
    assert not {"img", "script", "link", "iframe", "form"} & set(tags)
    assert all(
        attrs.get("role") == "presentation" or attrs.get("class") == "bars"
        for tag, attrs in page.tags
        if tag == "table"
    )
    html = dict(page.tags)["html"]
    assert (html["lang"], html["dir"]) == ("en", "ltr")
    assert tags.count("h1") == 1
    assert tags.count("ul") >= 5


def test_colours_are_inline_and_turn_in_the_dark() -> None:
    html = render_digest(digest_data()).html
    assert "url(" not in html
    assert "@import" not in html
    assert 'name="color-scheme" content="light dark"' in html
    assert "@media (prefers-color-scheme: dark)" in html or "@media(prefers-color-scheme:dark)" in html
    assert re.search(r'<h1 style="[^"]*font-size', html)


def test_a_right_to_left_title_runs_right_to_left() -> None:
    rows = (event(title="قضاة المحكمة الجنائية الدولية تحت العقوبات"),)
    page = Page(render_digest(digest_data(opened=rows, moved=())).html)
    assert [attrs["dir"] for tag, attrs in page.tags if tag == "strong"][0:2] == ["ltr", "rtl"]


def test_bars_are_as_long_as_their_numbers() -> None:
    rows = (*(event(id=f"s{n}") for n in range(4)), event(id="w", category="withdrawal"))
    mail = render_digest(digest_data(opened=rows))
    assert "Sanctions            #################### 4" in mail.text
    assert "Withdrawal           ##### 1" in mail.text
    assert re.findall(r'<table role="presentation" width="(\d+)%"', mail.html) == ["100", "25"]


_hostile_data = st.lists(HOSTILE, min_size=8, max_size=8).map(
    lambda t: digest_data(
        opened=(
            event(
                title=t[0], facts={t[1] or "k": t[2]}, sources=(source(t[3], t[4], url=f"https://h.example/{t[5]}"),)
            ),
        ),
        moved=((event(id="m", title=t[6]), (change(summary=t[7], item_url=t[5], item_publisher=t[3]),)),),
        revisions=(change("edited", summary=t[0], diff=f"-{t[1]}\n+{t[2]}", item_url=f"javascript:{t[3]}"),),
        clocks=(ClockRow("e", t[0], date(2026, 1, 1), True, t[1], t[2], t[3]),),
        review=(ReviewRow(t[0], t[1], t[2], t[3], t[4], 0.5, t[5]),),
        counts={t[6] or "n": 1},
    )
)


@given(_hostile_data)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_makes_an_element_an_address_or_a_header(data: DigestData) -> None:
    mail = render_digest(data)
    page = Page(mail.html)
    assert {tag for tag, _ in page.tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "table",
        "tbody",
        "tr",
        "td",
        "th",
        "h1",
        "h2",
        "p",
        "ul",
        "li",
        "strong",
        "br",
        "span",
        "a",
        "code",
    }
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on")]
        if tag == "a":
            assert (attrs["href"] or "").startswith("https://")
    message = build_message(mail, sender="w@watch.example", recipient="a@reader.example", at=AT)
    assert len(message.keys()) == len(set(message.keys()))


@pytest.mark.parametrize("unsubscribe", ["", "off@watch.example"])
def test_the_foot_says_why_it_comes_and_how_it_stops(unsubscribe: str) -> None:
    mail = render_digest(digest_data(), why="You asked for it.", unsubscribe=unsubscribe)
    assert "You asked for it." in mail.text
    assert "You asked for it." in mail.html
    assert ("mailto:off@watch.example" in mail.html) is bool(unsubscribe)
    assert ("To stop, write to off@watch.example." in mail.text) is bool(unsubscribe)


def test_a_source_that_never_answered_is_not_called_watched() -> None:
    silent = [SourceHealth(f"s{n}", f"Source {n:02}", "ok", "", None, None, None, None, 0, 0) for n in range(12)]
    data = digest_data(health=(*digest_data().health, *silent))
    text = render_digest(data).text
    assert "2 sources watched, 1 in trouble" in text
    assert "12 sources never answered so far: not watched" in text
    assert "and 2 more" in text
