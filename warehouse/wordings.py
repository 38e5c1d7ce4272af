"""The texts that an item has had, and which of them is an edit of which: each source words a release its own way."""

# SQL is put together from this room's own constants; values are always parameters

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from spiders.items import DateEvidence, Item
from warehouse.batch import NUMBERS, fetch, ids
from warehouse.connection import Connection

#: Two sources of one release show the same edit within this time.
ECHO = timedelta(days=1)

# A day is noted as midnight somewhere: the instant that it stands for may be a day and a time zone later.
_A_DAY_APART = timedelta(hours=38)
_FINENESS = {None: 0, "month": 1, "day": 2, "instant": 3}

_WORDING = {
    "item_no": "BIGINT",
    "number": "INTEGER",
    "split_part(run_id, '@', 1)": "VARCHAR",
    "content_hash": "VARCHAR",
    "chain": "VARCHAR",
    "title": "VARCHAR",
    "seen_at": "TIMESTAMPTZ",
    "replaces": "INTEGER",
    "published_raw": "VARCHAR",
    "published_at": "TIMESTAMPTZ",
    "published_precision": "VARCHAR",
    "published_origin": "VARCHAR",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """One stored revision of an item, without its text. ``replaces``: the revision it is an edit of, if it is one."""

    number: int
    source: str  # that showed it
    content_hash: str
    chain: str
    title: str
    seen_at: datetime
    replaces: int | None
    published: DateEvidence


def read_wordings(db: Connection, item_nos: Collection[int]) -> dict[int, list[Wording]]:
    """Return all revisions of these items, oldest first."""
    found: dict[int, list[Wording]] = {}
    if item_nos:
        rows = fetch(db, _WORDING, f"FROM base.revisions WHERE item_no IN {NUMBERS} ORDER BY number", [ids(item_nos)])
        for item_no, number, source, content_hash, chain, title, seen_at, replaces, *date in rows:
            wording = Wording(number, source, content_hash, chain, title, seen_at, replaces, DateEvidence(*date))
            found.setdefault(item_no, []).append(wording)
    return found


def read_texts(db: Connection, item_nos: Iterable[int]) -> dict[tuple[int, int], str]:
    """Return the texts of all revisions of these items, by number of item and revision."""
    wanted = list(item_nos)
    if not wanted:
        return {}
    shape = {"item_no": "BIGINT", "number": "INTEGER", "text": "VARCHAR"}
    rows = fetch(db, shape, f"FROM base.revisions WHERE item_no IN {NUMBERS}", [ids(wanted)])
    return {(item_no, number): text for item_no, number, text in rows}


def edited_from(item: Item, known: Sequence[Wording], first_shown: str | None) -> Wording | None:
    """Return the wording of which ``item`` is an edit; None when it is none, or a source's first words.

    An edit is held against what the same source showed before: another source that words the page otherwise edits
    nothing. ``first_shown`` is the hash of what a further source showed first; where that was a text that was known,
    the source shows what others show, and its edits are edits of the newest text.
    """
    newest = known[-1]
    if item.content_hash == newest.content_hash:
        return None
    own = [wording for wording in known if wording.source == item.source]
    if own:
        return own[-1] if item.content_hash != own[-1].content_hash else None
    follows = first_shown is not None and any(wording.content_hash == first_shown for wording in known)
    return newest if follows and item.content_hash != first_shown else None


def adds_words(item: Item, known: Sequence[Wording], newest_text: str) -> bool:
    """Whether a further source says more of a release than is known: another headline, or text beyond the known."""
    if any(wording.content_hash == item.content_hash for wording in known):
        return False
    return _plain(item.title) != _plain(known[-1].title) or _plain(item.text) not in _plain(newest_text)


def echoes(item: Item, known: Sequence[Wording], at: datetime) -> bool:
    """Whether an edit by one source has been shown by another one of the same release within a day."""
    edits = [wording.source for wording in known if wording.replaces is not None and at - wording.seen_at < ECHO]
    others = {edits.count(source) for source in edits if source != item.source}
    return max(others, default=0) > edits.count(item.source)


def date_of(item: Item, known: Sequence[Wording]) -> DateEvidence:
    """Return when ``item`` was published: a further source that names the day only takes away no hour that is known."""
    stated, held = item.published, known[-1].published if known else DateEvidence()
    if not known or known[-1].source == item.source or held.at is None:
        return stated
    agree = stated.at is None or abs(stated.at - held.at) <= _A_DAY_APART
    return held if agree and _FINENESS[held.precision] > _FINENESS[stated.precision] else stated


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
