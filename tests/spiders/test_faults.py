"""A long day on which a source fails in every way, in turn: nothing false comes in, nothing is lost."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from spiders.items import Outcome
from tests.spiders.test_pathologies import TROUBLES

START = datetime(2026, 11, 20, 0, tzinfo=UTC)
SLOW = ("bomb", "laughs", "38 MB")
QUICK = [
    name for name, (said, *_) in TROUBLES.items() if not said.get("hangs") and not any(one in name for one in SLOW)
]


@pytest.mark.parametrize("seed", range(3))
async def test_every_item_arrives_once_whatever_happens_between(seed, web, look, source_of, feed_of, reply):
    chance = random.Random(seed)
    memory, newest, arrived, shown = None, 20, [], set()
    troubles = QUICK * 2
    chance.shuffle(troubles)
    for step, name in enumerate(troubles):
        newest += chance.choice([0, 0, 1, 2])
        window = range(newest, newest - 20, -1)
        good = reply(body=feed_of(*window), headers={"ETag": f'"{newest}"'})
        fails = chance.random() < 0.6
        if not fails:
            shown |= set(window)
        said, outcome, _ = TROUBLES[name]
        unchanged = bool(memory) and memory["etag"] == f'"{newest}"'
        web.pages["/feed"] = reply(**said) if fails else (lambda asked, good=good: answer(asked, good, reply))
        result = await look(source_of(), memory, at=START + timedelta(minutes=10 * step))
        if fails:
            assert (result.outcome, result.items, result.memory) == (outcome, (), None)
        else:
            assert result.outcome is (Outcome.NOT_MODIFIED if unchanged else Outcome.OK), result.note
        arrived += [item.title for item in result.items]
        memory = result.memory or memory
    assert len(arrived) == len(set(arrived)), "nothing comes twice"
    assert set(arrived) == {f"Report {number}" for number in shown}, "nothing is lost and nothing is false"


def answer(asked, good, reply):
    return reply(304) if asked.headers.get("if-none-match") == good.headers["ETag"] else good
