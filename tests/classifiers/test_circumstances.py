"""What stands around the concepts: days, names, steps, voice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.circumstances import circumstances
from classifiers.features import Features
from classifiers.reading import read
from classifiers.verdicts import Document

PUBLISHED = datetime(2025, 6, 5, 14, tzinfo=UTC)


def features(title: str, text: str = "", published: datetime | None = PUBLISHED) -> Features:
    return circumstances(read(Document("x", title, text, published=published)), ["SANCTION"])


@pytest.mark.parametrize(
    ("told", "age"),
    [
        ("on 4 June 2025", "now"),
        ("on 28 May 2025", "week"),
        ("on 1 May 2025", "month"),
        ("on 6 February 2025", "old"),
        ("on 1 July 2025", "future"),
    ],
)
def test_the_age_of_the_day_that_is_told_stands_beside_the_act(told: str, age: str) -> None:
    found = features("Washington sanctions four judges", f"The order was signed {told} in Washington.")
    assert {name for name in found if name.startswith("when")} == {f"whenL:{age}", f"whenL:{age}|SANCTION"}


def test_no_day_and_no_date_of_publication_are_told_apart() -> None:
    assert "whenL:none" in features("Judges speak", "The judges spoke again about their work.")
    assert "when:undated" in features("Judges speak", "The judges spoke on 4 June 2025.", published=None)


def test_a_step_is_noted_with_its_place_and_weight() -> None:
    found = features("Hungary notifies withdrawal from the Rome Statute")
    assert found["step:withdrawal notified|T"] == 1.0
    assert found["step first:withdrawal notified"] == 1.0
    behind = features("Hungary and the Court", "Budapest reacted. Hungary notifies withdrawal from the Rome Statute.")
    assert 0 < behind["step:withdrawal notified"] < found["step:withdrawal notified"]


def test_names_count_by_what_they_are() -> None:
    found = features("Karim Khan in Budapest", "Hungary received him.")
    assert {"nameT:person prosecutor", "nameL:state "} <= found.keys()


def test_the_voice_is_that_of_the_author_and_not_of_whom_is_quoted() -> None:
    assert "voice:I" in features("On the order", "In this post I argue that the order fails.")
    assert "voice:I" not in features("On the order", "The judge said: “I will not be moved.” She left.")
    assert "voice:a question" in features("On the order", "Will it hold? Nobody knows.")


@given(st.text(max_size=120), st.text(max_size=400))
def test_every_feature_is_a_finite_number(title: str, text: str) -> None:
    assert all(0 < value <= 1.5 for value in features(title, text).values())
