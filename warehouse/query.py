"""Analysts' queries on the published copy: nothing can be written, fetched or reached from inside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse.connection import CONFIG, Connection, settle_session
from warehouse.errors import CopyOutdated, QueryFailed, WarehouseDamaged, WarehouseMissing
from warehouse.schema import VIEWS, pending


class Answer(NamedTuple):
    """Column names and rows of a query."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def run_sql(copy: Path, sql: str) -> Answer:
    """Run one query on the copy and return its columns and rows; times come back aware and in UTC.

    Raises ``QueryFailed`` with DuckDB's message on one line, ``WarehouseMissing`` when nothing is published yet.
    """
    with open_copy(copy) as db:
        try:
            statements = duckdb.extract_statements(sql)
            if len(statements) != 1:
                raise QueryFailed("one statement at a time, please" if statements else "there is no statement")
            shape = _shape(db, sql) if statements[0].type == duckdb.StatementType.SELECT else []
            stamps = [kind == "TIMESTAMP WITH TIME ZONE" for _, kind in shape]
            if any(stamps):
                return Answer([name for name, _ in shape], _utc_rows(db, sql, stamps))
            db.execute(statements[0])
            return Answer([column[0] for column in db.description or ()], db.fetchall() if db.description else [])
        except duckdb.Error as error:
            raise QueryFailed(_one_line(error)) from error


@contextmanager
def open_copy(copy: Path, *, current: bool = False) -> Iterator[Connection]:
    """Open the published copy for reading, with everything but reading switched off for good.

    ``current``: it will be asked for more than the documented views, so it must have this version's tables; raises
    ``CopyOutdated`` or ``SchemaTooNew`` when it has not.
    """
    if not copy.exists():
        raise WarehouseMissing(copy)
    try:
        db = duckdb.connect(copy, read_only=True, config=CONFIG)
    except duckdb.Error as error:
        raise WarehouseDamaged(copy, _one_line(error)) from error
    try:
        settle_session(db)
        db.execute("SET enable_external_access = false")
        db.execute("SET lock_configuration = true")
        if current and (missing := [step for step in pending(db) if step != VIEWS]):
            raise CopyOutdated(copy, missing)
        yield db
    finally:
        db.close()


def _shape(db: Connection, sql: str) -> list[tuple[str, str]]:
    """Return names and types of the columns that a query would give, without running it; nothing when it cannot run."""
    try:
        return [(row[0], row[1]) for row in db.execute(f"DESCRIBE {_in_brackets(sql)}").fetchall()]
    except duckdb.Error:
        return []  # run as it stands, it says itself what is wrong with it


def _utc_rows(db: Connection, sql: str, stamps: list[bool]) -> list[tuple[Any, ...]]:
    """Fetch by way of plain timestamps: DuckDB 1.5 needs pytz, which we do not ask for, to hand out aware ones."""
    names = [f"c{place}" for place in range(len(stamps))]
    chosen = ", ".join(f"{name}::TIMESTAMP" if stamp else name for name, stamp in zip(names, stamps, strict=True))
    # The analyst's own query, wrapped; nothing else comes from outside.
    rows = db.execute(f"SELECT {chosen} FROM {_in_brackets(sql)} AS q({', '.join(names)})").fetchall()  # noqa: S608
    return [
        tuple(
            value.replace(tzinfo=UTC) if stamp and isinstance(value, datetime) else value
            for value, stamp in zip(row, stamps, strict=True)
        )
        for row in rows
    ]


def _in_brackets(sql: str) -> str:
    return f"({sql.strip().rstrip(';')}\n)"


def _one_line(error: duckdb.Error) -> str:
    return " ".join(str(error).split())[:500]
