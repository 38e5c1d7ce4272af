"""Full text search: an inverted index that grows with what is stored, and the questions that it answers.

The index lives in the warehouse itself and is asked by a macro, ``search_items(words)``: whoever can open the published
copy can search it, with nothing but DuckDB.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from warehouse.batch import fetch
from warehouse.connection import Connection, transaction
from warehouse.query import open_copy

#: Revisions that make a segment. A search reads a row group of each segment, hence not fewer; making one takes memory
#: in proportion, hence not more.
SEGMENT = 10_000

# BM25 with the usual constants (k1 1.2, b 0.75), but against a fixed length of 400 words instead of the present
# average, so that a weight once written holds. A word in the title counts five times. How rare a word is, BM25's other
# factor, is reckoned when somebody asks.
_POSTINGS = """
    WITH added AS (
        SELECT rowid AS place, base.words(concat(text, repeat(' ' || title, 5))) AS words
        FROM base.revisions WHERE rowid >= ? AND rowid < ?
    ), said AS (
        SELECT place, len(words) AS length, unnest(words) AS word FROM added
    )
    SELECT place, word,
        greatest(1, round(100 * count(*) * 2.2 / (count(*) + 0.3 + 0.9 * length / 400)))::UTINYINT AS weight
    FROM said GROUP BY place, length, word
"""
_SEGMENT = """
    INSERT INTO base.postings
    SELECT base.word_key(word), word, list((place * 256 + weight)::UBIGINT)
    FROM ({postings}) GROUP BY word ORDER BY word
"""

_FOUND = {
    "item_id": "VARCHAR",
    "source": "VARCHAR",
    "publisher": "VARCHAR",
    "language": "VARCHAR",
    "category": "VARCHAR",
    "about_court": "BOOLEAN",
    "event_id": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "first_seen_at": "TIMESTAMPTZ",
    "taken_down_at": "TIMESTAMPTZ",
    "title": "VARCHAR",
    "url": "VARCHAR",
    "score": "DOUBLE",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One item that a search found; the higher its score, the better it fits."""

    item_id: str
    source: str
    publisher: str
    language: str
    category: str | None
    about_court: bool | None
    event_id: str | None
    published_at: datetime | None
    first_seen_at: datetime
    taken_down_at: datetime | None
    title: str
    url: str
    score: float


def index_new(db: Connection) -> int:
    """Bring the search index up to all that is stored; return the number of revisions that were added to it.

    Each step is a transaction: killed in between, the next call goes on. The cost is in what is new, except that every
    10,000th revision pays for the segment that it completes.
    """
    row = db.execute("SELECT indexed, settled, (SELECT count(*) FROM base.revisions) FROM base.search_state").fetchone()
    start, settled, stored = map(int, row or (0, 0, 0))
    indexed = start
    while indexed < stored:
        until = min(settled + SEGMENT, stored)
        complete = until == settled + SEGMENT
        with transaction(db):
            if complete and indexed == settled:
                db.execute(_SEGMENT.format(postings=_POSTINGS), [indexed, until])
            else:
                db.execute(f"INSERT INTO base.recent_postings {_POSTINGS}", [indexed, until])
                if complete:
                    db.execute(_SEGMENT.format(postings="FROM base.recent_postings"))
                    db.execute("DELETE FROM base.recent_postings")
            indexed, settled = until, until if complete else settled
            db.execute("UPDATE base.search_state SET indexed = ?, settled = ?", [indexed, settled])
    return stored - start


def search(
    copy: Path,
    words: str,
    *,
    category: str | None = None,
    source: str | None = None,
    language: str | None = None,
    about_court: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
) -> list[Found]:
    """Return the items of the published copy that hold all of the words, best first.

    ``since`` and ``until`` bound the publication, or the first sight where none is believed; ``until`` is exclusive.
    """
    wanted = {
        "category = ?": category,
        "source = ?": source,
        "language = ?": language,
        "about_court = ?": about_court,
        "coalesce(published_at, first_seen_at) >= ?::TIMESTAMPTZ": since and since.isoformat(),
        "coalesce(published_at, first_seen_at) < ?::TIMESTAMPTZ": until and until.isoformat(),
    }
    asked = {condition: value for condition, value in wanted.items() if value is not None}
    conditions = " AND ".join(["true", *asked])
    # Filters choose among all hits; without any, no more are looked up than are returned.
    best = None if asked else limit
    order = "score DESC, first_seen_at DESC, item_id"
    tail = f"FROM search_items(?, best := ?) WHERE {conditions} ORDER BY {order} LIMIT ?"
    with open_copy(copy) as db:
        return [Found(*row) for row in fetch(db, _FOUND, tail, [words, best, *asked.values(), limit])]
