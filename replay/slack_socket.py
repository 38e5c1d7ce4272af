"""One WebSocket connection, as much of RFC 6455 as Socket Mode needs: text both ways, ping, close."""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from io import BufferedIOBase

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3
_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA


def accept_key(key: str) -> str:
    """Answer the challenge of the opening handshake (section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode("ascii"), usedforsecurity=False).digest()).decode("ascii")


class Link:
    """The server's end of one connection after the handshake."""

    def __init__(self, connection: socket.socket, incoming: BufferedIOBase) -> None:
        self._connection, self._incoming = connection, incoming
        self._sending = threading.Lock()

    def send(self, text: str) -> None:
        """Send one text message."""
        self._frame(_TEXT, text.encode("utf-8"))

    def close(self) -> None:
        """Say good-bye and hang up."""
        try:
            self._frame(_CLOSE, struct.pack(">H", 1000))
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other side was faster

    def texts(self) -> Iterator[str]:
        """Yield the text messages of the client until the connection ends; pings are answered on the way."""
        while (frame := self._read()) is not None:
            kind, payload = frame
            if kind == _TEXT:
                yield payload.decode("utf-8")
            elif kind == _PING:
                self._frame(_PONG, payload)
            elif kind == _CLOSE:
                return

    def _frame(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = struct.pack(">BB", 0x80 | kind, size)
        elif size < 65_536:
            head = struct.pack(">BBH", 0x80 | kind, 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 127, size)
        with self._sending:
            self._connection.sendall(head + payload)

    def _read(self) -> tuple[int, bytes] | None:
        """Read one frame: (opcode, unmasked payload); None when the connection has ended."""
        try:
            head = self._incoming.read(2)
            if len(head) < 2:
                return None
            size = head[1] & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", self._incoming.read(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._incoming.read(8))
            mask = self._incoming.read(4) if head[1] & 0x80 else bytes(4)
            payload = self._incoming.read(size)
        except (OSError, ValueError, struct.error):
            return None
        return head[0] & 0x0F, bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
