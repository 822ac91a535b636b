"""The commands that a session of this process and a running program have in common."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Sequence, TypeVar

from . import _osc
from ._errors import Problem, WeftError, fail
from ._osc import Argument, Message

if TYPE_CHECKING:
    from ._patch import Patch
    from ._track import Step, Track


_Self = TypeVar("_Self", bound="Commands")


class Reply(NamedTuple):
    """The answer to a command: the values of ``/done``, and the rows of a listing."""

    values: tuple[Any, ...]
    rows: list[tuple[Any, ...]]


class Macro(NamedTuple):
    """A macro of a patch, and its value from 0 to 1."""

    name: str
    value: float


class Commands(ABC):
    """Commands to a patch that plays; `Session` and `Remote` have it."""

    def send(self, address: str, *arguments: Argument) -> Reply:
        """Performs a command and returns its answer.

        ``send("/mod/filt/cutoff", 800.0)``: the address and arguments that `weft.commands` lists.

        Raises `WeftError` where it is refused; nothing has changed then.
        """
        return self._perform(packet(address, arguments), [address])[0]

    def send_together(self, messages: Sequence[tuple[str, Sequence[Argument]]]) -> list[Reply]:
        """Performs several commands as one: their edits are all made, or none is."""
        packets = [packet(address, arguments) for address, arguments in messages]
        return self._perform(_osc.bundle(packets), [address for address, _ in messages])

    @abstractmethod
    def _perform(self, data: bytes, addresses: list[str]) -> list[Reply]:
        """The answers to the requests of a packet, whose addresses these are."""

    # Life

    @abstractmethod
    def close(self) -> None:
        """Ends it."""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Notes

    def note_on(self, key: float | str, velocity: float = 0.8, node: str | None = None) -> int:
        """Starts a note and returns its number.

        ``key``: 0 to 127, fractions allowed, or a name such as ``"C#4"``; ``velocity``: 0 to 1.
        """
        reply = self.send("/note/on", _key(key), float(velocity), *_given(node))
        return int(reply.values[0])

    def note_off(self, note: float | str, node: str | None = None) -> None:
        """Releases a note by its number, or the notes of a key."""
        self.send("/note/off", _key(note), *_given(node))

    def all_notes_off(self) -> None:
        """Releases all notes."""
        self.send("/note/alloff")

    def panic(self) -> None:
        """Fades everything to silence within 3 ms, tails included."""
        self.send("/note/panic")

    # Parameters

    def set(
        self, parameter: str, value: float | bool | str, seconds: float = 0, curve: str | float | None = None
    ) -> None:
        """Sets a parameter, ``"node/parameter"``, smoothed, or over a time in seconds along a curve."""
        rest: list[Argument] = [float(seconds)] if seconds or curve is not None else []
        if curve is not None:
            rest.append(curve)
        self.send(_parameter(parameter), _value(value), *rest)

    def get(self, parameter: str) -> float | str:
        """The value of a parameter, in its unit."""
        value: float | str = self.send(_parameter(parameter)).values[0]
        return value

    def macro(self, name: str, value: float | None = None, seconds: float = 0) -> float:
        """Sets a macro to a value from 0 to 1, over a time in seconds; without a value, returns it."""
        address = f"/macro/{_checked(name)}"
        if value is None:
            return float(self.send(address).values[0])
        self.send(address, float(value), *([float(seconds)] if seconds else []))
        return float(value)

    def macros(self) -> list[Macro]:
        """The macros of the patch, in their order."""
        return [Macro(str(row[0]), float(row[2])) for row in self.send("/macro/list").rows]

    def volume(self, decibels: float) -> None:
        """Sets the master volume in dB."""
        self.send("/engine/volume", float(decibels))

    def tempo(self, beats_per_minute: float, beats_per_bar: float = 4) -> None:
        """Sets the clock's tempo."""
        self.send("/clock", float(beats_per_minute), float(beats_per_bar))

    # Tracks

    def load_track(self, track: Track) -> None:
        """Loads a track; one that plays fades out. `play_track` plays it."""
        self.send("/track/load", track.to_json().encode())

    def play_track(self, seconds: float = 0) -> None:
        """Plays the loaded track from a time in seconds."""
        self.send("/track/play", float(seconds))

    def pause_track(self) -> None:
        """Fades the track out, and keeps its place."""
        self.send("/track/pause")

    def resume_track(self) -> None:
        """Plays a paused track on."""
        self.send("/track/resume")

    def seek_track(self, seconds: float) -> None:
        """Goes to a time of the track, while it plays with a crossfade of 50 ms."""
        self.send("/track/seek", float(seconds))

    def stop_track(self) -> None:
        """Fades the track out, and returns to its start."""
        self.send("/track/stop")

    def update_track(self, track: Track) -> None:
        """Replaces the track, which plays on from the same time; what is the same in both is not interrupted."""
        self.send("/track/update", track.to_json().encode())

    def track_status(self) -> dict[str, Any]:
        """The state of the track, its step, and its times in seconds."""
        values = self.send("/track/status").values
        return {str(name): value for name, value in zip(values[::2], values[1::2])}

    def track_steps(self) -> list[Step]:
        """The steps of the track, in the order of their starts."""
        from ._track import Step

        values = self.send("/track/steps").values
        rows = zip(values[::4], values[1::4], values[2::4], values[3::4])
        return [Step(int(number), float(start), float(end), str(text)) for number, start, end, text in rows]

    # Recording

    def record(self, path: str | os.PathLike[str], overwrite: bool = False) -> str:
        """Records the outputs into a sound file from the next frame on, and returns its absolute path.

        The ending selects the format: wav, flac, aiff, w64, caf, ogg or mp3.
        """
        return str(self.send("/record/start", os.fspath(path), *(["overwrite"] if overwrite else [])).values[0])

    def stop_recording(self) -> float:
        """Completes the recording, and returns its length in seconds."""
        return float(self.send("/record/stop").values[1])

    # Patch

    def edit(self, ramp: float | None = None) -> Edit:
        """A transaction: its edits are made together when the block ends, or not at all.

        ``ramp``: milliseconds over which changed cables fade.
        """
        return Edit(self, ramp)

    def load(self, patch: Patch) -> None:
        """Replaces the whole patch; nodes with the same id and type keep their state."""
        self.send_together([("/patch/set", (patch.to_json().encode(),)), ("/patch/commit", ())])

    def patch(self) -> Patch:
        """A copy of the draft: the patch with the edits that are not committed yet."""
        from ._patch import Patch

        return Patch.from_json(self._patch_text())

    def _patch_text(self) -> str:
        pieces = sorted(self.send("/patch/get").rows, key=lambda row: int(row[0]))
        return "".join(str(row[-1]) for row in pieces)

    def undo(self) -> None:
        """Takes the last commit back."""
        self.send("/patch/undo")

    def redo(self) -> None:
        """Makes the commit again that was taken back."""
        self.send("/patch/redo")

    def status(self) -> dict[str, Any]:
        """The engine's status: load, voices, counts of faults."""
        values = self.send("/status").values
        return {str(name): value for name, value in zip(values[::2], values[1::2])}


