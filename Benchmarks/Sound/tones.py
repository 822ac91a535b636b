"""One tone of each system, as a file: its own oscillator, at one pitch."""

import json
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Peers"))

from csound import Csound  # noqa: E402
from puredata import Canvas, PureData  # noqa: E402
from scsynth import SCSynth, bundle, osc  # noqa: E402
from sound import read_wav  # noqa: E402
from synthdef import SynthDef  # noqa: E402

RATE = 48_000
HERE = os.path.dirname(os.path.abspath(__file__))


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout[-500:]}{done.stderr[-500:]}")


class Weft:
    """Patches, rendered by the program that plays them."""

    name = "weft"

    def __init__(self, path=None):
        self.program = os.path.abspath(path or os.path.join(HERE, "..", "..", ".build", "release", "weft"))

    def find(self):
        return self.program if os.access(self.program, os.X_OK) else None

    def render(self, folder, nodes, cables, seconds, source=None):
        """The channels that a patch gives; `source` is what its input node hears."""
        patch, sound = os.path.join(folder, "patch.json"), os.path.join(folder, "out.wav")
        with open(patch, "w") as file:
            json.dump({"weft": 1, "nodes": nodes, "cables": cables}, file)
        command = [self.program, "render", "-q", patch, "-o", sound, "--seconds", f"{seconds:.6f}", "--rate", str(RATE)]
        if source is not None:
            fed = os.path.join(folder, "in.wav")
            write_wav(fed, source)
            command += ["--input", fed]
        run(command, folder)
        return read_wav(sound)

    def tone(self, folder, module, hertz, seconds, **knobs):
        nodes = {"osc": {"type": module, "params": {"frequency": hertz, "gain": 0.5, **knobs}}, "out": {"type": "output"}}
        return self.render(folder, nodes, [["osc", "out"]], seconds)[0]


def write_wav(path, samples):
    data = struct.pack(f"<{len(samples)}f", *samples)
    with open(path, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt ")
        file.write(struct.pack("<IHHIIHH", 16, 3, 1, RATE, 4 * RATE, 4, 32) + b"data" + struct.pack("<I", len(data)) + data)


def scsynth(folder, unit, hertz, seconds):
    d = SynthDef("tone")
    tone = {"Saw": lambda: d.unit("Saw", hertz), "Pulse": lambda: d.unit("Pulse", hertz, 0.5),
            "SinOsc": lambda: d.unit("SinOsc", hertz, 0)}[unit]()
    return scsynth_sound(folder, d, d.times(tone, 0.5), seconds)


def scsynth_modulated(folder, hertz, cutoff, octaves, modulator, seconds):
    """A sine through its resonant low-pass, whose corner is modulated at audio rate."""
    d = SynthDef("tone")
    power = d.unit("BinaryOpUGen", 2, d.times(d.unit("SinOsc", modulator, 0), octaves), special=25)
    tone = d.unit("RLPF", d.times(d.unit("SinOsc", hertz, 0), 0.5), d.times(power, cutoff), 1.01)
    return scsynth_sound(folder, d, tone, seconds)


def scsynth_sound(folder, d, tone, seconds):
    d.out(tone)
    score, path = os.path.join(folder, "score.osc"), os.path.join(folder, "sc.wav")
    with open(score, "wb") as file:
        file.write(bundle(0, osc("/d_recv", d.bytes())) + bundle(0, osc("/s_new", "tone", 1000, 0, 0))
                   + bundle(seconds, osc("/c_set", 0, 0.0)))
    run([SCSynth().find(), "-N", score, "_", path, str(RATE), "WAV", "float", "-o", "1", "-i", "0"], folder)
    return read_wav(path)[0]


def csound(folder, opcode, hertz, seconds):
    path, sound = os.path.join(folder, "tone.csd"), os.path.join(folder, "cs.wav")
    line = {"vco2 saw": f"vco2 0.5, {hertz}", "vco2 square": f"vco2 0.5, {hertz}, 10", "oscili": f"oscili 0.5, {hertz}"}
    with open(path, "w") as file:
        file.write(
            f"<CsoundSynthesizer>\n<CsInstruments>\nsr = {RATE}\nksmps = 64\nnchnls = 1\n0dbfs = 1\ninstr 1\n"
            f"a1 {line[opcode]}\nout a1\nendin\n</CsInstruments>\n<CsScore>\ni 1 0 {seconds}\ne\n</CsScore>\n"
            "</CsoundSynthesizer>\n")
    run([Csound().find(), "-o", sound, "-W", "-f", "-d", "-m0", path], folder)
    return read_wav(sound)[0]


def puredata(folder, unit, hertz, seconds):
    canvas, frames = Canvas(), int(seconds * RATE)
    sound, path = os.path.join(folder, "pd.wav"), os.path.join(folder, "tone.pd")
    start = canvas.obj("loadbang")
    end = canvas.obj(f"delay {1000 * seconds + 100:.6g}", start)
    tone = canvas.obj(f"{unit} {hertz:.9g}")
    level = canvas.obj("*~ 0.5", canvas.obj("-~ 0.5", tone) if unit == "phasor~" else tone)
    canvas.obj(f"table tone {frames}")
    canvas.join(start, canvas.obj("tabwrite~ tone", level))
    order = canvas.obj("trigger bang bang", end)
    canvas.obj("soundfiler", canvas.message(f"write -wave -bytes 4 {sound} tone", (order, 1)))
    canvas.message("; pd quit", (order, 0))
    canvas.message("; pd dsp 1", start)
    with open(path, "w") as file:
        file.write(canvas.text())
    run([PureData().find(), "-noprefs", "-nogui", "-nosound", "-nomidi", "-batch", "-r", str(RATE), "-open", path], folder)
    return read_wav(sound)[0]


PEERS = {
    "scsynth Saw": ("saw", lambda *a: scsynth(a[0], "Saw", *a[1:]), SCSynth),
    "csound vco2": ("saw", lambda *a: csound(a[0], "vco2 saw", *a[1:]), Csound),
    "pd phasor~": ("saw", lambda *a: puredata(a[0], "phasor~", *a[1:]), PureData),
    "scsynth Pulse": ("pulse", lambda *a: scsynth(a[0], "Pulse", *a[1:]), SCSynth),
    "csound vco2 10": ("pulse", lambda *a: csound(a[0], "vco2 square", *a[1:]), Csound),
    "scsynth SinOsc": ("sine", lambda *a: scsynth(a[0], "SinOsc", *a[1:]), SCSynth),
    "csound oscili": ("sine", lambda *a: csound(a[0], "oscili", *a[1:]), Csound),
    "pd osc~": ("sine", lambda *a: puredata(a[0], "osc~", *a[1:]), PureData),
}
