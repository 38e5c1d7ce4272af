"""Who may work on the warehouse: one cycle at a time, one deliverer at a time, each by a lock on a file beside it.

The system lets go of such a lock when its process ends, however it ends: nothing is left to take over after a kill.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows.errors import CycleRunning
from flows.runtime import Runtime
from warehouse.connection import open_warehouse
from warehouse.schema import migrate


@contextmanager
def run_lock(runtime: Runtime) -> Iterator[None]:
    """Hold the right to run a cycle, on a warehouse of today's schema. Raises CycleRunning when another one runs."""
    with _held(runtime, "cycle") as ours:
        if not ours:
            raise CycleRunning("another cycle is running on this warehouse: wait for it to end, or stop that process")
        with open_warehouse(runtime.settings.warehouse) as db:
            migrate(db)
        yield


@contextmanager
def delivery_lock(runtime: Runtime) -> Iterator[bool]:
    """Hold the right to send what the outbox holds; hands out False when somebody else is sending already.

    Apart from the cycle's: an alert that has to be sent again does not wait until a hundred sources are read.
    """
    with _held(runtime, "delivery") as ours:
        yield ours


@contextmanager
def _held(runtime: Runtime, name: str) -> Iterator[bool]:
    file = os.open(runtime.settings.home / f".{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(file)