class Edit:
    """Edits that are made together at the end of a ``with`` block; an exception in it makes none.

    ``with session.edit() as edit: edit.add("saw", "osc"); edit.connect("osc", "filt")``
    """

    def __init__(self, commands: Commands, ramp: float | None):
        self._commands, self._ramp = commands, ramp
        self._messages: list[tuple[str, Sequence[Argument]]] = []

    def __enter__(self) -> Edit:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._messages:
            ramp: tuple[float, ...] = () if self._ramp is None else (float(self._ramp),)
            self._commands.send_together([*self._messages, ("/patch/commit", ramp)])

    def add(self, type: str, id: str, **parameters: float | bool | str) -> Edit:
        """Adds a node."""
        return self._do("/patch/create", id, type, *(x for pair in parameters.items() for x in (pair[0], _value(pair[1]))))

    def delete(self, id: str, ring: bool = False) -> Edit:
        """Removes a node and its cables; with ``ring``, its tail plays out."""
        return self._do("/patch/delete", id, *(["ring"] if ring else []))

    def connect(self, source: str, destination: str, amount: float = 1) -> Edit:
        """Connects an output to an input: ``"node"`` or ``"node/port"``."""
        return self._do("/patch/connect", source, destination, float(amount))

    def disconnect(self, source: str, destination: str) -> Edit:
        """Removes a cable."""
        return self._do("/patch/disconnect", source, destination)

    def rename(self, id: str, new: str) -> Edit:
        """Renames a node, which keeps its state."""
        return self._do("/patch/rename", id, new)

    def set(self, parameter: str, value: float | bool | str) -> Edit:
        """Sets a parameter."""
        return self._do(_parameter(parameter), _value(value))

    def voices(self, count: int) -> Edit:
        """Sets the polyphony."""
        return self._do("/patch/voices", int(count))

    def _do(self, address: str, *arguments: Argument) -> Edit:
        self._messages.append((address, arguments))
        return self


