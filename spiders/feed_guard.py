"""Keeps feedparser from hanging: its regular expressions take quadratic time, or worse, on a few shapes of bodies.

Measured with feedparser 6.0.14: 100 kB of line breaks before the first element, of ``<!ENTITY`` without an end or of
letters in an author took more than ten seconds of CPU, and nothing can stop a regular expression in a thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from feedparser.mixin import _FeedParserMixin

_ELEMENT = re.compile(rb"<\w")
_SPACE = re.compile(rb"\s{2,}")
_WIDE = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"<\x00\x00\x00": "utf-32-le",
    b"\x00\x00\x00<": "utf-32-be",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}
_PROLOG = 16_000  # bytes before the first element
_DECLARATION = 1_000  # bytes of <?xml … ?>
_NO_ELEMENT = 4_000  # bytes of a body that shows none: some encodings hide it
_AUTHOR = 1_000  # characters that may hold an e-mail address


def tame(body: bytes) -> bytes | None:
    """Return the body as feedparser reads it in a time that grows with its size; None when it is no feed.

    White space before the first element is cut short, a line break set after the XML declaration, UTF-16 and UTF-32
    written as UTF-8, which the caller must say to feedparser.
    """
    body = _narrow(body)
    element = _ELEMENT.search(body)
    if element is None:
        return body if len(body) <= _NO_ELEMENT else None
    head = _SPACE.sub(b"\n", body[: element.start()])
    if len(head) > _PROLOG:
        return None
    if b"<?" in head[:100]:
        end = head.find(b">")
        if not 0 < end < _DECLARATION:
            return None
        head = head[: end + 1] + b"\n" + head[end + 1 :]
    return head + body[element.start() :]


def is_channel_definition(body: bytes) -> bool:
    """Whether the first element is CDF's ``channel``, a format that feedparser reads and gives no version."""
    element = _ELEMENT.search(body)
    return element is not None and re.match(rb"<channel\b", body[element.start() :][:20], re.I) is not None


def _narrow(body: bytes) -> bytes:
    for start, encoding in _WIDE.items():
        if body.startswith(start):
            return body.decode(encoding, "replace").encode("utf-8", "replace")
    return body


def _bounded(sync: Callable[..., None]) -> Callable[..., None]:
    """Look for an e-mail address only in what can be a name: the search is quadratic in the length of a word."""

    @wraps(sync)
    def sync_author_detail(self: Any, key: str = "author") -> None:
        if len(self._get_context().get(key) or "") <= _AUTHOR:
            sync(self, key)

    return sync_author_detail


_FeedParserMixin._sync_author_detail = _bounded(_FeedParserMixin._sync_author_detail)
