"""From an accepted answer to what is new in it, with the help of what was remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from spiders.api import parse_documents
from spiders.catalogue import Source
from spiders.feed_blocks import FeedBlocks, split_feed
from spiders.feeds import ParsedFeed, is_plausible, parse_feed
from spiders.items import Item, Outcome
from spiders.memory import Memory, Seen, seen_item
from spiders.urls import digest


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says: new and revised items, all that is listed, and what to remember.

    ``trouble`` is None when the answer is plausible; then ``memory`` may be kept.
    """

    items: tuple[Item, ...] = ()
    listed: tuple[str, ...] = ()
    memory: Memory | None = None
    trouble: Outcome | None = None
    note: str = ""
    dropped: int = 0


def read_feed(
    source: Source, body: bytes, headers: Mapping[str, str], memory: Memory, *, now: datetime, by_blocks: bool = True
) -> Reading:
    """Read a feed, parsing only entries whose raw form is not known.

    The result is the same as with ``by_blocks=False``, which parses everything: a property test holds it to that.
    """
    if len(body) > source.max_bytes:
        return Reading(trouble=Outcome.FAILED, note=f"The feed is larger than {source.max_bytes:,} bytes.")
    blocks = split_feed(body, headers) if by_blocks else None
    if blocks is not None and blocks.frame == memory.frame:
        reading = _read_new_blocks(source, blocks, headers, memory, now, body)
        if reading is not None:
            return reading
    parsed = parse_feed(source, body, headers, now=now, memory=memory)
    if parsed.trouble is not None:
        return Reading(trouble=parsed.trouble, note=parsed.note)
    trusted = blocks is not None and not parsed.malformed and len(blocks.blocks) == len(parsed.entries)
    hashes: Sequence[str] = blocks.hashes if blocks is not None and trusted else [""] * len(parsed.entries)
    entries: list[Seen | Item | None] = list(parsed.entries)
    return _conclude(source, entries, hashes, memory, frame=blocks.frame if blocks and trusted else "", body=body)


def _read_new_blocks(
    source: Source, blocks: FeedBlocks, headers: Mapping[str, str], memory: Memory, now: datetime, body: bytes
) -> Reading | None:
    """Parse what is not known; None when the cut turns out not to be what the parser sees."""
    known = [memory.by_block.get(block) for block in blocks.hashes]
    unknown = [index for index, seen in enumerate(known) if seen is None]
    entries: list[Seen | Item | None] = list(known)
    if unknown:
        beside = [seen for seen in known if seen is not None and seen.id]
        parsed: ParsedFeed = parse_feed(source, blocks.reduced(unknown), headers, now=now, memory=memory, beside=beside)
        if parsed.trouble is not None or parsed.malformed or len(parsed.entries) != len(unknown):
            return None
        for index, entry in zip(unknown, parsed.entries, strict=True):
            entries[index] = entry
    return _conclude(source, entries, blocks.hashes, memory, frame=blocks.frame, body=body)


def _conclude(
    source: Source,
    entries: Sequence[Seen | Item | None],
    hashes: Sequence[str],
    memory: Memory,
    *,
    frame: str,
    body: bytes,
) -> Reading:
    """Sort entries into new, known and dropped; the first of several with one id stands for all."""
    items: list[Item] = []
    seen: list[Seen] = []
    listed: dict[str, None] = {}
    for block, entry in zip(hashes, entries, strict=True):
        if entry is None or not entry.id or (isinstance(entry, Item) and not is_plausible(entry)):
            seen.append(Seen(block, ""))
            continue
        if entry.id in listed:
            seen.append(Seen("", ""))  # read again next time: it may then be the only one
            continue
        listed[entry.id] = None
        if isinstance(entry, Seen):
            seen.append(entry)
            continue
        if not memory.knows(entry):
            items.append(entry)
        seen.append(seen_item(block, entry))
    return judge_listing(
        source,
        Reading(
            items=tuple(items),
            listed=tuple(listed),
            memory=memory.after(seen, frame=frame, body=body_hash(body)),
            dropped=len(entries) - len(listed),
        ),
    )


def read_documents(source: Source, body: bytes, memory: Memory, *, now: datetime) -> Reading:
    """Read a JSON answer."""
    found = parse_documents(source, body, now=now)
    if found.trouble is not None:
        return Reading(trouble=found.trouble, note=found.note, dropped=found.dropped)
    return judge_listing(
        source,
        Reading(
            items=tuple(item for item in found.items if not memory.knows(item)),
            listed=tuple(item.id for item in found.items),
            memory=memory.after((seen_item("", item) for item in found.items), frame="", body=body_hash(body)),
            dropped=found.dropped,
        ),
    )


def judge_listing(source: Source, reading: Reading) -> Reading:
    """Refuse a listing that is implausibly short (DESIGN law 6)."""
    if len(reading.listed) >= source.expect.min_items:
        return reading
    what = f"{len(reading.listed)} plausible item" + ("" if len(reading.listed) == 1 else "s")
    note = f"Only {what}, at least {source.expect.min_items} expected" if reading.listed else "Nothing is listed"
    unreadable = f"; {reading.dropped} entries could not be read" if reading.dropped else ""
    return Reading(trouble=Outcome.EMPTY, note=f"{note}{unreadable}.", dropped=reading.dropped)


def body_hash(body: bytes) -> str:
    """Name an answer by its bytes."""
    return digest(body.decode("latin-1"))
