"""OSC packets: the encoding that commands and replies have, here and over a network."""

from __future__ import annotations

import struct
from typing import Any, Sequence, Union

Argument = Union[bool, int, float, str, bytes, None]
Message = tuple[str, tuple[Any, ...]]

IMMEDIATELY = 1


def padded(text: bytes) -> bytes:
    """A string of the packet: zero-terminated, a multiple of four bytes."""
    return text + bytes(4 - len(text) % 4)


def encode(address: str, arguments: Sequence[Argument] = ()) -> bytes:
    """Encodes a message.

    >>> encode("/note/on", ("C4", 0.5))
    b'/note/on\\x00\\x00\\x00\\x00,sd\\x00C4\\x00\\x00?\\xe0\\x00\\x00\\x00\\x00\\x00\\x00'
    """
    tags, values = [","], []
    for argument in arguments:
        if argument is None:
            tags.append("N")
        elif isinstance(argument, bool):
            tags.append("T" if argument else "F")
        elif isinstance(argument, str):
            if "\0" in argument:
                raise ValueError("a text must not contain a zero character")
            tags.append("s")
            values.append(padded(argument.encode()))
        elif isinstance(argument, bytes):
            tags.append("b")
            values.append(struct.pack(">i", len(argument)) + argument + bytes(-len(argument) % 4))
        elif hasattr(argument, "__index__"):
            number = int(argument)
            short = -(2**31) <= number < 2**31
            tags.append("i" if short else "h")
            values.append(struct.pack(">i" if short else ">q", number))
        elif hasattr(argument, "__float__"):
            tags.append("d")
            values.append(struct.pack(">d", float(argument)))
        else:
            raise TypeError(f"{type(argument).__name__} is no argument of a command: a number, text, bool or bytes is")
    return padded(address.encode("ascii")) + padded("".join(tags).encode()) + b"".join(values)


def bundle(packets: Sequence[bytes]) -> bytes:
    """Encodes messages that are performed together."""
    parts = [b"#bundle\0", struct.pack(">Q", IMMEDIATELY)]
    for packet in packets:
        parts += [struct.pack(">i", len(packet)), packet]
    return b"".join(parts)


def decode(packet: bytes) -> Message:
    """Decodes a message.

    >>> decode(encode("/done", ("/note/on", 3)))
    ('/done', ('/note/on', 3))
    """
    address, place = _text(packet, 0)
    if place >= len(packet):
        return address, ()
    tags, place = _text(packet, place)
    values: list[Any] = []
    for tag in tags[1:]:
        if tag in _FIXED:
            value: Any = struct.unpack_from(_FIXED[tag], packet, place)[0]
            place += struct.calcsize(_FIXED[tag])
        elif tag in "sS":
            value, place = _text(packet, place)
        elif tag == "b":
            (size,) = struct.unpack_from(">i", packet, place)
            value = packet[place + 4 : place + 4 + size]
            place += 4 + size + -size % 4
        else:
            value = {"T": True, "F": False}.get(tag)
        values.append(value)
    return address, tuple(values)


_FIXED = {"i": ">i", "h": ">q", "f": ">f", "d": ">d", "t": ">Q", "c": ">i", "m": ">I", "r": ">I"}


def _text(packet: bytes, start: int) -> tuple[str, int]:
    end = packet.index(b"\0", start)
    return packet[start:end].decode("utf-8", "replace"), end + 4 - end % 4
