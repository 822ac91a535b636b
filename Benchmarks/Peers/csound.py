"""Csound with no sound output: one instrument a case, one instance a unit."""

import os

import workloads as w
from system import System

HEADER = f"sr = {w.RATE}\nksmps = {w.BLOCK}\nnchnls = 2\n0dbfs = 1\n"


def voice():
    v = w.VOICE
    return f"""
  asig vco2 1, p4
  kcut oscili {v["swing"]}, p5
  asig lowpass2 asig, {v["cutoff"]} + kcut, {v["q"]}
  aenv linsegr 0, {v["attack"]}, 1, {v["decay"]}, {v["sustain"]}, {v["release"]}, 0
  iangle = (p7 + 1) * $M_PI / 4
  asig = asig * aenv * p6
  outs asig * cos(iangle), asig * sin(iangle)
"""


def sines():
    return """
  asig oscili p5, p4
  outch 1, asig
"""


def chain():
    peaks = "".join(
        f"  asig rbjeq asig, {freq}, {10 ** (gain / 20)}, {w.PEAK_Q}, 1, 8\n" for freq, gain in w.PEAKS)
    return f"\n  asig vco2 1, p4\n{peaks}  outch 1, asig * p5\n"


def effects():
    x, text = w.FX, ""
    for side, (freq, echo, phase) in enumerate(zip(x["saws"], x["echo"], x["chorus_phase"])):
        text += f"""
  asig vco2 {x["saw_gain"]}, {freq}
  awet delayr {echo}
  delayw asig + awet * {x["echo_feedback"]}
  asig = asig * {1 - x["echo_mix"]} + awet * {x["echo_mix"]}
  amove oscili {1000 * x["chorus_depth"]}, {x["chorus_rate"]}, -1, {phase}
  awet vdelay3 asig, amove + {1000 * x["chorus_delay"]}, 50
  a{side} = asig * {1 - x["chorus_mix"]} + awet * {x["chorus_mix"]}
"""
    mix = x["reverb_mix"]
    return text + f"""
  aleft, aright freeverb a0, a1, {x["room"]}, {x["damp"]}
  outs a0 * {1 - mix} + aleft * {mix}, a1 * {1 - mix} + aright * {mix}
"""


def orchestra(case):
    body = {"voice": voice, "sines": sines, "chain": chain, "fx": effects, "idle": lambda: ""}[case]()
    return f"{HEADER}\ninstr 1\n{body}endin\n"


def events(case, n, seconds):
    if case == "voice":
        return [(seconds - w.RELEASE_AT, v["freq"], v["lfo"], v["gain"], v["pan"]) for v in w.voices(n)]
    if case == "sines":
        return [(seconds, s["freq"], s["gain"]) for s in w.sines(n)]
    if case == "chain":
        return [(seconds, c["freq"], c["gain"]) for c in w.chains(n)]
    return [(seconds,)] * n if case == "fx" else []


class Csound(System):
    name, program, package = "csound", "csound", "csound"
    cases = [case for case in w.CASES if case != "strip"]

    def command(self, case, n, seconds, folder, output=None):
        path = os.path.join(folder, "case.csd")
        score = "".join("i 1 0 " + " ".join(f"{p:.9g}" for p in e) + "\n" for e in events(case, n, seconds))
        with open(path, "w") as file:
            file.write(
                f"<CsoundSynthesizer>\n<CsInstruments>\n{orchestra(case)}</CsInstruments>\n"
                f"<CsScore>\nf 0 {seconds}\n{score}e\n</CsScore>\n</CsoundSynthesizer>\n")
        target = ["-o", output, "-W", "-f"] if output else ["-n"]
        return [self.find(), *target, "-d", "-m0", path]
