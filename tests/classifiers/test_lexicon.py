from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.errors import RulesError
from classifiers.lexicon import Lexicon, load_concepts, load_lexicon, load_vocabularies
from classifiers.text import words


def concepts(lexicon: Lexicon, text: str, lang: str = "en") -> set[str]:
    return {hit.concept for hit in lexicon.find(words(text), lang)}


def test_a_star_lets_a_word_go_on_and_no_star_does_not() -> None:
    lexicon = Lexicon({"ACT": ["sanction*"], "COURT": ["icc"]})
    assert concepts(lexicon, "sanctioned by the ICC") == {"ACT", "COURT"}
    assert concepts(lexicon, "Iccho sanctifies") == set()


def test_two_dots_stand_for_a_few_words_and_not_for_many() -> None:
    lexicon = Lexicon({"DONE": ["places .. under sanctions"]})
    assert concepts(lexicon, "US places four judges of the Court under sanctions") == {"DONE"}
    assert concepts(lexicon, "places " + "very " * 12 + "under sanctions") == set()


def test_a_name_inside_a_longer_name_is_no_second_actor() -> None:
    lexicon = Lexicon({"HAGUE": ["hague"], "COURT": ["hague court"]})
    assert concepts(lexicon, "the Hague court") == {"COURT"}


def test_arabic_words_are_found_with_their_attached_particles() -> None:
    lexicon = Lexicon({"COURT": ["المحكمة"], "ACT": ["عقوبات"]})
    assert concepts(lexicon, "وللمحكمة بعقوبات", "ar") == {"COURT", "ACT"}


def test_scripts_without_blanks_are_searched_inside() -> None:
    lexicon = Lexicon({"COURT": ["*国际刑事法院"]})
    assert concepts(lexicon, "美国宣布制裁国际刑事法院四名官员", "zh") == {"COURT"}


def test_a_hash_stands_for_a_number() -> None:
    lexicon = Lexicon({"STATES": ["# states"]})
    assert concepts(lexicon, "79 states sign") == {"STATES"}
    assert concepts(lexicon, "the states sign") == set()


def test_a_short_word_counts_alone_only_in_its_own_languages_but_always_in_a_phrase() -> None:
    lexicon = Lexicon({"MARK": ["na"], "DONE": ["na sud"]}, {"na": frozenset({"nl"})})
    assert concepts(lexicon, "na", "nl") == {"MARK"}
    assert concepts(lexicon, "na", "pl") == set()
    assert concepts(lexicon, "na sud", "pl") == {"DONE"}


def test_what_a_language_says_alone_counts_in_no_other() -> None:
    own = {"nl": {"ACT": ["die", "of hij", "wil .. weg"]}}
    lexicon = Lexicon({"WISH": ["wil"], "MARK": ["of"]}, own=own)
    assert concepts(lexicon, "die", "nl") == {"ACT"}
    assert concepts(lexicon, "die", "en") == set()
    assert concepts(lexicon, "of hij", "nl") == {"ACT"}
    assert concepts(lexicon, "of hij", "de") == {"MARK"}
    assert concepts(lexicon, "wil snel weg", "nl") == {"WISH", "ACT"}
    assert concepts(lexicon, "wil snel weg", "af") == {"WISH"}


def test_vocabularies_of_languages_name_known_concepts_and_find_their_own_terms() -> None:
    lexicon = load_lexicon()
    for lang, vocabulary in load_vocabularies().items():
        for concept, text in vocabulary.items():
            assert concept in load_concepts()
            for term in text.replace("\n", ",").split(","):
                plain = term.replace("*", "").replace("..", "").replace("#", "79")
                if plain.strip():
                    assert any(hit.concept == concept for hit in lexicon.find(words(plain), lang)), (
                        lang,
                        concept,
                        term,
                    )


def test_a_term_without_a_word_is_refused() -> None:
    with pytest.raises(RulesError, match="has no word"):
        Lexicon({"ACT": [".."]})


def test_every_concept_of_the_rules_has_a_reason_for_people_and_finds_its_own_first_term() -> None:
    lexicon = load_lexicon()
    for concept, table in load_concepts().items():
        assert table["reason"].strip(), concept
        term = next(t for t in table["terms"].replace("\n", ",").split(",") if t.strip())
        plain = term.strip().replace("*", "").replace("..", "").replace("#", "79")
        assert any(hit.concept == concept for hit in lexicon.find(words(plain)))


@settings(deadline=None)  # the first text may have to load the rules
@given(st.text(), st.sampled_from(["en", "ar", "zh", "xx"]))
def test_no_text_breaks_the_lexicon(text: str, lang: str) -> None:
    tokens = words(text)
    assert all(0 <= hit.start < hit.end <= len(tokens) for hit in load_lexicon().find(tokens, lang))


def test_a_hash_stands_for_spelled_numbers_of_the_rules_too() -> None:
    found = load_lexicon().find(words("Soixante-six États signent"), "fr")
    assert "STATES_GROUP" in {hit.concept for hit in found}
