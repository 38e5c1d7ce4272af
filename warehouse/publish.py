"""The analysts' copy: replaced as a whole, so that whoever reads the old one keeps it and nobody ever waits."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from warehouse.connection import open_warehouse
from warehouse.errors import WarehouseMissing, WarehouseUnwritable


def publish(live: Path, copy: Path) -> None:
    """Replace ``copy`` by the present state of ``live``.

    Call it while no connection to ``live`` is open in this process. The copy appears whole or not at all; connections
    to the old one go on reading the old one. Raises ``WarehouseError`` with one line when the live file is held or
    the copy cannot be written.
    """
    if not live.exists():
        raise WarehouseMissing(live)
    fresh = copy.with_name(f".{copy.name}.new")
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        with open_warehouse(live) as db:
            # While this connection is open no other process can write, and after a checkpoint the file is complete.
            db.execute("CHECKPOINT")
            shutil.copyfile(live, fresh)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(copy)
        _sync_folder(copy.parent)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise WarehouseUnwritable(copy, error.strerror or str(error)) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
