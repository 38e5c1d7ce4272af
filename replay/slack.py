"""A Slack on this machine: the part of the Web API that Courtwatch uses, with its limits, errors and bad days.

What each answer imitates is named beside it: method pages are those of docs.slack.dev/reference/methods.
"""

from __future__ import annotations

import copy
import json
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

from replay.slack_limits import ALL_TEXT, block_errors, text_size

Fault = Literal[
    "lost_reply",  # done, then the connection closes without an answer
    "lost_request",  # nothing done, the connection closes without an answer
    "server_error",  # nothing done, HTTP 503 with a page that is no JSON
    "server_error_after",  # done, then HTTP 500
    "rate_limited",  # HTTP 429 with Retry-After
    "internal_error",  # done or not: here done; HTTP 200, ok false
]
Message = dict[str, Any]
Answer = tuple[int, dict[str, str], Any]  # status, headers, body (None: hang up)
METADATA_BYTES = 16_000  # "Using message metadata": metadata_too_large
TEXT = 40_000  # chat.postMessage: more risks msg_too_long
PAGE = 999  # conversations.history: limit


@dataclass(slots=True)
class Channel:
    """A conversation that the app may or may not be in."""

    id: str
    name: str
    member: bool = True
    archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    tokens: float = 0.0  # of its rate limit, as of
    tokens_at: float = float("-inf")


