"""Weft, by its own weft-bench: the same engine that plays, rendering as fast as it goes."""

import os

from system import System


class Weft(System):
    name, program, package = "weft", "weft-bench", ""

    def __init__(self, path=None):
        here = os.path.dirname(os.path.abspath(__file__))
        self.path = path or os.path.join(here, "..", "..", ".build", "release", self.program)

    def find(self):
        return os.path.abspath(self.path) if os.access(self.path, os.X_OK) else None

    def command(self, case, n, seconds, folder, output=None):
        target = ["--output", output] if output else []
        return [self.find(), self.case(case), str(n), str(seconds), *target]

    def case(self, case):
        return case


class WeftLanes(Weft):
    """The same chains as voices of one polyphonic chain, eight side by side: how a Weft user would patch them."""

    name, cases = "weft-lanes", ["chain"]

    def case(self, case):
        return "lanes"
