"""Pure Data in batch mode: one flat patch a case, as a file of objects and connections."""

import math
import os

import workloads as w
from system import System

TABLE_SIZE = 2048
# vcf~ has a bandwidth of 2 f / q; and its low-pass output this gain at 0 Hz (from its difference equation).
VCF_Q = 2 * w.VOICE["q"]
VCF_GAIN = (2 - 2 / (VCF_Q + 2)) / VCF_Q / (1 + 1 / VCF_Q**2)
# Jezar at Dreampoint, Freeverb (2000): comb and all-pass lines in samples, and its fixed constants.
COMBS = [1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617]
ALLPASSES = [556, 441, 341, 225]
SPREAD = 23
FIXED_GAIN, SCALE_ROOM, OFFSET_ROOM, SCALE_DAMP, ALLPASS_FEEDBACK = 0.015, 0.28, 0.7, 0.4, 0.5


class Canvas:
    """A patch in the making: objects get numbers in order."""

    def __init__(self):
        self.objects, self.cables = [], []

    def add(self, kind, text, *sources):
        """An object with its signal sources, one an inlet (None: unconnected)."""
        self.objects.append(f"#X {kind} 0 0 {text};\n")
        number = len(self.objects) - 1
        for inlet, source in enumerate(sources):
            if source is not None:
                self.join(source, number, inlet)
        return number

    def obj(self, text, *sources):
        return self.add("obj", text, *sources)

    def message(self, text, trigger):
        return self.add("msg", text.replace(";", "\\;").replace(",", "\\,"), trigger)

    def join(self, source, target, inlet=0):
        node, outlet = source if isinstance(source, tuple) else (source, 0)
        self.cables.append(f"#X connect {node} {outlet} {target} {inlet};\n")

    def text(self):
        return "#N canvas 0 0 600 400 12;\n" + "".join(self.objects) + "".join(self.cables)


def saw(canvas, start, tables, freq):
    """A saw from a table whose partials stay below half the rate: a table each half octave."""
    step = math.floor(2 * math.log2(freq / 55))
    name = f"saw{step}"
    if name not in tables:
        tables.add(name)
        top = int(w.SAW_PARTIALS_TOP / (55 * 2 ** ((step + 1) / 2)))
        partials = " ".join(f"{2 / math.pi / k:.7g}" for k in range(1, top + 1))
        canvas.obj(f"table {name} {TABLE_SIZE + 3}")
        canvas.message(f"; {name} sinesum {TABLE_SIZE} {partials}", start)
    tone = canvas.obj(f"tabosc4~ {name}")
    canvas.join(canvas.message(f"{freq:.9g}", start), tone)
    return tone


def voice(canvas, start, release, tables, outputs, n):
    v = w.VOICE
    gate = canvas.message(f"1 {1000 * v['attack']} , {v['sustain']} {1000 * v['decay']} {1000 * v['attack']}", start)
    off = canvas.message(f"0 {1000 * v['release']}", release)
    for p in w.voices(n):
        swing = canvas.obj(f"*~ {v['swing']}", canvas.obj(f"osc~ {p['lfo']:.9g}"))
        cutoff = canvas.obj(f"+~ {v['cutoff']}", swing)
        tone = canvas.obj(f"vcf~ {VCF_Q}", saw(canvas, start, tables, p["freq"]), cutoff)
        env = canvas.obj("vline~")
        canvas.join(gate, env)
        canvas.join(off, env)
        shaped = canvas.obj("*~", (tone, 1), env)
        angle = (p["pan"] + 1) * math.pi / 4
        for side, place in zip(outputs, (math.cos(angle), math.sin(angle))):
            canvas.join(canvas.obj(f"*~ {p['gain'] / VCF_GAIN * place:.9g}", shaped), side)


def sines(canvas, outputs, n):
    for s in w.sines(n):
        tone = canvas.obj(f"osc~ {s['freq']:.9g}")
        canvas.join(canvas.obj(f"*~ {s['gain']:.9g}", tone), outputs[0])


def chain(canvas, start, tables, outputs, n):
    for c in w.chains(n):
        tone = saw(canvas, start, tables, c["freq"])
        for freq, gain in w.PEAKS:
            b0, b1, b2, a1, a2 = w.peak_coefficients(freq, gain)
            # biquad~ adds its feedback terms.
            tone = canvas.obj(f"biquad~ {-a1:.9g} {-a2:.9g} {b0:.9g} {b1:.9g} {b2:.9g}", tone)
        canvas.join(canvas.obj(f"*~ {c['gain']:.9g}", tone), outputs[0])


def line(canvas, name, samples):
    """A delay line's reader; its writer is made once its input is known."""
    return canvas.obj(f"delread~ {name} {samples * 1000 / w.RATE:.9g}")


