"""Connections to a running program: OSC packets over TCP and over WebSocket."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
from abc import ABC, abstractmethod

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LARGEST_HEAD = 1 << 16


class Connection(ABC):
    """A socket that carries packets."""

    def __init__(self, host: str, port: int, timeout: float):
        self._socket = socket.create_connection((host, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def close(self) -> None:
        """Closes the socket."""
        self._socket.close()

    def wait(self, seconds: float) -> None:
        """Sets how long the next calls may take."""
        self._socket.settimeout(seconds)

    def _read(self, count: int) -> bytes:
        """The next bytes, which stay in the buffer until `_drop`."""
        while len(self._buffer) < count:
            more = self._socket.recv(1 << 16)
            if not more:
                raise ConnectionError("it has closed the connection")
            self._buffer += more
        return self._buffer[:count]

    def _drop(self, count: int) -> None:
        self._buffer = self._buffer[count:]

    @abstractmethod
    def send(self, packet: bytes) -> None:
        """Sends a packet."""

    @abstractmethod
    def receive(self) -> bytes:
        """Waits for a packet; what has come of one remains where the time is over."""


class TCP(Connection):
    """Packets with their length before them."""

    def send(self, packet: bytes) -> None:
        self._socket.sendall(struct.pack(">i", len(packet)) + packet)

    def receive(self) -> bytes:
        size = int.from_bytes(self._read(4), "big")
        packet = self._read(4 + size)[4:]
        self._drop(4 + size)
        return packet


class WebSocket(Connection):
    """Packets as binary frames, by the web server of ``weft play --web``; frames of text are left out."""

    def __init__(self, host: str, port: int, timeout: float, token: str | None):
        super().__init__(host, port, timeout)
        key = base64.b64encode(os.urandom(16))
        name = f"[{host}]" if ":" in host else host
        lines = [
            "GET / HTTP/1.1", f"Host: {name}:{port}", "Upgrade: websocket", "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}", "Sec-WebSocket-Version: 13",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        while b"\r\n\r\n" not in self._buffer:
            self._read(len(self._buffer) + 1)
            if len(self._buffer) > LARGEST_HEAD:
                raise ConnectionError("its answer is no WebSocket's")
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        accepted = base64.b64encode(hashlib.sha1(key + MAGIC).digest())
        if b" 101 " not in head.split(b"\r\n")[0] or accepted not in head:
            raise ConnectionError(f"it answers {head.splitlines()[0].decode('ascii', 'replace')!r}")
        self._parts: list[bytes] = []
        self._is_text = False

    def send(self, packet: bytes) -> None:
        self._send(0x2, packet)

    def _send(self, kind: int, content: bytes) -> None:
        size, mask = len(content), os.urandom(4)
        if size < 126:
            head = struct.pack(">BB", 0x80 | kind, 0x80 | size)
        elif size < 1 << 16:
            head = struct.pack(">BBH", 0x80 | kind, 0x80 | 126, size)
        else:
            head = struct.pack(">BBQ", 0x80 | kind, 0x80 | 127, size)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        masked = (int.from_bytes(content, "big") ^ key).to_bytes(size, "big")
        self._socket.sendall(head + mask + masked)

    def receive(self) -> bytes:
        while True:
            first, second = self._read(2)
            start, size = 2, second & 0x7F
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self._read(start)[2:], "big")
            content = self._read(start + size)[start:]
            self._drop(start + size)
            kind, is_last = first & 0xF, bool(first & 0x80)
            if kind == 0x8:
                raise ConnectionError("it has closed the connection")
            if kind == 0x9:
                self._send(0xA, content)
            if kind > 0x2:
                continue
            if kind:
                self._parts, self._is_text = [], kind == 0x1
            self._parts.append(content)
            if is_last and not self._is_text:
                return b"".join(self._parts)
