"""Faust: a program compiled by g++ for each case, one object a unit, mixed by the driver in faust.cpp."""

import os
import shutil
import subprocess

import workloads as w
from system import System

FLAGS = ["-O3", "-march=native", "-ffast-math", "-std=c++17"]


def voice():
    v = w.VOICE
    return f"""
freq = hslider("a", 440, 0, 24000, 0.0001);
rate = hslider("b", 1, 0, 100, 0.0001);
level = hslider("c", 1, 0, 1, 0.0001);
place = hslider("d", 0, -1, 1, 0.0001);
gate = button("gate");
cutoff = {v["cutoff"]} + {v["swing"]} * os.osc(rate);
// A tangent a sample would take longer than all the rest; below 2.5 kHz three terms are exact to a millionth.
t(x) = x * (1 + x * x * (1 / 3 + x * x * 2 / 15));
g = t(ma.PI * cutoff / ma.SR);
lowpass(q) = tick ~ (_, _) : !, !, _ with {{
  tick(s1, s2, x) = 2 * v1 - s1, 2 * v2 - s2, v2 with {{
    v1 = (s1 + g * (x - s2)) / (1 + g * (g + 1 / q));
    v2 = s2 + g * v1;
  }};
}};
angle = (place + 1) * ma.PI / 4;
process = os.sawtooth(freq) : lowpass({v["q"]}) * en.adsr({v["attack"]}, {v["decay"]}, {v["sustain"]}, {v["release"]}, gate) * level
  <: *(cos(angle)), *(sin(angle));
"""


def sines():
    return """
process = os.osc(hslider("a", 440, 0, 24000, 0.0001)) * hslider("b", 1, 0, 1, 0.0001) <: _, 0;
"""


def chain():
    peaks = " : ".join(f"fi.peak_eq_cq({gain}, {freq}, {w.PEAK_Q})" for freq, gain in w.PEAKS)
    return f"""
process = os.sawtooth(hslider("a", 440, 0, 24000, 0.0001)) : {peaks} : *(hslider("b", 1, 0, 1, 0.0001)) <: _, 0;
"""


def effects():
    x, text = w.FX, ""
    for side, (freq, echo, phase) in enumerate(zip(x["saws"], x["echo"], x["chorus_phase"])):
        wave = "os.osccos" if phase else "os.osc"
        text += f"""
delayed{side} = +~(de.delay(32768, {int(echo * w.RATE) - 1}) * {x["echo_feedback"]}) : de.delay(32768, {int(echo * w.RATE)});
echo{side} = _ <: _ * {1 - x["echo_mix"]}, delayed{side} * {x["echo_mix"]} :> _;
time{side} = ({x["chorus_delay"]} + {x["chorus_depth"]} * {wave}({x["chorus_rate"]})) * {w.RATE};
chorus{side} = _ <: _ * {1 - x["chorus_mix"]}, de.fdelay4(4096, time{side}) * {x["chorus_mix"]} :> _;
side{side} = os.sawtooth({freq}) * {x["saw_gain"]} : echo{side} : chorus{side};
"""
    mix = x["reverb_mix"]
    return text + f"""
dry = side0, side1;
wet = re.stereo_freeverb({0.7 + 0.28 * x["room"]}, 0.5, {x["damp"]}, 23);
process = dry <: (_ * {1 - mix}, _ * {1 - mix}), (wet : *(0.1 * {mix}), *(0.1 * {mix})) :> _, _;
"""


def units(case, n):
    if case == "voice":
        return [(v["freq"], v["lfo"], v["gain"], v["pan"]) for v in w.voices(n)]
    if case == "sines":
        return [(s["freq"], s["gain"]) for s in w.sines(n)]
    if case == "chain":
        return [(c["freq"], c["gain"]) for c in w.chains(n)]
    return [()] * n


class Faust(System):
    name, program, package = "faust", "faust", "faust g++"
    cases = [case for case in w.CASES if case not in ("strip", "idle")]

    def find(self):
        return shutil.which(self.program) if shutil.which("g++") else None

    def command(self, case, n, seconds, folder, output=None):
        program = self.compiled(case, folder)
        path = os.path.join(folder, "units")
        with open(path, "w") as file:
            for unit in units(case, n):
                file.write(" ".join(f"{p:.9g}" for p in unit) + "\n")
        return [program, path, str(n), str(seconds), str(w.RELEASE_AT if case == "voice" else 0), *([output] if output else [])]

    def compiled(self, case, folder):
        """The program of a case, compiled once; of scalar and vector code, which is the faster was tried by hand."""
        place = os.path.join(os.path.dirname(folder), "faust-" + case)
        program = os.path.join(place, "program")
        if os.path.exists(program):
            return program
        os.makedirs(place, exist_ok=True)
        source = {"voice": voice, "sines": sines, "chain": chain, "fx": effects}[case]()
        with open(os.path.join(place, "case.dsp"), "w") as file:
            file.write('import("stdfaust.lib");\n' + source)
        code = ["-vec", "-vs", str(w.BLOCK)] if case == "fx" else ["-scal"]
        subprocess.run([self.find(), *code, "-cn", "Unit", "case.dsp", "-o", "unit.h"], cwd=place, check=True)
        driver = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faust.cpp")
        subprocess.run(["g++", *FLAGS, "-I", place, driver, "-o", program], check=True)
        return program
