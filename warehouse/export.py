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
from warehouse.evidence import StoredResponse, read_responses
from warehouse.explain import explain
from warehouse.query import open_copy
from warehouse.seals import read_seal
from warehouse.warc import record_id, render_warc

#: Views that are cut by the month in which a row became known; the others are one file each.
MONTHLY = {
    "items": "known_from",
    "item_revisions": "known_from",
    "verdicts": "known_from",
    "source_runs": "started_at",
    "responses": "known_from",
}
#: Raw contents leave as WARC, event by event.
_NOT_IN_PARQUET = "response_bodies"

_README = """\
What Courtwatch holds of one event, to be checked without Courtwatch.

event.json          the event: changes, reports, alerts, corrections
items/*.json        every text that each report has had, with what was concluded from it
evidence.warc.gz    what official sources answered, as received (WARC 1.1; any reader of web archives opens it)
manifest.json       hashes of these files, and what follows

sha256 in the manifest: of each file. `sha256sum` gives the same.
responses: each answer with the sha256 of its content, which is also the WARC-Payload-Digest of its record
  (`warcio check evidence.warc.gz`). kept = false: the content was too large, or its time was over before it belonged
  to an event; hash and headers stay.
revisions: chain is the link of an item's hash chain: sha256 over the JSON list
  [previous chain or "", item_id, number, content_hash, title, text], keys sorted, ", " and ": " between, UTF-8.
seal: number and value of the newest seal when this was exported. A warehouse, a copy or a backup of a later day has the
  same value under this number (SELECT seal FROM seals WHERE number = ...); if not, something stored before was changed.
"""


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
                """
                SELECT view_name FROM duckdb_views()
                WHERE NOT internal AND schema_name = 'main' AND view_name <> ? ORDER BY view_name
                """,
                [_NOT_IN_PARQUET],
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
    """Write all that is stored about an event and return the path of the manifest with the hashes of all files.

    One file a revision, the raw answers of official sources as WARC, and a README that says how to check them. With
    ``chain`` and ``seal`` of the manifest its holder can show later that what is stored is what was seen. The same
    event in the same state gives the same bytes. Raises ``WarehouseError`` when there is no such event.
    """
    with open_copy(copy, current=True) as db:
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
        responses = read_responses(db, event)
        seal = read_seal(db)
    facts = {name: value for name, value in asdict(told).items() if name != "items"}
    files: dict[str, bytes] = {
        "README.txt": _README.encode(),
        "event.json": dump(facts).encode(),
        "evidence.warc.gz": render_warc(responses, about=f"event {event}"),
    }
    entries = []
    for place, item in enumerate(told.items, start=1):
        for revision in item.revisions:
            name = f"items/{place:03d}-revision-{revision.number}.json"
            files[name] = dump({"item_id": item.item_id, "source": item.sources[0],
                                "sources": item.sources, "publisher": item.publisher,
                                "tier": item.tier, **asdict(revision), "verdicts": item.verdicts}).encode()  # fmt: skip
            entries.append({"file": name, "item_id": item.item_id, "url": revision.url, "seen_at": revision.seen_at,
                            "content_hash": revision.content_hash,
                            "chain": chains[item.item_id, revision.number]})  # fmt: skip
    manifest = {
        "event": event,
        "sha256": {name: sha256(content).hexdigest() for name, content in files.items()},
        "revisions": entries,
        "responses": [_response_entry(response) for response in responses],
        "seal": None if seal is None else {"number": seal[0], "seal": seal[1]},
    }
    try:
        for name, content in {**files, "manifest.json": dump(manifest).encode()}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise WarehouseUnwritable(folder, error.strerror or str(error)) from error
    return folder / "manifest.json"


def _response_entry(response: StoredResponse) -> dict[str, object]:
    return {
        "url": response.url,
        "source": response.source,
        "status": response.status,
        "fetched_at": response.fetched_at,
        "sha256": response.sha256,
        "bytes": response.size,
        "kept": response.gzip is not None,
        "warc_record_id": record_id(response),
        "items": [{"item_id": item_id, "revision": revision} for item_id, revision in response.items],
    }
