"""Maintenance: retention, integrity check, compaction, a copy written anew; weekly, or by ``courtwatch maintain``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from alerts.notices import faults_notice
from flows.cycle import Cycle
from flows.runtime import Runtime
from warehouse.connection import open_warehouse, transaction
from warehouse.deliveries import add_deliveries
from warehouse.retention import Maintenance, prune, record_maintenance
from warehouse.upkeep import compact, find_faults, free_share

# Writing the file anew takes seconds per gigabyte: worth it when so much of it is holes.
COMPACT_FROM = 0.25


@dataclass(frozen=True)
class MaintenanceReport:
    """What one maintenance did, and what it found wrong."""

    done: Maintenance
    faults: tuple[str, ...]
    bytes_before: int
    bytes_after: int

    def summary(self) -> dict[str, Any]:
        """Return the figures."""
        removed = {name: value for name, value in asdict(self.done).items() if name not in ("ran_at", "faults")}
        return {
            **{f"removed_{name}": value for name, value in removed.items()},
            "faults": list(self.faults),
            "file_bytes_before": self.bytes_before,
            "file_bytes_after": self.bytes_after,
        }


def maintain(runtime: Runtime) -> MaintenanceReport:
    """Do the maintenance; the caller holds the run lock. Faults are told to operations, once a day.

    What retention removes and the note of it are one transaction. Compaction and the copy write a new file and then
    change names, so a maintenance that is killed leaves what was there.
    """
    settings = runtime.settings
    before = settings.warehouse.stat().st_size
    now = runtime.now()
    with open_warehouse(settings.warehouse) as db, transaction(db):
        done = prune(db, now=now, raw_days=settings.raw_days, run_days=settings.run_days)
        faults = tuple(find_faults(db))
        record_maintenance(db, replace(done, faults=len(faults)))
        if faults:
            add_deliveries(db, [faults_notice(faults, channel=runtime.ops_channel, at=now)], now=now)
    with open_warehouse(settings.warehouse) as db:
        holes = free_share(db)
    # A damaged file is left as it is, for whoever looks into it.
    after = (
        compact(settings.warehouse)[1] if holes >= COMPACT_FROM and not faults else settings.warehouse.stat().st_size
    )
    Cycle(runtime).publish()
    return MaintenanceReport(done, faults, before, after)
