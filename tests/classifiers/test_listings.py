"""Entries of a sanctions list: who was added, who removed, and what is mere housekeeping."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.classify import load_classifier
from classifiers.listings import find_entries
from classifiers.text import news_of
from classifiers.verdicts import Document, Verdict
from spiders.ofac import parse_delta
from tests.spiders.test_ofac import delta, entity

NOTICE = """The Office of Foreign Assets Control has today designated two persons.
Specially Designated Nationals List Update
The following individuals have been added to OFAC's SDN List:
EXAMPLE, Erika, The Hague, Netherlands; DOB 30 Mar 1970; nationality Peru; Gender Female (individual) [ICC-EO14203].
VAN DER MUSTER, Jan (a.k.a. MUSTER, J.), The Hague, Netherlands (individual) [ICC-EO14203] [SDGT].
The following entity has been added to OFAC's SDN List:
PEOPLE FOR LAW (a.k.a. "PFL"), Ramallah, West Bank; Organization Type: Human rights organization [ICC-EO14203].
The following deletions have been made to OFAC's SDN List:
SAMPLE, Stefan, Vienna, Austria (individual) [ICC-EO14203].
Unrelated Administrative List Changes
The following changes have been made to OFAC's SDN List:
KHAN, Karim Asad Ahmad, The Hague, Netherlands (individual) [ICC-EO14203].
"""


def test_additions_and_removals_stand_under_their_headings():
    added = [(entry.name, entry.nationality) for entry in find_entries(news_of(NOTICE), "added")]
    assert added == [("Erika Example", "Peru"), ("Jan Van Der Muster", None), ("PEOPLE FOR LAW", None)]
    assert [entry.name for entry in find_entries(news_of(NOTICE), "removed")] == ["Stefan Sample"]


@pytest.mark.parametrize("heading", ["individual has", "individuals have"])
def test_housekeeping_ends_where_the_list_comes_back_to_additions(heading):
    again = f"{NOTICE}The following {heading} been added to OFAC's SDN List:\nLAST, Lena (individual) [SDGT]."
    assert "KHAN" not in news_of(again)
    assert [entry.name for entry in find_entries(news_of(again), "added")][-1] == "Lena Last"


@given(st.text(st.sampled_from("AaBb ,;()[]-.\n14203ICC-EO following The added"), max_size=300))
def test_no_text_breaks_it(text):
    for act in ("added", "removed"):
        for entry in find_entries(text, act):
            assert entry.programmes
            assert entry.line in text


def judge(*entities: str) -> Verdict:
    article = parse_delta(delta(*entities))
    document = Document("1", article.title, article.text, "https://list.example/1", "Office of Foreign Assets Control",
                        "official", datetime(2026, 11, 19, 15, tzinfo=UTC))  # fmt: skip
    [verdict] = load_classifier().classify([document])
    return verdict


def test_the_entries_of_a_notice_outweigh_its_headline():
    licences = "International Criminal Court-related Designations; Issuance of General Licenses"
    lead = "OFAC has issued general licenses that authorize the wind down of certain transactions and legal services.\n"
    document = Document("1", licences, lead + NOTICE, "https://list.example/1", "Office of Foreign Assets Control",
                        "official", datetime(2026, 11, 19, 15, tzinfo=UTC))  # fmt: skip
    quoted = replace(document, id="2", source_kind="press")
    [verdict, report] = load_classifier().classify([document, quoted])
    assert (verdict.judgement.category, verdict.judgement.about_court) == ("sanction_round", True)
    assert not verdict.judgement.needs_review
    assert {"Erika Example", "PEOPLE FOR LAW"} <= {one["name"] for one in verdict.findings.facts["designees"]}
    assert not any("list itself" in one.reason for one in report.judgement.evidence), "only the list's own word counts"


COURT = "ICC-EO14203"
OTHERS = [entity("add", f"NAME{n}, Given", "SDGT", number=n) for n in range(40)]


@pytest.mark.parametrize(
    ("entities", "action", "names"),
    [
        ([entity("add", "EXAMPLE, Erika", COURT), entity("add", "SAMPLE, Stefan", COURT)], "imposed",
         ["Erika Example", "Stefan Sample"]),
        ([entity("add", "PEOPLE FOR LAW", COURT, kind="Entity")], "imposed", ["PEOPLE FOR LAW"]),
        ([*OTHERS, entity("add", "EXAMPLE, Erika", COURT)], "imposed", ["Erika Example"]),
        ([entity("remove", "ALBANESE, Francesca Paola", COURT)], "delisted", ["Francesca Albanese"]),
    ],
)  # fmt: skip
def test_a_list_change_under_the_courts_programme_is_a_round_with_its_names(entities, action, names):
    verdict = judge(*entities)
    assert (verdict.judgement.category, verdict.judgement.about_court) == ("sanction_round", True)
    assert not verdict.judgement.needs_review
    assert verdict.findings.facts["action"] == action
    assert [one["name"] for one in verdict.findings.facts["designees"]] == names


@pytest.mark.parametrize(
    "entities",
    [
        [entity("modify", "KHAN, Karim Asad Ahmad", COURT)],
        [*OTHERS, entity("modify", "KHAN, Karim Asad Ahmad", COURT)],
        [entity("add", "EXAMPLE, Erika", "SDGT")],
    ],
)
def test_corrections_beside_a_round_and_rounds_of_others_are_none_of_the_courts(entities):
    assert not judge(*entities).judgement.about_court
