"""A running program, over OSC."""

from __future__ import annotations

from collections import deque
from urllib.parse import parse_qs, urlsplit

from . import _osc
from ._commands import Commands, Replies, Reply
from ._connections import TCP, Connection, WebSocket
from ._errors import fail
from ._osc import Message


class Remote(Commands):
    """A running ``weft play``, with the commands of a `Session`; `connect` makes one.

    Its sound goes to its audio server; commits are audible when `edit` returns.
    """

    def __init__(self, address: str, connection: Connection, timeout: float):
        self.address, self.timeout = address, timeout
        self._connection: Connection | None = connection
        self._events: deque[Message] = deque(maxlen=65_536)

    def close(self) -> None:
        """Closes the connection; the program plays on."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __repr__(self) -> str:
        return f"<weft.Remote {self.address}>"

    def _perform(self, data: bytes, addresses: list[str]) -> list[Reply]:
        connection, replies = self._open(), Replies(addresses)
        try:
            connection.wait(self.timeout)
            connection.send(data)
            while not replies.is_complete:
                message = _osc.decode(connection.receive())
                if not replies.receive(message):
                    self._events.append(message)
        except OSError as error:
            self.close()
            raise fail("no-connection", f"{self.address} does not answer: {error}") from error
        replies.raise_problems()
        return replies.replies

    def _open(self) -> Connection:
        if self._connection is None:
            raise fail("closed", "the connection is closed")
        return self._connection

    def events(self, seconds: float = 0) -> list[Message]:
        """The notifications since the last call, and those before ``seconds`` pass without one; ``send("/notify", True)``
        asks for them."""
        connection = self._open()
        try:
            connection.wait(max(seconds, 1e-3))
            while True:
                self._events.append(_osc.decode(connection.receive()))
        except (TimeoutError, BlockingIOError):
            pass
        except OSError as error:
            self.close()
            raise fail("no-connection", f"{self.address}: {error}") from error
        found = list(self._events)
        self._events.clear()
        return found


def connect(address: str = "127.0.0.1:7770", timeout: float = 5, token: str | None = None) -> Remote:
    """Connects to a running ``weft play``; ``timeout``: seconds that an answer may take.

    ``address``: ``"host:port"`` of its OSC server; or, with ``weft play --web``, ``"ws://host:port"``, or the link that it
    prints, whose token need not be given again.

    ``with weft.connect() as program: program.note_on("C4")``
    """
    is_web = address.startswith(("ws://", "http://"))
    try:
        parts = urlsplit(address if is_web else f"osc://{address}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise fail("argument", f'{address!r} is no address: "host:port" or "ws://host:port" is expected')
    try:
        if is_web:
            token = token or parse_qs(parts.fragment).get("t", [None])[0]
            return Remote(f"ws://{host}:{port}", WebSocket(host, port, timeout, token), timeout)
        return Remote(address, TCP(host, port, timeout), timeout)
    except OSError as error:
        raise fail("no-connection", f"no weft play answers on {host}:{port}: {error}") from error
