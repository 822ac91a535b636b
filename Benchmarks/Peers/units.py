"""Which unit generators of scsynth do what a module does. One place; `modules` measures both sides of each line.

`u(KIND, inputs…)` is one unit generator. Its inputs are `u.audio`, a signal; `u.knob(value)`, which is that value while
knobs are still and moves around it with every frame while they move; `u.gate` and `u.trigger`, which go on and off (a gate once a
block where knobs are still, a trigger always by the frame); or numbers, where the unit generator takes nothing else. Arithmetic stands as `u.op`. A module for which scsynth has no unit, and
no usual way of making one, stands at the end with the reason.
"""

PARTIALS = 16
SAWS = 7


def both(make):
    """Left and right."""
    return [make(), make()]


def levelled(u):
    """The signal, with a level where that moves."""
    return u.op("*", u.audio, u.knob(1)) if u.moves else u.audio


def mixed(u, wet, share=0.5):
    """A dry and a wet sound, as effects end with."""
    return u("LinXFade2", u.audio, wet, u.knob(2 * share - 1), 1)


def swept(u, rate, centre, swing):
    """A delay that a slow sine sweeps."""
    sweep = u.control("SinOsc", rate, 0)
    return u("DelayC", u.audio, 0.05, u.control("MulAdd", sweep, swing, centre))


def segments(u, *stages, release):
    """An envelope: (level, seconds) a stage, exponential; `release` is the stage that it holds before, or −99."""
    shape = [value for level, seconds in stages for value in (level, u.knob(seconds), 5, -4)]
    return u("EnvGen", u.gate, 1, 0, 1, 0, 0, len(stages), release, -99, *shape)


def crossover(u):
    return [u(kind, u(kind, u.audio, u.knob(1000), 1.414), u.knob(1000), 1.414) for kind in ("BLowPass", "BHiPass")]


def phaser(u):
    corner = u.control("MulAdd", u.control("SinOsc", 0.3, 0), 600, 800)
    tone = u.audio
    for _ in range(6):
        tone = u("BAllPass", tone, corner, 1)
    return mixed(u, tone)


def bank(u, kinds):
    """Some of one kind, summed."""
    tone = kinds[0]
    for other in kinds[1:]:
        tone = u.op("+", tone, other)
    return tone


def ranged(u):
    """From one range to another."""
    if not u.moves:
        return u("MulAdd", u.audio, 0.5, 0.5)
    part = u.op("/", u.op("-", u.audio, u.knob(-1)), u.op("-", u.knob(1), u.knob(-1)))
    return u("MulAdd", part, u.op("-", u.knob(1), u.knob(0)), u.knob(0))


def eight_gains(u):
    if not u.moves:
        return u.op("+", u("Sum4", *[u.audio] * 4), u("Sum4", *[u.audio] * 4))
    tone = u.op("*", u.audio, u.knob(1))
    for _ in range(7):
        tone = u("MulAdd", u.audio, u.knob(1), tone)
    return tone


def wide(u):
    side = u.op("*", u.op("-", u.audio, u.audio), u.knob(1))
    middle = u.op("+", u.audio, u.audio)
    return [u.op("+", middle, side), u.op("-", middle, side)]


def swaying_sine(u, base, beat):
    """A sine times a slow one, as the entrainment voices have."""
    return u.op("*", u("SinOsc", u.knob(base), 0), u("MulAdd", u("SinOsc", u.knob(beat), 0), u.knob(0.4), u.knob(0.6)))


def wavetable(u):
    if not u.moves:
        return u("Osc", 0, 440, 0)
    # Position, frequency, its linear modulation, phase and gain.
    wave = u("VOsc", u.knob(0.5), u.op("+", u.knob(440), u.knob(0)), u.knob(0))
    return u.op("*", wave, u.knob(1))


# The number in one synth, where 64 would need too much time or memory.
COUNTS = {"convolve": 8, "reverb": 8, "additive": 8, "super": 16, "phaser": 16, "delay": 32}

