"""Migrations with a ledger, and the analysts' views, applied from the SQL files beside this module."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple, cast

import duckdb

from warehouse.batch import fetch
from warehouse.connection import Connection, transaction
from warehouse.errors import MigrationEdited, SchemaTooNew

_LEDGER = """
CREATE TABLE base.migrations (
    name       TEXT NOT NULL,         -- file name without its ending
    sha256     TEXT NOT NULL,         -- of the file's text, so that a later edit shows
    applied_at TIMESTAMPTZ NOT NULL   -- when this warehouse took the step
)
"""
#: The ledger row of all view files together.
VIEWS = "views"


class SqlFile(NamedTuple):
    """One of our SQL files."""

    name: str
    sql: str
    sha256: str


def migrate(db: Connection) -> list[str]:
    """Bring the schema up to date and return what was applied, in order; "views" stands for all views.

    Each migration is one transaction together with its ledger row: it happens whole or not at all. Raises
    ``MigrationEdited`` or ``SchemaTooNew`` before touching anything.
    """
    todo = pending(db)
    if not todo:
        return []
    if not _ledgered(db):
        with transaction(db):
            db.execute("CREATE SCHEMA base")
            db.execute(_LEDGER)
    known = {step.name: step for step in migrations()}
    for name in todo:
        with transaction(db):
            if name == VIEWS:
                apply_views(db)
                db.execute("DELETE FROM base.migrations WHERE name = ?", [VIEWS])
                _write(db, name, views_hash())
            else:
                db.execute(known[name].sql)
                _write(db, name, known[name].sha256)
    return todo


def pending(db: Connection) -> list[str]:
    """Return the names of the steps that :func:`migrate` would take; raises like it."""
    applied: dict[str, str] = {}
    if _ledgered(db):
        applied = dict(db.execute("SELECT name, sha256 FROM base.migrations").fetchall())
    views = applied.pop(VIEWS, None)
    known = {step.name: step.sha256 for step in migrations()}
    if future := sorted(set(applied) - set(known)):
        raise SchemaTooNew(future)
    for name, digest in applied.items():
        if known[name] != digest:
            raise MigrationEdited(name)
    todo = [name for name in known if name not in applied]
    if todo or views != views_hash():
        todo.append(VIEWS)
    return todo


def apply_views(db: Connection) -> None:
    """Create or replace every view and macro that analysts are promised, with their comments."""
    for step in views():
        db.execute(step.sql)


@cache
def migrations() -> tuple[SqlFile, ...]:
    """Return the migration files in the order in which they apply."""
    return _read("migrations")


@cache
def views() -> tuple[SqlFile, ...]:
    """Return the view files in the order in which they apply; later ones may use earlier ones."""
    return _read("views")


def schema_changed_at(db: Connection) -> datetime:
    """Return when this migrated warehouse last took a step, views included: a copy from before it is out of date."""
    [(moment,)] = fetch(db, {"max(applied_at)": "TIMESTAMPTZ"}, "FROM base.migrations")
    return cast("datetime", moment)


def views_hash() -> str:
    """Return one hash for the text of all views."""
    return sha256("".join(step.sha256 for step in views()).encode()).hexdigest()


def schema_version() -> str:
    """Return the name of the newest migration: the version of the schema that this code writes."""
    return migrations()[-1].name


def _read(folder: str) -> tuple[SqlFile, ...]:
    found = (entry for entry in (files("warehouse") / folder).iterdir() if entry.name.endswith(".sql"))
    steps = ((entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8")) for entry in found)
    return tuple(sorted(SqlFile(name, sql, sha256(sql.encode()).hexdigest()) for name, sql in steps))


def _ledgered(db: Connection) -> bool:
    try:
        db.execute("SELECT 1 FROM base.migrations LIMIT 0")
    except duckdb.CatalogException:
        return False
    return True


def _write(db: Connection, name: str, digest: str) -> None:
    db.execute("INSERT INTO base.migrations VALUES (?, ?, ?)", [name, digest, datetime.now(UTC)])
