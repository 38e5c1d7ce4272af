"""The one place that opens a DuckDB file: short connections, patient with locks, clear about trouble."""

from __future__ import annotations

import os
import random
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from warehouse.errors import WarehouseDamaged, WarehouseError, WarehouseLocked, WarehouseMissing, WarehouseUnwritable

Connection = duckdb.DuckDBPyConnection

# Files stay readable for analysts whose DuckDB is 1.5; nothing is ever downloaded by the database.
CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "storage_compatibility_version": "v1.5.0",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # a table name never means a Python variable
}

# Between processes DuckDB's lock on the file makes turns; threads of one process would meet inside the file.
_TURN = threading.RLock()
_HELD_BY = re.compile(r"\(PID (\d+)\)")


@contextmanager
def open_warehouse(path: Path, *, read_only: bool = False, wait: float = 30.0) -> Iterator[Connection]:
    """Open the warehouse file for a short while; create it when it is missing and to be written.

    Tries again for ``wait`` seconds while another process or thread holds the file. Raises a ``WarehouseError`` whose
    text is one line: locked (and by whom), damaged, missing or unwritable.
    """
    deadline = time.monotonic() + wait
    if not _TURN.acquire(timeout=wait):
        raise WarehouseLocked(path, os.getpid())
    try:
        db = _connect(path, read_only=read_only, deadline=deadline)
        try:
            yield db
        except duckdb.Error as error:
            known = _explained(path, error)
            if known is None:
                raise
            raise known from error
        finally:
            db.close()
    finally:
        _TURN.release()


@contextmanager
def transaction(db: Connection) -> Iterator[None]:
    """Everything inside is stored as one, or not at all."""
    db.execute("BEGIN TRANSACTION")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # An error inside COMMIT, or a full disk, has already ended the transaction: rolling back would hide the cause.
        with suppress(duckdb.Error):
            db.execute("ROLLBACK")
        raise


def settle_session(db: Connection) -> None:
    """Give a new connection what the configuration of a database cannot: moments in UTC, and nothing on stdout.

    DuckDB draws a progress bar where it takes the process for an interactive one, as those of multiprocessing.
    """
    db.execute("SET TimeZone = 'UTC'")
    db.execute("SET enable_progress_bar = false")


def _connect(path: Path, *, read_only: bool, deadline: float) -> Connection:
    if read_only and not path.exists():
        raise WarehouseMissing(path)
    pause = 0.02
    while True:
        try:
            db = duckdb.connect(path, read_only=read_only, config=CONFIG)
            settle_session(db)
        except duckdb.Error as error:
            known = _explained(path, error)
            if known is None:
                raise
            left = deadline - time.monotonic()
            if not isinstance(known, WarehouseLocked) or left <= 0:
                raise known from error
            # Random steps, so that two waiting processes do not meet again and again.
            time.sleep(min(left, pause * random.uniform(0.5, 1.5)))  # noqa: S311  # no secret is made from it
            pause = min(pause * 2, 1.0)
        else:
            return db


def _explained(path: Path, error: duckdb.Error) -> WarehouseError | None:
    """Return the one-line error behind a message of DuckDB's, or None when it is not about the file.

    DuckDB raises IOException for nearly all of these; only the text tells them apart (seen on 1.5.6 and 2.0.0).
    """
    text = " ".join(str(error).split())
    if "Could not set lock on file" in text:
        held = _HELD_BY.search(text)
        return WarehouseLocked(path, int(held.group(1)) if held else None)
    if "different configuration than existing connections" in text or "Unique file handle conflict" in text:
        return WarehouseLocked(path, os.getpid())
    if any(
        sign in text
        for sign in ("No space left", "Permission denied", "Read-only file system", "Cannot open file", "Disk quota")
    ) or (isinstance(error, duckdb.IOException) and "Could not write" in text):
        return WarehouseUnwritable(path, _short(text))
    if any(sign in text for sign in ("not a valid DuckDB database", "version number", "Is a directory", "Corrupt")):
        return WarehouseDamaged(path, _short(text))
    if isinstance(error, duckdb.IOException | duckdb.FatalException | duckdb.SerializationException):
        return WarehouseDamaged(path, _short(text))
    return None


def _short(text: str) -> str:
    return text.removeprefix("IO Error: ").split(" See also", maxsplit=1)[0][:200]
