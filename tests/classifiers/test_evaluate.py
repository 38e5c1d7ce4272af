from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers import evaluate as evaluation
from classifiers import scores
from classifiers.baseline import judge_by_keywords
from classifiers.categories import Category
from classifiers.errors import CorpusError, InputError
from classifiers.evaluate import cross_validate, evaluate, read_labelled, report, time_split
from classifiers.judge import train_judge
from classifiers.labels import Labelled, check_split, fold_of, load_corpus, parse_labelled, split_folds
from classifiers.quality import render_markdown
from classifiers.scores import Judged, Scores
from classifiers.verdicts import Document, Judgement

# Figures below these mean that judging got worse. They stand some points under what is measured on this fold (all:
# docs/quality.md); raise them when the figures rise.
FLOOR_FOLD = 1
MACRO_F1_FLOOR = 0.78
ALERT_FLOOR = 0.88
ABOUT_FLOOR = 0.98


def labelled(identity: str, category: Category, event: str | None = None, *, about: bool = True) -> Labelled:
    return Labelled(Document(identity, f"title {identity}", "text"), category, about, event)


def judged(
    identity: str, truth: Category, said: Category, *, event: str | None = None, found: str | None = None, **more: bool
) -> Judged:
    judgement = Judgement(said, more.get("about", True), 0.8, more.get("review", False), ())
    return Judged(labelled(identity, truth, event), judgement, found)


RULING, CUSTODY, OTHER = Category.RULING, Category.CUSTODY, Category.OTHER
FOUR = [
    judged("1", RULING, RULING),
    judged("2", RULING, CUSTODY),
    judged("3", OTHER, RULING),
    judged("4", OTHER, OTHER),
]


def test_scores_of_a_category_are_precision_recall_and_their_mean() -> None:
    assert scores.per_category(FOUR)[RULING] == Scores(0.5, 0.5, 2)
    assert scores.per_category(FOUR)[OTHER].f1 == pytest.approx(2 / 3)
    assert scores.per_category(FOUR)[CUSTODY] == Scores(0.0, 1.0, 0)


def test_macro_f1_counts_each_labelled_category_the_same() -> None:
    assert scores.macro_f1(FOUR) == pytest.approx((0.5 + 2 / 3) / 2)


def test_an_alert_needs_an_event_about_the_court_that_is_sure_enough() -> None:
    unsure = [*FOUR, judged("5", RULING, RULING, review=True), judged("6", RULING, RULING, about=False)]
    figures = report(unsure, "by hand")
    assert figures.alert == Scores(2 / 3, 0.5, 4)
    assert figures.alert_review == Scores(3 / 4, 0.75, 4)
    assert figures.review_share == pytest.approx(1 / 6)


def test_b_cubed_knows_pure_and_whole_groups() -> None:
    together = [("e", "x"), ("e", "x"), ("f", "x")]
    assert scores.b_cubed(together) == Scores(pytest.approx((2 / 3 + 2 / 3 + 1 / 3) / 3), 1.0, 3)
    apart = [("e", "x"), ("e", "y"), ("f", "z")]
    assert scores.b_cubed(apart) == Scores(1.0, pytest.approx(2 / 3), 3)


def test_an_item_without_an_event_stands_alone_on_its_side() -> None:
    pairs = scores.grouping_pairs([judged("1", OTHER, RULING, found="E"), judged("2", OTHER, OTHER)], keyed_only=False)
    assert len({true for true, _ in pairs}) == len({found for _, found in pairs}) == 2
    assert scores.grouping_pairs([judged("1", OTHER, OTHER)], keyed_only=True) == []


def test_roots_count_how_often_an_event_is_told() -> None:
    split = [
        judged("1", RULING, RULING, event="e", found="A"),
        judged("2", RULING, RULING, event="e", found="B"),
        judged("3", RULING, RULING, event="f", found="C"),
        judged("4", RULING, OTHER, event="g"),
    ]
    assert scores.roots_per_event(split) == 1.5


def test_the_interval_holds_the_figure_and_is_the_same_every_time() -> None:
    many = [judged(str(i), RULING if i % 3 else OTHER, RULING if i % 4 else OTHER) for i in range(60)]
    low, high = scores.interval(many, scores.macro_f1)
    assert low < scores.macro_f1(many) < high
    assert (low, high) == scores.interval(many, scores.macro_f1)


def test_calibration_sets_confidence_beside_what_was_right() -> None:
    assert scores.calibration(FOUR) == [(0.8, 0.9, 4, pytest.approx(0.8), 0.5)]


def test_a_split_with_an_event_on_both_sides_is_refused() -> None:
    one, other = labelled("1", RULING, "e"), labelled("2", RULING, "e")
    with pytest.raises(CorpusError, match="event:e"):
        check_split([one], [other])
    check_split([one], [labelled("3", RULING, "f")])


