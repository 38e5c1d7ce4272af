from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from classifiers.categories import Category
from classifiers.eventbook import EventBook
from classifiers.facts import extract
from classifiers.signatures import Signature, sign
from classifiers.verdicts import Document, Judgement, Verdict

DAY = datetime(2025, 6, 5, tzinfo=UTC)
SANCTIONS = "Sanctions on Beti Hohler"
TEXT = "Washington put Beti Hohler of Slovenia on its list, said the spokesman Tremblay-Ouellet."


def report(item_id: str, title: str = SANCTIONS, text: str = TEXT, *, published: datetime | None = DAY) -> Signature:
    doc = Document(item_id, title, text, published=published)
    judgement = Judgement(Category.SANCTION_ROUND, True, 0.9, False, (), {"sanction_round": 0.9})
    return sign(doc, Verdict(item_id, judgement, extract(doc, judgement), "test"))


@pytest.fixture
def book() -> EventBook:
    return EventBook(window=30)


def test_a_book_answers_anew_after_what_enters_and_leaves(book: EventBook) -> None:
    asked = report("a")
    assert book.candidates(asked, []) == []
    book.enter("event", report("b"))
    assert book.candidates(asked, []) == ["event"]
    book.leave("event", report("b"))
    assert book.candidates(asked, []) == []


def test_the_category_counts_with_the_day_alone(book: EventBook) -> None:
    book.enter("event", report("b", "A round of sanctions", "The list is out."))
    asked = report("a", "Judges hit", "Nobody was named.")
    assert book.candidates(asked, []) == ["event"]
    assert book.candidates(replace(asked, category="threat"), []) == []


def test_events_are_found_by_words_within_the_window_and_by_key_at_any_time(book: EventBook) -> None:
    book.enter("event", report("b"))
    book.note_keys("event", ["fr:2025-02612"])
    later = report("a", text="Beti Hohler again.", published=DAY + timedelta(days=60))
    assert book.candidates(later, []) == []
    assert book.candidates(later, ["fr:2025-02612"]) == ["event"]
    book.forget_keys("event", ["fr:2025-02612"])
    assert book.candidates(later, ["fr:2025-02612"]) == []


def test_a_report_without_a_day_is_found_and_finds_names_at_any_time_unless_many_share_them(book: EventBook) -> None:
    book.enter("event", report("b"))
    undated = report("a", text="Beti Hohler again.", published=None)
    assert book.candidates(undated, []) == ["event"]
    other = EventBook(window=30)
    other.enter("event", undated)
    assert other.candidates(report("b"), []) == ["event"]
    for number in range(70):
        text = "Beti Hohler " + "".join(chr(97 + number // 26 + place) for place in range(9))
        book.enter(f"event {number}", report(f"b{number}", text=text, published=DAY + timedelta(days=30 * number)))
    assert book.candidates(undated, []) == []


def test_what_has_little_in_common_beside_another_is_left_out(book: EventBook) -> None:
    book.enter("one", report("b"))
    book.enter("other", report("c", "Sanctions again", "Slovenia and the spokesman Tremblay-Ouellet were told."))
    assert book.candidates(
        report("a", text="She is from Slovenia, said Tremblay-Ouellet; she was put on a list."), []
    ) == ["one"]
    book.leave("one", report("b"))
    assert book.candidates(report("a"), []) == ["other"]
