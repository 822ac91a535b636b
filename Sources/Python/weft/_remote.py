"""A running program, over OSC."""

from __future__ import annotations

import itertools
import socket
import struct
from collections import deque
from types import TracebackType
from typing import Sequence

from . import _osc
from ._commands import Commands, Replies, Reply, packet
from ._errors import fail
from ._osc import Argument, Message


class Remote(Commands):
    """A running ``weft play``, with the commands of a `Session`; `connect` makes one.

    Its sound goes to its audio server; commits are audible when `edit` returns.
    """

    def __init__(self, host: str, port: int, timeout: float):
        self.address, self.timeout = f"{host}:{port}", timeout
        self._buffer = b""
        self._events: deque[Message] = deque(maxlen=65_536)
        try:
            self._socket: socket.socket | None = socket.create_connection((host, port), timeout)
        except OSError as error:
            raise fail("no-connection", f"no weft play answers on {self.address}: {error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Closes the connection; the program plays on."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Remote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<weft.Remote {self.address}>"

    def send(self, address: str, *arguments: Argument) -> Reply:
        return self._perform(packet(address, arguments), [address])[0]

    def send_together(self, messages: Sequence[tuple[str, Sequence[Argument]]]) -> list[Reply]:
        packets = [packet(address, arguments) for address, arguments in messages]
        return self._perform(_osc.bundle(packets), [address for address, _ in messages])

    def _perform(self, data: bytes, addresses: list[str]) -> list[Reply]:
        if self._socket is None:
            raise fail("closed", "the connection is closed")
        replies = Replies(addresses)
        try:
            self._socket.settimeout(self.timeout)
            self._socket.sendall(struct.pack(">i", len(data)) + data)
            while not replies.is_complete:
                message = self._receive(self._socket)
                if not replies.receive(message):
                    self._events.append(message)
        except OSError as error:
            self.close()
            raise fail("no-connection", f"{self.address} does not answer: {error}") from error
        replies.raise_problems()
        return replies.replies

    def _receive(self, connection: socket.socket) -> Message:
        while len(self._buffer) < 4 or len(self._buffer) < 4 + struct.unpack(">i", self._buffer[:4])[0]:
            more = connection.recv(1 << 16)
            if not more:
                raise ConnectionError("it has closed the connection")
            self._buffer += more
        size = struct.unpack(">i", self._buffer[:4])[0]
        data, self._buffer = self._buffer[4 : 4 + size], self._buffer[4 + size :]
        return _osc.decode(data)

    def events(self, seconds: float = 0) -> list[Message]:
        """The notifications since the last call, and of the next ``seconds``; ``send("/notify", True)`` asks for them."""
        if self._socket is None:
            raise fail("closed", "the connection is closed")
        try:
            self._socket.settimeout(max(seconds, 1e-3))
            for _ in itertools.count():
                self._events.append(self._receive(self._socket))
        except (TimeoutError, BlockingIOError):
            pass
        except OSError as error:
            self.close()
            raise fail("no-connection", f"{self.address}: {error}") from error
        found = list(self._events)
        self._events.clear()
        return found


def connect(address: str = "127.0.0.1:7770", timeout: float = 5) -> Remote:
    """Connects to a running ``weft play`` by ``"host:port"``; ``timeout``: seconds that an answer may take.

    ``with weft.connect() as weft_play: weft_play.note_on("C4")``
    """
    host, separator, port = address.rpartition(":")
    if not separator or not port.isdigit() or not 0 < int(port) < 65_536:
        raise fail("argument", f'{address!r} is no address: "host:port" is wanted')
    return Remote(host.strip("[]"), int(port), timeout)