# The settings with which a module does the same as the other.
SETTINGS = {"distortion": "oversampling=off", "limiter": "threshold=-20,peak=sample", "wavetable": "table=basic"}

UNITS = {
    "sine": lambda u: u("SinOsc", u.knob(440), u.knob(0)),
    "saw": lambda u: u("Saw", u.knob(440)),
    "triangle": lambda u: u("LFTri", u.knob(440), 0),
    "pulse": lambda u: u("Pulse", u.knob(440), u.knob(0.5)),
    "wavetable": wavetable,
    "fm": lambda u: u("SinOsc", u.knob(440), u.op("*", u("SinOscFB", u.knob(880), u.knob(0)), u.knob(2))),
    "super": lambda u: [bank(u, [u("Saw", u.knob(440)) for _ in range(SAWS)])] * 2,
    "additive": lambda u: bank(u, [u("SinOsc", u.knob(440 * k), 0) for k in range(1, PARTIALS + 1)]),
    "pluck": lambda u: u("Pluck", u.audio, u.trigger, 0.05, u.knob(1 / 440), u.knob(3), u.knob(0.3)),
    "lfo": lambda u: u("SinOsc", u.knob(1), u.knob(0)),
    "noise": lambda u: u("WhiteNoise"),
    "dust": lambda u: u("Dust", u.knob(20)),
    "sample-hold": lambda u: u("Latch", u.audio, u.trigger),
    "sampler": lambda u: u("PlayBuf", 2, u.knob(1), u.trigger, 0, 1, 0),
    "biquad": lambda u: u("BLowPass", u.audio, u.knob(1000), u.knob(1.414)),
    "svf": lambda u: u("RLPF", u.audio, u.knob(1000), u.knob(1)),
    "ladder": lambda u: u("MoogFF", u.audio, u.knob(1000), u.knob(0), 0),
    "comb": lambda u: u("CombC", u.audio, 0.05, u.knob(1 / 440), 0.1),
    "allpass": lambda u: u("AllpassC", u.audio, 0.5, u.knob(0.02), 0.1),
    "onepole": lambda u: u("OnePole", u.audio, u.knob(0.8)),
    "dcblock": lambda u: u("LeakDC", u.audio, u.knob(0.995)),
    "formant": lambda u: bank(u, [u("BPF", u.audio, u.knob(hertz), u.knob(0.1)) for hertz in (700, 1100, 2400)]),
    "crossover": crossover,
    "adsr": lambda u: segments(u, (1, 0.01), (0.7, 0.1), (0, 0.3), release=2),
    "ar": lambda u: segments(u, (1, 0.01), (0, 0.3), release=1),
    "linen": lambda u: segments(u, (1, 0.1), (1, 0.1), (0, 0.1), release=-99),
    "decay": lambda u: u("Decay2", u.trigger, u.knob(0.001), u.knob(0.5)),
    "follower": lambda u: u("Amplitude", u.audio, u.knob(0.005), u.knob(0.1)),
    "slew": lambda u: u("Slew", u.audio, u.knob(10), u.knob(10)),
    "gain": lambda u: u.op("*", u.audio, u.op("*", u.knob(1), u.op("dbamp", u.knob(0))) if u.moves else u.knob(1)),
    "mix": eight_gains,
    "pan": lambda u: u("Pan2", u.audio, u.knob(0), 1, outputs=2),
    "crossfade": lambda u: u("LinXFade2", u.audio, u.audio, u.knob(0), 1),
    "width": wide,
    "ring": lambda u: u.op("*", u.audio, u("MulAdd", u.audio, u.knob(1), u.knob(0)) if u.moves else u.audio),
    "output": lambda u: u("Out", 0, *both(lambda: levelled(u)), outputs=0) or [],
    "input": lambda u: u("In", 0),
    "delay": lambda u: mixed(u, u("OnePole", u("CombC", u.audio, 4, u.knob(0.25), u.knob(2)), u.knob(0.2))),
    "chorus": lambda u: both(lambda: mixed(u, swept(u, 0.5, 0.015, 0.003))),
    "flanger": lambda u: both(lambda: mixed(u, swept(u, 0.2, 0.003, 0.002))),
    "phaser": lambda u: both(lambda: phaser(u)),
    "tremolo": lambda u: both(
        lambda: u.op("*", u.audio, u("SinOsc", u.knob(5), u.knob(0)) if u.moves else u.control("SinOsc", 5, 0))),
    "vibrato": lambda u: mixed(u, swept(u, 5, 0.01, 0.001)),
    "reverb": lambda u: u("FreeVerb2", u.audio, u.audio, u.knob(0.3), u.knob(0.5), u.knob(0.3), outputs=2),
    "distortion": lambda u: mixed(u, u("LPF", u.op("tanh", u.op("*", u.audio, u.knob(4))), u.knob(12_000))),
    "compressor": lambda u: u("Compander", u.audio, u.audio, u.knob(0.125), u.knob(1), u.knob(0.25), 0.01, 0.1),
    "limiter": lambda u: u("Limiter", u.audio, u.knob(0.1), 0.005),
    "convolve": lambda u: both(lambda: mixed(u, u("PartConv", u.audio, 2048, 3))),
    "clock": lambda u: [u("Impulse", u.knob(8), 0), u("Phasor", 0, u.knob(0.001), 0, 1, 0)],
    "sequencer": lambda u: u("Index", 0, u("Stepper", u.trigger, 0, 0, 7, 1, 0)),
    "divider": lambda u: u("PulseDivider", u.trigger, 2, 0),
    "delay-gate": lambda u: u("Trig1", u("TDelay", u.trigger, u.knob(0.25)), u.knob(0.1)),
    "random-gate": lambda u: u("CoinGate", u.knob(0.5), u.trigger),
    "math": lambda u: u.op("+", u.audio, u.knob(0)),
    "scale": ranged,
    "compare": lambda u: u("Schmidt", u.audio, u.knob(-0.1), u.knob(0.1)),
    "logic": lambda u: u.op("min", u.audio, u.audio),
    "rectify": lambda u: u.op("abs", u.audio),
    "curve": lambda u: u.op("pow", u.audio, u.knob(1)),
    "constant": lambda u: u("DC", 1),
    "meter": lambda u: [u("PeakFollower", u.audio, 0.999), u("OnePole", u.op("*", u.audio, u.audio), 0.999)],
    "binaural": lambda u: both(lambda: u.op("*", u("SinOsc", u.knob(200), u.knob(0)), u.knob(0.5))),
    "monaural": lambda u: u.op(
        "+", u.op("*", u("SinOsc", u.knob(198), u.knob(0)), u.knob(0.4)),
        u.op("*", u("SinOsc", u.knob(202), u.knob(0)), u.knob(0.4))),
    "stereo-am": lambda u: both(lambda: swaying_sine(u, 200, 4)),
    "rhythmic": lambda u: u("Pan2", u.op("tanh", u.op("*", swaying_sine(u, 200, 4), u.knob(5))), u.knob(0), 1, outputs=2),
}

NO_UNIT = {
    "acid": "no filter of its kind", "disyn": "none of its kind", "trapezoid": "no such wave",
    "isochronic": "no such pulse", "euclid": "left to the language", "quantize": "left to the language",
    "feedback": "costs nothing here: a cable", "notes": "left to the language", "voice": "left to the language",
    "cc": "left to the language", "scope": "passes on; looked at elsewhere", "spectrum": "passes on; looked at elsewhere",
    "tuner": "passes on; looked at elsewhere", "bore": "no such model", "excite": "no such model",
    "schroeder": "4 CombC and 2 AllpassC would be its parts", "notches": "none of its kind", "spatial": "none of its kind",
}

# Modules that do more than the unit beside them, and how many times its cost they may take in lanes. `sampler` reads
# sixteen points of a copy with the band for its speed, so that nothing aliases; PlayBuf interpolates over four points.
ALLOWED = {"sampler": 2.0}
