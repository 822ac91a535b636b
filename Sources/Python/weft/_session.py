"""A session: a patch that plays in this process, block by block."""

from __future__ import annotations

import ctypes
import os
import threading
from collections import deque
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

import numpy as np
import numpy.typing as npt

from . import _native, _osc
from ._arrays import Samples, input_array, output_array, pointers
from ._commands import Commands, Replies, Reply
from ._errors import fail
from ._osc import Message

if TYPE_CHECKING:
    from ._patch import Patch
    from ._track import Track

#: Frames of one call of the library: a long rendering can be interrupted between them.
CALL = 1 << 19


class Session(Commands):
    """A patch that plays, rendered block by block into numpy arrays, as fast as the processor allows.

    >>> import weft
    >>> patch = weft.Patch()
    >>> _ = patch.add("sine", "osc", frequency=440, gain=0.5) >> patch.add("output", "out")
    >>> with weft.Session(patch) as session:
    ...     first = session.render(frames=64)
    ...     session.set("osc/frequency", 220)
    ...     second = session.render(frames=64)
    >>> first.shape, first.dtype
    ((2, 64), dtype('float32'))

    A session may be used by one thread at a time; several sessions in several threads run side by side: the interpreter
    is released while they render. After ``os.fork`` a session belongs to the parent alone.

    ``rate``: Hz. ``inputs``, ``outputs``: channels. ``samples``: a folder of sounds that the patch names without a path.
    ``root``: the folder that commands may read and write, unless given, any.
    """

    def __init__(
        self,
        patch: Patch | None = None,
        *,
        rate: float = 48_000,
        inputs: int = 2,
        outputs: int = 2,
        samples: str | os.PathLike[str] | None = None,
        root: str | os.PathLike[str] | None = None,
    ):
        self._number = 0
        native = _native.library()
        options = _native.Options()
        native.weft_default_options(options)
        options.sample_rate, options.inputs, options.outputs = float(rate), int(inputs), int(outputs)
        options.samples = None if samples is None else os.fsencode(samples)
        options.root = None if root is None else os.fsencode(root)
        message = ctypes.create_string_buffer(512)
        self._number = native.weft_open(options, message, len(message))
        if not self._number:
            raise fail("argument", message.value.decode("utf-8", "replace"))
        self.rate, self.inputs, self.outputs = float(rate), int(inputs), int(outputs)
        self._thread = threading.Lock()
        self._events: deque[Message] = deque(maxlen=65_536)
        #: Frames of the loaded track; 0: none is loaded.
        self.track_frames = 0
        if patch is not None:
            try:
                self._load(patch)
            except BaseException:
                self.close()
                raise

    # Life

    def close(self) -> None:
        """Ends the session; a second call does nothing."""
        number, self._number = self._number, 0
        if number and _native.library().weft_close(number) == _native.BUSY:
            self._number = number
            raise fail("busy", "another thread is in this session")

    def __del__(self) -> None:
        if getattr(self, "_number", 0):
            try:
                _native.library().weft_close(self._number)
            except Exception:  # the interpreter is ending
                pass

    def __repr__(self) -> str:
        state = f"frame {self.frame}" if self._number else "closed"
        return f"<weft.Session {self.rate:g} Hz, {self.inputs} inputs, {self.outputs} outputs, {state}>"

    def __reduce__(self) -> Any:
        raise TypeError("a session belongs to its process: send the patch, and make a session there")

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """The number of the session, for the only thread in it."""
        if not self._number:
            raise fail("closed", "the session is closed")
        if not self._thread.acquire(blocking=False):
            raise fail("busy", "another thread is in this session: give each thread a session of its own")
        try:
            yield self._number
        finally:
            self._thread.release()

    # Sound

    @property
    def frame(self) -> int:
        """The number of the next frame."""
        return int(_native.library().weft_frame(self._number))

    @property
    def active_voices(self) -> int:
        """Voices that sound or decay."""
        return int(_native.library().weft_active_voices(self._number))

    def render(
        self,
        seconds: float | None = None,
        *,
        frames: int | None = None,
        out: Samples | None = None,
        input: npt.ArrayLike | None = None,
    ) -> Samples:
        """Renders the next block: float32, ``(outputs, frames)``, full scale is 1.

        The length is ``seconds``, ``frames``, the length of ``out``, or that of ``input``.

        ``out``: a float32 array of that shape that is filled and returned; the samples of a channel must be adjacent.
        ``input``: ``(channels, frames)`` or ``(frames,)`` for the patch's inputs; its last channel feeds the inputs that
        have none of their own. It ends in silence.
        """
        count = _length(self.rate, seconds, frames)
        fed = None if input is None else input_array(input)
        if count is None:
            count = out.shape[-1] if out is not None else fed.shape[-1] if fed is not None else None
        if count is None:
            raise TypeError("a length is missing: seconds, frames, out or input")
        target = output_array(out, self.outputs, count)
        with self._alone() as session:
            self._render(session, target, fed)
        return target

    def _render(self, session: int, target: Samples, fed: Samples | None) -> None:
        native, count = _native.library(), target.shape[1]
        if fed is not None and fed.shape[1] < count:
            fed = np.pad(fed, ((0, 0), (0, count - fed.shape[1])))
        for start in range(0, count, CALL):
            frames = min(CALL, count - start)
            inputs = pointers(fed, self.inputs, start) if fed is not None and self.inputs else None
            result = native.weft_render_offline(session, inputs, pointers(target, self.outputs, start), frames)
            _native.check(result, session)

    def play(self, score: str) -> None:
        """Plays a score from the next frame on: a time in seconds and a command a line.

        ``session.play("0 /note/on C4 0.8\\n0.5 /note/off C4")``
        """
        text = score.encode()
        with self._alone() as session:
            _native.check(_native.library().weft_score(session, text, len(text)), session)

    def play_midi(self, file: str | os.PathLike[str] | bytes) -> float:
        """Plays a Standard MIDI file, by its path or its bytes, from the next frame on; returns its length in seconds."""
        content = file if isinstance(file, bytes) else _bytes(file)
        seconds = ctypes.c_double()
        with self._alone() as session:
            result = _native.library().weft_midi_file(session, content, len(content), seconds)
            _native.check(result, session)
        return seconds.value

    # Commands

    def _load(self, patch: Patch) -> None:
        self._load_text(patch.to_json(), patch.path)

    def _load_text(self, text: str, path: str | None) -> None:
        data = text.encode()
        name = None if path is None else os.fsencode(path)
        with self._alone() as session:
            _native.check(_native.library().weft_load(session, data, len(data), name), session)

    def load_track(self, track: Track) -> None:
        """Loads a track; relative paths in it are relative to its file. `play_track` plays it from the next frame on."""
        self._load_track_text(track.to_json(), track.path)

    def _load_track_text(self, text: str, path: str | None) -> None:
        data, frames = text.encode(), ctypes.c_int64()
        name = None if path is None else os.fsencode(path)
        with self._alone() as session:
            _native.check(_native.library().weft_load_track(session, data, len(data), name, frames), session)
        self.track_frames = frames.value

    def _perform(self, data: bytes, addresses: list[str]) -> list[Reply]:
        replies = Replies(addresses)
        with self._alone() as session:
            result = _native.library().weft_send(session, data, len(data))
            for message in self._fetch(session):
                if not replies.receive(message):
                    self._events.append(message)
            replies.raise_problems()
            _native.check(result, session)
        if not replies.is_complete:
            raise fail("late", f"{addresses[0]} is not answered yet")
        return replies.replies

    def _fetch(self, session: int) -> Iterator[Message]:
        native, size = _native.library(), ctypes.c_size_t()
        while (data := native.weft_next_packet(session, size)) is not None:
            yield _osc.decode(ctypes.string_at(data, size.value))

    def events(self) -> list[Message]:
        """The notifications since the last call, each an address and its values; ``send("/notify", True)`` asks for them."""
        with self._alone() as session:
            self._events.extend(self._fetch(session))
        found = list(self._events)
        self._events.clear()
        return found


def _length(rate: float, seconds: float | None, frames: int | None) -> int | None:
    if seconds is not None and frames is not None:
        raise TypeError("seconds and frames are two lengths: give one")
    count = round(seconds * rate) if seconds is not None and np.isfinite(seconds) else frames
    if seconds is not None and count is None or count is not None and not 0 <= count < 1 << 40:
        raise fail("range", f"a length of {seconds if seconds is not None else frames}: 0 or more is expected")
    return None if count is None else int(count)


def _bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise fail("unreadable", f"cannot read {path}: {error.strerror}", str(path)) from error
