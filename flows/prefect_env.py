"""Prefect's own settings, set before Prefect is imported: quiet, at home in our data folder, calling nobody."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

# Nothing calls home: server heartbeat, SDK milestones, promotional content (docs/decisions.md, "Prefect").
PRIVATE = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}

# After a kill -9 the run is marked crashed and its slot is free within minutes instead of never.
ROBUST = {
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION": "60",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    # A fresh server takes 13-25 s to migrate and start; the default of 20 gives up too early.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}

# For a short-lived server (demo, tests, one `run`): no background services, they only fight for its SQLite file.
_SERVICES = (
    "SCHEDULER", "LATE_RUNS", "CANCELLATION_CLEANUP", "PAUSE_EXPIRATIONS", "FOREMAN",
    "EVENT_PERSISTER", "TRIGGERS", "TASK_RUN_RECORDER", "EVENT_LOGGER",
)  # fmt: skip
SHORT_LIVED = {f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false" for name in _SERVICES}


def configure(home: Path, *, short_lived: bool = False, log_level: str = "WARNING") -> None:
    """Set Prefect's environment variables that the operator has not set; call it before importing prefect."""
    values = PRIVATE | ROBUST | (SHORT_LIVED if short_lived else {})
    values["PREFECT_HOME"] = str((home / "prefect").absolute())
    values["PREFECT_LOGGING_LEVEL"] = log_level
    values["PREFECT_SERVER_LOGGING_LEVEL"] = "ERROR" if short_lived else log_level
    for name, value in values.items():
        os.environ.setdefault(name, value)


def mute_teardown() -> None:
    """Send what the interpreter's own end prints nowhere.

    Prefect's threads keep our modules alive, and DuckDB's binding then lists its types as leaked: noise, no loss.
    """

    def mute() -> None:
        sys.stderr.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)

    atexit.register(mute)
