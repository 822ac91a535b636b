"""The shared library: which file, and its functions."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import json
import os
from pathlib import Path
from typing import Any

from ._errors import Problem, WeftError, fail

OK, REFUSED, CLOSED, BUSY, ARGUMENT = range(5)

#: The instructions of each build beyond the baseline, as /proc/cpuinfo names them; best first.
LEVELS = {
    "x86-64-v3": {"avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe"},
    "x86-64-v2": {"cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"},
}


class Options(ctypes.Structure):
    """``weft_options`` of weft.h."""

    _fields_ = [
        ("size", ctypes.c_uint32),
        ("inputs", ctypes.c_int32),
        ("outputs", ctypes.c_int32),
        ("is_live", ctypes.c_int32),
        ("sample_rate", ctypes.c_double),
        ("root", ctypes.c_char_p),
        ("samples", ctypes.c_char_p),
    ]


def processor_features() -> set[str] | None:
    """Features of this processor; None where the system does not list them."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("flags"):
                    return set(line.split(":", 1)[1].split())
    except OSError:
        pass
    return None


def candidates() -> list[str]:
    """Files that may be the library, in the order in which they are tried."""
    chosen = os.environ.get("WEFT_LIBRARY")
    if chosen:
        return [chosen]
    here = Path(__file__).resolve().parent
    features = processor_features()
    files = [here / "lib" / level / "libweft.so" for level, needs in LEVELS.items() if not features or needs <= features]
    files.append(here / "lib" / "native" / "libweft.so")
    if any((here / "lib").glob("*/libweft.so")) and not any(file.exists() for file in files):
        raise fail("old-processor", "this processor has no SSE4.2 and POPCNT (x86-64-v2), which the engine needs")
    builds = here.parent.parent.parent / ".build"
    files += [builds / "release" / "libweft-c.so", builds / "debug" / "libweft-c.so"]
    installed = ctypes.util.find_library("weft")
    return [str(file) for file in files if file.exists()] + ([installed] if installed else [])


@functools.cache
def library() -> ctypes.CDLL:
    """Loads the library, once."""
    names = candidates()
    if not names:
        raise fail("no-library", "there is no libweft: install the wheel, run make install, or set WEFT_LIBRARY to its file")
    try:
        loaded = ctypes.CDLL(names[0])
        prototypes(loaded)
    except (OSError, AttributeError) as error:
        raise fail("no-library", f"{names[0]} cannot be used: {error}") from error
    if not loaded.weft_processor_fits():
        raise fail("old-processor", f"{names[0]} was built for a newer processor: build it with WEFT_ARCH=x86-64-v2")
    return loaded


def prototypes(loaded: ctypes.CDLL) -> None:
    """Declares the functions of weft.h."""
    session, text, number = ctypes.c_uint64, ctypes.c_char_p, ctypes.c_int32
    size, pointer = ctypes.c_size_t, ctypes.c_void_p
    declared: dict[str, tuple[Any, list[Any]]] = {
        "weft_default_options": (None, [ctypes.POINTER(Options)]),
        "weft_processor_fits": (number, []),
        "weft_version": (text, []),
        "weft_modules_json": (text, []),
        "weft_commands_json": (text, []),
        "weft_open": (session, [ctypes.POINTER(Options), text, size]),
        "weft_close": (number, [session]),
        "weft_load": (number, [session, text, size, text]),
        "weft_load_track": (number, [session, text, size, text, ctypes.POINTER(ctypes.c_int64)]),
        "weft_command": (number, [session, text]),
        "weft_send": (number, [session, text, size]),
        "weft_next_packet": (pointer, [session, ctypes.POINTER(size)]),
        "weft_error_count": (number, [session]),
        "weft_error_code": (text, [session, number]),
        "weft_error_message": (text, [session, number]),
        "weft_error_place": (text, [session, number]),
        "weft_error_suggestion": (text, [session, number, number]),
        "weft_score": (number, [session, text, size]),
        "weft_midi_file": (number, [session, text, size, ctypes.POINTER(ctypes.c_double)]),
        "weft_render_offline": (number, [session, pointer, pointer, ctypes.c_int64]),
        "weft_frame": (ctypes.c_int64, [session]),
        "weft_active_voices": (number, [session]),
    }
    for name, (result, arguments) in declared.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments


def problems(session: int) -> list[Problem]:
    """The errors of the last call of a session."""
    native = library()

    def text(value: bytes | None) -> str:
        return (value or b"").decode("utf-8", "replace")

    found = []
    for i in range(native.weft_error_count(session)):
        suggestions: list[str] = []
        while (name := native.weft_error_suggestion(session, i, len(suggestions))) is not None:
            suggestions.append(text(name))
        found.append(
            Problem(
                text(native.weft_error_code(session, i)),
                text(native.weft_error_message(session, i)),
                text(native.weft_error_place(session, i)),
                tuple(suggestions),
            )
        )
    return found


def check(result: int, session: int) -> None:
    """Raises what a result means."""
    if result == OK:
        return
    if result == CLOSED:
        raise fail("closed", "the session is closed, or belongs to the process that this one was forked from")
    if result == BUSY:
        raise fail("busy", "another thread is in this session: give each thread a session of its own")
    if result == ARGUMENT:
        raise fail("argument", "an argument is out of range")
    raise WeftError(problems(session) or [Problem("failed", "the command failed")])


@functools.cache
def version() -> str:
    """The version of the engine."""
    text: bytes = library().weft_version()
    return text.decode()


@functools.cache
def module_list() -> list[dict[str, Any]]:
    """The modules, as ``weft modules --json`` prints them."""
    found: list[dict[str, Any]] = json.loads(library().weft_modules_json())
    return found


@functools.cache
def command_list() -> list[dict[str, Any]]:
    """The commands, as ``weft osc --json`` prints them."""
    found: list[dict[str, Any]] = json.loads(library().weft_commands_json())
    return found
