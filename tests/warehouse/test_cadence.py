"""A healthy source is asked inside its bounds: fast while it publishes, slower the longer it is silent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.catalogue import Source
from warehouse.cadence import JITTER, next_look, pause_of

EASTERN = ZoneInfo("America/New_York")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = Source("list", "List", "List", "rss", "https://list.example", every=5 * MINUTE, slowest=30 * MINUTE,
                timezone="America/New_York", hours=(time(9, 30), time(15, 30)))  # fmt: skip
PAPER = Source("paper", "Paper", "Paper", "rss", "https://paper.example", every=HOUR, slowest=4 * HOUR)

instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ages = st.timedeltas(timedelta(0), 400 * DAY)


@st.composite
def sources(draw):
    every = draw(st.timedeltas(MINUTE, 2 * DAY))
    slowest = draw(st.none() | st.timedeltas(every, 10 * DAY))
    opens = time(draw(st.integers(0, 22)), draw(st.integers(0, 59)))
    hours = draw(st.none() | st.just((opens, time(opens.hour + 1, opens.minute))))
    zone = draw(st.sampled_from(["UTC", "America/New_York", "Europe/Amsterdam", "Asia/Kathmandu"]))
    return Source("s", "S", "S", "rss", "https://s.example", every=every, slowest=slowest, hours=hours, timezone=zone)


@given(sources(), instants, st.none() | ages, st.none() | ages)
def test_a_look_comes_inside_the_bounds_of_the_source_whatever_the_server_says(source, asked_at, age, fresh):
    last_item_at = None if age is None else asked_at - age
    fresh_until = None if fresh is None else asked_at + fresh
    due = next_look(source, asked_at=asked_at, last_item_at=last_item_at, fresh_until=fresh_until)
    assert source.every * (1 - JITTER) <= due - asked_at <= source.longest_pause
    if fresh is not None:
        assert due - asked_at >= min(fresh, source.longest_pause)


@given(sources(), instants, ages, ages)
def test_the_longer_the_silence_the_longer_the_pause(source, now, one, other):
    pauses = [pause_of(source, last_item_at=now - age, now=now) for age in sorted([one, other])]
    assert pauses == sorted(pauses)


@given(sources(), instants, ages)
def test_no_pause_runs_past_the_opening_of_the_hours(source, asked_at, age):
    due = next_look(source, asked_at=asked_at, last_item_at=asked_at - age, fresh_until=None)
    if source.hours is None:
        return
    local = asked_at.astimezone(ZoneInfo(source.timezone))
    opening = local.replace(hour=source.hours[0].hour, minute=source.hours[0].minute, second=0, microsecond=0)
    if local.isoweekday() < 6 and local < opening:
        assert due <= max(opening.astimezone(UTC), asked_at + source.every)


@pytest.mark.parametrize(
    ("moment", "pause"),
    [
        (datetime(2026, 7, 15, 10, 1, tzinfo=EASTERN), 5 * MINUTE),  # a Wednesday morning in summer
        (datetime(2026, 1, 14, 10, 1, tzinfo=EASTERN), 5 * MINUTE),  # the same in winter
        (datetime(2026, 7, 15, 15, 30, tzinfo=EASTERN), 30 * MINUTE),
        (datetime(2026, 7, 18, 10, 1, tzinfo=EASTERN), 30 * MINUTE),  # a Saturday
    ],
)
def test_an_office_is_asked_often_on_weekdays_in_its_own_hours(moment, pause):
    assert pause_of(OFFICE, last_item_at=moment - 3 * DAY, now=moment) == pause


def test_a_weekend_ends_when_the_office_opens():
    sunday = datetime(2026, 7, 19, 23, tzinfo=EASTERN)
    asked_at = sunday.astimezone(UTC)
    while asked_at < (monday := datetime(2026, 7, 20, 9, 30, tzinfo=EASTERN)):
        asked_at = next_look(OFFICE, asked_at=asked_at, last_item_at=sunday - 3 * DAY, fresh_until=None)
    assert asked_at - monday < 5 * MINUTE


@pytest.mark.parametrize(("age", "pause"), [(HOUR, HOUR), (2 * DAY, 2 * HOUR), (30 * DAY, 4 * HOUR), (None, HOUR)])
def test_a_paper_is_asked_less_often_when_it_is_silent(age, pause):
    now = datetime(2026, 7, 15, 3, tzinfo=UTC)
    assert pause_of(PAPER, last_item_at=age and now - age, now=now) == pause


@pytest.mark.parametrize(("every", "slowest"), [(5 * MINUTE, 15 * MINUTE), (4 * HOUR, 6 * HOUR), (DAY, DAY)])
def test_without_a_bound_of_its_own_a_source_is_asked_four_times_a_day_or_as_often_as_ever(every, slowest):
    assert Source("s", "S", "S", "rss", "https://s.example", every=every).longest_pause == slowest


def test_what_was_asked_together_does_not_stay_together():
    asked_at = datetime(2026, 7, 15, 3, tzinfo=UTC)
    twins = [Source(f"s{n}", "S", "S", "rss", "https://s.example", every=HOUR) for n in range(20)]
    due = {next_look(twin, asked_at=asked_at, last_item_at=None, fresh_until=None) for twin in twins}
    assert len(due) == 20
