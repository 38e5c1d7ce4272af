"""Block Kit within its limits: the sizes of docs.slack.dev "Blocks", and the total that Slack was seen to refuse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from alerts.text import clean, cut, escape, isolate, neutralise
from alerts.wording import count, instant

Block = dict[str, Any]

BLOCKS = 40  # Slack: 50
CHARACTERS = 9_000  # msg_blocks_too_long was seen at 11,341 characters, 9,597 passed (slackapi/bolt-js issue 2867)
JSON_BYTES = 15_000  # 15,561 passed, 17,694 did not (same issue)
SECTION = 3_000
HEADER = 150
CONTEXT = 2_000
FALLBACK = 3_000  # `text`: Slack advises 4,000


@dataclass(frozen=True, slots=True)
class SlackMessage:
    """One message: ``text`` says everything on its own (notifications and screen readers read nothing else)."""

    text: str
    blocks: tuple[Block, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    broadcast: bool = False  # a reply that is also shown in the channel


def header(text: object) -> Block:
    """Make a headline: plain text, so that no markup is read in it."""
    value = cut(clean(text), HEADER - 8, cost=lambda piece: len(escape(piece)))
    return {"type": "header", "text": {"type": "plain_text", "text": isolate(escape(value)) or "Event", "emoji": False}}


def section(text: str) -> Block:
    """Make a paragraph of finished mrkdwn; ``verbatim`` keeps Slack from making links and mentions of its own."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(text: str) -> Block:
    """Make small print of finished mrkdwn."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def moment(at: datetime) -> str:
    """Write an instant in the reader's own time zone, UTC as the fallback; a bare date stays the same everywhere."""
    said = instant(at)
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{said}>" if said.endswith("UTC") else said


def fallback(parts: Sequence[str]) -> str:
    """Make the text that stands alone: one sentence a part, inert."""
    whole = " ".join(
        part if part.endswith((".", "!", "?", "…", ":")) else f"{part}." for part in map(clean, parts) if part
    )
    return escape(neutralise(cut(whole, FALLBACK, cost=lambda piece: len(escape(neutralise(piece))))))


def own(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Make the part of the metadata that says what a message is about."""
    return {"event_payload": {key: value for key, value in payload.items() if value is not None}}


def and_more(rest: int, noun: str = "") -> list[str]:
    """Write how many are not shown, when there are any."""
    return [f"and {count(rest, noun)} more" if noun else f"and {rest:,} more"] if rest > 0 else []


def weight(blocks: Sequence[Block]) -> tuple[int, int, int]:
    """Return (number, characters of text, bytes of JSON) of blocks: what the limits are about."""

    def characters(value: Any) -> int:
        if isinstance(value, Mapping):
            return sum(characters(part) for part in value.values())
        if isinstance(value, list | tuple):
            return sum(characters(part) for part in value)
        return len(value) if isinstance(value, str) else 0

    written = json.dumps(list(blocks), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return len(blocks), characters(list(blocks)), len(written)


def fits(blocks: Sequence[Block]) -> bool:
    """Tell whether Slack will take the blocks together."""
    number, characters, size = weight(blocks)
    return number < BLOCKS and characters < CHARACTERS and size < JSON_BYTES
