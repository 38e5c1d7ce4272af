"""Labelled items."""

from __future__ import annotations

import json

import pytest

from classifiers.errors import InputError
from classifiers.labels import parse_labelled

ROW = {"id": "a", "title": "t", "category": "threat", "about_court": True}


def test_an_item_counts_in_full_unless_its_weight_says_less() -> None:
    lines = [ROW, ROW | {"id": "b", "weight": 0.3}]
    assert [item.weight for item in parse_labelled("\n".join(map(json.dumps, lines)), "labels")] == [1.0, 0.3]


@pytest.mark.parametrize("weight", [0, -1, 1.5, "half", True, None])
def test_a_weight_that_is_no_share_is_refused(weight: object) -> None:
    with pytest.raises(InputError, match=r"weight is .* not a number above 0 and up to 1"):
        parse_labelled(json.dumps(ROW | {"weight": weight}), "labels")
