from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers.categories import Category
from classifiers.errors import InputError
from classifiers.features import is_call
from classifiers.judge import Judge, current_version, load_judge, train_judge
from classifiers.labels import load_corpus
from classifiers.model import from_bytes
from classifiers.tagging import tag
from classifiers.verdicts import Document, Judgement
from tests.classifiers.spoken import ALERTS, TRAPS


@pytest.fixture(scope="module")
def judge() -> Judge:
    return load_judge()


def judged(judge: Judge, title: str, text: str, *, lang: str = "en", kind: str = "press") -> Judgement:
    return judge.judge([Document("x", title, text, lang=lang, source_kind=kind)])[0]


@pytest.mark.parametrize(("lang", "category", "title", "text"), ALERTS, ids=[f"{a[0]}-{a[1]}" for a in ALERTS])
def test_each_alert_category_is_recognised_in_each_language(
    judge: Judge, lang: str, category: str, title: str, text: str
) -> None:
    judgement = judged(judge, title, text, lang=lang)
    assert (judgement.category, judgement.about_court) == (category, True)


@pytest.mark.parametrize(("guards", "category", "about", "kind", "title", "text"), TRAPS, ids=[t[0] for t in TRAPS])
def test_a_trap_is_not_walked_into(
    judge: Judge, guards: str, category: str, about: bool, kind: str, title: str, text: str
) -> None:
    judgement = judged(judge, title, text, kind=kind)
    assert (judgement.category, judgement.about_court) == (category, about), guards


def test_a_long_commentary_that_mentions_everything_reports_nothing(judge: Judge) -> None:
    text = " ".join(
        (
            "Threats to the International Criminal Court have grown, and this essay asks what its friends can do.",
            "The United States imposed sanctions on judges in June and August, and Russia convicted them in absentia.",
            "Hungary announced its withdrawal, three Sahel states followed, and hackers attacked the Court's systems.",
            "Mongolia did not arrest a wanted president, and Italy released a suspect.",
            "States Parties should use the blocking statute, resist coercion and remember why they joined.",
            "In my view the coming Assembly is the last chance to show that words have consequences.",
        )
        * 4
    )
    judgement = judged(judge, "Holding the line: reflections on the Court's hardest years", text, kind="blog")
    assert judgement.category is Category.OTHER
    assert judgement.about_court


def test_an_official_act_is_found_under_a_title_that_names_only_the_form(judge: Judge) -> None:
    text = (
        "Good morning, everyone. Today I am announcing a policy of visa restrictions on those directly responsible for"
        " any investigation of our personnel by the International Criminal Court."
    )
    assert judged(judge, "Remarks to the Press", text, kind="official").category is Category.SANCTION_ROUND
    planned = (
        "Good morning. We are considering and will be announcing at some point visa restrictions on nobody in sight."
    )
    assert judged(judge, "Remarks to the Press", planned, kind="official").category is not Category.SANCTION_ROUND


def test_what_the_court_welcomes_it_gives_notice_of_and_what_a_ministry_welcomes_is_a_reaction(judge: Judge) -> None:
    title = "Statement on the arrest of Mr Osman Bakri"
    text = (
        "The Office of the Prosecutor is pleased that Maltese authorities arrested Mr Osman Bakri yesterday under an"
        " ICC warrant, and looks forward to his transfer."
    )
    assert judged(judge, title, text, kind="court").category is Category.CUSTODY
    welcomed = (
        "The Ministry of Foreign Affairs welcomes that Maltese authorities arrested Mr Osman Bakri last week, and"
        " reaffirms its support for the International Criminal Court."
    )
    assert judged(judge, title, welcomed, kind="official").category is Category.OTHER


def test_what_an_organisation_calls_for_waits_for_review_unless_it_is_sure(judge: Judge) -> None:
    title = "Rights group urges ICC members to shield court as assembly meets in The Hague"
    text = (
        "Human Rights Watch has called on members of the International Criminal Court to defend it against sanctions"
        " with the blocking statute, as they meet in The Hague this week."
    )
    found = judged(judge, title, text)
    assert found.category is Category.OTHER or found.needs_review
    assert not is_call(tag(Document("x", "Slovenia urges the EU to use its blocking statute for the ICC", text)))
    assert is_call(tag(Document("x", title, text)))
    assert is_call(tag(Document("x", "US: New ICC sanctions demand EU response", text, source_kind="ngo")))


