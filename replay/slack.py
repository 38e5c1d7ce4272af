"""A Slack on this machine: the part of the Web API and of Socket Mode that Courtwatch uses, with its bad days.

How calls are answered: :mod:`replay.slack_workspace`. What blocks may hold: :mod:`replay.slack_limits`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import parse_qsl

from replay.slack_socket import Link, accept_key
from replay.slack_workspace import Answer, Channel, Message, Workspace, limited

__all__ = ["Channel", "Fault", "LocalSlack", "Message"]

Fault = Literal[
    "lost_reply",  # done, then the connection closes without an answer
    "lost_request",  # nothing done, the connection closes without an answer
    "server_error",  # nothing done, HTTP 503 with a page that is no JSON
    "server_error_after",  # done, then HTTP 500
    "rate_limited",  # HTTP 429 with Retry-After
    "internal_error",  # done or not: here done; HTTP 200, ok false
]


class LocalSlack(Workspace):
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
        super().__init__(token, channels or {"C0ALERTS01": "alerts"}, clock, burst, journal)
        self.calls: list[tuple[str, dict[str, Any]]] = []  # every request, also those that failed
        self.acknowledged: dict[str, Any] = {}  # envelope id -> what the acknowledgement carried
        self._faults: list[tuple[Fault, str | None, float]] = []
        self._links: list[Link] = []
        self._heard = threading.Condition()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

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
            for link in list(self._links):
                link.close()
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

    # --- planning its bad days -----------------------------------------------------------------

    def fail(self, fault: Fault, *, method: str | None = None, times: int = 1, retry_after: float = 1) -> None:
        """Let the next ``times`` calls (of ``method``) meet ``fault``."""
        with self._lock:
            self._faults += [(fault, method, retry_after)] * times

    @property
    def faults_left(self) -> int:
        """How many planned faults no call has met yet."""
        with self._lock:
            return len(self._faults)

    # --- the API --------------------------------------------------------------------------------------------------

    def answer(self, method: str, arguments: dict[str, Any], authorization: str) -> Answer:
        """Answer one call, well or as the next fault has it."""
        answer = self._answer(method, arguments, authorization)
        with self._heard:
            self._heard.notify_all()
        return answer

    def _answer(self, method: str, arguments: dict[str, Any], authorization: str) -> Answer:
        with self._lock:
            self.calls.append((method, arguments))
            fault = self._take_fault(method)
            if fault is not None and fault[0] in ("lost_request", "server_error", "rate_limited"):
                return _refuse(*fault)
            status, headers, body = self.dispatch(method, arguments, authorization)
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

    # --- Socket Mode ------------------------------------------------------------------------------------------------

    def socket_url(self) -> str:
        """Where Socket Mode connects; on the same port."""
        return f"{self.url.replace('http:', 'ws:').removesuffix('api/')}link/?ticket=local"

    def push(self, kind: str, payload: dict[str, Any], *, envelope_id: str | None = None, timeout: float = 15.0) -> str:
        """Send an envelope to the connected app and return its id; with an ``envelope_id``: deliver it again.

        "Using Socket Mode": of several connections any one gets it; an app that does not acknowledge gets it again.
        """
        with self._heard:
            if not self._heard.wait_for(lambda: self._links, timeout):
                raise TimeoutError("no app is connected by Socket Mode")
            link = self._links[-1]
        envelope_id = envelope_id or f"envelope-{time.monotonic_ns()}"
        envelope = {
            "envelope_id": envelope_id,
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
        }
        link.send(json.dumps(envelope))
        return envelope_id

    def press(self, user: str, channel: str, ts: str, action: dict[str, Any], *, again: str | None = None) -> str:
        """Let a person press a button or choose in a message; ``again``: the same press is delivered a second time."""
        trigger = f"trigger-{ts}-{action['action_id']}-{user}"
        with self._lock:
            self.triggers.add(trigger)
            message = self.channels[channel].messages[ts]
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "channel": {"id": channel},
            "message": message,
            "container": {"type": "message", "message_ts": ts, "channel_id": channel},
            "trigger_id": trigger,
            "actions": [{"action_ts": f"{int(self.clock())}.000042", **action}],
        }
        return self.push("interactive", payload, envelope_id=again)

    def wait_acknowledged(self, envelope_id: str, timeout: float = 15.0) -> Any:
        """Wait until the app has acknowledged; Slack itself gives it 3 seconds. Returns what the answer carried."""
        with self._heard:
            if not self._heard.wait_for(lambda: envelope_id in self.acknowledged, timeout):
                raise TimeoutError(f"{envelope_id} was not acknowledged")
            return self.acknowledged[envelope_id]

    def wait_until(self, seen: Callable[[], object], timeout: float = 15.0) -> None:
        """Wait until something can be seen here that a call brings about."""
        with self._heard:
            if not self._heard.wait_for(seen, timeout):
                raise TimeoutError("it did not come")

    def link(self, link: Link) -> None:
        """Serve one connection until it ends: say hello, then take acknowledgements."""
        with self._heard:
            self._links.append(link)
            self._heard.notify_all()
        link.send(
            json.dumps({"type": "hello", "num_connections": len(self._links), "connection_info": {"app_id": "A0LOCAL"}})
        )
        try:
            for text in link.texts():
                said = json.loads(text)
                with self._heard:
                    self.acknowledged[said["envelope_id"]] = said.get("payload")
                    self._heard.notify_all()
        finally:
            with self._heard:
                if link in self._links:
                    self._links.remove(link)

    def hang_up(self) -> None:
        """Tell every connected app to come back on a new connection, as Slack does every few hours, and close."""
        with self._heard:
            links, self._links = self._links, []
        for link in links:
            link.send(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
            link.close()


def _refuse(fault: Fault, retry_after: float) -> Answer:
    if fault == "rate_limited":
        return limited(retry_after)
    if fault == "server_error":
        return 503, {}, "<html>Service Unavailable</html>"
    return 200, {}, None


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

        def do_GET(self) -> None:
            if self.headers.get("Upgrade", "").lower() != "websocket":
                self.do_POST()
                return
            key = accept_key(self.headers["Sec-WebSocket-Key"])
            lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
            self.wfile.write("\r\n".join([*lines, f"Sec-WebSocket-Accept: {key}", "", ""]).encode("ascii"))
            self.wfile.flush()
            self.close_connection = True
            slack.link(Link(self.connection, self.rfile))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature of http.server
            """Say nothing: calls are kept in ``LocalSlack.calls``."""

    return Handler
