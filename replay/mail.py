"""A mail server on this machine that keeps what it is given."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        parsed = message_from_bytes(self.raw, policy=default)
        if not isinstance(parsed, EmailMessage):  # the policy's factory; asserted for the type checker
            raise TypeError(type(parsed).__name__)
        return parsed


class LocalMail:
    """Serves SMTP on a free port of 127.0.0.1 while started; ``url`` goes into COURTWATCH_SMTP_URL."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.replies: dict[str, str] = {}  # recipient -> SMTP reply to RCPT instead of 250
        self.drop_after_data = 0  # so many messages are kept and then the connection is closed without a reply
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._controller: _Controller | None = None

    def start(self) -> Self:
        """Bind a free port (aiosmtpd's Controller cannot choose one) and listen on it."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._controller = _Controller(_Handler(self), self._socket)
        self._controller.start()
        return self

    def stop(self) -> None:
        """Close the port; what was received can still be read."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens, as ``smtp://127.0.0.1:PORT``."""
        if self._controller is None:
            raise RuntimeError("LocalMail is not started")
        return f"smtp://127.0.0.1:{self._controller.port}"

    @property
    def messages(self) -> list[EmailMessage]:
        """All messages, parsed, in the order of their arrival."""
        with self._lock:
            return [received.message for received in self.received]

    def take(self, received: Received) -> bool:
        """Keep a message; return whether its sender is told so."""
        with self._lock:
            self.received.append(received)
            if self.drop_after_data > 0:
                self.drop_after_data -= 1
                return False
            return True


class _Handler:
    def __init__(self, mail: LocalMail) -> None:
        self._mail = mail

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = self._mail.replies.get(address)
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        received = Received(envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.original_content or b"")
        if not self._mail.take(received):
            server.transport.abort()
        return "250 Kept"


class _Controller(Controller):
    """A Controller on a socket that is bound already: no port to guess, none to lose to another process."""

    def __init__(self, handler: _Handler, bound: socket.socket) -> None:
        host, port = bound.getsockname()
        super().__init__(handler, hostname=host, port=port)
        self._bound = bound

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return asyncio.ensure_future(self.loop.create_server(self._factory_invoker, sock=self._bound))
