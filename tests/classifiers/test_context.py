from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from classifiers import facts
from classifiers.categories import Category
from classifiers.context import recognise
from classifiers.grouping import Grouper
from classifiers.verdicts import Document, Judgement, Verdict

FIRST = Document(
    "first",
    "Burkina Faso, Mali and Niger announce withdrawal from International Criminal Court",
    "Burkina Faso, Mali and Niger announced on Monday that they are withdrawing from the International Criminal Court"
    " with immediate effect. The three military-led countries called it an instrument of neocolonial repression.",
    publisher="One",
    published=datetime(2025, 9, 22, 21, tzinfo=UTC),
)
VEILED = replace(
    FIRST,
    id="veiled",
    title="Bamako, Niamey and Ouagadougou turn the page",
    text="Burkina Faso, Mali and Niger, ruled by soldiers, called the International Criminal Court an instrument of"
    " neocolonial repression on Monday and said that it is over at once.",
    publisher="Two",
    published=datetime(2025, 9, 23, 7, tzinfo=UTC),
)
ELSEWHERE = replace(
    VEILED,
    id="elsewhere",
    title="A new page for the port of Rotterdam",
    text="The port of Rotterdam opened a terminal for hydrogen on Monday, the first of its size in the Netherlands.",
)


def verdict(doc: Document, probabilities: dict[Category, float], *, needs_review: bool = False) -> Verdict:
    category = max(probabilities, key=lambda name: probabilities[name])
    judgement = Judgement(
        category, True, probabilities[category], needs_review, (), {str(k): p for k, p in probabilities.items()}
    )
    return Verdict(doc.id, judgement, facts.extract(doc, judgement), "test")


WAVERING = {Category.OTHER: 0.7, Category.WITHDRAWAL: 0.2, Category.THREAT: 0.1}


@pytest.fixture
def grouper() -> Grouper:
    """Hold one event: the exit of three states."""
    known = Grouper()
    assert FIRST.published is not None
    known.add(FIRST, verdict(FIRST, {Category.WITHDRAWAL: 0.98, Category.OTHER: 0.02}), seen_at=FIRST.published)
    return known


def test_a_veiled_report_of_a_known_event_is_a_report_of_it(grouper: Grouper) -> None:
    found = recognise(VEILED, verdict(VEILED, WAVERING), grouper)
    assert found.category is Category.WITHDRAWAL
    assert found.findings.facts["states"] == ["Burkina Faso", "Mali", "Niger"]
    assert not found.judgement.needs_review
    assert found.judgement.confidence > WAVERING[Category.WITHDRAWAL]
    [proof] = found.judgement.evidence
    assert proof.quote == VEILED.title
    assert "Burkina Faso, Mali and Niger announce withdrawal" in proof.reason
    assert VEILED.published is not None
    [change] = grouper.add(VEILED, found, seen_at=VEILED.published)
    assert change.kind == "joined"


def test_an_uncertain_report_of_a_known_event_needs_no_person(grouper: Grouper) -> None:
    unsure = verdict(VEILED, {Category.WITHDRAWAL: 0.4, Category.OTHER: 0.35, Category.THREAT: 0.25}, needs_review=True)
    found = recognise(VEILED, unsure, grouper)
    assert (found.category, found.judgement.needs_review) == (Category.WITHDRAWAL, False)


@pytest.mark.parametrize(
    ("doc", "probabilities"),
    [
        pytest.param(VEILED, {Category.OTHER: 0.98, Category.WITHDRAWAL: 0.02}, id="sure"),
        pytest.param(VEILED, {Category.OTHER: 0.96, Category.WITHDRAWAL: 0.04}, id="no words of its own"),
        pytest.param(VEILED, {Category.OTHER: 0.7, Category.CUSTODY: 0.3}, id="another category"),
        pytest.param(ELSEWHERE, WAVERING, id="another matter"),
    ],
)
def test_what_fits_no_event_stays_as_judged(
    grouper: Grouper, doc: Document, probabilities: dict[Category, float]
) -> None:
    judged = verdict(doc, probabilities)
    assert recognise(doc, judged, grouper) is judged


def test_nothing_is_recognised_before_anything_is_known() -> None:
    judged = verdict(VEILED, WAVERING)
    assert recognise(VEILED, judged, Grouper()) is judged
