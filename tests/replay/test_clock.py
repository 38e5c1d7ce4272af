from datetime import UTC, datetime, timedelta, timezone
from threading import Thread

import pytest

from replay.clock import SimulatedClock

START = datetime(2025, 2, 5, 12, tzinfo=UTC)


def test_the_clock_stands_still_until_it_is_moved():
    clock = SimulatedClock(START)
    assert clock.now() == START
    assert clock.now() == START
    assert clock.advance(timedelta(hours=2)) == clock.now() == START + timedelta(hours=2)
    assert clock.set(START + timedelta(days=1)) == clock.now() == START + timedelta(days=1)


def test_the_clock_speaks_utc_whatever_zone_it_is_set_in():
    clock = SimulatedClock(START.astimezone(timezone(timedelta(hours=-5))))
    assert clock.now().tzinfo is UTC
    assert clock.now() == START


def test_the_clock_refuses_to_run_backwards():
    clock = SimulatedClock(START)
    with pytest.raises(ValueError, match="does not go back"):
        clock.set(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))
    assert clock.now() == START


def test_the_clock_refuses_an_instant_without_a_zone():
    naive = START.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        SimulatedClock(naive)
    with pytest.raises(ValueError, match="time zone"):
        SimulatedClock(START).set(naive)


def test_steps_of_many_threads_all_count():
    clock = SimulatedClock(START)

    def tick() -> None:
        for _ in range(500):
            clock.advance(timedelta(seconds=1))

    threads = [Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now() == START + timedelta(seconds=2000)
