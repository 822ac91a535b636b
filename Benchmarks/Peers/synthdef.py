"""Writes SuperCollider synth definitions (binary format, version 2), so that sclang is not needed.

- Source: SuperCollider documentation, "Synth Definition File Format".
"""

import struct

SCALAR, CONTROL, AUDIO = 0, 1, 2


def pstring(text):
    return bytes([len(text)]) + text.encode("ascii")


class SynthDef:
    """Collects unit generators in order; `bytes()` is the file."""

    def __init__(self, name, **controls):
        self.name, self.constants, self.units = name, [], []
        self.controls = list(controls.items())
        if controls:
            self.units.append(("Control", CONTROL, [], [CONTROL] * len(controls), 0))

    def control(self, name):
        return (0, [key for key, _ in self.controls].index(name))

    def unit(self, kind, *inputs, rate=AUDIO, outputs=1, special=0):
        """Adds a unit generator; returns its output, or a list where it has several."""
        place = len(self.units)
        self.units.append((kind, rate, [self.input(i) for i in inputs], [rate] * outputs, special))
        return (place, 0) if outputs == 1 else [(place, k) for k in range(outputs)]

    def times(self, a, b, rate=AUDIO):
        return self.unit("BinaryOpUGen", a, b, rate=rate, special=2)

    def power(self, base, exponent, rate=AUDIO):
        return self.unit("BinaryOpUGen", base, exponent, rate=rate, special=25)

    def muladd(self, signal, factor, add, rate=AUDIO):
        return self.unit("MulAdd", signal, factor, add, rate=rate)

    def out(self, *channels):
        self.unit("Out", 0, *channels, outputs=0)

    def input(self, value):
        if isinstance(value, tuple):
            return value
        if value not in self.constants:
            self.constants.append(value)
        return (-1, self.constants.index(value))

    def bytes(self):
        data = b"SCgf" + struct.pack(">ih", 2, 1) + pstring(self.name)
        data += struct.pack(f">i{len(self.constants)}f", len(self.constants), *self.constants)
        data += struct.pack(f">i{len(self.controls)}f", len(self.controls), *[v for _, v in self.controls])
        data += struct.pack(">i", len(self.controls))
        for index, (name, _) in enumerate(self.controls):
            data += pstring(name) + struct.pack(">i", index)
        data += struct.pack(">i", len(self.units))
        for kind, rate, inputs, outputs, special in self.units:
            data += pstring(kind) + struct.pack(">biih", rate, len(inputs), len(outputs), special)
            data += b"".join(struct.pack(">ii", *i) for i in inputs) + bytes(outputs)
        return data + struct.pack(">h", 0)
