from datetime import UTC, datetime

from classifiers.categories import Category
from classifiers.facts import extract
from classifiers.verdicts import Document, Findings, Judgement

ROUND = (
    "Today I am designating Judge Amara Testova of Kenya and Luc van der Exemple of Belgium pursuant to section "
    "1(a)(ii)(A) of Executive Order 14203. They took part in the work of the International Criminal Court."
)


def facts_of(text: str, kind: str = "official", title: str = "Sanctioning Judges of the Court") -> Findings:
    doc = Document("1", title, text, source_kind=kind, published=datetime(2026, 10, 1, tzinfo=UTC))
    return extract(doc, Judgement(Category.SANCTION_ROUND, True, 0.9, False, ()))


def test_an_official_release_names_designees_that_no_table_knows() -> None:
    found = facts_of(ROUND)
    assert found.facts["designees"] == [
        {"name": "Amara Testova", "nationality": "Kenya"},
        {"name": "Luc van der Exemple", "nationality": "Belgium"},
    ]
    assert any("Amara Testova" in evidence.quote for evidence in found.evidence)


def test_a_name_that_one_outlet_alone_has_is_not_stored() -> None:
    assert "designees" not in facts_of(ROUND, kind="press").facts


def test_a_numbered_executive_order_is_the_united_states_whatever_state_the_judges_are_of() -> None:
    assert facts_of(ROUND).facts["imposed_by"] == "United States"


def test_a_state_that_is_no_persons_home_makes_no_designee() -> None:
    text = "We designate those who help the Court. Judges of the Court met in Kenya under Executive Order 14203."
    assert "designees" not in facts_of(text).facts
