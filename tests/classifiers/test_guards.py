import re
from datetime import UTC, datetime

import pytest

from classifiers import guards
from classifiers.categories import Category
from classifiers.guards import overrule
from classifiers.verdicts import Document


def reason(title: str, category: Category, text: str = "", *, kind: str = "press", day: str = "2025-10-23") -> str:
    published = datetime.fromisoformat(day).replace(tzinfo=UTC)
    doc = Document("1", title, text, source_kind=kind, published=published)
    found = overrule(doc, category, about_court=True)
    if found is None:
        return ""
    judged, evidence = found
    assert judged is (Category.RULING if "ruled" in evidence.reason else Category.OTHER)
    assert evidence.quote == title or evidence.quote in text
    return evidence.reason


@pytest.mark.parametrize(
    "title",
    [
        "Trial Chamber to deliver judgment in the Ruritania case",
        "Appeal judgment scheduled for 3 March",
        "La Cour rendra son arrêt le 4 mai",
        "المحكمة ستصدر حكمها الشهر المقبل",
    ],
)
def test_what_is_scheduled_is_no_ruling_yet(title: str) -> None:
    assert "scheduled" in reason(title, Category.RULING)


def test_a_ruling_that_was_delivered_is_left_alone() -> None:
    assert reason("Trial Chamber convicts two commanders of war crimes", Category.RULING) == ""


def test_a_sitting_is_no_decision_but_one_that_decides_is() -> None:
    assert "sitting" in reason("Court hears charges against rebel leader", Category.RULING)
    assert reason("Court opens investigation after judges' order", Category.RULING) == ""


def test_a_feature_on_a_judge_listed_months_ago_is_no_round() -> None:
    text = "Judge Nicolas Guillou cannot use a bank card. He was put on the American list in August."
    assert "Nicolas Guillou was listed on 20 Aug 2025" in reason(
        "A judge without a card", Category.SANCTION_ROUND, text
    )


def test_the_round_itself_is_news_in_its_days() -> None:
    text = "Washington sanctioned Judge Nicolas Guillou of France and others on Wednesday."
    assert reason("US sanctions four officials of the Court", Category.SANCTION_ROUND, text, day="2025-08-21") == ""


def test_an_official_release_is_never_overruled_by_old_listings() -> None:
    text = "Nicolas Guillou is removed from the list and added anew."
    assert reason("Designations", Category.SANCTION_ROUND, text, kind="official") == ""


def test_a_reaction_that_names_nobody_freshly_listed_is_no_round() -> None:
    assert "speaks of sanctions" in reason("EU deplores US sanctions on the Court", Category.SANCTION_ROUND)
    assert reason("US adds two judges to its list", Category.SANCTION_ROUND) == ""


@pytest.mark.parametrize(
    "title",
    [
        "US court blocks sanctions order for two plaintiffs",
        "Une juge américaine suspend pour deux plaignants le décret contre la CPI",
        "Gericht stoppt Sanktionen gegen Mitarbeiterin",
    ],
)
def test_a_judge_who_stops_a_measure_has_ruled(title: str) -> None:
    assert "has ruled" in reason(title, Category.PROTECTIVE_MEASURE)


def test_a_suit_that_was_only_filed_is_no_ruling() -> None:
    assert reason("Advocates ask judge to block sanctions order", Category.PROTECTIVE_MEASURE) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Does it matter that Ruritania is leaving the Court? An explainer",
        "What you need to know about the new sanctions",
        "Questions and answers on the warrant",
        "Что известно о выходе Руритании из Римского статута",
    ],
)
def test_what_explains_an_event_is_no_report_of_it(title: str) -> None:
    assert "explains" in reason(title, Category.WITHDRAWAL)


def test_how_things_stand_is_no_act() -> None:
    assert "how things stand" in reason("Ruritania: suspects wanted by the Court still free", Category.NON_COOPERATION)
    assert "how things stand" in reason("Dix ans après, les suspects courent toujours", Category.CUSTODY)
    assert reason("Ruritania lets wanted general go free", Category.NON_COOPERATION) == ""
    assert reason("Chamber finds that Ruritania let suspects remain at large", Category.RULING) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Judges ask Ruritania to explain why it let the general go",
        "La Cour invite la Ruritanie à présenter des observations au titre de l'article 87-7",
        "المحكمة تطلب من المجر تفسير عدم التوقيف",
    ],
)
def test_a_state_that_is_called_to_account_has_not_been_found_to_fail(title: str) -> None:
    assert "called to account" in reason(title, Category.RULING)


def test_the_finding_itself_is_a_ruling() -> None:
    assert reason("Judges find that Ruritania failed to arrest the general", Category.RULING) == ""


@pytest.mark.parametrize(
    "title", ["Le Tchad dément vouloir quitter la CPI", "Court denies it was hacked", "Perú niega su salida"]
)
def test_what_is_denied_has_not_happened(title: str) -> None:
    assert "denies" in reason(title, Category.WITHDRAWAL)
    assert "denies" in reason(title, Category.CYBER_INCIDENT)
    assert reason("Washington to deny visas to officials of the Court", Category.WITHDRAWAL) == ""


@pytest.mark.parametrize(
    "title",
    [
        "Vor einem Jahr: USA verhängen Sanktionen",
        "Один год назад: США ввели санкции",
        "On this day: Statute voted in Rome",
    ],
)
def test_an_anniversary_is_no_news(title: str) -> None:
    assert "looks back" in reason(title, Category.SANCTION_ROUND)


def test_what_is_looked_for_in_titles_in_lower_case_has_no_capital() -> None:
    patterns = [told.pattern for told in vars(guards).values() if isinstance(told, re.Pattern)]
    assert len(patterns) > 10
    for pattern in patterns:
        letters = re.sub(r"\\.", "", pattern)
        assert letters == letters.lower()
