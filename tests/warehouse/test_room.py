"""Storage has one room: what speaks to the database elsewhere would stand in the way of another database."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OTHERS = sorted(
    path for room in ("spiders", "classifiers", "alerts", "flows", "replay") for path in (ROOT / room).rglob("*.py")
)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_other_room_imports_duckdb_or_runs_a_statement(path):
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        found += [f"line {node.lineno}: imports {name}" for name in names if name.partition(".")[0] == "duckdb"]
        if isinstance(node, ast.Attribute) and node.attr in ("execute", "executemany", "fetchall", "fetchone"):
            found.append(f"line {node.lineno}: .{node.attr}")
    assert not found
