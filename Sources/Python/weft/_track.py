"""Tracks: sessions of steps with voices, read from files and JSON, rendered and played."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, NamedTuple

from ._arrays import Samples
from ._document import Document
from ._errors import fail

if TYPE_CHECKING:
    from ._session import Session


class Step(NamedTuple):
    """A step of a track: its number in the file, its start and end in seconds, and its description."""

    number: int
    start: float
    end: float
    description: str


class Track(Document):
    """A track: steps with voices, crossfades, background noise and clips, as a dictionary.

    >>> import weft
    >>> track = weft.Track({"steps": [{"duration": 2, "voices": [
    ...     {"synth_function_name": "binaural_beat", "params": {"baseFreq": 200, "beatFreq": 6}}]}]})
    >>> track.seconds, len(track.steps)
    (2.0, 1)
    >>> track.render(rate=8_000).shape
    (2, 16000)
    """

    kind = "track"

    def __init__(self, data: Any = None):
        #: The track file, a dictionary (a list for a preset of several voices); `to_json` writes it.
        self.data: Any = {"steps": []} if data is None else data
        #: The file that it was read from; its relative paths are relative to that file.
        self.path: str | None = None

    @classmethod
    def _read(cls, text: str, path: str | None) -> Track:
        from ._session import Session

        with Session() as session:
            session._load_track_text(text, path)
        try:
            track = cls(json.loads(text))
        except ValueError as error:
            raise fail("syntax", f"a track with comments can be played, but not edited: {error}", path or "") from error
        track.path = path
        return track

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the track file; one of that name is replaced."""
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(json.dumps(self.data, indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise fail("unwritable", f"cannot write {path}: {error.strerror}", os.fspath(path)) from error

    def check(self) -> None:
        """Raises `WeftError` with every error of the track."""
        self._session(8_000).close()

    def __repr__(self) -> str:
        data = self.data if isinstance(self.data, dict) else {}
        steps: Any = data.get("steps", data.get("progression"))
        return f"<weft.Track {self.path or ''!r}: {len(steps or ())} steps>"

    @property
    def rate(self) -> float:
        """The sample rate that the track names, in Hz; 44,100 where it names none."""
        for name in ("global_settings", "global"):
            settings = self.data.get(name) if isinstance(self.data, dict) else None
            if isinstance(settings, dict) and isinstance(settings.get("sample_rate"), (int, float)):
                return float(settings["sample_rate"])
        return 44_100.0

    @property
    def seconds(self) -> float:
        """The length."""
        with self._session(self.rate) as session:
            return session.track_frames / session.rate

    @property
    def steps(self) -> list[Step]:
        """The steps that are played, in the order of their starts."""
        with self._session(self.rate) as session:
            return session.track_steps()

    def _session(self, rate: float) -> Session:
        from ._session import Session

        session = Session(rate=rate)
        try:
            session.load_track(self)
        except BaseException:
            session.close()
            raise
        return session

    def render(
        self,
        seconds: float | None = None,
        *,
        start: float = 0,
        rate: float | None = None,
        out: Samples | None = None,
    ) -> Samples:
        """Renders the track: float32, ``(2, frames)``, full scale is 1; from its start the samples of ``weft render``.

        ``seconds``: the length; unless given, that of ``out``, or up to the end. ``start``: seconds into the track, where
        it fades in within 50 ms. ``rate``: Hz; unless given, the track's own.
        """
        with self._session(self.rate if rate is None else float(rate)) as session:
            rest = max(session.track_frames - int(start * session.rate), 0)
            session.play_track(start)
            if seconds is not None:
                return session.render(seconds, out=out)
            return session.render(frames=rest if out is None else None, out=out)
