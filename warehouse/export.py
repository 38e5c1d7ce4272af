"""Taking things out of the published copy: Parquet by month, and one event with all its evidence."""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import duckdb

from warehouse.batch import dump
from warehouse.connection import CONFIG
from warehouse.errors import QueryFailed, WarehouseError, WarehouseMissing, WarehouseUnwritable
from warehouse.explain import explain
from warehouse.query import open_copy

#: Views that are cut by the month in which a row became known; the others are one file each.
MONTHLY = {"items": "known_from", "item_revisions": "known_from", "verdicts": "known_from", "source_runs": "started_at"}


def export_parquet(copy: Path, folder: Path) -> list[Path]:
    """Write every documented view as Parquet under ``folder`` and return the files or folders written.

    Large views are cut by month (``items/month=2025-06/…``), so that tools read only what they need. What an earlier
    export left under the same names is replaced.
    """
    if not copy.exists():
        raise WarehouseMissing(copy)
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(copy, read_only=True, config=CONFIG) as db:
            db.execute("SET TimeZone = 'UTC'")
            views = db.execute(
                "SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = 'main' ORDER BY view_name"
            ).fetchall()
            for (view,) in views:
                moment = MONTHLY.get(view)
                target = folder / (view if moment else f"{view}.parquet")
                rows = f"SELECT *, strftime({moment}, '%Y-%m') AS month FROM {view}" if moment else f"FROM {view}"
                cut = ", PARTITION_BY (month), OVERWRITE" if moment else ""
                # COPY takes no parameters for its target.
                place = str(target).replace("'", "''")
                db.execute(f"COPY ({rows}) TO '{place}' (FORMAT parquet, COMPRESSION zstd{cut})")
                written.append(target)
    except (OSError, duckdb.IOException) as error:
        raise WarehouseUnwritable(folder, " ".join(str(error).split())[:200]) from error
    except duckdb.Error as error:
        raise QueryFailed(" ".join(str(error).split())) from error
    return written


def export_evidence(copy: Path, event: str, folder: Path) -> Path:
    """Write all that is stored about an event, one file a revision, with a manifest of hashes; return the manifest.

    ``chain`` in the manifest is each revision's link of the hash chain: whoever holds it can show later that the
    stored text is the one that was seen. Raises ``WarehouseError`` when there is no such event.
    """
    with open_copy(copy) as db:
        told = explain(db, event)
        if told is None or told.kind != "event":
            raise WarehouseError(f"no such event: {event}")
        chains = {
            (item_id, number): chain
            for item_id, number, chain in db.execute(
                """
                SELECT r.item_id, r.number, r.chain FROM base.revisions AS r
                JOIN base.event_items AS m USING (item_no) WHERE m.event_id = ?
                """,
                [event],
            ).fetchall()
        }
    files: dict[str, str] = {
        "event.json": dump({name: value for name, value in asdict(told).items() if name != "items"})
    }
    entries = []
    for place, item in enumerate(told.items, start=1):
        for revision in item.revisions:
            name = f"items/{place:03d}-revision-{revision.number}.json"
            files[name] = dump({"item_id": item.item_id, "source": item.source, "publisher": item.publisher,
                                "tier": item.tier, **asdict(revision), "verdicts": item.verdicts})  # fmt: skip
            entries.append({"file": name, "item_id": item.item_id, "url": revision.url, "seen_at": revision.seen_at,
                            "content_hash": revision.content_hash,
                            "chain": chains[item.item_id, revision.number]})  # fmt: skip
    hashes = {name: sha256(text.encode()).hexdigest() for name, text in files.items()}
    manifest = dump({"event": event, "sha256": hashes, "revisions": entries})
    try:
        for name, text in {**files, "manifest.json": manifest}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WarehouseUnwritable(folder, error.strerror or str(error)) from error
    return folder / "manifest.json"
