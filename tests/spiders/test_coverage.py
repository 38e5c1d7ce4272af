"""docs/collection.md says which test guards against which trouble: those tests exist."""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "collection.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^\]]+)\])?`", PAGE)))


@lru_cache
def parts_of(path):
    """Return the names of a file's tests and the strings in it."""
    nodes = list(ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))))
    tests = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    return tests, {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize(("path", "test", "case"), NAMED)
def test_named_test_exists(path, test, case):
    tests, strings = parts_of(path)
    assert test in tests
    assert not case or case in strings


def test_every_row_names_a_test():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 4 and "---" not in line]
    known = [row for row in rows if "`tests/" in row]
    assert len(known) >= 33 + 26
    assert [int(row.split("|")[1]) for row in known if row.split("|")[1].strip().isdigit()] == list(range(1, 27))
