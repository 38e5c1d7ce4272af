"""Without a token: alerts on the terminal, and on a page as they would look in Slack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from alerts.blocks import SlackMessage
from alerts.mrkdwn import Line, read_blocks
from alerts.outcomes import SendOutcome, back_off
from alerts.preview import Post, Wall
from warehouse.rows import Delivery

_STYLES = {"bold": "bold", "italic": "italic", "code": "dim", "link": "blue", "moment": "", "text": ""}
_LINE_STYLES = {"header": "bold", "quote": "italic", "small": "dim", "body": ""}


class ConsoleSender:
    """Shows each alert once; the same ``send`` as :class:`alerts.slack.SlackSender`."""

    def __init__(
        self,
        console: Console,
        preview: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        quiet: bool = False,
    ) -> None:
        self._console, self._wall, self._now, self._quiet = console, Wall(preview), now, quiet

    def send(self, delivery: Delivery, message: SlackMessage) -> SendOutcome:
        """Show a root, a reply or an edit; a key that stands on the page already is not shown again."""
        known = self._wall.find(delivery.key)
        if known is not None and delivery.kind != "update":
            return SendOutcome("sent", external_id=known, adopted=True)
        thread = self._wall.find(delivery.thread_key or "") or delivery.thread_external_id
        if delivery.kind == "update":
            if thread is None or thread not in self._wall:
                return SendOutcome("due", error="the event's message is gone from the page", root_vanished=True)
            return self._show(delivery, message, thread, None)
        return self._show(
            delivery, message, self._wall.next_id(), thread if delivery.kind in ("reply", "notice_reply") else None
        )

    @property
    def paused_until(self) -> None:
        """A terminal never asks to be left alone."""

    def posted(self, key: str) -> str | None:
        """Return the id of the post that stands on the page under this key, if there is one."""
        return self._wall.find(key)

    def _show(self, delivery: Delivery, message: SlackMessage, post_id: str, thread: str | None) -> SendOutcome:
        at = self._now().astimezone(UTC).isoformat(timespec="seconds")
        post = Post(
            post_id,
            delivery.key,
            delivery.channel,
            thread,
            message.text,
            message.blocks,
            at,
            broadcast=message.broadcast,
        )
        try:
            self._wall.add(post)
        except OSError as error:
            said = f"the preview page cannot be written ({error.strerror or error}): check the data folder"
            return SendOutcome("due", error=said, retry_at=self._now() + back_off(delivery.attempts))
        if delivery.kind != "update" and not self._quiet:
            self._print(delivery, message.blocks, at)
        return SendOutcome("sent", external_id=post_id)

    def _print(self, delivery: Delivery, blocks: Sequence[Any], at: str) -> None:
        text = Text("\n").join(styled(line) for block in read_blocks(blocks) for line in block)
        if delivery.kind in ("reply", "notice_reply"):
            self._console.print(Padding(Text("↳ ") + text, (0, 0, 1, 4)))
        else:
            where = f"#{delivery.channel.removeprefix('#')} · {at[:16].replace('T', ' ')} UTC"
            self._console.print(
                Panel(text, title=Text(where), title_align="left", expand=False, width=min(110, self._console.width))
            )


def styled(line: Line) -> Text:
    """Make one line for the terminal: styled text, in which nothing is read as markup."""
    result = Text(style=_LINE_STYLES[line.kind])
    if line.kind == "quote":
        result.append("│ ")
    for span in line.spans:
        style = f"blue link {span.target}" if span.kind == "link" else _STYLES[span.kind]
        result.append(span.text, style=style)
    return result
