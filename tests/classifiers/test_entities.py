from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.entities import KINDS, entity, find, gazetteer
from classifiers.matcher import Matcher, even


def ids(text: str) -> list[str]:
    return [mention.id for mention in find(text)]


@pytest.mark.parametrize(
    "name",
    ["Osama Elmasry Njeem", "Almasri", "Osama Najim", "Elmasry", "Usama al-Masri", "أسامة نجيم", "Njeem"],
)
def test_the_spellings_of_one_libyan_name_one_man(name: str) -> None:
    assert ids(f"{name} was released") == ["osama-elmasry-njeem"]


def test_al_masri_of_hamas_is_not_al_masri_of_libya() -> None:
    assert ids("a warrant against Ibrahim al-Masri, the Hamas commander") == ["mohammed-deif", "hamas"]
    assert "osama-elmasry-njeem" not in ids("Hamas leader Ibrahim al-Masri, known as Deif; al-Masri is dead")


def test_a_bare_al_masri_is_the_libyan_only_in_libyan_context() -> None:
    assert "osama-elmasry-njeem" in ids("Libya's al-Masri flew from Turin to Tripoli")
    assert "osama-elmasry-njeem" not in ids("Chef al-Masri opened a restaurant")


def test_the_two_khans_are_two() -> None:
    assert ids("Karim Khan and Nazhat Shameem Khan") == ["karim-khan", "nazhat-shameem-khan"]


def test_a_bare_khan_is_the_prosecutor_only_where_a_prosecutor_is_meant() -> None:
    assert "karim-khan" in ids("the prosecutor, Mr Khan, said")
    assert "karim-khan" not in ids("Imran Khan's party")


@pytest.mark.parametrize(
    "text",
    ["Nicolas Guillou", "судья Николя Гийу", "القاضي نيكولا يان جيو", "نيكولا غيو", "Nicolas Yann Guillou"],
)
def test_a_judge_is_found_in_three_scripts(text: str) -> None:
    assert "nicolas-guillou" in ids(text)


@pytest.mark.parametrize(
    ("text", "state"),
    [("Hungary", "hu"), ("la Hongrie", "hu"), ("Hungría", "hu"), ("Hungria", "hu"), ("l'Ungheria", "hu"),
     ("Ungarn", "hu"), ("Hongarije", "hu"), ("Венгрии", "hu"), ("Угорщина", "hu"), ("والمجر", "hu"),
     ("Magyarországon", "hu"), ("Macaristan", "hu"), ("Hungarian", "hu"), ("венгерский", "hu"),
     ("Tajikistan", "tj"), ("таджикский", "tj"), ("الأمريكية", "us"), ("États-Unis", "us"), ("США", "us")],
)  # fmt: skip
def test_states_are_found_by_name_and_demonym_in_many_languages(text: str, state: str) -> None:
    assert ids(text) == [state]


def test_a_pronoun_is_no_state_and_the_rome_statute_is_not_italy() -> None:
    assert ids("they told us to turkey-shoot") == []
    assert ids("the Rome Statute") == ["rome-statute"]
    assert ids("Latin American states and the Washington Post") == []


def test_honduras_is_not_india_in_arabic() -> None:
    assert ids("هندوراس تبلغ الأمم المتحدة") == ["hn", "un"]
    assert "in" not in ids("انسحاب الهندوراس")


@pytest.mark.parametrize(
    "text",
    ["ICC", "la CPI", "der IStGH", "МУС", "المحكمة الجنائية الدولية", "Corte Penal Internacional",
     "Internationaal Strafhof", "Nemzetközi Büntetőbíróságból", "国際刑事裁判所"],
)  # fmt: skip
def test_the_court_is_found_by_its_names(text: str) -> None:
    assert "icc" in ids(text)


def test_every_entry_says_where_it_comes_from_and_what_it_is() -> None:
    known = gazetteer().entities
    assert all(who.kind in KINDS and who.name for who in known.values())
    for who in known.values():
        assert who.state is None or known[who.state].kind == "state", who.id
        assert all(known[member].kind == "state" for member in who.members), who.id


def test_the_listed_know_when_they_were_listed() -> None:
    dates = sorted({listing.on.isoformat() for who in gazetteer().entities.values() for listing in who.listings
                    if listing.authority == "EO 14203"})  # fmt: skip
    assert dates == ["2025-02-10", "2025-06-05", "2025-07-09", "2025-08-20", "2025-09-04", "2025-12-18"]
    assert entity("fatou-bensouda").listings[-1].lifted


def test_a_pattern_bends_spans_words_and_asks_for_its_spelling() -> None:
    matcher = Matcher(
        [("drops ~ sanctions", "lifted"), ("kazens* sodišč*", "court"), ("US!", "us"), ("Prost", "judge")]
    )
    found = [
        said for _, _, said in matcher.find("Biden drops Trump-era sanctions; kazensko sodišče; US, us, prost, Prost")
    ]
    assert found == ["lifted", "court", "us", "judge"]


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_can_be_searched_and_offsets_stay_inside(text: str) -> None:
    length = len(even(text))
    for mention in find(text):
        assert 0 <= mention.start < mention.end <= length
