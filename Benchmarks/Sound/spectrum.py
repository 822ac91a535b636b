"""Spectra without any library: what a tone has beside its harmonics, what a filter does, how noise falls."""

import cmath
import math

# Albrecht, "A family of cosine-sum windows for high-resolution measurements" (2001): side lobes below -160 dB.
WINDOW = [
    0.27105140069342, -0.43329793923448, 0.21812299954311, -0.06592544638803, 0.01081174209837, -0.00077658482522,
    0.00001388721735]
REACH = 9


def fft(x):
    """The transform of a list whose length is a power of two."""
    n = len(x)
    if n == 1:
        return list(x)
    even, odd = fft(x[0::2]), fft(x[1::2])
    half = n // 2
    turn = TURNS.get(n)
    if turn is None:
        turn = TURNS[n] = [cmath.exp(-2j * math.pi * k / n) for k in range(half)]
    turned = [t * o for t, o in zip(turn, odd)]
    return [e + t for e, t in zip(even, turned)] + [e - t for e, t in zip(even, turned)]


TURNS = {}


def decibels(power):
    return 10 * math.log10(power) if power > 1e-30 else -300.0


class Spectrum:
    """Power by bin; a sine of amplitude 1 sums to 1/2 over its bins."""

    def __init__(self, samples, rate):
        n = len(samples)
        self.rate, self.size = rate, n
        weights = [
            sum(a * math.cos(2 * math.pi * k * i / n) for k, a in enumerate(WINDOW)) for i in range(n)
        ] if n not in WEIGHTS else WEIGHTS[n]
        WEIGHTS[n] = weights
        scale = 2 / (sum(w * w for w in weights) * n)
        self.power = [scale * abs(v) ** 2 for v in fft([s * w for s, w in zip(samples, weights)])[: n // 2 + 1]]

    def bin(self, hertz):
        return round(hertz * self.size / self.rate)

    def level(self, hertz):
        k = self.bin(hertz)
        return decibels(2 * sum(self.power[max(k - REACH, 0) : k + REACH + 1]))

    def alias(self, fundamental, limit=20_000):
        """The largest component below `limit` that is no harmonic, in dB of the fundamental."""
        rest = self.power[: self.bin(limit)]
        harmonic = 0.0
        while harmonic < self.rate / 2:
            k = self.bin(harmonic)
            for j in range(max(k - REACH - 1, 0), min(k + REACH + 2, len(rest))):
                rest[j] = 0
            harmonic += fundamental
        worst = max(range(len(rest)), key=rest.__getitem__)
        return decibels(2 * sum(rest[max(worst - REACH, 0) : worst + REACH + 1])) - self.level(fundamental)

    def distortion(self, fundamental):
        """Everything above 20 Hz but the fundamental, in dB of it."""
        k = self.bin(fundamental)
        rest = sum(p for j, p in enumerate(self.power) if j > max(self.bin(20), REACH) and abs(j - k) > REACH)
        return decibels(2 * rest) - self.level(fundamental)


WEIGHTS = {}


def response(impulse, size):
    """The magnitudes in dB of an impulse response, a bin each."""
    padded = (list(impulse) + [0.0] * size)[:size]
    return [decibels(abs(v) ** 2) for v in fft(padded)[: size // 2 + 1]]


def slope(samples, rate, low, high):
    """dB an octave between two frequencies: a straight line through the octave bands."""
    size, powers = 16_384, {}
    for first in range(0, len(samples) - size + 1, size):
        window = [samples[first + i] * (0.5 - 0.5 * math.cos(2 * math.pi * i / size)) for i in range(size)]
        for k, value in enumerate(fft(window)[1 : size // 2], start=1):
            hertz = k * rate / size
            if low <= hertz < high:
                powers.setdefault(math.floor(3 * math.log2(hertz / low)), []).append(abs(value) ** 2)
    points = [((band + 0.5) / 3, decibels(sum(p) / len(p))) for band, p in sorted(powers.items())]
    x, y = sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)
    rise = sum((p[0] - x) * (p[1] - y) for p in points) / sum((p[0] - x) ** 2 for p in points)
    return rise, [(low * 2 ** p[0], p[1]) for p in points]


def reverberation(impulse, rate):
    """Seconds for 60 dB, by M. R. Schroeder's backward integral (1965), from -5 to -35 dB."""
    rest, energies = 0.0, []
    for sample in reversed(impulse):
        rest += sample * sample
        energies.append(rest)
    energies.reverse()
    levels = [decibels(e / rest) for e in energies]
    start = next(i for i, v in enumerate(levels) if v < -5)
    end = next(i for i, v in enumerate(levels) if v < -35)
    return 2 * (end - start) / rate


def frequency(samples, rate):
    """By counting upward passages through 0."""
    first, last, count, before = None, 0.0, -1, samples[0]
    for i, x in enumerate(samples[1:], start=1):
        if before < 0 <= x:
            last = i - x / (x - before)
            first = last if first is None else first
            count += 1
        before = x
    return count * rate / (last - first) if count > 0 else 0.0
