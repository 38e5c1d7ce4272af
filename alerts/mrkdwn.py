"""Our own messages read back: the mrkdwn that we write as spans, for the console and for pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

_SPAN = re.compile(
    r"<(?P<url>https?://[^<>|]+)\|(?P<label>[^<>]*)>"
    r"|<!date\^(?P<unix>-?\d+)\^[^|<>]*\|(?P<fallback>[^<>]*)>"
    r"|(?<![^\s\W])\*(?P<bold>[^*\n]+)\*"
    r"|(?<![^\s\W])_(?P<italic>[^_\n]+)_(?![^\W_])"
    r"|`(?P<code>[^`\n]+)`"
)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text; ``target`` is the address of a link or the unix time of a moment."""

    kind: Literal["text", "link", "moment", "bold", "italic", "code"]
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a message, and how it stands out."""

    kind: Literal["header", "body", "quote", "small"]
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The line without its formatting."""
        return "".join(span.text for span in self.spans)


def read_blocks(blocks: Sequence[Mapping[str, Any]]) -> list[list[Line]]:
    """Read blocks as :mod:`alerts.messages` writes them: one list of lines a block."""
    result = []
    for block in blocks:
        if block["type"] == "header":
            result.append([Line("header", (Span("text", _plain(block["text"]["text"])),))])
        elif block["type"] == "context":
            result.append(
                [Line("small", line.spans) for element in block["elements"] for line in _lines(element["text"])]
            )
        elif block["type"] == "section":
            result.append(list(_lines(block["text"]["text"])))
    return result


def _lines(text: str) -> Iterator[Line]:
    for line in text.split("\n"):
        quoted = line.startswith(">")
        yield Line("quote" if quoted else "body", tuple(_spans(line[1:].strip() if quoted else line)))


def _spans(text: str) -> Iterator[Span]:
    position = 0
    for match in _SPAN.finditer(text):
        if match.start() > position:
            yield Span("text", _plain(text[position : match.start()]))
        groups = match.groupdict()
        if groups["url"] is not None:
            yield Span("link", _plain(groups["label"]), _plain(groups["url"]))
        elif groups["unix"] is not None:
            yield Span("moment", _plain(groups["fallback"]), groups["unix"])
        else:
            kind: Literal["bold", "italic", "code"] = next(
                k for k in ("bold", "italic", "code") if groups[k] is not None
            )
            yield Span(kind, _plain(groups[kind]))
        position = match.end()
    if position < len(text):
        yield Span("text", _plain(text[position:]))


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