class Replies:
    """Sorts the messages of an answer into replies and events."""

    def __init__(self, addresses: Sequence[str]):
        self._waiting = list(addresses)
        self._rows: dict[str, list[tuple[Any, ...]]] = {}
        self.replies: list[Reply] = []
        self.problems: list[Problem] = []

    @property
    def is_complete(self) -> bool:
        """True when every command is answered."""
        return not self._waiting

    def receive(self, message: Message) -> bool:
        """Takes a message; False for one that answers none of the commands."""
        address, values = message
        if address in ("/done", "/fail") and values and values[0] in self._waiting:
            self._waiting.remove(values[0])
            if address == "/done":
                self.replies.append(Reply(values[1:], self._rows.pop(values[0], [])))
            else:
                code, text = (str(value) for value in values[1:3])
                self.problems.append(Problem(code, text, str(values[0]), tuple(map(str, values[3:]))))
            return True
        if address in self._waiting:
            self._rows.setdefault(address, []).append(values)
            return True
        return False

    def raise_problems(self) -> None:
        """Raises the failures; of a transaction its cause, which each of its edits repeats."""
        if self.problems:
            causes = [problem for problem in self.problems if problem.code != "aborted"]
            raise WeftError(causes or _cause(self.problems[0]))


def packet(address: str, arguments: Sequence[Argument]) -> bytes:
    """Encodes a command, or raises what no command may contain."""
    try:
        return _osc.encode(address, arguments)
    except (UnicodeEncodeError, ValueError) as error:
        raise fail("bad-name", f"{address!r} cannot be sent: {error}") from error


def _cause(aborted: Problem) -> Problem:
    """The error that an aborted edit names: address, code, message."""
    parts = aborted.message.split(": ", 2)
    if len(parts) < 3 or not parts[0].startswith("/"):
        return aborted
    return Problem(parts[1], parts[2], parts[0], aborted.suggestions)


def _given(text: str | None) -> tuple[str, ...]:
    return () if text is None else (text,)


def _key(key: float | str) -> float | str:
    return key if isinstance(key, (str, int)) else float(key)


def _value(value: float | bool | str) -> Argument:
    if isinstance(value, (bool, str)):
        return value
    return float(value)


def _checked(name: str) -> str:
    if not name or any(not 0x21 <= ord(c) <= 0x7E or c in "#*,?[]{}" for c in name):
        raise fail("bad-name", f"{name!r} is no name of the patch")
    return name


def _parameter(parameter: str) -> str:
    if parameter.count("/") != 1:
        raise fail("argument", f'{parameter!r} is no parameter: "node/parameter" is expected')
    return f"/mod/{_checked(parameter)}"


def compact(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_text(path: str | Path) -> str:
    """The text of a file, or the error that it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise fail("unreadable", f"cannot read {path}: {error}", str(path)) from error