class LocalSlack:
    """Serves ``http://127.0.0.1:PORT/api/`` while started; everything posted stays in :attr:`messages`.

    ``clock`` gives seconds since the epoch, for time stamps and for the rate limit: one message a second a channel,
    ``burst`` at once (None: no limit). ``journal`` is a file in which posts outlive the process. ``fail`` plans faults.
    """

    def __init__(
        self,
        *,
        token: str = "xoxb-local",  # noqa: S107 - opens nothing but this server
        channels: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        burst: int | None = None,
        journal: Path | None = None,
    ) -> None:
        self.token = token
        self.channels = {id_: Channel(id_, name) for id_, name in (channels or {"C0ALERTS01": "alerts"}).items()}
        self.scopes = {"chat:write", "channels:read", "channels:history"}
        self.calls: list[tuple[str, dict[str, Any]]] = []  # every request, also those that failed
        self.edits: list[tuple[str, str]] = []  # (channel id, ts) of every chat.update that was done
        self.clock, self._burst = clock, burst  # the clock may be changed while it runs
        self._last_ts = (0, 0)
        self._faults: list[tuple[Fault, str | None, float]] = []
        self._lock = threading.RLock()
        self._journal = journal
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        if journal is not None and journal.exists():
            self._replay(journal)

    # --- running it ---------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="local-slack", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port; what was posted can still be read."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """What a client takes as ``base_url``."""
        if self._server is None:
            raise RuntimeError("LocalSlack is not started")
        return f"http://127.0.0.1:{self._server.server_port}/api/"

    # --- planning its bad days, and looking at it -----------------------------------------------------------------

    def fail(self, fault: Fault, *, method: str | None = None, times: int = 1, retry_after: float = 1) -> None:
        """Let the next ``times`` calls (of ``method``) meet ``fault``."""
        with self._lock:
            self._faults += [(fault, method, retry_after)] * times

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

    # --- the API --------------------------------------------------------------------------------------------------

    def answer(self, method: str, arguments: dict[str, Any], authorization: str) -> Answer:
        """Answer one call."""
        with self._lock:
            self.calls.append((method, arguments))
            fault = self._take_fault(method)
            if fault is not None and fault[0] in ("lost_request", "server_error", "rate_limited"):
                return _refuse(*fault)
            status, headers, body = self._dispatch(method, arguments, authorization)
            if fault is not None:
                return {
                    "lost_reply": (status, headers, None),
                    "server_error_after": (500, {}, "<html>Internal Server Error</html>"),
                    "internal_error": (200, {}, {"ok": False, "error": "internal_error"}),
                }[fault[0]]
            return status, headers, body

    def _take_fault(self, method: str) -> tuple[Fault, float] | None:
        for index, (fault, wanted, retry_after) in enumerate(self._faults):
            if wanted in (None, method):
                del self._faults[index]
                return fault, retry_after
        return None

    def _dispatch(self, method: str, arguments: dict[str, Any], authorization: str) -> Answer:
        # "Authenticating": the token stands in the Authorization header or in the argument `token`.
        token = authorization.removeprefix("Bearer ").strip() or str(arguments.get("token", ""))
        if not token:
            return _error("not_authed")
        if token != self.token:
            return _error("invalid_auth")
        known: dict[str, tuple[str | None, Callable[[dict[str, Any]], Answer]]] = {
            "auth.test": (None, self._auth_test),
            "chat.postMessage": ("chat:write", self._post),
            "chat.update": ("chat:write", self._update),
            "chat.getPermalink": (None, self._permalink),
            "conversations.info": ("channels:read", self._info),
            "conversations.list": ("channels:read", self._list),
            "conversations.history": ("channels:history", self._history),
            "conversations.replies": ("channels:history", self._replies),
        }
        if method not in known:
            return _error("unknown_method")
        scope, act = known[method]
        if scope is not None and scope not in self.scopes:
            # "Permission scopes": missing_scope says what is needed and what the token has.
            return _error("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
        return act(arguments)

    def _keep(self, channel: Channel, message: Message) -> None:
        """Write down what now stands in a channel: with a journal, what was posted outlives this process."""
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps([channel.id, message], ensure_ascii=False) + "\n")

    def _replay(self, journal: Path) -> None:
        for line in journal.read_text(encoding="utf-8").splitlines():
            try:
                channel_id, message = json.loads(line)
            except ValueError:
                continue  # a line that a kill cut off: never answered, so never known to the sender as posted
            self.channels[channel_id].messages[message["ts"]] = message
            self._last_ts = max(self._last_ts, _number(message["ts"]))

    def _auth_test(self, _: dict[str, Any]) -> Answer:
        # auth.test: whom the token belongs to.
        return _ok(
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
            return _error("channel_not_found")
        if not channel.member:
            return _error("not_in_channel")
        if channel.archived:
            return _error("is_archived")
        limited = self._rate_limit(channel)
        if limited is not None:
            return limited
        problem = _content_error(arguments)
        if problem is not None:
            return problem
        thread_ts = arguments.get("thread_ts")
        if thread_ts and str(thread_ts) not in channel.messages:
            return _error("thread_not_found")  # seen, but not on the page of chat.postMessage
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
        return _ok(channel=channel.id, ts=message["ts"], message=message)

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
            return _refuse("rate_limited", 1 - channel.tokens)
        channel.tokens -= 1
        return None

    def _update(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return _error("channel_not_found")
        if channel.archived:
            return _error("is_inactive")
        message = channel.messages.get(str(arguments.get("ts")))
        if message is None or message.get("subtype") == "tombstone":
            return _error("message_not_found")
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
        return _ok(channel=channel.id, ts=message["ts"], text=message["text"], message=message)

    def _permalink(self, arguments: dict[str, Any]) -> Answer:
        channel, ts = self._channel(arguments.get("channel")), str(arguments.get("message_ts"))
        if channel is None:
            return _error("channel_not_found")
        if ts not in channel.messages:
            return _error("message_not_found")
        return _ok(
            channel=channel.id, permalink=f"https://local.slack.example/archives/{channel.id}/p{ts.replace('.', '')}"
        )

    def _info(self, arguments: dict[str, Any]) -> Answer:
        channel = self._channel(arguments.get("channel"))
        return _error("channel_not_found") if channel is None else _ok(channel=_described(channel))

    def _list(self, arguments: dict[str, Any]) -> Answer:
        shown = [
            _described(c)
            for c in self.channels.values()
            if not (c.archived and _truth(arguments.get("exclude_archived")))
        ]
        page, cursor = _page(shown, arguments, 100)
        return _ok(channels=page, response_metadata={"next_cursor": cursor})

    def _history(self, arguments: dict[str, Any]) -> Answer:
        # conversations.history: newest first; replies are not in it unless they were broadcast.
        channel = self._channel(arguments.get("channel"))
        if channel is None:
            return _error("channel_not_found")
        if not channel.member:
            return _error("not_in_channel")
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
            return _error("channel_not_found")
        ts = str(arguments.get("ts"))
        if ts not in channel.messages:
            return _error("thread_not_found")
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
        return _ok(messages=page, has_more=bool(cursor), response_metadata={"next_cursor": cursor})


# --- answers ------------------------------------------------------------------------------------------------------


def _ok(**fields: Any) -> Answer:
    return 200, {}, {"ok": True, **fields}


def _error(code: str, **fields: Any) -> Answer:
    # "Evaluating responses": most refusals are HTTP 200 with ok false.
    return 200, {}, {"ok": False, "error": code, **fields}


def _refuse(fault: Fault, retry_after: float) -> Answer:
    if fault == "rate_limited":  # "Rate limits": HTTP 429, Retry-After in whole seconds
        return 429, {"Retry-After": str(max(1, math.ceil(retry_after)))}, {"ok": False, "error": "ratelimited"}
    if fault == "server_error":
        return 503, {}, "<html>Service Unavailable</html>"
    return 200, {}, None


def _content_error(arguments: Mapping[str, Any]) -> Answer | None:
    """Return what chat.postMessage and chat.update say about the message itself."""
    text, blocks, metadata = arguments.get("text", ""), arguments.get("blocks"), arguments.get("metadata")
    if not text and not blocks:
        return _error("no_text")
    if len(str(text)) > TEXT:
        return _error("msg_too_long")
    if blocks is not None:
        try:
            blocks = _decoded(blocks)
        except ValueError:
            return _error("invalid_blocks_format")
        errors = block_errors(blocks)
        if errors:
            return _error("invalid_blocks", errors=errors, response_metadata={"messages": errors})
        if text_size(blocks) > ALL_TEXT:
            return _error("msg_blocks_too_long")
    if metadata is not None:
        metadata = _decoded(metadata)
        if metadata and not (
            isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
        ):
            return _error("invalid_metadata_format")
        if len(json.dumps(metadata)) > METADATA_BYTES:
            return _error("metadata_too_large")
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


def _handler(slack: LocalSlack) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request: the method is the last part of the path, the arguments JSON, form or query."""

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
            path, _, query = self.path.partition("?")
            arguments: dict[str, Any] = dict(parse_qsl(query))
            if "json" in (self.headers.get("Content-Type") or ""):
                arguments |= json.loads(raw or "{}")
            else:
                arguments |= dict(parse_qsl(raw, keep_blank_values=True))
            method = path.rsplit("/", 1)[-1]
            status, headers, body = slack.answer(method, arguments, self.headers.get("Authorization") or "")
            if body is None:
                self.close_connection = True
                return
            written = (body if isinstance(body, str) else json.dumps(body)).encode("utf-8")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            kind = "text/html" if isinstance(body, str) else "application/json"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        do_GET = do_POST  # noqa: N815 - "Web API": both verbs are taken

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
            """Say nothing: calls are kept in ``LocalSlack.calls``."""

    return Handler
