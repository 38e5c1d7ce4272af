from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from classifiers.claims import Claim, read_claim, strongest, support, withdraw, write_claim

sources = st.tuples(st.sampled_from("abc"), st.sampled_from(["P", "Q", "R", "S"]), st.booleans())


def claimed(*stated: tuple[str, str, bool]) -> list[Claim]:
    claims: list[Claim] = []
    for value, publisher, official in stated:
        support(claims, value, publisher, official=official, weight=1.0)
    return claims


def test_most_publishers_win_and_one_cannot_vote_twice() -> None:
    assert strongest(claimed(("a", "P", False), ("b", "Q", False), ("b", "R", False))).value == "b"
    assert strongest(claimed(("a", "P", False), ("b", "Q", False), ("b", "Q", False))).value == "a"


def test_the_official_source_wins_over_any_number_of_outlets() -> None:
    press = [("a", publisher, False) for publisher in "PQRSTUV"]
    assert strongest(claimed(*press, ("b", "State", True))).value == "b"


def test_an_official_claim_finds_room_in_a_full_list() -> None:
    press = [(str(number), f"Paper {number}", False) for number in range(20)]
    assert strongest(claimed(*press, ("true", "State", True))).value == "true"


def test_of_two_lists_with_equal_support_the_fuller_stands() -> None:
    claims: list[Claim] = []
    support(claims, ["one"], "P", official=False, weight=1.0)
    support(claims, ["one", "two"], "Q", official=False, weight=1.0)
    assert strongest(claims).value == ["one", "two"]


def test_what_is_withdrawn_no_longer_counts() -> None:
    claims = claimed(("a", "P", True), ("b", "Q", False))
    withdraw(claims, "P")
    assert strongest(claims).value == "b"
    assert len(claims) == 1


@given(st.lists(sources, max_size=30))
def test_claims_survive_storing(stated: list[tuple[str, str, bool]]) -> None:
    claims = claimed(*stated)
    assert [read_claim(json.loads(json.dumps(write_claim(claim)))) for claim in claims] == claims
