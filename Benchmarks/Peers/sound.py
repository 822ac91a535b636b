"""Comparison of the work of systems: the level and the octave bands of what they rendered."""

import array
import cmath
import math
import struct

BANDS = [62.5 * 2**k for k in range(9)]
FFT_SIZE = 16_384


def read_wav(path):
    """The channels of a WAV file of 32-bit floats."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"{path}: not a WAV file")
    at, channels = 12, 0
    while at + 8 <= len(data):
        kind, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if kind == b"fmt ":
            tag, channels, _, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            if tag not in (3, 0xFFFE) or bits != 32:
                raise ValueError(f"{path}: not 32-bit float")
        elif kind == b"data":
            body = data[at + 8 : at + 8 + size]
            samples = array.array("f", body[: len(body) // 4 * 4])
            return [samples[c::channels] for c in range(channels)]
        at += 8 + size + size % 2
    raise ValueError(f"{path}: no data")


def fft(x):
    n = len(x)
    if n == 1:
        return x
    even, odd = fft(x[0::2]), fft(x[1::2])
    turned = [cmath.exp(-2j * math.pi * k / n) * odd[k] for k in range(n // 2)]
    return [a + b for a, b in zip(even, turned)] + [a - b for a, b in zip(even, turned)]


def decibels(power):
    return 10 * math.log10(power) if power > 1e-20 else -200.0


class Sound:
    """Level (dB, RMS) and octave bands (dB) of a part of a file, in seconds; means of the channels that sound.

    A mono case is on one channel in some systems, on both in others.
    """

    def __init__(self, path, rate, start, end):
        sides = [channel[int(start * rate) : int(end * rate)] for channel in read_wav(path)]
        count = sum(len(side) for side in sides)
        if not count or any(not math.isfinite(x) for side in sides for x in side):
            raise ValueError(f"{path}: empty or not finite")
        loud = [side for side in sides if any(side)] or sides[:1]
        self.level = decibels(sum(x * x for side in loud for x in side) / sum(len(side) for side in loud))
        powers = [0.0] * len(BANDS)
        for side in loud:
            for first in range(0, len(side) - FFT_SIZE + 1, FFT_SIZE):
                window = [
                    side[first + k] * (0.5 - 0.5 * math.cos(2 * math.pi * k / FFT_SIZE)) for k in range(FFT_SIZE)]
                for k, value in enumerate(fft(window)[1 : FFT_SIZE // 2], start=1):
                    band = round(math.log2(k * rate / FFT_SIZE / BANDS[0]))
                    if 0 <= band < len(BANDS):
                        powers[band] += abs(value) ** 2 / len(loud)
        self.bands = [decibels(p) for p in powers]


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def compare(sounds):
    """Per system: level and largest band difference, against the median of all, in dB.

    Bands more than 30 dB below the strongest are left out: there the kinds of saw and filter differ.
    """
    level = median([s.level for s in sounds.values()])
    bands = [median(column) for column in zip(*[s.bands for s in sounds.values()])]
    loud = [k for k, value in enumerate(bands) if value > max(bands) - 30]
    return {
        name: (s.level - level, max((abs(s.bands[k] - bands[k]) for k in loud), default=0.0))
        for name, s in sounds.items()
    }
