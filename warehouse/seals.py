"""Seals: a hash over everything that a transaction stored and over the seal before it.

The chain of an item shows that one of its texts was changed. A seal shows also that an item or its last revision was
removed, and that somebody who can write the file made a whole chain anew: all later seals change with it, and those
stand in backups, published copies and exported manifests too.
"""

# ruff: noqa: S608  # SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from warehouse.batch import fetch, insert
from warehouse.connection import Connection

_SEAL = {
    "number": "BIGINT",
    "revisions": "BIGINT",
    "responses": "BIGINT",
    "seal": "VARCHAR",
    "sealed_at": "TIMESTAMPTZ",
}
# The place of a row is its rowid: rows are only ever added behind the others. A row belongs to the first seal whose
# count goes beyond its place.
_STORED = """
FROM base.seals LEFT JOIN (
    SELECT number, string_agg(chain, chr(10) ORDER BY place) AS chains
    FROM (SELECT rowid AS place, chain FROM base.revisions)
        ASOF JOIN (SELECT min(number) AS number, revisions FROM base.seals GROUP BY revisions) ON place < revisions
    GROUP BY number
) USING (number) LEFT JOIN (
    SELECT number, string_agg(sha256, chr(10) ORDER BY place) AS answers
    FROM (SELECT rowid AS place, sha256 FROM base.responses)
        ASOF JOIN (SELECT min(number) AS number, responses FROM base.seals GROUP BY responses) ON place < responses
    GROUP BY number
) USING (number)
ORDER BY number
"""


def add_seal(db: Connection, *, now: datetime) -> None:
    """Seal what was stored since the last seal; the first seal covers all that stood there before."""
    number, revisions, responses, previous = _last(db)
    new_revisions, chains = _since(db, "chain", "base.revisions", revisions)
    new_responses, answers = _since(db, "sha256", "base.responses", responses)
    if not new_revisions and not new_responses:
        return
    seal = seal_of(previous, chains, answers)
    row = (number + 1, revisions + new_revisions, responses + new_responses, seal, now)
    insert(db, "base.seals", _SEAL, [row])


def seal_of(previous: str, chains: str, answers: str) -> str:
    """Return the seal over links of hash chains and hashes of answers, each a line, in the order of storing."""
    return sha256(f"{previous}\n{chains}\n\n{answers}".encode()).hexdigest()


def read_seal(db: Connection) -> tuple[int, str] | None:
    """Return number and value of the newest seal; None when there is none."""
    number, _, _, seal = _last(db)
    return (number, seal) if number else None


def find_broken_seals(db: Connection) -> list[str]:
    """Return the seals that what is stored does not give; each is judged from the one before it as it stands."""
    broken = []
    previous = ""
    shape = {
        "number": "BIGINT",
        "seal": "VARCHAR",
        "sealed_at": "TIMESTAMPTZ",
        "coalesce(chains, '')": "VARCHAR",
        "coalesce(answers, '')": "VARCHAR",
    }
    for number, seal, sealed_at, chains, answers in fetch(db, shape, _STORED):
        if seal_of(previous, chains, answers) != seal:
            broken.append(f"seal {number} of {sealed_at:%Y-%m-%d %H:%M} UTC")
        previous = seal
    _, revisions, responses, _ = _last(db)
    beyond = _since(db, "chain", "base.revisions", revisions)[0] + _since(db, "sha256", "base.responses", responses)[0]
    if previous and beyond:
        broken.append("the newest one: more is stored than it covers")
    return broken


def _last(db: Connection) -> tuple[int, int, int, str]:
    row = db.execute(
        "SELECT number, revisions, responses, seal FROM base.seals ORDER BY number DESC LIMIT 1"
    ).fetchone()
    return (row[0], row[1], row[2], row[3]) if row else (0, 0, 0, "")


def _since(db: Connection, column: str, table: str, place: int) -> tuple[int, str]:
    """Return how many rows stand at this place and behind it, and their hashes, each a line."""
    row = db.execute(
        f"SELECT count(*), coalesce(string_agg({column}, chr(10) ORDER BY rowid), '') FROM {table} WHERE rowid >= ?",
        [place],
    ).fetchone()
    return (row[0], row[1]) if row else (0, "")
