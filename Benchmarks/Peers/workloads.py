"""The workloads: the numbers that every system is given. One place, so that all do the same work."""

import math

RATE = 48_000
BLOCK = 64
# Seconds before the end at which the gates of `voice` go down.
RELEASE_AT = 0.5

# The cost of one unit of a case at a typical peer, in ns per sample: only sets how long a run is.
UNIT_COST = {"voice": 12, "strip": 11, "sines": 2, "chain": 50, "fx": 80, "idle": 2}
CASES = list(UNIT_COST)
DEFAULT_COUNTS = {"voice": [1, 32, 128, 512], "strip": [128], "sines": [32, 512], "chain": [1, 32], "fx": [1], "idle": [1]}

SAW_PARTIALS_TOP = 24_000


def note(i):
    """The pitch in Hz of saw i of `voice` and `chain`."""
    return 55 * 2 ** (((7 * i) % 48) / 12) * (1 + 0.0001 * (i % 97))


def voices(n):
    """Per voice: pitch and LFO rate in Hz, gain, place in the stereo picture (-1 ... 1)."""
    return [
        {"freq": note(i), "lfo": 0.2 + 0.01 * (i % 32), "gain": 0.25 / math.sqrt(n), "pan": (i % 16) / 7.5 - 1}
        for i in range(n)
    ]


# `strip`: the gate goes up and down every `turn` seconds, so that the envelope never rests; it opens the filter from `low` by so many octaves.
STRIP = {
    "turn": 0.25, "attack": 0.1, "decay": 0.15, "sustain": 0.5, "release": 0.25, "low": 500, "octaves": 3, "q": 2}


VOICE = {"cutoff": 1500, "swing": 1000, "q": 2, "attack": 0.01, "decay": 0.1, "sustain": 0.7, "release": 0.3}


def sines(n):
    """Per oscillator: frequency in Hz and gain."""
    return [
        {"freq": 40 + (37.31 * i) % 9000, "gain": 0.3 / math.sqrt(n) * (1 - 0.5 * ((13 * i) % 32) / 32)}
        for i in range(n)
    ]


def chains(n):
    """Per chain: pitch in Hz and gain."""
    return [{"freq": note(i), "gain": 0.25 / math.sqrt(n)} for i in range(n)]


# The 14 peaking filters of a chain: Hz and dB, each with Q 1.
PEAKS = [(100 * 1.4**k, 3 if k % 2 == 0 else -3) for k in range(14)]
PEAK_Q = 1


def peak_coefficients(freq, gain_db, q=PEAK_Q, rate=RATE):
    """b0 b1 b2 a1 a2 (a0 = 1) of a peaking filter. - Source: R. Bristow-Johnson, Audio EQ Cookbook."""
    amp, w = 10 ** (gain_db / 40), 2 * math.pi * freq / rate
    alpha, c = math.sin(w) / (2 * q), math.cos(w)
    a0 = 1 + alpha / amp
    return [(1 + alpha * amp) / a0, -2 * c / a0, (1 - alpha * amp) / a0, -2 * c / a0, (1 - alpha / amp) / a0]


# Left and right: a saw each, an echo each; then a chorus voice each and a reverb across both.
FX = {
    "saws": (110, 110.7), "saw_gain": 0.2,
    "echo": (0.25, 0.33), "echo_feedback": 0.4, "echo_mix": 0.3,
    "chorus_delay": 0.012, "chorus_depth": 0.003, "chorus_rate": 0.5, "chorus_phase": (0, 0.25), "chorus_mix": 0.5,
    "room": 0.8, "damp": 0.5, "reverb_mix": 0.33,
}
