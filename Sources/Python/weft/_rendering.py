"""Rendering of a whole patch with its events."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Iterable, Mapping, Sequence, Tuple, Union

import numpy as np
import numpy.typing as npt

from ._arrays import Samples, input_array
from ._errors import fail
from ._session import Session, _length

if TYPE_CHECKING:
    from ._patch import Patch

#: Start in seconds, key, velocity, duration in seconds.
Note = Union[Tuple[float, Union[float, str], float, float], Sequence[Any], "npt.NDArray[Any]"]
#: Values over the whole length, or times in seconds and values.
Automation = Union["npt.ArrayLike", Tuple["npt.ArrayLike", "npt.ArrayLike"]]


def render(
    patch: Patch,
    seconds: float | None,
    *,
    rate: float,
    channels: int,
    out: Samples | None,
    notes: Iterable[Note],
    score: str | None,
    midi: str | os.PathLike[str] | bytes | None,
    input: npt.ArrayLike | None,
    parameters: Mapping[str, float | bool | str],
    macros: Mapping[str, float],
    automation: Mapping[str, Automation],
    tail: float,
    samples: str | os.PathLike[str] | None,
) -> Samples:
    """See `Patch.render`."""
    lines, last = note_lines(notes)
    fed = None if input is None else input_array(input)
    count = _length(rate, seconds, None)
    courses = {name: _course(name, course) for name, course in automation.items()}
    firsts = {name: float(values[0]) for name, (times, values) in courses.items() if times is None or times[0] == 0}
    with Session(
        _started(patch, {**parameters, **firsts}, macros),
        rate=rate,
        inputs=max(2, 0 if fed is None else fed.shape[0]),
        outputs=channels,
        samples=samples,
    ) as session:
        if score is not None:
            session.play(score)
            last = max(last, last_time(score))
        if midi is not None:
            last = max(last, session.play_midi(midi))
        if count is None:
            count = out.shape[-1] if out is not None else fed.shape[-1] if fed is not None else round((last + tail) * rate)
        for name, (times, values) in courses.items():
            lines += automation_lines(name, times, values, count, rate)
        if lines:
            session.play("\n".join(lines))
        return session.render(frames=count, out=out, input=fed)


def _started(patch: Patch, parameters: Mapping[str, float | bool | str], macros: Mapping[str, float]) -> Patch:
    """The patch with other values, so that they need no time to get there."""
    if not parameters and not macros:
        return patch
    patch = patch.copy()
    for name, value in parameters.items():
        patch.set(name, value)
    if not macros:
        return patch
    with Session(patch) as session:
        for name, value in macros.items():
            session.macro(name, value)
        return session.patch()


def note_lines(notes: Iterable[Note]) -> tuple[list[str], float]:
    """The lines of a score that play notes, and the time at which the last one ends."""
    lines, last = [], 0.0
    for number, note in enumerate(notes):
        if len(note) != 4:
            raise ValueError(f"note {number} has {len(note)} values: start, key, velocity, duration are wanted")
        start, key, velocity, duration = note
        start, velocity, duration = float(start), float(velocity), float(duration)
        if not (0 <= start < 1e9 and 0 < duration < 1e9):
            raise fail("range", f"note {number} starts at {start} s and lasts {duration} s")
        word = _word(key) if isinstance(key, str) else number_text(key)
        lines.append(f"{start!r} /note/on {word} {number_text(velocity)}")
        lines.append(f"{start + duration!r} /note/off {word}")
        last = max(last, start + duration)
    return lines, last


Values = npt.NDArray[np.float64]


def _course(name: str, course: Automation) -> tuple[Values | None, Values]:
    """Times and values of an automation, checked; times are None where they are spread over the whole length."""
    if isinstance(course, tuple):
        times, values = (np.asarray(part, np.float64) for part in course)
    else:
        values = np.asarray(course, np.float64)
        times = np.zeros_like(values)
    if values.ndim != 1 or values.size == 0 or times.shape != values.shape:
        raise ValueError(f"the automation of {name} has the shapes {times.shape} and {values.shape}: (n,) is expected")
    if not np.isfinite(values).all() or not np.isfinite(times).all():
        raise fail("not-finite", f"the automation of {name} has values that are not finite")
    if (np.diff(times) < 0).any() or times[0] < 0:
        raise ValueError(f"the times of the automation of {name} do not rise")
    return (times if isinstance(course, tuple) else None), values


def automation_lines(name: str, times: Values | None, values: Values, frames: int, rate: float) -> list[str]:
    """The lines of a score that move a parameter along straight lines; a jump takes one frame.

    >>> automation_lines("filt/cutoff", np.array([0.0, 1.0]), np.array([100.0, 200.0]), 96_000, 48_000)
    ['0.0 /mod/filt/cutoff 200.0 1.0 linear']
    """
    if times is None:
        times = np.linspace(0, max(frames - 1, 0) / rate, values.size)
    address, frame = "/mod/" + _word(name), 1 / rate
    lines = [] if times[0] == 0 else [f"{float(times[0])!r} {address} {number_text(values[0])} {frame!r}"]
    now = float(times[0])
    for time, value in zip(times[1:].tolist(), values[1:].tolist()):
        length = max(time - now, frame)
        lines.append(f"{now!r} {address} {number_text(value)} {number_text(length)} linear")
        now += length
    return lines


def last_time(score: str) -> float:
    """The time of the last line of a score."""
    times = [0.0]
    for line in score.splitlines():
        try:
            times.append(float(line.split()[0]))
        except (IndexError, ValueError):
            pass
    return max(times)


def number_text(value: Any) -> str:
    """A number as a score writes it."""
    number = float(value)
    if not np.isfinite(number):
        raise fail("not-finite", f"{number} is no value of a command")
    return repr(number)


def _word(text: str) -> str:
    if not text or any(c.isspace() or c in '"#' and i == 0 for i, c in enumerate(text)):
        raise fail("bad-name", f"{text!r} is no name")
    return text
