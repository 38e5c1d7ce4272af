"""Keeping the warehouse: backup, restore, compaction, and a check that what is stored hangs together."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

import gzip
import os
import shutil
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from warehouse.batch import fetch
from warehouse.connection import Connection, open_warehouse
from warehouse.errors import WarehouseMissing, WarehouseUnwritable
from warehouse.items import link
from warehouse.schema import pending
from warehouse.seals import find_broken_seals

# Each finds nothing in a sound warehouse; the first column is what is shown of a finding.
_CHECKS = {
    "an item is stored twice": "SELECT item_id FROM base.items GROUP BY item_id HAVING count(*) > 1",
    "item numbers do not rise": "SELECT item_no FROM base.items GROUP BY item_no HAVING count(*) > 1",
    "an item is a door to another": """
        SELECT door_id FROM base.doors AS d WHERE EXISTS (SELECT 1 FROM base.items AS i WHERE i.item_id = d.door_id)
    """,
    "a door leads to no item": """
        SELECT door_id FROM base.doors AS d WHERE NOT EXISTS (SELECT 1 FROM base.items AS i WHERE i.item_no = d.item_no)
    """,
    "an item has no text": """
        SELECT item_id FROM base.items AS i
        WHERE NOT EXISTS (SELECT 1 FROM base.revisions AS r WHERE r.item_no = i.item_no AND r.number = 1)
    """,
    "revisions are not numbered 1, 2, 3": """
        SELECT item_id FROM base.revisions GROUP BY item_id HAVING count(*) <> max(number) OR min(number) <> 1
    """,
    "a revision equals the one before it": """
        SELECT b.item_id FROM base.revisions AS a JOIN base.revisions AS b
            ON b.item_no = a.item_no AND b.number = a.number + 1
        WHERE b.number > 1 AND a.content_hash = b.content_hash
    """,
    "a verdict judges a revision that does not exist": """
        SELECT item_id FROM base.verdicts AS v
        WHERE NOT EXISTS (SELECT 1 FROM base.revisions AS r WHERE r.item_no = v.item_no AND r.number = v.revision)
    """,
    "versions of an event are not numbered 1, 2, 3": """
        SELECT event_id FROM base.event_versions GROUP BY event_id HAVING count(*) <> max(version) OR min(version) <> 1
    """,
    "an event refers to an item that does not exist": """
        SELECT item_id FROM base.event_items AS m
        WHERE NOT EXISTS (SELECT 1 FROM base.items AS i WHERE i.item_no = m.item_no AND i.item_id = m.item_id)
    """,
    "a change belongs to no event": """
        SELECT change_id FROM base.event_changes AS c
        WHERE NOT EXISTS (SELECT 1 FROM base.event_versions AS v WHERE v.event_id = c.event_id)
    """,
    "an answer gave a revision that does not exist": """
        SELECT item_id FROM base.response_items AS i WHERE revision IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM base.revisions AS r WHERE r.item_no = i.item_no AND r.number = i.revision)
    """,
    "a content is stored twice": "SELECT sha256 FROM base.bodies GROUP BY sha256 HAVING count(*) > 1",
    "a content belongs to no answer": """
        SELECT sha256 FROM base.bodies AS b
        WHERE NOT EXISTS (SELECT 1 FROM base.responses AS r WHERE r.sha256 = b.sha256)
    """,
    "a sent alert has no time": "SELECT key FROM base.deliveries WHERE state = 'sent' AND sent_at IS NULL",
}

_LINK = {
    "item_no": "BIGINT",
    "item_id": "VARCHAR",
    "number": "INTEGER",
    "content_hash": "VARCHAR",
    "title": "VARCHAR",
    "text": "VARCHAR",
    "chain": "VARCHAR",
}

#: Revisions whose hash chain is recomputed at a time: some 30 MB of text.
_PAGE = 10_000


def backup(live: Path, target: Path) -> None:
    """Copy the live warehouse to ``target`` as it is at one moment; an existing file there is replaced whole.

    Waits for the pipeline's transaction in progress, not for its cycle. Raises ``WarehouseError`` with one line.
    """
    if not live.exists():
        raise WarehouseMissing(live)
    with open_warehouse(live) as db:
        db.execute("CHECKPOINT")
        _copy(live, target)


def restore(saved: Path, live: Path) -> Path | None:
    """Put a backup in the place of the live warehouse; what was there is kept, and its path returned.

    The backup is opened first: one that is damaged or from a newer version changes nothing.
    """
    with open_warehouse(saved, read_only=True) as db:
        pending(db)
    if not live.exists():
        _copy(saved, live)
        return None
    kept = live.with_name(f"{live.name}.before-restore")
    with open_warehouse(live) as db:  # holds the lock: nobody writes while the files change places
        db.execute("CHECKPOINT")
        _copy(live, kept)
        _copy(saved, live)
    return kept


def compact(live: Path) -> tuple[int, int]:
    """Write the warehouse anew without the space of replaced rows; return its size in bytes before and after."""
    before = live.stat().st_size
    fresh = live.with_name(f".{live.name}.compact")
    fresh.unlink(missing_ok=True)  # of a compaction that was killed; DuckDB takes its journal away itself
    with open_warehouse(live) as db:
        row = db.execute("SELECT current_database()").fetchone()
        # ATTACH takes no parameters.
        db.execute(f"ATTACH '{str(fresh).replace(chr(39), chr(39) * 2)}' AS compacted (STORAGE_VERSION 'v1.5.0')")
        db.execute(f'COPY FROM DATABASE "{row[0] if row else ""}" TO compacted')
        db.execute("DETACH compacted")
        _settle(fresh, live)
    return before, live.stat().st_size


def free_share(db: Connection) -> float:
    """Return which part of the file is holes, 0 to 1: space of replaced rows that new ones may fill."""
    db.execute("CHECKPOINT")
    row = db.execute("SELECT free_blocks, total_blocks FROM pragma_database_size()").fetchone()
    return row[0] / row[1] if row and row[1] else 0.0


def used_bytes(db: Connection) -> int:
    """Return how much of the file is in use: holes are left out."""
    db.execute("CHECKPOINT")
    row = db.execute("SELECT block_size * used_blocks FROM pragma_database_size()").fetchone()
    return int(row[0]) if row else 0


def find_faults(db: Connection, *, limit: int = 5) -> list[str]:
    """Return what does not hang together, one line each with up to ``limit`` examples; nothing in a sound warehouse.

    Hash chains, seals and the hashes of raw answers are recomputed: what was changed or removed behind our back shows.
    """
    faults = []
    for what, sql in _CHECKS.items():
        found = db.execute(f"SELECT * FROM ({sql}) LIMIT {limit + 1}").fetchall()
        if found:
            faults.append(f"{what}: {', '.join(str(row[0]) for row in found[:limit])}" + " …" * (len(found) > limit))
    for what, find in _HASHED.items():
        broken = find(db)
        if broken:
            faults.append(f"{what}: {', '.join(broken[:limit])}" + " …" * (len(broken) > limit))
    return faults


def _broken_links(db: Connection) -> list[str]:
    broken = []
    chains: dict[int, str] = {}
    start = 0
    while rows := fetch(db, _LINK, "FROM base.revisions WHERE rowid >= ? AND rowid < ?", [start, start + _PAGE]):
        for item_no, item_id, number, content_hash, title, text, chain in rows:
            if link(chains.get(item_no, ""), item_id, number, content_hash, title, text) != chain:
                broken.append(f"{item_id} revision {number}")
            chains[item_no] = chain
        start += _PAGE
    return broken


def _changed_bodies(db: Connection) -> list[str]:
    changed = []
    start = 0
    while rows := db.execute(
        "SELECT rowid, sha256, gzip FROM base.bodies WHERE rowid >= ? ORDER BY rowid LIMIT 100", [start]
    ).fetchall():
        for _, digest, body in rows:
            try:
                intact = sha256(gzip.decompress(body)).hexdigest() == digest
            except (OSError, EOFError, zlib.error):
                intact = False
            if not intact:
                changed.append(digest)
        start = rows[-1][0] + 1
    return changed


_HASHED: Mapping[str, Callable[[Connection], list[str]]] = {
    "a stored text was changed": _broken_links,
    "stored revisions or answers were changed or removed, at": find_broken_seals,
    "the content of an answer was changed": _changed_bodies,
}


def _copy(source: Path, target: Path) -> None:
    fresh = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, fresh)
        _settle(fresh, target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise WarehouseUnwritable(target, error.strerror or str(error)) from error


def _settle(fresh: Path, target: Path) -> None:
    """Bring a finished file to the disk, then to its name, without the journal of what stood there before."""
    for path in (fresh, fresh.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    target.with_name(f"{target.name}.wal").unlink(missing_ok=True)
    fresh.replace(target)
