"""Write a warehouse with this version's own code, compressed, into a folder: see README.md beside this."""

from __future__ import annotations

import gzip
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.warehouse import test_guide
from warehouse.actions import ActionRow, record_action
from warehouse.connection import open_warehouse
from warehouse.schema import schema_version


class _Folder:
    """Stands in for pytest's factory of folders."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mktemp(self, _name: str) -> Path:
        return self.path


def main(target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        test_guide.copy._get_wrapped_function()(_Folder(Path(folder)))
        live = Path(folder) / "live.duckdb"
        with open_warehouse(live) as db:
            payload = {"text": "status"}
            at = datetime(2025, 6, 6, tzinfo=UTC)
            record_action(db, ActionRow("A1", "U1", "C", None, "command", payload, at))
        (target / f"{schema_version()}.duckdb.gz").write_bytes(gzip.compress(live.read_bytes(), 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
