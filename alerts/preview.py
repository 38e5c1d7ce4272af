"""The preview page: alerts as they would stand in Slack, in one HTML file without remote content."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alerts.mrkdwn import Line, read_blocks
from alerts.text import runs_right_to_left

SHOWN = 200  # roots on the page: it is for looking, the warehouse keeps everything


@dataclass(slots=True)
class Post:
    """One message as it was shown: the last edit of it."""

    id: str
    key: str
    channel: str
    thread: str | None
    text: str
    blocks: Sequence[Any]
    at: str
    edited: bool = False
    broadcast: bool = False
    replies: list[Post] = field(default_factory=list)


class Wall:
    """All posts so far, kept in a JSON Lines file beside the page, so that a new process goes on where one stopped."""

    def __init__(self, page: Path) -> None:
        self._page, self._log = page, page.with_suffix(".jsonl")
        self._posts: dict[str, Post] = {}
        self._keys: dict[str, str] = {}
        written = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
        self._torn = bool(written) and not written.endswith("\n")
        for line in written.split("\n"):
            try:
                self._take(Post(**json.loads(line)))
            except (ValueError, TypeError):
                continue  # empty, or cut off by a kill: its row is still in the outbox and comes again

    def find(self, key: str) -> str | None:
        """Return the id of the post with this key, if it was shown."""
        return self._keys.get(key)

    def __contains__(self, post_id: object) -> bool:
        return post_id in self._posts

    def add(self, post: Post) -> None:
        """Show one more post, or a later edit of one, and write the page anew."""
        self._take(post)
        self._page.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("a", encoding="utf-8") as log:
            line = json.dumps(asdict(post), ensure_ascii=False, sort_keys=True)
            log.write(f"\n{line}\n" if self._torn else f"{line}\n")
        self._torn = False
        write_preview(self._page, self.threads())

    def next_id(self) -> str:
        """Make an id that no post has yet, in order."""
        return f"local-{len(self._posts) + 1:05d}"

    def threads(self) -> list[Post]:
        """Return the roots in order, each with its replies."""
        roots = {
            post.id: post for post in self._posts.values() if post.thread is None or post.thread not in self._posts
        }
        for root in roots.values():
            root.replies = [post for post in self._posts.values() if post.thread == root.id]
        return list(roots.values())

    def _take(self, post: Post) -> None:
        known = self._posts.get(post.id)
        if known is not None:
            known.text, known.blocks, known.edited = post.text, post.blocks, True
        else:
            self._posts[post.id], self._keys[post.key] = post, post.id


def write_preview(path: Path, threads: Sequence[Post], *, title: str = "Courtwatch alerts") -> None:
    """Write the page, whole or not at all: the last :data:`SHOWN` of the threads (oldest first), the newest on top."""
    shown = list(threads)[-SHOWN:]
    page = render_preview(reversed(shown), title=title, left_out=len(threads) - len(shown))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(page, encoding="utf-8")
    draft.replace(path)


def render_preview(threads: Iterable[Post], *, title: str, left_out: int = 0) -> str:
    """Render the page: nothing on it is loaded from anywhere, and nothing on it can run."""
    style = _templates.loader.get_source(_templates, "preview.css")[0] if _templates.loader else ""
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    page = _templates.get_template("preview.html")
    return page.render(title=title, threads=list(threads), style=Markup(style), style_hash=digest, left_out=left_out)  # noqa: S704 - our own style sheet


def _groups(blocks: Sequence[Any]) -> list[tuple[str, list[Line]]]:
    """Put lines of blocks together, neighbours of one kind: a quote is one quotation, a paragraph one paragraph."""
    groups: list[tuple[str, list[Line]]] = []
    for block in read_blocks(blocks):
        start = True
        for line in block:
            if not start and groups[-1][0] == line.kind:
                groups[-1][1].append(line)
            else:
                groups.append((line.kind, [line]))
            start = False
    return groups


def _direction(lines: Sequence[Line]) -> Literal["rtl", "ltr"]:
    return "rtl" if runs_right_to_left(" ".join(line.text for line in lines)) else "ltr"


def _iso(unix: str) -> str:
    return datetime.fromtimestamp(int(unix), UTC).isoformat()


_templates = Environment(
    loader=PackageLoader("alerts"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.filters |= {"groups": _groups, "direction": _direction, "iso": _iso}