def freeverb(canvas, side, spread, source, room, damp):
    feedback, damping = room * SCALE_ROOM + OFFSET_ROOM, damp * SCALE_DAMP
    total = canvas.obj("+~")
    for k, samples in enumerate(COMBS):
        name = f"comb{side}-{k}"
        read = line(canvas, name, samples + spread)
        dull = canvas.obj(f"rpole~ {damping}", canvas.obj(f"*~ {(1 - damping) * feedback:.9g}", read))
        canvas.join(source, canvas.obj(f"delwrite~ {name} 100", dull))
        canvas.join(read, total)
    for k, samples in enumerate(ALLPASSES):
        name = f"allpass{side}-{k}"
        read = line(canvas, name, samples + spread)
        back = canvas.obj("+~", canvas.obj(f"*~ {ALLPASS_FEEDBACK}", read), total)
        canvas.obj(f"delwrite~ {name} 100", back)
        total = canvas.obj("-~", read, total)
    return total


def effects(canvas, start, tables, outputs):
    x, sides = w.FX, []
    for side, (freq, echo, phase) in enumerate(zip(x["saws"], x["echo"], x["chorus_phase"])):
        dry = canvas.obj(f"*~ {x['saw_gain']}", saw(canvas, start, tables, freq))
        wet = line(canvas, f"echo{side}", echo * w.RATE)
        into = canvas.obj("+~", canvas.obj(f"*~ {x['echo_feedback']}", wet), dry)
        canvas.obj(f"delwrite~ echo{side} 1000", into)
        echoed = canvas.obj("+~", canvas.obj(f"*~ {1 - x['echo_mix']}", dry), canvas.obj(f"*~ {x['echo_mix']}", wet))
        canvas.obj(f"delwrite~ chorus{side} 50", echoed)
        swing = canvas.obj(f"osc~ {x['chorus_rate']}")
        canvas.join(canvas.message(f"{phase}", start), swing, 1)
        time = canvas.obj(
            f"+~ {1000 * x['chorus_delay']}", canvas.obj(f"*~ {1000 * x['chorus_depth']}", swing))
        moved = canvas.obj(f"delread4~ chorus{side}", time)
        sides.append(canvas.obj(
            "+~", canvas.obj(f"*~ {1 - x['chorus_mix']}", echoed), canvas.obj(f"*~ {x['chorus_mix']}", moved)))
    source = canvas.obj(f"*~ {FIXED_GAIN}", canvas.obj("+~", *sides))
    for side, output in enumerate(outputs):
        wet = freeverb(canvas, side, side * SPREAD, source, x["room"], x["damp"])
        canvas.join(canvas.obj(f"*~ {x['reverb_mix']:.9g}", wet), output)
        canvas.join(canvas.obj(f"*~ {1 - x['reverb_mix']:.9g}", sides[side]), output)


def patch(case, n, seconds, output=None):
    canvas, tables = Canvas(), set()
    start = canvas.obj("loadbang")
    release = canvas.obj(f"delay {1000 * (seconds - w.RELEASE_AT):.9g}", start)
    end = canvas.obj(f"delay {1000 * seconds:.9g}", start)
    # dac~ needs a device; a pair of unit gains sums the outputs instead.
    outputs = [canvas.obj("+~"), canvas.obj("+~")]
    if case == "voice":
        voice(canvas, start, release, tables, outputs, n)
    elif case == "sines":
        sines(canvas, outputs, n)
    elif case == "chain":
        chain(canvas, start, tables, outputs, n)
    elif case == "fx":
        effects(canvas, start, tables, outputs)
    order = canvas.obj("trigger bang bang", end)
    if output:
        frames = int(seconds * w.RATE)
        for name, source in zip(("left", "right"), outputs):
            canvas.obj(f"table {name} {frames}")
            canvas.join(start, canvas.obj(f"tabwrite~ {name}", source))
        write = canvas.message(f"write -wave -bytes 4 {output} left right", (order, 1))
        canvas.obj("soundfiler", write)
    canvas.message("; pd quit", (order, 0))
    canvas.message("; pd dsp 1", start)
    return canvas.text()


class PureData(System):
    name, program, package = "pd", "pd", "puredata-core"
    cases = [case for case in w.CASES if case != "strip"]

    def command(self, case, n, seconds, folder, output=None):
        path = os.path.join(folder, "case.pd")
        with open(path, "w") as file:
            file.write(patch(case, n, seconds, output))
        return [
            self.find(), "-noprefs", "-nogui", "-nosound", "-nomidi", "-batch", "-r", str(w.RATE),
            "-blocksize", str(w.BLOCK), "-open", path]
