from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.dates import find_dates
from classifiers.matcher import even

PUBLISHED = date(2025, 8, 22)  # a Friday


@pytest.mark.parametrize(
    "text",
    [
        "on 20 August 2025",
        "on August 20, 2025",
        "Aug. 20, 2025",
        "le 20 août 2025",
        "el 20 de agosto de 2025",
        "em 20 de agosto de 2025",
        "il 20 agosto 2025",
        "am 20. August 2025",
        "op 20 augustus 2025",
        "20 августа 2025 года",
        "20 серпня 2025 року",
        "في 20 أغسطس 2025",
        "20 آب 2025",
        "2025. augusztus 20-án",
        "20 Ağustos 2025",
        "20 sierpnia 2025 r.",
        "20. srpna 2025",
        "2025年8月20日",
        "20.08.2025",
        "2025-08-20",
    ],
)
def test_a_full_date_is_read_in_its_language(text: str) -> None:
    assert [(found.on, found.kind) for found in find_dates(text, PUBLISHED)] == [(date(2025, 8, 20), "full")]


@pytest.mark.parametrize(
    "text",
    ["on Wednesday", "mercredi", "el miércoles", "na quarta-feira", "mercoledì", "am Mittwoch", "woensdag", "в среду",
     "у середу", "يوم الأربعاء", "szerdán", "Çarşamba günü", "w środę", "on Wednesday."],
)  # fmt: skip
def test_a_weekday_is_the_last_one_before_publication(text: str) -> None:
    assert [found.on for found in find_dates(text, PUBLISHED)] == [date(2025, 8, 20)]


@pytest.mark.parametrize(
    ("text", "day"),
    [("today", 22), ("yesterday", 21), ("hier", 21), ("ayer", 21), ("ieri", 21), ("gestern", 21), ("gisteren", 21),
     ("вчера", 21), ("أمس", 21), ("tegnap", 21), ("dün", 21), ("oggi", 22), ("heute", 22)],
)  # fmt: skip
def test_today_and_yesterday_count_from_publication(text: str, day: int) -> None:
    assert [found.on for found in find_dates(text, PUBLISHED)] == [date(2025, 8, day)]


def test_a_day_without_a_year_is_the_nearest_past_one() -> None:
    assert find_dates("on 24 November", date(2025, 2, 1))[0].on == date(2024, 11, 24)
    assert find_dates("on 6 February", date(2025, 2, 7))[0].on == date(2025, 2, 6)


def test_a_coming_weekday_is_no_day_of_an_act() -> None:
    assert find_dates("the hearing next Wednesday", PUBLISHED) == []


def test_a_date_that_can_mean_two_days_is_left_alone() -> None:
    assert find_dates("03/04/2025", PUBLISHED) == []
    assert find_dates("23/04/2025", PUBLISHED)[0].on == date(2025, 4, 23)


def test_impossible_dates_and_figures_are_no_dates() -> None:
    assert find_dates("30 February 2025, 12.5 million, article 12, 10 judges", PUBLISHED) == []


def test_without_a_publication_date_only_full_dates_are_read() -> None:
    assert [found.on for found in find_dates("on Wednesday, 5 June, 20 August 2025", None)] == [date(2025, 8, 20)]


@given(st.text(), st.one_of(st.none(), st.dates(date(1990, 1, 1), date(2099, 1, 1))))
def test_any_text_can_be_read_and_offsets_stay_inside(text: str, published: date | None) -> None:
    length = len(even(text))
    for found in find_dates(text, published):
        assert 0 <= found.start < found.end <= length
