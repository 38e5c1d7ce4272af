from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.categories import Category
from classifiers.facts import extract
from classifiers.verdicts import Document, Findings, Judgement
from classifiers.withdrawals import effective_on


def read(title: str, text: str, category: Category, published: str | None = "2025-08-21", **fields: str) -> Findings:
    at = datetime.fromisoformat(published).replace(tzinfo=UTC) if published else None
    doc = Document(id="x", title=title, text=text, published=at, **fields)
    return extract(doc, Judgement(category, True, 0.9, False, ()))


def names(found: Findings, key: str = "designees") -> list[str]:
    return [entry["name"] for entry in found.facts[key]]


def test_a_round_names_issuer_authority_designees_and_its_number() -> None:
    found = read(
        "US puts two judges and two prosecutors of the ICC under sanctions",
        "Secretary of State Marco Rubio announced on Wednesday that Kimberly Prost, Nicolas Guillou, "
        "Nazhat Shameem Khan and Mame Mandiaye Niang are designated under Executive Order 14203. "
        "Karim Khan had been listed in February.",
        Category.SANCTION_ROUND,
    )
    assert found.facts["imposed_by"] == "United States"
    assert found.facts["authority"] == "EO 14203"
    assert found.facts["action"] == "imposed"
    assert found.facts["round"] == 4
    assert names(found) == ["Kimberly Prost", "Nicolas Guillou", "Nazhat Shameem Khan", "Mame Mandiaye Niang"]
    assert found.facts["designees"][0] == {"name": "Kimberly Prost", "role": "judge", "nationality": "Canada"}
    assert found.event_date == date(2025, 8, 20)
    assert found.event_date_basis == "relative"


def test_names_of_an_older_round_are_background() -> None:
    found = read(
        "Rubio sanctions Francesca Albanese",
        "The United States sanctioned Francesca Albanese on Wednesday. Beti Hohler and Solomy Bossa were hit before.",
        Category.SANCTION_ROUND,
        "2025-07-10",
    )
    assert names(found) == ["Francesca Albanese"]
    assert found.facts["round"] == 3


def test_a_report_that_names_nobody_states_no_designee() -> None:
    found = read(
        "Two more ICC judges under US sanctions",
        "Washington has blacklisted two judges from Georgia and Mongolia, the State Department said on Thursday.",
        Category.SANCTION_ROUND,
        "2025-12-18",
    )
    assert "designees" not in found.facts
    assert "round" not in found.facts
    assert found.facts["imposed_by"] == "United States"
    assert {"ge", "mn"} <= set(found.actors)


@pytest.mark.parametrize(
    ("title", "action"),
    [
        ("Biden drops Trump-era sanctions on ICC prosecutor", "lifted"),
        ("Washington hebt Sanktionen gegen den Strafgerichtshof auf", "lifted"),
        ("Les États-Unis lèvent les sanctions contre la CPI", "lifted"),
        ("Judge blocks US sanctions on ICC staff", "suspended"),
        ("Treasury removes former ICC official from its sanctions list", "delisted"),
        ("Treasury issues general license on ICC-related transactions", "licence"),
        ("Trump signs order that penalises ICC staff", "imposed"),
        ("США ввели санкции против судей МУС", "imposed"),
    ],
)
def test_imposing_and_undoing_are_told_apart(title: str, action: str) -> None:
    assert read(title, "", Category.SANCTION_ROUND).facts["action"] == action


@pytest.mark.parametrize(
    ("title", "step"),
    [
        ("Hungary says it is leaving the International Criminal Court", "announced"),
        ("Hungarian parliament votes to leave the ICC", "legislated"),
        ("Hungary notifies the United Nations of its withdrawal from the ICC", "notified"),
        ("Burundi is no longer a member of the ICC", "effective"),
        ("Gambia cancels its withdrawal from the ICC", "revoked"),
        ("Le Burundi quitte officiellement la CPI : il n'est plus membre", "effective"),
        ("Südafrika will aus dem Internationalen Strafgerichtshof austreten", "announced"),
        ("Бурунди вышло из МУС: страна больше не член суда", "effective"),
    ],
)
def test_the_links_of_an_exit_are_told_apart(title: str, step: str) -> None:
    assert read(title, "", Category.WITHDRAWAL).step == step


