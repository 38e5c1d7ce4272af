"""The analysts' copy: replaced as a whole, so that whoever reads the old one keeps it and nobody ever waits.

Two files take turns. The one that was public before the last publication is brought up to date with what is new since
then, which costs the same however much is stored, and takes the public name. When that cannot be done safely, because
somebody still reads it, or the schema changed, or a backup was restored, the live file is copied instead.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
from pathlib import Path

import duckdb

from warehouse.catchup import catch_up
from warehouse.connection import Connection, open_warehouse
from warehouse.errors import WarehouseMissing, WarehouseUnwritable
from warehouse.search import index_new

#: A live file up to this size is always copied: that takes less time than catching up.
SMALL = 64 * 2**20


def publish(live: Path, copy: Path) -> None:
    """Replace ``copy`` by the present state of ``live``.

    Call it while no connection to ``live`` is open in this process. The copy appears whole or not at all; connections
    to the old one go on reading the old one. Raises ``WarehouseError`` with one line when the live file is held or the
    copy cannot be written.
    """
    if not live.exists():
        raise WarehouseMissing(live)
    fresh, spare, held = (copy.with_name(f".{copy.name}.{part}") for part in ("new", "spare", "held"))
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        for leftover in (fresh, held):
            _discard(leftover)
        with open_warehouse(live) as db:
            index_new(db)
            # While this connection is open no other process can write, and after a checkpoint the file is complete.
            db.execute("CHECKPOINT")
            is_small = live.stat().st_size <= SMALL
            if not is_small and _is_ours_alone(spare) and _caught_up(db, spare):
                spare.replace(fresh)
            else:
                _discard(spare)
                shutil.copyfile(live, fresh)
        _sync(fresh)
        if copy.exists() and not is_small:
            os.link(copy, held)  # keeps the present copy for the next turn
        _journal(copy).unlink(missing_ok=True)  # of somebody who opened the copy for writing
        fresh.replace(copy)
        if held.exists():
            held.replace(spare)
        _sync(copy.parent)
    except OSError as error:
        _discard(fresh)
        raise WarehouseUnwritable(copy, error.strerror or str(error)) from error


def _caught_up(db: Connection, spare: Path) -> bool:
    try:
        caught_up = catch_up(db, spare)
    except duckdb.Error:
        return False  # whatever is wrong with it, a copy of the live file is right
    return caught_up and not _journal(spare).exists()


def _is_ours_alone(file: Path) -> bool:
    """Return whether nobody has the file open as a database: not even a connection of this very process.

    DuckDB holds a POSIX lock on what it has open. An open file description lock sees that of our own process too;
    where the system has none, the answer is no.
    """
    query = getattr(fcntl, "F_OFD_GETLK", None)
    if query is None or not file.exists():
        return False
    layout = "hhqqi4x"  # type, whence, start, length, pid: Linux, 64 bits
    with file.open("rb+") as handle:
        answer = fcntl.fcntl(handle, query, struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    return bool(struct.unpack(layout, answer)[0] == fcntl.F_UNLCK)


def _discard(file: Path) -> None:
    file.unlink(missing_ok=True)
    _journal(file).unlink(missing_ok=True)


def _journal(file: Path) -> Path:
    return file.with_name(f"{file.name}.wal")


def _sync(path: Path) -> None:
    """Make a file's content, or a folder's names, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
