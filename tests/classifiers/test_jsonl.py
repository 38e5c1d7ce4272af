from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from classifiers.errors import InputError
from classifiers.jsonl import read_documents, write_jsonl

GOOD = {"id": "a", "title": "A title", "text": "A text."}


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_missing_fields_get_defaults_and_extra_ones_are_passed_over(tmp_path: Path) -> None:
    [document] = read_documents(write(tmp_path / "in.jsonl", {**GOOD, "colour": "red", "published": None}))
    assert (document.lang, document.source_kind, document.published, document.url) == ("en", "press", None, "")


@pytest.mark.parametrize(
    ("stated", "instant"),
    [
        ("2025-06-05", datetime(2025, 6, 5, tzinfo=UTC)),
        ("2025-06-05T14:30:00Z", datetime(2025, 6, 5, 14, 30, tzinfo=UTC)),
        ("2025-06-05T14:30:00+02:00", datetime(2025, 6, 5, 12, 30, tzinfo=UTC)),
        ("2025-06-05 14:30", datetime(2025, 6, 5, 14, 30, tzinfo=UTC)),
    ],
)
def test_dates_and_instants_become_aware_utc(tmp_path: Path, stated: str, instant: datetime) -> None:
    [document] = read_documents(write(tmp_path / "in.jsonl", {**GOOD, "published": stated}))
    assert document.published == instant


def test_blank_lines_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\xef\xbb\xbf\n" + json.dumps(GOOD).encode() + b"\r\n\n")
    assert [document.id for document in read_documents(path)] == ["a"]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("{not json", "not JSON"),
        ("[1, 2]", "must be a JSON object"),
        ("[" * 100_000, "not JSON"),
        ({"title": "no id", "text": ""}, "id is missing"),
        ({"id": "b", "text": ""}, "title is missing"),
        ({"id": "b", "title": " "}, "title must be a text that is not empty"),
        ({"id": 7, "title": "t"}, "id must be a text"),
        ({"id": "b", "title": "t", "text": ["x"]}, "text must be a text, not list"),
        ({"id": "b", "title": "t", "published": "last week"}, "published is 'last week', not a date"),
        ({"id": "b", "title": "t", "published": 20250605}, "published must be a text"),
        ({"id": "b", "title": "t", "source_kind": "rumour"}, "source_kind is 'rumour', not one of"),
        ({**GOOD}, "id 'a' was on line 1 already"),
    ],
)
def test_a_bad_line_is_named_with_its_number_and_what_is_wrong(tmp_path: Path, row: object, what: str) -> None:
    with pytest.raises(InputError, match=r"in\.jsonl, line 2: ") as error:
        read_documents(write(tmp_path / "in.jsonl", GOOD, row))
    assert what in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_not_utf8_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_documents(tmp_path / "none.jsonl")
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xe9"}')
    with pytest.raises(InputError, match="not UTF-8"):
        read_documents(tmp_path / "latin.jsonl")


def test_rows_are_written_one_a_line_in_their_own_script(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    write_jsonl(path, [{"id": "é", "n": 1}, {"id": "ب"}])
    assert path.read_text(encoding="utf-8") == '{"id": "é", "n": 1}\n{"id": "ب"}\n'
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_failure_while_writing_leaves_the_old_file_and_no_debris(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError):
        write_jsonl(path, [{"id": "a"}, {"id": object()}])
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_a_folder_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_jsonl(tmp_path / "none" / "out.jsonl", [])
