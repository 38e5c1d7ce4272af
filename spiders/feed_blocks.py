"""Cutting a feed into its raw entries without parsing it, where that can be trusted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_TAG = re.compile(rb"<(/?)(item|entry)(?=[\s>/])[^<>]*?(/?)>")
_ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")
_INHERITED = re.compile(rb"""\s(?:xmlns(?::[\w.-]+)?|xml:\w+|version)\s*=\s*(?:"[^"]*"|'[^']*')""")
_READER = "2"  # part of every frame: a change of how entries are read makes all be read again


@dataclass(frozen=True, slots=True)
class FeedBlocks:
    """A feed as head, entries and tail; ``frame`` is the hash of what entries inherit from the head."""

    head: bytes
    blocks: tuple[bytes, ...]
    tail: bytes
    frame: str
    hashes: tuple[str, ...]

    def reduced(self, keep: Sequence[int]) -> bytes:
        """Return the feed with only these entries."""
        return self.head + b"\n".join(self.blocks[index] for index in keep) + self.tail


def split_feed(body: bytes, headers: Mapping[str, str]) -> FeedBlocks | None:
    """Cut at the tags of entries; None when any doubt remains that a parser would cut there too.

    Trusted is only well-behaved UTF-8 without a document type, where entries stand side by side with nothing between
    them and no comment or CDATA section crosses a border.
    """
    if not _is_plain_utf8(body, headers):
        return None
    tags = list(_TAG.finditer(body))
    if not tags or len(tags) % 2 or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    kind = tags[0][2]
    blocks, end = [], tags[0].start()
    for opening, closing in zip(tags[::2], tags[1::2], strict=True):
        sides = (opening[1], closing[1], opening[2], closing[2], opening[3])
        if sides != (b"", b"/", kind, kind, b"") or body[end : opening.start()].strip():
            return None
        end = closing.end()
        blocks.append(body[opening.start() : end])
    head, tail = body[: tags[0].start()], body[end:]
    if not all(_is_balanced(part) for part in (head, *blocks)):
        return None
    return FeedBlocks(head, tuple(blocks), tail, _frame(head, tail), tuple(map(block_hash, blocks)))


def declared_charset(body: bytes) -> str:
    """Return the charset that the XML declaration names, in lower case; "" where none is named."""
    found = _ENCODING.search(body[:400])
    return found[1].decode("latin-1").lower() if found else ""


def block_hash(block: bytes) -> str:
    """Name a raw entry by its bytes."""
    return hashlib.blake2b(block, digest_size=8).hexdigest()


def _is_plain_utf8(body: bytes, headers: Mapping[str, str]) -> bool:
    if declared_charset(body) not in {"", "utf-8", "utf8", "us-ascii"}:
        return False
    charset = re.search(r"charset\s*=\s*[\"']?([\w-]+)", headers.get("content-type", ""), re.I)
    if charset and charset[1].lower() not in {"utf-8", "utf8"}:
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_balanced(part: bytes) -> bool:
    return part.count(b"<![CDATA[") == part.count(b"]]>") and part.count(b"<!--") == part.count(b"-->")


def _frame(head: bytes, tail: bytes) -> str:
    # The tail is in it because some feeds put what belongs to the channel after the entries.
    inherited = b"".join(_INHERITED.findall(head))
    roots = b" ".join(re.findall(rb"<([A-Za-z][\w:.-]*)", head)[:2])
    return hashlib.blake2b(b"\x00".join([_READER.encode(), roots, inherited, tail]), digest_size=8).hexdigest()
