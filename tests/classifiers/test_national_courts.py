from __future__ import annotations

import pytest

from classifiers.national_courts import national_court
from classifiers.reading import read
from classifiers.verdicts import Document


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("Second Circuit: professors may talk to Hague prosecutors", "Second Circuit"),
        ("Korte Suprema, ibinasura ang mga petisyon", "Korte Suprema"),
        ("Bank must reopen account, Dutch court rules", "Dutch court"),
        ("Un tribunal argentino ordena capturar a Ortega", "tribunal argentino"),
        ("Верховный суд отказал в экстрадиции", "Верховный суд"),
        ("المحكمة الدستورية تلغي القانون", "المحكمة الدستورية"),
        ("ICC judges issue warrants against two Libyans", ""),
        ("Israel condemns the ruling", ""),
    ],
)
def test_courts_are_named_in_the_words_of_the_text(title: str, named: str) -> None:
    assert national_court(read(Document(id="x", title=title, text="")).sentences[0]) == named
