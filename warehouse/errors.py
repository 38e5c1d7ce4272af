"""What can go wrong with the warehouse file, each as one line that says what to do."""

from __future__ import annotations

from pathlib import Path


class WarehouseError(Exception):
    """Base of all errors of this room; ``str()`` is one line for people."""


class WarehouseLocked(WarehouseError):  # a state, not a mistake
    """Another process holds the file and did not let go within the time allowed."""

    def __init__(self, path: Path, pid: int | None = None) -> None:
        self.path, self.pid = path, pid
        holder = f"process {pid}" if pid else "another connection"
        super().__init__(
            f"{path} is held by {holder}: wait for it or end it. Only the pipeline opens this file; "
            "query the published copy instead (courtwatch sql)."
        )


class WarehouseDamaged(WarehouseError):
    """The file exists and is not a readable warehouse."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path = path
        super().__init__(
            f"{path} cannot be read as a warehouse ({detail}): restore a backup (courtwatch restore), "
            "or move the file away to start a new one."
        )


class WarehouseUnwritable(WarehouseError):
    """The folder or disk refuses what the warehouse has to write."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path = path
        super().__init__(
            f"{path} cannot be written ({detail}): check the folder's owner and rights and the free space."
        )


class WarehouseMissing(WarehouseError):
    """A file that is only to be read does not exist yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} does not exist yet: run `courtwatch run` or `courtwatch demo` first.")


class SchemaTooNew(WarehouseError):
    """The file was written by a newer Courtwatch."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(
            f"the warehouse has migrations that this version does not know ({', '.join(names)}): "
            "upgrade Courtwatch, or open a backup from before the upgrade."
        )


class CopyOutdated(WarehouseError):
    """The published copy was written by an earlier Courtwatch and lacks tables of this one."""

    def __init__(self, path: Path, missing: list[str]) -> None:
        self.path, self.missing = path, missing
        super().__init__(
            f"{path} was published by an earlier version (it lacks {', '.join(missing)}): publish it anew with "
            "`courtwatch maintain`; `courtwatch run` does so too. Plain queries work meanwhile (courtwatch sql)."
        )


class MigrationEdited(WarehouseError):
    """A migration that was applied reads differently now."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"migration {name} was edited after it was applied: restore its text and add a new migration.")


class QueryFailed(WarehouseError):
    """An analyst's query could not be answered; the message is DuckDB's own, on one line."""