def test_a_notification_takes_effect_one_year_later_and_says_that_this_is_computed() -> None:
    found = read(
        "Hungary notifies UN of withdrawal from the Rome Statute",
        "Hungary informed the United Nations Secretary-General on 2 June 2025 that it leaves the Rome Statute.",
        Category.WITHDRAWAL,
        "2025-06-05",
    )
    assert found.facts["states"] == ["Hungary"]
    assert found.facts["notified_on"] == "2025-06-02"
    assert found.facts["effective_on"] == "2026-06-02"
    assert found.facts["effective_computed"] is True


def test_immediate_effect_is_a_claim_and_no_date() -> None:
    found = read(
        "Burkina Faso, Mali and Niger quit the ICC",
        "The Alliance of Sahel States announced on Monday that its members leave the court with immediate effect.",
        Category.WITHDRAWAL,
        "2025-09-23",
    )
    assert sorted(found.facts["states"]) == ["Burkina Faso", "Mali", "Niger"]
    assert found.facts["effective_claimed"] == "immediate"
    assert "effective_on" not in found.facts


def test_article_127_counts_a_year_and_knows_leap_days() -> None:
    assert effective_on(date(2025, 6, 2)) == date(2026, 6, 2)
    assert effective_on(date(2024, 2, 29)) == date(2025, 2, 28)
    assert effective_on(date(2027, 2, 28)) == date(2028, 2, 28)


def test_the_exit_from_something_else_has_no_article_127() -> None:
    found = read(
        "Finland notifies the UN of its withdrawal from the Ottawa Convention",
        "Finland deposited its notice on 10 July 2025 at the United Nations.",
        Category.WITHDRAWAL,
        "2025-07-11",
    )
    assert "effective_on" not in found.facts


def test_a_finding_of_non_compliance_names_court_state_and_kind() -> None:
    found = read(
        "ICC judges: Hungary breached the Statute by not arresting Netanyahu",
        "Pre-Trial Chamber I of the International Criminal Court found on 24 July 2025 that Hungary failed to comply.",
        Category.RULING,
        "2025-07-25",
    )
    assert found.facts["court"] == "International Criminal Court"
    assert found.facts["chamber"] == "Pre-Trial Chamber I"
    assert found.facts["kind"] == "non compliance"
    assert found.facts["states"] == ["Hungary"]
    assert found.facts["date"] == "2025-07-24"


def test_a_filing_number_of_the_lead_is_a_fact_and_a_key() -> None:
    found = read(
        "Decision on Italy, ICC-01/11-209", "Pre-Trial Chamber I decided today.", Category.RULING, "2025-10-17"
    )
    assert found.facts["filing"] == "ICC-01/11-209"
    assert "icc-filing:ICC-01/11-209" in found.keys


def test_an_arrest_names_the_suspect_and_who_arrested() -> None:
    found = read(
        "Germany arrests Libyan on ICC warrant",
        "Khaled Mohamed Ali El Hishri was arrested in Germany on 16 July 2025. Osama Elmasry Njeem "
        "of Libya is at large.",
        Category.CUSTODY,
        "2025-07-18",
    )
    assert found.facts["persons"] == ["Khaled Mohamed Ali El Hishri"]
    assert found.facts["actor"] == ["Germany"]
    assert found.step == "arrested"


def test_a_host_is_the_actor_and_the_wanted_person_the_target() -> None:
    found = read(
        "Putin lands in Mongolia", "Vladimir Putin was greeted in Ulaanbaatar on Tuesday.", Category.NON_COOPERATION,
        "2024-09-03",
    )  # fmt: skip
    assert found.facts["actor"] == ["Mongolia"]
    assert found.facts["target"] == ["Vladimir Putin"]


