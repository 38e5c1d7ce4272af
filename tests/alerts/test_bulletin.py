"""The bulletin page: the digest's content, unshortened, with a picture that can be read aloud."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from alerts.bulletin import draw_timeline, render_bulletin, write_bulletin
from alerts.sections import read_sections
from tests.alerts.samples import digest_data, event
from tests.alerts.test_digest import Page
from tests.alerts.test_text import HOSTILE

SINCE, UNTIL = digest_data().since, digest_data().until


def test_the_page_says_all_that_the_digest_says() -> None:
    page = Page(render_bulletin(digest_data(), muted=["Hungary, until July: summit"]))
    for section in read_sections(digest_data(), ["Hungary, until July: summit"]):
        assert section.heading in page.text
        for entry in section.entries:
            for said in (entry.title, *entry.details):
                assert " ".join(said.split()) in page.text


def test_the_page_loads_nothing_and_has_its_landmarks() -> None:
    page = Page(render_bulletin(digest_data()))
    tags = [tag for tag, _ in page.tags]
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(tags)
    assert tags.count("main") == tags.count("nav") == tags.count("h1") == 1
    policy = next(attrs["content"] for tag, attrs in page.tags if attrs.get("http-equiv"))
    assert (policy or "").startswith("default-src 'none'; style-src 'sha256-")
    assert not [attrs for _, attrs in page.tags if "style" in attrs]
    anchors = {attrs["href"] for tag, attrs in page.tags if tag == "a" and (attrs["href"] or "").startswith("#")}
    assert anchors == {f"#{attrs['id']}" for tag, attrs in page.tags if tag == "h2" and "id" in attrs}


def test_a_dot_stands_at_the_time_its_event_was_first_seen_in_its_category() -> None:
    middle = SINCE + (UNTIL - SINCE) / 2
    rows = [
        event(id="a", first_seen_at=SINCE),
        event(id="b", first_seen_at=middle),
        event(id="c", category="ruling", first_seen_at=UNTIL),
    ]
    picture = draw_timeline(rows, SINCE, UNTIL)
    assert picture is not None
    first, second, third = picture.dots
    assert (first.x, second.x, third.x) == (150, 530, 910)
    assert first.y == second.y != third.y
    assert [name for _, name in picture.lanes] == ["Sanctions", "Ruling"]
    assert len(picture.days) == 7


def test_dots_of_one_moment_stand_side_by_side() -> None:
    rows = [event(id=f"e{number}", first_seen_at=SINCE + timedelta(days=1)) for number in range(5)]
    picture = draw_timeline(rows, SINCE, UNTIL)
    assert picture is not None
    assert len({dot.x for dot in picture.dots}) == 5


def test_a_long_period_has_a_readable_number_of_days() -> None:
    picture = draw_timeline([event()], SINCE, SINCE + timedelta(days=365))
    assert picture is not None
    assert len(picture.days) <= 10


def test_a_period_without_events_has_no_picture() -> None:
    assert draw_timeline([], SINCE, UNTIL) is None
    assert "<svg" not in render_bulletin(digest_data(opened=()))


@given(HOSTILE)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_makes_an_element(text: str) -> None:
    calm, hostile = (
        [tag for tag, _ in Page(render_bulletin(digest_data(opened=(event(title=title, category=title),)))).tags]
        for title in ("calm", f"{text}<script>")
    )
    assert calm == hostile


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    write_bulletin(tmp_path / "pages" / "2025-W23.html", digest_data())
    assert [path.name for path in (tmp_path / "pages").iterdir()] == ["2025-W23.html"]
    assert (tmp_path / "pages" / "2025-W23.html").read_text(encoding="utf-8") == render_bulletin(digest_data())