def test_evidence_is_quoted_verbatim_with_a_reason(judge: Judge) -> None:
    title = "US imposes sanctions on two more ICC judges"
    text = "Washington added two judges to its list on Tuesday. The court protested. It will rain tomorrow."
    judgement = judged(judge, title, text)
    assert judgement.evidence[0].quote == title
    assert all(e.quote in (title, *text.split(". ")) or e.quote.rstrip(".") in text for e in judgement.evidence)
    assert "the headline says that sanctions were imposed" in judgement.evidence[0].reason


def test_an_unsure_event_waits_for_review_and_an_unsure_other_does_not(judge: Judge) -> None:
    corpus = [item.document for item in load_corpus()]
    for judgement in judge.judge(corpus[::7]):
        assert not (judgement.needs_review and judgement.category is Category.OTHER)
        if judgement.category is not Category.OTHER:
            assert judgement.needs_review == (judgement.confidence < 0.45)


def test_the_answer_does_not_depend_on_the_batch_or_its_order(judge: Judge) -> None:
    docs = [item.document for item in load_corpus()][:60]
    alone = [judge.judge([doc])[0] for doc in docs]
    order = list(range(len(docs)))
    Random(7).shuffle(order)
    shuffled = judge.judge([docs[i] for i in order])
    assert [shuffled[order.index(i)] for i in range(len(docs))] == alone == judge.judge(docs)


def test_probabilities_are_a_distribution_whose_best_is_the_category(judge: Judge) -> None:
    judgement = judged(judge, "ICC reports cyber incident", "Hackers attacked the International Criminal Court.")
    assert sum(judgement.probabilities.values()) == pytest.approx(1, abs=0.001)
    assert max(judgement.probabilities, key=judgement.probabilities.__getitem__) == judgement.category
    assert judgement.confidence == judgement.probabilities[judgement.category]


@settings(max_examples=60, deadline=None)
@given(
    st.text(min_size=1),
    st.text(),
    st.sampled_from(["en", "fr", "ar", "ru", "zh", "xx", ""]),
    st.sampled_from(["official", "court", "un", "ngo", "press", "blog"]),
)
def test_no_text_breaks_the_judge_and_every_quote_is_a_slice_of_it(title: str, text: str, lang: str, kind: str) -> None:
    [judgement] = load_judge().judge([Document("x", title, text, lang=lang, source_kind=kind)])
    assert judgement.evidence
    assert all(evidence.quote in title or evidence.quote in text for evidence in judgement.evidence)
    assert 0 < judgement.confidence <= 1


def test_the_stored_model_is_that_of_the_present_rules_corpus_and_code() -> None:
    _, version = from_bytes(files("classifiers").joinpath("model.npz").read_bytes())
    assert version == current_version(), "run: python -m classifiers.judge"
    assert files("classifiers").joinpath("model.npz").stat().st_size < 2_500_000  # type: ignore[attr-defined]


def test_training_twice_gives_the_same_judge() -> None:
    corpus = load_corpus()[::9]
    digests = {sha256(train_judge(corpus, "v").pack()).hexdigest() for _ in range(2)}
    assert len(digests) == 1


def test_a_model_file_of_other_rules_or_no_model_at_all_is_refused_with_what_to_do(tmp_path: Path) -> None:
    stale, broken = tmp_path / "stale.npz", tmp_path / "broken.npz"
    stale.write_bytes(train_judge(load_corpus()[::9], "0123456789ab+12345678").pack())
    broken.write_bytes(b"nothing")
    with pytest.raises(InputError, match=r"trained under other rules .* run `courtwatch train` again"):
        load_judge(stale)
    for path in (broken, tmp_path / "missing.npz"):
        with pytest.raises(InputError, match="no model that can be read"):
            load_judge(path)
