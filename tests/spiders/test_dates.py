"""Dates as publishers write them."""

from datetime import UTC, datetime, timedelta
from time import gmtime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiders.dates import read_date
from tests.spiders.conftest import FUZZ

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(raw, zone="UTC", **more):
    return read_date(raw, zone=zone, now=NOW, origin="feed", **more)


INSTANTS = [
    ("Mon, 06 Jul 2026 14:24:09 +0000", "UTC", "2026-07-06T14:24:09"),
    ("Mon, 6 Jul 26 14:24 GMT", "UTC", "2026-07-06T14:24:00"),
    ("06 Jul 2026 14:24:09 -0400", "UTC", "2026-07-06T18:24:09"),
    ("2026-07-06T14:24:09Z", "UTC", "2026-07-06T14:24:09"),
    ("2026-07-06T14:24:09.123+02:00", "UTC", "2026-07-06T12:24:09"),
    ("2026-07-06 14:24", "Europe/Paris", "2026-07-06T12:24:00"),
    ("2026-10-02 12:15:06 -0400", "UTC", "2026-10-02T16:15:06"),
    ("20260926T120000Z", "UTC", "2026-09-26T12:00:00"),
    ("1783347849", "UTC", "2026-07-06T14:24:09"),
    ("1783347849000", "UTC", "2026-07-06T14:24:09"),
    ("Mon Jul  6 14:24:09 2026", "UTC", "2026-07-06T14:24:09"),
    ("Mon, 06 Jul 2026 24:00:00 GMT", "UTC", "2026-07-07T00:00:00"),
    ("Tue, 06/30/2026 - 12:00", "America/New_York", "2026-06-30T16:00:00"),
    ("July 6, 2026 2:24 p.m. EDT", "UTC", "2026-07-06T18:24:00"),
    ("July 6, 2026 at 12:05 am", "UTC", "2026-07-06T00:05:00"),
    ("6 mai 2026, 14h30", "Europe/Paris", "2026-05-06T12:30:00"),
    ("Пн, 06 июля 2026 10:00:00 +0300", "UTC", "2026-07-06T07:00:00"),
    ("6 мая 2026 г. 12:00", "Europe/Moscow", "2026-05-06T09:00:00"),
    ("2026. július 6. 14:24", "Europe/Budapest", "2026-07-06T12:24:00"),
    # Zones that feedparser takes for UTC.
    ("Mon, 06 Jul 2026 10:00:00 CEST", "UTC", "2026-07-06T08:00:00"),
    ("Tue, 06 Jan 2026 10:00:00 CET", "UTC", "2026-01-06T09:00:00"),
    ("Mon, 06 Jul 2026 10:00:00 UTC+2", "UTC", "2026-07-06T08:00:00"),
    ("Mon, 06 Jul 2026 10:00:00 MSK", "UTC", "2026-07-06T07:00:00"),
    # A label that names the source's own zone means local time, whatever the season.
    ("Mon, 06 Jul 2026 10:00:00 EST", "America/New_York", "2026-07-06T14:00:00"),
    ("Mon, 06 Jul 2026 10:00:00 EST", "UTC", "2026-07-06T15:00:00"),
    ("Mon, 06 Jul 2026 10:00:00 CET", "Europe/Paris", "2026-07-06T08:00:00"),
    ("Mon, 06 Jul 2026 10:00:00 GMT", "Europe/London", "2026-07-06T10:00:00"),
    ("Mon, 06 Jul 2026 10:00:00", "Europe/London", "2026-07-06T09:00:00"),
]


@pytest.mark.parametrize(("raw", "zone", "expected"), INSTANTS)
def test_instant(raw, zone, expected):
    evidence = read(raw, zone)
    assert (evidence.at, evidence.precision) == (datetime.fromisoformat(expected + "+00:00"), "instant")


DAYS = [
    ("September 04, 2026 - Sanctions List Updates", "America/New_York", "2026-09-04T04:00:00"),
    ("Sept. 5, 2025", "America/New_York", "2025-09-05T04:00:00"),
    ("July 6, 2026", "UTC", "2026-07-06T00:00:00"),
    ("6 July 2026", "Europe/Amsterdam", "2026-07-06T00:00:00"),
    ("4th of February 2021", "UTC", "2021-02-04T00:00:00"),
    ("1er juillet 2026", "Europe/Paris", "2026-07-01T00:00:00"),
    ("6 août 2026", "UTC", "2026-08-06T00:00:00"),
    ("6. März 2026", "UTC", "2026-03-06T00:00:00"),
    ("6 de julio de 2026", "UTC", "2026-07-06T00:00:00"),
    ("6 maart 2026", "UTC", "2026-03-06T00:00:00"),
    ("2026年7月6日", "UTC", "2026-07-06T00:00:00"),
    ("24.09.2026", "Europe/Brussels", "2026-09-24T00:00:00"),
    ("06/07/2026", "America/New_York", "2026-06-07T04:00:00"),
    ("06/07/2026", "Europe/Paris", "2026-07-06T00:00:00"),
    ("06/30/2026", "Europe/Paris", "2026-06-30T00:00:00"),
    ("2026-07-06", "Asia/Tokyo", "2026-07-06T00:00:00"),
    ("/en/press/2026/07/06/", "UTC", "2026-07-06T00:00:00"),
]


