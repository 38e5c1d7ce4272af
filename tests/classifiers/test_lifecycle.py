from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.categories import Category, Severity, Status
from classifiers.lifecycle import clocks_for, forward, severity_for, status_for, target_of
from classifiers.verdicts import Evidence, Findings, Judgement, Verdict


def verdict(category: Category, step: str | None, *keys: str) -> Verdict:
    findings = Findings({}, keys, (), step, None, None)
    return Verdict("x", Judgement(category, True, 0.9, False, ()), findings, "test")


@pytest.mark.parametrize(
    ("category", "step", "keys", "tier", "status"),
    [
        (Category.SANCTION_ROUND, "imposed", (), "press", Status.REPORTED),
        (Category.SANCTION_ROUND, "lifted", (), "press", Status.REPORTED),
        (Category.SANCTION_ROUND, "imposed", (), "official", Status.ANNOUNCED),
        (Category.SANCTION_ROUND, "imposed", ("eo:14203",), "official", Status.ANNOUNCED),
        (Category.SANCTION_ROUND, "imposed", ("fr:2025-02612",), "official", Status.PUBLISHED),
        (Category.SANCTION_ROUND, "suspended", (), "court", Status.SUSPENDED),
        (Category.SANCTION_ROUND, "lifted", (), "official", Status.LIFTED),
        (Category.SANCTION_ROUND, "imposed", (), "un", Status.REPORTED),
        (Category.WITHDRAWAL, "effective", (), "un", Status.IN_FORCE),
        (Category.WITHDRAWAL, "notified", ("cn:2025.162",), "un", Status.PUBLISHED),
    ],
)
def test_a_status_needs_a_source_that_proves_it(
    category: Category, step: str, keys: tuple[str, ...], tier: str, status: Status
) -> None:
    assert status_for(verdict(category, step, *keys), tier) is status


@given(st.lists(st.sampled_from(list(Status))))
def test_an_event_never_goes_back(proofs: list[Status]) -> None:
    order = list(Status)
    known = Status.REPORTED
    for proof in proofs:
        moved = forward(known, proof)
        assert order.index(moved) >= order.index(known)
        known = moved
    assert known is max([Status.REPORTED, *proofs], key=order.index)


@pytest.mark.parametrize(
    ("category", "step", "target", "about", "severity"),
    [
        (Category.SANCTION_ROUND, "imposed", "official", True, Severity.CRITICAL),
        (Category.SANCTION_ROUND, "imposed", "supporter", True, Severity.HIGH),
        (Category.SANCTION_ROUND, "imposed", "official", False, Severity.LOW),
        (Category.WITHDRAWAL, "notified", "state", True, Severity.CRITICAL),
        (Category.WITHDRAWAL, "announced", "state", True, Severity.HIGH),
        (Category.CYBER_INCIDENT, "disclosed", "court", True, Severity.CRITICAL),
        (Category.RULING, "conviction", "suspect", True, Severity.HIGH),
        (Category.RULING, "procedure", "suspect", True, Severity.NORMAL),
        (Category.REPRISAL, "convicted", "official", True, Severity.CRITICAL),
    ],
)
def test_severity_follows_the_table(
    category: Category, step: str, target: str, about: bool, severity: Severity
) -> None:
    assert severity_for(category, step=step, target=target, tier="press", about_court=about) is severity


def test_every_event_has_a_severity() -> None:
    for category in Category:
        found = severity_for(category, step=None, target="none", tier="press", about_court=True)
        assert found in Severity


def test_the_target_is_the_one_who_is_hit_hardest() -> None:
    hit = {"designees": [{"name": "Al-Haq"}, {"name": "Beti Hohler"}]}
    assert target_of(hit, ()) == "official"
    assert target_of({"designees": [{"name": "Al-Haq"}]}, ()) == "supporter"
    assert target_of({"target": "International Criminal Court"}, ()) == "court"
    assert target_of({"persons": ["Rodrigo Duterte"]}, ("icc",)) == "suspect"
    assert target_of({}, ("icc", "us")) == "court"
    assert target_of({}, ("us",)) == "state"
    assert target_of({}, ()) == "none"


def findings(category: Category, step: str, quote: str, on: date) -> Findings:
    return Findings({}, (), (), step, on, "stated", (Evidence(quote, "step"),))


def test_a_licence_expires_on_the_day_it_states() -> None:
    quote = "General License 11 authorises the winding down of transactions and expires on 8 July 2025."
    found = clocks_for(
        findings(Category.SANCTION_ROUND, "licence", quote, date(2025, 6, 5)), Category.SANCTION_ROUND
    )  # fmt: skip
    assert [(clock.kind, clock.due_on, clock.computed, clock.basis) for clock in found] == [
        ("licence_expiry", date(2025, 7, 8), False, quote)
    ]


def test_a_stated_deadline_is_a_clock_and_a_past_date_is_none() -> None:
    quote = "Hungary has to answer by 23 May 2025 why it did not arrest him on 3 April 2025."
    found = clocks_for(findings(Category.RULING, "procedure", quote, date(2025, 4, 16)), Category.RULING)
    assert [(clock.kind, clock.due_on) for clock in found] == [("deadline", date(2025, 5, 23))]


def test_a_stated_effect_is_not_called_computed() -> None:
    facts = {"states": ["Hungary"], "notified_on": "2025-06-02", "effective_on": "2026-09-01"}
    found = clocks_for(Findings(facts, (), (), "notified", date(2025, 6, 2), "stated"), Category.WITHDRAWAL)
    assert [(clock.due_on, clock.computed, clock.subject) for clock in found] == [(date(2026, 9, 1), False, "Hungary")]
