"""scsynth in non-realtime mode: a binary score of OSC bundles and synth definitions."""

import math
import os
import struct

import workloads as w
from synthdef import CONTROL, SynthDef
from system import System

# Saw's amplitude is 1/2; every other system's is 1.
SAW_LEVEL = 2
# One synth of `sines` holds this many oscillators: a synth for each costs scsynth more.
SINES_IN_SYNTH = 32


def osc(address, *arguments):
    def padded(data):
        return data + b"\0" * (4 - len(data) % 4)

    tags, body = ",", b""
    for a in arguments:
        if isinstance(a, int):
            tags, body = tags + "i", body + struct.pack(">i", a)
        elif isinstance(a, float):
            tags, body = tags + "f", body + struct.pack(">f", a)
        elif isinstance(a, str):
            tags, body = tags + "s", body + padded(a.encode())
        else:
            tags, body = tags + "b", body + struct.pack(">i", len(a)) + a + b"\0" * (-len(a) % 4)
    return padded(address.encode()) + padded(tags.encode()) + body


def bundle(seconds, message):
    tag = struct.pack(">II", int(seconds), int((seconds % 1) * 2**32))
    data = b"#bundle\0" + tag + struct.pack(">i", len(message)) + message
    return struct.pack(">i", len(data)) + data


def voice():
    d = SynthDef("voice", freq=440.0, lfo=1.0, gain=1.0, pan=0.0, gate=1.0)
    v = w.VOICE
    cutoff = d.muladd(
        d.unit("SinOsc", d.control("lfo"), 0, rate=CONTROL), v["swing"], v["cutoff"], rate=CONTROL)
    tone = d.unit("RLPF", d.unit("Saw", d.control("freq")), cutoff, 1 / v["q"])
    linear = (1, 0)
    env = d.unit(
        "EnvGen", d.control("gate"), SAW_LEVEL, 0, 1, 0, 0, 3, 2, -99,
        1, v["attack"], *linear, v["sustain"], v["decay"], *linear, 0, v["release"], *linear)
    d.out(*d.unit("Pan2", d.times(tone, env), d.control("pan"), d.control("gain"), outputs=2))
    return d


def strip():
    d, v = SynthDef("strip", freq=440.0, gain=1.0, gate=1.0), w.STRIP
    gate = d.control("gate")
    shape = [0, 3, 2, -99, 1, v["attack"], 1, 0, v["sustain"], v["decay"], 1, 0, 0, v["release"], 1, 0]
    opening = d.unit("EnvGen", gate, 1, 0, 1, 0, *shape, rate=CONTROL)
    octaves = d.power(2 ** v["octaves"], opening, rate=CONTROL)
    tone = d.unit("RLPF", d.unit("Saw", d.control("freq")), d.times(octaves, v["low"], rate=CONTROL), 1 / v["q"])
    level = d.unit("EnvGen", gate, SAW_LEVEL, 0, 1, 0, *shape)
    d.out(d.times(d.times(tone, level), d.control("gain")))
    return d


def sines(count):
    controls = {f"{key}{i}": 0.0 for i in range(count) for key in ("freq", "gain")}
    d = SynthDef(f"sines{count}", **controls)
    total = 0
    for i in range(count):
        tone = d.unit("SinOsc", d.control(f"freq{i}"), 0)
        gain = d.control(f"gain{i}")
        total = d.times(tone, gain) if i == 0 else d.muladd(tone, gain, total)
    d.out(total)
    return d


def chain():
    d = SynthDef("chain", freq=440.0, gain=1.0)
    tone = d.unit("Saw", d.control("freq"))
    for freq, gain in w.PEAKS:
        tone = d.unit("BPeakEQ", tone, freq, 1 / w.PEAK_Q, gain)
    d.out(d.times(tone, d.control("gain")))
    return d


def effects():
    d, x = SynthDef("fx"), w.FX
    sides = []
    for freq, echo, phase in zip(x["saws"], x["echo"], x["chorus_phase"]):
        dry = d.times(d.unit("Saw", freq), x["saw_gain"] * SAW_LEVEL)
        decay = echo * math.log(0.001) / math.log(x["echo_feedback"])
        wet = d.unit("CombN", dry, 1, echo, decay)
        echoed = d.muladd(wet, x["echo_mix"], d.times(dry, 1 - x["echo_mix"]))
        swing = d.unit("SinOsc", x["chorus_rate"], phase * 2 * math.pi)
        time = d.muladd(swing, x["chorus_depth"], x["chorus_delay"])
        moved = d.unit("DelayC", echoed, 0.05, time)
        sides.append(d.muladd(moved, x["chorus_mix"], d.times(echoed, 1 - x["chorus_mix"])))
    d.out(*d.unit("FreeVerb2", *sides, x["reverb_mix"], x["room"], x["damp"], outputs=2))
    return d


def score(case, n, seconds):
    definitions, synths = {}, []
    if case == "voice":
        definitions["voice"] = voice()
        synths = [("voice", v) for v in w.voices(n)]
    elif case == "strip":
        definitions["strip"] = strip()
        synths = [("strip", {"freq": v["freq"], "gain": v["gain"]}) for v in w.voices(n)]
    elif case == "sines":
        every = w.sines(n)
        for first in range(0, n, SINES_IN_SYNTH):
            part = every[first : first + SINES_IN_SYNTH]
            d = definitions.setdefault(len(part), sines(len(part)))
            synths.append((d.name, {f"{key}{i}": s[key] for i, s in enumerate(part) for key in s}))
    elif case == "chain":
        definitions["chain"] = chain()
        synths = [("chain", {**c, "gain": c["gain"] * SAW_LEVEL}) for c in w.chains(n)]
    elif case == "fx":
        definitions["fx"] = effects()
        synths = [("fx", {})] * n
    group = 1
    messages = [(0, osc("/d_recv", d.bytes())) for d in definitions.values()]
    messages.append((0, osc("/g_new", group, 0, 0)))
    for node, (name, controls) in enumerate(synths, start=1000):
        pairs = [item for key, value in controls.items() for item in (key, float(value))]
        messages.append((0, osc("/s_new", name, node, 1, group, *pairs)))
    if case == "voice":
        messages.append((seconds - w.RELEASE_AT, osc("/n_set", group, "gate", 0.0)))
    if case == "strip":
        turns = int(seconds / w.STRIP["turn"])
        messages += [(k * w.STRIP["turn"], osc("/n_set", group, "gate", 1.0 - k % 2)) for k in range(1, turns)]
    messages.append((seconds, osc("/c_set", 0, 0.0)))
    return b"".join(bundle(time, message) for time, message in messages)


class SCSynth(System):
    name, program, package = "scsynth", "scsynth", "supercollider-server"

    def command(self, case, n, seconds, folder, output=None):
        path = os.path.join(folder, "score.osc")
        with open(path, "wb") as file:
            file.write(score(case, n, seconds))
        target = [output, str(w.RATE), "WAV", "float"] if output else ["/dev/null", str(w.RATE), "raw", "float"]
        return [
            self.find(), "-N", path, "_", *target, "-o", "2", "-i", "0", "-z", str(w.BLOCK),
            "-m", "131072", "-n", "8192", "-w", "256", "-V", "-1"]