@pytest.mark.parametrize(("raw", "zone", "expected"), DAYS)
def test_day_is_its_local_midnight_on_the_stated_utc_date(raw, zone, expected):
    evidence = read(raw, zone)
    assert (evidence.at, evidence.precision) == (datetime.fromisoformat(expected + "+00:00"), "day")


@pytest.mark.parametrize("raw", ["July 2026", "2026-07", "juillet 2026"])
def test_month(raw):
    assert (read(raw).at, read(raw).precision) == (datetime(2026, 7, 1, tzinfo=UTC), "month")


@pytest.mark.parametrize(
    "raw", ["30 Feb 2026", "yesterday", "6 iulie", "99/99/2026", "2026-13-45", "n/a", "25:61", "7"]
)
def test_what_is_no_date_is_kept_as_it_is(raw):
    evidence = read(raw)
    assert (evidence.at, evidence.raw, evidence.origin) == (None, raw, "feed")


def test_no_date_is_no_evidence():
    assert read(None) == read("  ")
    assert read(None).raw is None


def test_future_is_kept_raw_and_not_believed():
    ahead = (NOW + timedelta(minutes=61)).isoformat()
    assert (read(ahead).at, read(ahead).raw) == (None, ahead)
    soon = NOW + timedelta(minutes=59)
    assert read(soon.isoformat()).at == soon
    assert read("2027-01-01").at is None


def test_today_is_believed_in_every_zone():
    for zone in ("Pacific/Auckland", "Asia/Tokyo", "UTC", "America/Los_Angeles"):
        assert read("20 November 2026", zone).at is not None


def test_hour_that_the_source_invents_is_not_believed():
    evidence = read("Fri, 02 Oct 2026 12:00:00 +0000", "America/New_York", finest="day")
    assert (evidence.at, evidence.precision) == (datetime(2026, 10, 2, 4, tzinfo=UTC), "day")


@pytest.mark.parametrize("raw", ["2026-10-02T00:00:00.000Z", "Fri, 02 Oct 2026 00:00:00 +0000", "2026-10-02T00:00:00"])
def test_midnight_to_the_second_is_a_bare_day(raw):
    assert read(raw, "America/New_York").precision == "day"
    assert read(raw, "America/New_York").at == datetime(2026, 10, 2, 4, tzinfo=UTC)
    assert read("2026-10-02T00:00:01Z").precision == "instant"
    assert read("2026-10-02T00:00:00-04:00").precision == "instant"


def test_shape_of_the_source_goes_first():
    assert read("07/06/2026", shape="%m/%d/%Y").at == datetime(2026, 7, 6, tzinfo=UTC)
    assert read("2026.06.07 10.30", "Europe/Paris", shape="%Y.%d.%m %H.%M").at == datetime(
        2026, 7, 6, 8, 30, tzinfo=UTC
    )
    assert read("July 6, 2026 -", shape="%B %d, %Y").at == datetime(2026, 7, 6, tzinfo=UTC)


def test_last_resort_is_asked_only_when_nothing_else_reads():
    assert read("2026-187", otherwise=lambda: gmtime(1783347849)).at == datetime(2026, 7, 6, 14, 24, 9, tzinfo=UTC)
    assert read("2026-07-06", otherwise=lambda: pytest.fail("not needed")).precision == "day"


@given(st.datetimes(datetime(1970, 1, 1), datetime(2026, 11, 19)), st.integers(-12, 14))  # noqa: DTZ001
def test_what_rfc_822_and_iso_8601_write_is_read_back(naive, hours):
    naive = naive.replace(microsecond=0)
    expected = (naive - timedelta(hours=hours)).replace(tzinfo=UTC)
    sign = "-" if hours < 0 else "+"
    zone = f"{sign}{abs(hours):02}00"
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    rfc = f"{naive.day:02} {months[naive.month - 1]} {naive.year} {naive:%H:%M:%S} {zone}"
    assert read(rfc).at == expected
    assert read(f"{naive.isoformat()}{sign}{abs(hours):02}:00").at == expected


@settings(max_examples=FUZZ, deadline=None)
@given(st.text(max_size=80) | st.text(alphabet="0123456789-/.:TZ+ JulyMonéгод", max_size=40))
def test_nothing_that_is_written_breaks_the_reader(raw):
    evidence = read(raw, "America/New_York")
    assert evidence.at is None or evidence.at.tzinfo is UTC
