"""Measures the Python package: start, calls, rendering beside `weft render`, threads, and beside DawDreamer and pedalboard.

    make bench-python

Every figure is the best of several runs, on the machine as it is: compare figures of one run alone.
"""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

import weft

ROOT = Path(__file__).resolve().parent.parent.parent
WEFT = Path(os.environ["WEFT_LIBRARY"]).parent / "weft"
STRINGS = ROOT / "Patches/strings.json"
SECONDS = 60.0
CHORD = ["C4", "E4", "G4", "C5"]
RATE = 48_000


def row(name: str, figure: str, bar: str = "") -> None:
    print(f"| {name} | {figure} | {bar} |", flush=True)


def best(count: int, body, clock=time.perf_counter) -> float:
    """The shortest of several times, in seconds; by `time.process_time`, of processor time."""
    times = []
    for _ in range(count):
        start = clock()
        body()
        times.append(clock() - start)
    return min(times)


def pace(body) -> str:
    """Seconds of sound for each second of processor time, which other programs do not change much."""
    return f"{LENGTH / best(5, body, time.process_time):.0f} × real time"


def python(text: str) -> str:
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True).stdout


def processor_time(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def start() -> None:
    text = "import time; a = time.perf_counter(); import weft; b = time.perf_counter(); {}print(b - a, time.perf_counter() - b)"
    beep = "p = weft.Patch(); p.add('sine') >> p.add('output'); p.render(0.1); "
    runs = [tuple(map(float, python(text.format(beep)).split())) for _ in range(7)]
    row("import weft, numpy included", f"{min(run[0] for run in runs) * 1e3:.0f} ms", "< 150 ms")
    row("first render, a sine of 0.1 s, loading of the library included", f"{min(run[1] for run in runs) * 1e3:.0f} ms", "< 50 ms")


def calls() -> None:
    native = weft._native.library()
    with weft.Session() as session:
        number, count = session._number, 100_000

        def frames():
            for _ in range(count):
                native.weft_frame(number)

        row("a call of the library that does nothing", f"{best(5, frames) / count * 1e9:.0f} ns", "< 1 µs")

        def commands():
            for _ in range(2_000):
                session.send("/version")

        row("a command with its answer, /version", f"{best(5, commands) / 2_000 * 1e6:.1f} µs")


def rendering() -> None:
    patch = weft.Patch.load(STRINGS)
    notes = [(0.0, key, 0.8, SECONDS - 5) for key in CHORD]
    patch.render(0.1, notes=notes)
    times = []
    for _ in range(3):
        before = processor_time(resource.RUSAGE_SELF)
        sound = patch.render(SECONDS, notes=notes)
        times.append(processor_time(resource.RUSAGE_SELF) - before)
    from weft._rendering import note_lines

    with tempfile.TemporaryDirectory() as folder:
        score = Path(folder, "notes.score")
        score.write_text("\n".join(note_lines(notes)[0]) + "\n")
        command = [WEFT, "render", STRINGS, "--score", score, "--seconds", str(SECONDS), "-o", "-"]
        others, data = [], b""
        for _ in range(3):
            before = processor_time(resource.RUSAGE_CHILDREN)
            data = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
            others.append(processor_time(resource.RUSAGE_CHILDREN) - before)
    expected = np.frombuffer(data, np.float32).reshape(-1, 2).T
    row(
        f"strings.json, 4 notes, {SECONDS:g} s: processor time of Python beside weft render",
        f"{min(times):.2f} s, {min(others):.2f} s, × {min(times) / min(others):.2f}", "≤ 1.05")
    row("samples that differ from those of weft render", str(int((sound != expected).sum())), "0")


def threads() -> None:
    patches = [weft.Patch.load(STRINGS), weft.Patch.load(ROOT / "Patches/electric-piano.json")]
    notes = [(0.0, key, 0.8, 15.0) for key in CHORD]

    def render(patch):
        patch.render(20.0, notes=notes)

    def together():
        running = [threading.Thread(target=render, args=(patch,)) for patch in patches]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()

    def alone():
        for patch in patches:
            render(patch)

    ratios = [best(1, alone) / best(1, together) for _ in range(5)]
    row("two threads with a patch each, beside one after the other", f"× {statistics.median(ratios):.2f}", "≥ 1.8")


INSTRUMENT = """import("stdfaust.lib");
freq = hslider("freq", 200, 20, 20000, 0.01); gain = hslider("gain", 0.5, 0, 1, 0.01); gate = button("gate");
process = os.sawtooth(freq) * en.adsr(0.01, 0.1, 0.8, 0.2, gate) * gain * 0.2 : fi.resonlp(1500, 1, 1) <: _, _;
effect = dm.zita_light;
"""


def instrument() -> weft.Patch:
    """The same in weft: eight voices of saw, envelope and filter, and a reverb."""
    patch = weft.Patch("Eight", voices=8)
    keys, osc, env = patch.add("notes"), patch.add("saw", "osc", gain=0.2), patch.add("adsr", "env")
    env.set(attack=0.01, decay=0.1, sustain=0.8, release=0.2)
    keys["pitch"] >> osc["frequency"]
    keys["gate"] >> env["gate"]
    hall = osc * env >> patch.add("svf", cutoff=1_500, resonance=0.3) >> patch.add("reverb", "hall", mix=0.3)
    out = patch.add("output", "out")
    hall["left"] >> out["left"]
    hall["right"] >> out["right"]
    return patch


KEYS = [48, 52, 55, 59, 60, 64, 67, 71]
LENGTH = 20.0


def peers() -> None:
    patch = instrument()
    notes = [(0.0, key, 0.8, LENGTH - 1) for key in KEYS]
    row("8 voices with filter and reverb, 20 s: weft", pace(lambda: patch.render(LENGTH, notes=notes)))
    try:
        import dawdreamer
    except ImportError:
        row("the same: DawDreamer", "not installed")
    else:
        engine = dawdreamer.RenderEngine(RATE, 512)
        synth = engine.make_faust_processor("eight")
        synth.num_voices = 8
        synth.set_dsp_string(INSTRUMENT)
        for key in KEYS:
            synth.add_midi_note(key, 100, 0.0, LENGTH - 1)
        engine.load_graph([(synth, [])])
        engine.render(0.1)
        row("the same: DawDreamer, Faust", pace(lambda: engine.render(LENGTH)))
        row("start: import dawdreamer and an engine", f"{started('import dawdreamer; dawdreamer.RenderEngine(48000, 512)')} ms")
    try:
        import pedalboard
    except ImportError:
        row("the same: pedalboard", "not installed")
    else:
        board = pedalboard.Pedalboard([pedalboard.LadderFilter(cutoff_hz=1_500), pedalboard.Reverb(wet_level=0.3)])

        def render():
            times = np.arange(round(LENGTH * RATE)) / RATE
            saws = sum(0.2 * (2 * ((440 * 2 ** ((key - 69) / 12) * times) % 1) - 1) for key in KEYS)
            board(np.tile(saws.astype(np.float32), (2, 1)), RATE)

        row("the same: pedalboard, one filter and reverb, saws of numpy without envelopes", pace(render))
        row("start: import pedalboard and a board", f"{started('import pedalboard; pedalboard.Pedalboard([pedalboard.Reverb()])')} ms")
    row("start: import weft and a session", f"{started('import weft; weft.Session()')} ms")


def started(text: str) -> str:
    """Milliseconds from the start of an interpreter to its end, without those of an empty one."""
    empty = best(5, lambda: python("pass"))
    return f"{(best(5, lambda: python(text)) - empty) * 1e3:.0f}"


def main() -> None:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    print(f"weft {weft.version()}, Python {sys.version.split()[0]}, {cpu.group(1) if cpu else 'unknown processor'}, "
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n\n| what | figure | bar |\n|---|---|---|")
    for part in sys.argv[1:] or ["start", "calls", "rendering", "threads", "peers"]:
        globals()[part]()


if __name__ == "__main__":
    main()