def test_folds_keep_an_event_together_and_leave_nothing_out() -> None:
    corpus = load_corpus()
    tested: list[int] = []
    for train, test in split_folds(corpus, 5):
        check_split([corpus[i] for i in train], [corpus[i] for i in test])
        assert len(train) + len(test) == len(corpus)
        tested += test
    assert sorted(tested) == list(range(len(corpus)))
    assert fold_of(corpus[0], 5) == fold_of(corpus[0], 5)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """A judge that is trained on a sample only, and a record of what each was trained on."""
    trained: list[list[str]] = []

    def train(corpus: list[Labelled]) -> object:
        trained.append([item.document.id for item in corpus])
        return train_judge(list(corpus)[::12])

    monkeypatch.setattr(evaluation, "train_judge", train)
    return trained


def test_labels_from_the_training_corpus_are_judged_by_judges_that_have_not_seen_them(quick: list[list[str]]) -> None:
    part = list(load_corpus())[:40]
    figures = evaluate(part)
    assert "cross-validation" in figures.method
    assert [one.item for one in figures.judged] == part
    groups = {item.document.id: item.group for item in load_corpus()}
    folds = [test for _, test in split_folds(part, 5) if test]
    for ids, test in zip(quick, folds, strict=True):
        assert not {groups[i] for i in ids} & {part[i].group for i in test}


def test_foreign_labels_are_judged_by_the_shipped_judge() -> None:
    foreign = Labelled(
        Document("z", "US imposes sanctions on ICC judge", "Washington imposed sanctions on a judge."),
        Category.SANCTION_ROUND,
        about_court=True,
        event_key=None,
    )
    figures = evaluate([foreign])
    assert "shipped judge" in figures.method
    assert figures.accuracy == 1.0


def test_a_split_by_time_trains_on_the_earlier_events_only(quick: list[list[str]]) -> None:
    corpus = [item for item in load_corpus() if item.file == "dev.jsonl"]
    border = datetime(2025, 9, 1, tzinfo=UTC)
    figures = time_split(corpus, border)
    at = {item.document.id: item.at for item in corpus}
    assert figures.judged
    assert all(one.item.at is None or one.item.at >= border for one in figures.judged)
    assert all((moment := at[i]) is None or moment < border for i in quick[0] if at[i] is not None)


def test_the_page_shows_ours_beside_the_baseline_and_the_mistakes() -> None:
    page = render_markdown([("By hand", report(FOUR, "Judged by hand."))])
    assert "## By hand" in page
    assert "| category macro-F1" in page
    assert "`3` (en) other judged ruling" in page
    assert "| ruling | 0.50 | 0.50 | 0.50 | 2 |" in page


def test_the_keyword_list_is_a_first_bot() -> None:
    judgement = judge_by_keywords(Document("x", "Opinion: lift the sanctions", "The ICC needs friends."))
    assert (judgement.category, judgement.about_court) == (Category.SANCTION_ROUND, True)


def test_a_labels_file_is_read_and_a_bad_label_is_named(tmp_path: Path) -> None:
    row = {"id": "a", "title": "t", "text": "x", "category": "ruling", "about_court": True, "event_key": None}
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps({**row, "published": "2025-06-05", "hard": True}), encoding="utf-8")
    [item] = read_labelled(path)
    assert (item.category, item.hard, item.at) == (RULING, True, datetime(2025, 6, 5, tzinfo=UTC))
    for bad, what in (({"category": "verdict"}, "category is 'verdict'"), ({"about_court": "yes"}, "true or false")):
        with pytest.raises(InputError, match=what):
            parse_labelled(json.dumps({**row, **bad}), "labels.jsonl")


def test_judging_events_never_seen_stays_above_the_floor() -> None:
    corpus = load_corpus()
    test = [item for item in corpus if item.file == "dev.jsonl" and fold_of(item, 5) == FLOOR_FOLD]
    groups = {item.group for item in test}
    judge = train_judge([item for item in corpus if item.group not in groups])
    judgements = judge.judge([item.document for item in test])
    figures = [Judged(item, judgement) for item, judgement in zip(test, judgements, strict=True)]
    alert = scores.binary(figures, lambda one: one.should_alert, lambda one: one.would_alert)
    about = scores.binary(figures, lambda one: one.item.about_court, lambda one: one.judgement.about_court)
    assert scores.macro_f1(figures) >= MACRO_F1_FLOOR
    assert min(alert.precision, alert.recall) >= ALERT_FLOOR
    assert about.f1 >= ABOUT_FLOOR


def test_cross_validation_trains_on_more_when_it_is_given(quick: list[list[str]]) -> None:
    corpus = list(load_corpus())
    part, more = corpus[:30], corpus[30:60]
    cross_validate(part, folds=2, extra=more)
    ids = {item.document.id for item in more}
    assert all(ids & set(trained) for trained in quick)
