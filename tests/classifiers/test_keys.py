from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.keys import find_keys, identifies


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("under Executive Order 14203 of February 6", "eo:14203"),
        ("E.O. 14203 authorises", "eo:14203"),
        ("en vertu du décret 14203", "eo:14203"),
        ("la orden ejecutiva 14203", "eo:14203"),
        ("[FR Doc. 2025-02612 Filed 2-11-25]", "fr:2025-02612"),
        ("https://www.federalregister.gov/documents/2025/02/12/2025-02612/imposing-sanctions", "fr:2025-02612"),
        ("90 FR 9369", "fr-cite:90-9369"),
        ("https://ofac.treasury.gov/recent-actions/20250820", "ofac:20250820"),
        ("decision ICC-01/11-209 of the Chamber", "icc-filing:ICC-01/11-209"),
        ("in the case ICC-02/05-01/20", "icc-case:ICC-02/05-01/20"),
        ("filing ICC-01/21-01/25-410", "icc-filing:ICC-01/21-01/25-410"),
        ("Reference: C.N.162.2025.TREATIES-XVIII.10", "cn:2025.162"),
        ("Rona v. Trump, 1:25-cv-00114", "docket:1:25-cv-00114"),
        ("the House passed H.R. 23 on Thursday", "bill:HR23"),
        ("resolution ICC-ASP/24/Res.1", "asp:ICC-ASP/24/Res.1"),
        ("Council Decision (CFSP) 2025/1234", "eu-act:2025/1234"),
        ("application no. 38263/08", "echr:38263/08"),
        ("A/RES/79/280", "un-doc:A/RES/79/280"),
    ],
)
def test_a_legal_number_is_recognised_exactly(text: str, key: str) -> None:
    assert key in find_keys(text)


@pytest.mark.parametrize("text", ["14203 people", "room 2025-02612", "ICC-2023 report", "HRW 23", "in 1:25 scale"])
def test_a_number_alone_is_no_key(text: str) -> None:
    assert find_keys(text) == []


def test_a_situation_and_its_filing_are_told_from_a_case() -> None:
    assert find_keys("ICC-01/11-209") == ["icc-situation:ICC-01/11", "icc-filing:ICC-01/11-209"]


def test_only_numbers_of_acts_identify_an_event() -> None:
    assert identifies("fr:2025-02612")
    assert identifies("icc-filing:ICC-01/11-209")
    assert identifies("cn:2025.162")
    for shared in ("eo:14203", "icc-case:ICC-02/05-01/20", "docket:1:25-cv-00114", "bill:HR23", "ofac:20250820"):
        assert not identifies(shared), shared


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    assert len(find_keys(text)) == len(set(find_keys(text)))
