"""How long an answer says that it stays the same."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.freshness import fresh_for

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON = "Fri, 20 Nov 2026 12:00:00 GMT"
LATER = "Fri, 20 Nov 2026 12:10:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600, stale-while-revalidate=420"}, 600),  # state.gov
        ({"cache-control": "Public, Max-Age = 300"}, 300),
        ({"cache-control": 'max-age="300"'}, 300),
        ({"cache-control": "max-age=600", "age": "250"}, 350),
        ({"cache-control": "max-age=600", "age": "6244"}, 0),  # the Federal Register's caches
        ({"cache-control": "max-age=600", "age": "old"}, 600),
        ({"cache-control": "max-age=600, no-cache"}, 0),
        ({"cache-control": "no-store, max-age=600"}, 0),
        ({"cache-control": "s-maxage=900"}, 0),  # for caches that many share
        ({"cache-control": "max-age=60", "expires": LATER}, 60),
        ({"expires": LATER, "date": NOON}, 600),
        ({"expires": LATER}, 600),
        ({"expires": NOON}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1", "cache-control": "public"}, 0),
        ({"cache-control": "max-age=-5"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({}, 0),
    ],
)
def test_lifetime_of_an_answer(headers, seconds):
    assert fresh_for(headers, now=NOW) == timedelta(seconds=seconds)


said = st.text(st.sampled_from('max-ge=0123456789," no-store²٣'), max_size=40)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("cache-control", "expires", "age", "date"), said)))
def test_no_header_breaks_it_and_no_answer_is_fresh_for_ever(headers):
    assert timedelta() <= fresh_for(headers, now=NOW) <= timedelta(days=366)