@pytest.mark.parametrize(
    ("title", "text", "actor"),
    [
        (
            "Paraguay reviews whether to keep paying the ICC",
            "Foreign Minister Ramírez said that Paraguay may stop paying over the warrant for Israel's leader.",
            "Paraguay",
        ),
        (
            "Orbán: what are we doing in the Hague court?",
            "Hungary must review its place in the International Criminal Court, which the United States sanctions.",
            "Hungary",
        ),
    ],
)
def test_any_state_may_be_the_one_that_threatens(title: str, text: str, actor: str) -> None:
    assert read(title, text, Category.THREAT).facts["actor"] == actor


def test_the_united_nations_prosecute_nobody() -> None:
    found = read(
        "Port Sudan court jails archivist who copied records for The Hague",
        "A court in Sudan sentenced an archivist. The UN Security Council referred Darfur in 2005.",
        Category.REPRISAL,
    )
    assert found.facts["actor"] == "Sudan"


@pytest.mark.parametrize(
    ("title", "text", "court"),
    [
        (
            "Paris: highest court strikes down warrant for Syria's ex-president",
            "The Cour de cassation decided on Friday that he was immune.",
            "Cour de cassation",
        ),
        (
            "Government loses over exit from world court",
            "South African judges ruled on Thursday that leaving the International Criminal Court needs a law.",
            "South African judges",
        ),
        ("Des juges argentins veulent Ortega", "Ils ont délivré un mandat d'arrêt lundi.", "juges argentins"),
    ],
)
def test_a_national_court_that_decides_is_named_as_the_text_names_it(title: str, text: str, court: str) -> None:
    assert read(title, text, Category.RULING).facts["court"] == court


def test_of_two_courts_in_the_title_neither_is_stated() -> None:
    found = read(
        "Supreme Court: no stay of ICC warrant", "The Supreme Court refused to stop the ICC warrant.", Category.RULING
    )
    assert "court" not in found.facts


def test_who_handed_a_suspect_over_is_neither_the_dateline_nor_the_seat_of_the_court() -> None:
    found = read(
        "ICC takes custody of suspect",
        "Berlin (dpa) - Niger has handed a suspect to the International Criminal Court in the Netherlands.",
        Category.CUSTODY,
    )
    assert found.facts["actor"] == ["Niger"]


def test_sanctions_against_a_state_are_not_imposed_by_it() -> None:
    found = read("EU adopts sanctions against Russia", "The EU agreed on its package.", Category.SANCTION_ROUND)
    assert found.facts["imposed_by"] == "European Union"


def test_an_unstated_day_is_the_publication_and_no_fact() -> None:
    found = read(
        "Russian court convicts ICC judges", "Nine were sentenced in absentia.", Category.REPRISAL, "2025-12-12"
    )
    assert found.event_date == date(2025, 12, 12)
    assert found.event_date_basis == "published"
    assert "date" not in found.facts


def test_dates_of_long_ago_are_no_day_of_the_news() -> None:
    found = read("Germany arrests suspect", "The warrant dates from 10 March 2020.", Category.CUSTODY, "2025-07-18")
    assert found.event_date == date(2025, 7, 18)


def test_an_item_that_reports_no_event_has_no_facts() -> None:
    found = read("What the sanctions mean", "An analysis of Executive Order 14203.", Category.OTHER)
    assert found.facts == {}
    assert found.step is None
    assert "eo:14203" in found.keys


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.sampled_from(list(Category)), st.sampled_from([None, "2025-08-21"]))
def test_no_text_breaks_it_and_every_quote_is_verbatim(
    title: str, text: str, category: Category, published: str | None
) -> None:
    found = read(title, text, category, published)
    for evidence in found.evidence:
        assert evidence.quote in title or evidence.quote in text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["Hungary", "Karim Khan", "on 5 June 2025", "sanctions", "withdrawal", "ICC-01/11-209.",
                                 "Гийу.", "notified\u0301", "المجر", "\u200b", "\n", "arrested."]), max_size=25),
       st.sampled_from(list(Category)))  # fmt: skip
def test_quotes_stay_verbatim_around_odd_characters(words: list[str], category: Category) -> None:
    text = " ".join(words)
    found = read("ICC news", text, category)
    for evidence in found.evidence:
        assert evidence.quote in "ICC news" or evidence.quote in text
