"""What a Slack workspace holds and how its Web API answers: channels, messages, threads, and the refusals.

What each answer imitates is named beside it: method pages are those of docs.slack.dev/reference/methods.
"""

from __future__ import annotations

import copy
import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replay.slack_limits import ALL_TEXT, block_errors, text_size

Message = dict[str, Any]
Answer = tuple[int, dict[str, str], Any]  # status, headers, body (None: hang up)
METADATA_BYTES = 16_000  # "Using message metadata": metadata_too_large
TEXT = 40_000  # chat.postMessage: more risks msg_too_long
PAGE = 999  # conversations.history: limit
BOT = "U0BOT"


@dataclass(slots=True)
class Channel:
    """A conversation that the app may or may not be in."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    people: set[str] = field(default_factory=lambda: {"U0ANNA", "U0BEN"})
    messages: dict[str, Message] = field(default_factory=dict)
    tokens: float = 0.0  # of its rate limit, as of
    tokens_at: float = float("-inf")


class Workspace:
    """The workspace of one token. ``clock`` gives seconds since the epoch; ``burst`` messages a channel go at once."""

    def __init__(
        self,
        token: str,
        channels: Mapping[str, str],
        clock: Callable[[], float],
        burst: int | None,
        journal: Path | None,
    ) -> None:
        self.token, self.app_token = token, "xapp-local"
        self.channels = {id_: Channel(id_, name) for id_, name in channels.items()}
        self.scopes = {"chat:write", "channels:read", "channels:history"}
        self.edits: list[tuple[str, str]] = []  # (channel id, ts) of every chat.update that was done
        self.whispers: list[Message] = []  # chat.postEphemeral
        self.views: list[dict[str, Any]] = []  # views.open
        self.triggers: set[str] = set()  # trigger ids that may still open a view
        self.clock, self._burst = clock, burst  # the clock may be changed while it runs
        self._last_ts = (0, 0)
        self._lock = threading.RLock()
        self._journal, self._torn = journal, False
        if journal is not None and journal.exists():
            self._replay(journal)

    def delete(self, channel: str, ts: str) -> None:
        """Remove a message, as a retention rule or a person may; a root with replies leaves its tombstone."""
        with self._lock:
            messages = self.channels[channel].messages
            gone = messages.pop(ts)
            if gone.get("reply_count"):  # "Message events": subtype tombstone; the thread stays
                kept = {key: gone[key] for key in ("type", "ts", "thread_ts", "reply_count")}
                messages[ts] = {**kept, "subtype": "tombstone", "text": "This message was deleted."}

    @property
    def messages(self) -> list[Message]:
        """All messages in the order of their time stamps, each with its channel."""
        with self._lock:
            found = [{**copy.deepcopy(m), "channel": c.id} for c in self.channels.values() for m in c.messages.values()]
        return sorted(found, key=lambda message: _number(message["ts"]))

    def threads(self) -> list[tuple[Message, list[Message]]]:
        """Every root with its replies, in order."""
        everything = self.messages
        roots = [message for message in everything if message.get("thread_ts", message["ts"]) == message["ts"]]
        return [
            (
                root,
                [
                    m
                    for m in everything
                    if m.get("thread_ts") == root["ts"] != m["ts"] and m["channel"] == root["channel"]
                ],
            )
            for root in roots
        ]

    def dispatch(self, method: str, arguments: dict[str, Any], authorization: str) -> Answer:
        """Answer one call of the Web API."""
        # "Authenticating": the token stands in the Authorization header or in the argument `token`.
        token = authorization.removeprefix("Bearer ").strip() or str(arguments.get("token", ""))
        if not token:
            return error("not_authed")
        if method == "apps.connections.open":
            # apps.connections.open: takes an app-level token (xapp-...), answers with the address of a WebSocket.
            return ok(url=self.socket_url()) if token == self.app_token else error("invalid_auth")
        if token != self.token:
            return error("invalid_auth")
        known: dict[str, tuple[str | None, Callable[[dict[str, Any]], Answer]]] = {
            "auth.test": (None, self._auth_test),
            "chat.postMessage": ("chat:write", self._post),
            "chat.update": ("chat:write", self._update),
            "chat.getPermalink": (None, self._permalink),
            "chat.postEphemeral": ("chat:write", self._whisper),
            "views.open": (None, self._open_view),
            "conversations.members": ("channels:read", self._members),
            "conversations.info": ("channels:read", self._info),
            "conversations.list": ("channels:read", self._list),
            "conversations.history": ("channels:history", self._history),
            "conversations.replies": ("channels:history", self._replies),
        }
        if method not in known:
            return error("unknown_method")
        scope, act = known[method]
        if scope is not None and scope not in self.scopes:
            # "Permission scopes": missing_scope says what is needed and what the token has.
            return error("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
        return act(arguments)

    def _auth_test(self, _: dict[str, Any]) -> Answer:
        # auth.test: whom the token belongs to.
        return ok(
            url="https://local.slack.example/",
            team="Local",
            user="courtwatch",
            team_id="T0LOCAL",
            user_id="U0BOT",
            bot_id="B0BOT",
        )

    def _channel(self, value: Any, *, by_name: bool = False) -> Channel | None:
        found = self.channels.get(str(value))
        if found is None and by_name:  # chat.postMessage takes names too; the conversations methods take ids only
            name = str(value).removeprefix("#")
            found = next((channel for channel in self.channels.values() if channel.name == name), None)
        return found

    def _post(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"), by_name=True)
        if channel is None:
            return error("channel_not_found")
        if not channel.member:
            return error("not_in_channel")
        if channel.archived:
            return error("is_archived")
        limited = self._rate_limit(channel)
        if limited is not None:
            return limited
        problem = _content_error(arguments)
        if problem is not None:
            return problem
        thread_ts = arguments.get("thread_ts")
        if thread_ts and str(thread_ts) not in channel.messages:
            return error("thread_not_found")  # seen, but not on the page of chat.postMessage
        message = self._message(arguments)
        if thread_ts:
            parent = channel.messages[str(thread_ts)]
            top = str(parent.get("thread_ts", parent["ts"]))  # a reply's ts stands for its parent's thread
            root = channel.messages.get(top, parent)
            message["thread_ts"] = root["ts"]
            root["thread_ts"], root["reply_count"] = root["ts"], root.get("reply_count", 0) + 1
            self._keep(channel, root)
            if _truth(arguments.get("reply_broadcast")):
                message["subtype"] = "thread_broadcast"
        channel.messages[message["ts"]] = message
        self._keep(channel, message)
        return ok(channel=channel.id, ts=message["ts"], message=message)

    def _message(self, arguments: Mapping[str, Any]) -> Message:
        # "Message": ts is unique in its channel and rises; here it is unique everywhere.
        seconds = int(self.clock())
        self._last_ts = (seconds, 100) if seconds > self._last_ts[0] else (self._last_ts[0], self._last_ts[1] + 100)
        message: Message = {"type": "message", "user": "U0BOT", "bot_id": "B0BOT", "text": arguments.get("text", "")}
        message["ts"] = f"{self._last_ts[0]}.{self._last_ts[1]:06d}"
        kept = ("blocks", "metadata", "unfurl_links", "unfurl_media", "parse", "link_names")
        message |= {key: _decoded(arguments[key]) for key in kept if key in arguments}
        return message

    def _rate_limit(self, channel: Channel) -> Answer | None:
        # "Rate limits": about one message a second a channel, short bursts tolerated, then 429 with Retry-After.
        if self._burst is None:
            return None
        now = self.clock()
        channel.tokens = min(float(self._burst), channel.tokens + now - channel.tokens_at)
        channel.tokens_at = now
        if channel.tokens < 1 - 1e-6:  # the clock is a float of seconds since 1970
            return limited(1 - channel.tokens)
        channel.tokens -= 1
        return None

    def _update(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return error("channel_not_found")
        if channel.archived:
            return error("is_inactive")
        message = channel.messages.get(str(arguments.get("ts")))
        if message is None or message.get("subtype") == "tombstone":
            return error("message_not_found")
        problem = _content_error(arguments)
        if problem is not None:
            return problem
        # chat.update: metadata that is not given stays, an empty object removes it.
        message |= {
            key: _decoded(arguments[key]) for key in ("text", "blocks", "metadata", "parse") if key in arguments
        }
        message["edited"] = {"user": "U0BOT", "ts": f"{int(self.clock())}.000000"}
        self.edits.append((channel.id, message["ts"]))
        self._keep(channel, message)
        return ok(channel=channel.id, ts=message["ts"], text=message["text"], message=message)

    def _permalink(self, arguments: dict[str, Any]) -> Answer:
        channel, ts = self._channel(arguments.get("channel")), str(arguments.get("message_ts"))
        if channel is None:
            return error("channel_not_found")
        if ts not in channel.messages:
            return error("message_not_found")
        return ok(
            channel=channel.id, permalink=f"https://local.slack.example/archives/{channel.id}/p{ts.replace('.', '')}"
        )

    def _whisper(self, arguments: dict[str, Any]) -> Answer:
        # chat.postEphemeral: seen by one user, kept nowhere, has a message_ts.
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return error("channel_not_found")
        if arguments.get("user") not in channel.people:
            return error("user_not_in_channel")
        problem = _content_error(arguments)
        if problem is not None:
            return problem
        self.whispers.append({key: arguments[key] for key in ("channel", "user", "text", "blocks") if key in arguments})
        return ok(message_ts=f"{int(self.clock())}.{len(self.whispers):06d}")

    def _open_view(self, arguments: dict[str, Any]) -> Answer:
        # views.open: a trigger_id works once, within 3 seconds; here once.
        view, trigger = _decoded(arguments.get("view")), str(arguments.get("trigger_id"))
        if trigger not in self.triggers:
            return error("expired_trigger_id")
        if not isinstance(view, dict) or view.get("type") != "modal" or not view.get("blocks"):
            return error("invalid_arguments")
        self.triggers.discard(trigger)
        self.views.append(view)
        return ok(view={**view, "id": f"V{len(self.views):08d}"})

    def _members(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return error("channel_not_found")
        page, cursor = _page(sorted(channel.people), arguments, 100)
        return ok(members=page, response_metadata={"next_cursor": cursor})

    def socket_url(self) -> str:
        """Where Socket Mode connects; the server knows."""
        raise NotImplementedError

    def _info(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"))
        return error("channel_not_found") if channel is None else ok(channel=_described(channel))

    def _list(self, arguments: dict[str, Any]) -> Answer:
        shown = [
            _described(c)
            for c in self.channels.values()
            if not (c.archived and _truth(arguments.get("exclude_archived")))
        ]
        page, cursor = _page(shown, arguments, 100)
        return ok(channels=page, response_metadata={"next_cursor": cursor})

    def _history(self, arguments: dict[str, Any]) -> Answer:
        # conversations.history: newest first; replies are not in it unless they were broadcast.
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return error("channel_not_found")
        if not channel.member:
            return error("not_in_channel")
        shown = [
            message
            for message in channel.messages.values()
            if message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"
        ]
        return self._paged(sorted(shown, key=lambda m: _number(m["ts"]), reverse=True), arguments, 100)

    def _replies(self, arguments: dict[str, Any]) -> Answer:
        # conversations.replies: the parent first, then its replies, oldest first.
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return error("channel_not_found")
        ts = str(arguments.get("ts"))
        if ts not in channel.messages:
            return error("thread_not_found")
        shown = [m for m in channel.messages.values() if m["ts"] == ts or m.get("thread_ts") == ts]
        return self._paged(sorted(shown, key=lambda m: _number(m["ts"])), arguments, PAGE)

    def _paged(self, found: Any, arguments: dict[str, Any], default: int) -> Answer:
        oldest, latest = arguments.get("oldest"), arguments.get("latest")
        edge = _truth(arguments.get("inclusive"))
        kept = []
        for message in found:
            at = _number(message["ts"])
            if oldest and (at < _number(oldest) or (at == _number(oldest) and not edge)):
                continue
            if latest and (at > _number(latest) or (at == _number(latest) and not edge)):
                continue
            # "Retrieving message metadata": metadata only comes when asked for.
            with_metadata = _truth(arguments.get("include_all_metadata"))
            kept.append({k: v for k, v in message.items() if k != "metadata" or with_metadata})
        page, cursor = _page(kept, arguments, default)
        return ok(messages=page, has_more=bool(cursor), response_metadata={"next_cursor": cursor})

    def _keep(self, channel: Channel, message: Message) -> None:
        """Write down what now stands in a channel: with a journal, what was posted outlives this process."""
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as file:
                line = json.dumps([channel.id, message], ensure_ascii=False)
                file.write(f"\n{line}\n" if self._torn else f"{line}\n")
            self._torn = False

    def _replay(self, journal: Path) -> None:
        written = journal.read_text(encoding="utf-8")
        self._torn = bool(written) and not written.endswith("\n")
        for line in written.split("\n"):
            try:
                channel_id, message = json.loads(line)
            except ValueError:
                continue  # empty, or a line that a kill cut off: never answered, so never known to the sender as posted
            self.channels[channel_id].messages[message["ts"]] = message
            self._last_ts = max(self._last_ts, _number(message["ts"]))


def ok(**fields: Any) -> Answer:
    """Answer that it was done."""
    return 200, {}, {"ok": True, **fields}


def error(code: str, **fields: Any) -> Answer:
    """Refuse; "Evaluating responses": most refusals are HTTP 200 with ok false."""
    return 200, {}, {"ok": False, "error": code, **fields}


def _content_error(arguments: Mapping[str, Any]) -> Answer | None:
    """Return what chat.postMessage and chat.update say about the message itself."""
    text, blocks, metadata = arguments.get("text", ""), arguments.get("blocks"), arguments.get("metadata")
    if not text and not blocks:
        return error("no_text")
    if len(str(text)) > TEXT:
        return error("msg_too_long")
    if blocks is not None:
        try:
            blocks = _decoded(blocks)
        except ValueError:
            return error("invalid_blocks_format")
        errors = block_errors(blocks)
        if errors:
            return error("invalid_blocks", errors=errors, response_metadata={"messages": errors})
        if text_size(blocks) > ALL_TEXT:
            return error("msg_blocks_too_long")
    if metadata is not None:
        metadata = _decoded(metadata)
        if metadata and not (
            isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
        ):
            return error("invalid_metadata_format")
        if len(json.dumps(metadata)) > METADATA_BYTES:
            return error("metadata_too_large")
    return None


def _described(channel: Channel) -> dict[str, Any]:
    # conversations.info: the fields that we look at.
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_archived": channel.archived,
        "is_member": channel.member,
        "is_private": False,
    }


def _page(found: list[Any], arguments: Mapping[str, Any], default: int) -> tuple[list[Any], str]:
    # "Pagination": next_cursor is empty on the last page.
    start = int(str(arguments.get("cursor") or "0").removeprefix("at:"))
    limit = max(1, min(PAGE, int(arguments.get("limit") or default)))
    end = start + limit
    return found[start:end], f"at:{end}" if end < len(found) else ""


def _number(ts: Any) -> tuple[int, int]:
    whole, _, part = str(ts).partition(".")
    return int(whole or 0), int((part or "0").ljust(6, "0")[:6])


def _truth(value: Any) -> bool:
    return str(value).lower() in ("1", "true")


def _decoded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value[:1] in ("[", "{") else value


def limited(retry_after: float) -> Answer:
    """Answer as the rate limit does."""
    # "Rate limits": HTTP 429, Retry-After in whole seconds
    return 429, {"Retry-After": str(max(1, math.ceil(retry_after)))}, {"ok": False, "error": "ratelimited"}
