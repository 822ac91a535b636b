"""Nodes and signals of a patch that is built in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Union

from ._errors import fail
from ._modules import Module, module

if TYPE_CHECKING:
    from ._patch import Patch


class Signal:
    """One or more outputs, each with an amount: what a cable carries.

    ``signal >> input`` connects; ``signal * 0.5`` sets the amount of its cables; ``signal + signal`` goes to the same
    input; ``signal * signal`` adds a ``gain`` node, whose gain the second one controls.
    """

    def __init__(self, patch: Patch, sources: list[tuple[str, float]]):
        self._patch, self._sources = patch, sources

    def __rshift__(self, destination: Port) -> Node:
        if not isinstance(destination, Port):
            return NotImplemented
        if destination.patch is not self._patch:
            raise fail("argument", "the two ends of a cable are in different patches")
        for source, amount in self._sources:
            self._patch.connect(source, destination.name, amount)
        return destination.node

    def __mul__(self, other: float | Source) -> Signal:
        if isinstance(other, (Signal, Port)):
            gain = self._patch.add("gain")
            self >> gain
            _signal(other) >> gain["gain"]
            return gain._signal()
        try:
            factor = float(other)
        except (TypeError, ValueError):
            return NotImplemented
        return Signal(self._patch, [(source, amount * factor) for source, amount in self._sources])

    __rmul__ = __mul__

    def __add__(self, other: Source) -> Signal:
        if not isinstance(other, (Signal, Port)):
            return NotImplemented
        return Signal(self._patch, self._sources + _signal(other)._sources)


class Port:
    """A port of a node: an output where it is on the left of ``>>``, an input on its right."""

    def __init__(self, node: Node, port: str | None):
        self._node, self._port = node, port

    @property
    def node(self) -> Node:
        """The node of the port."""
        return self._node

    @property
    def patch(self) -> Patch:
        """The patch of the node."""
        return self.node._patch

    @property
    def name(self) -> str:
        """``"node"`` or ``"node/port"``, as in a patch file."""
        return self.node.id if self._port is None else f"{self.node.id}/{self._port}"

    def _signal(self) -> Signal:
        return Signal(self.patch, [(self.name, 1.0)])

    def __rshift__(self, destination: Port) -> Node:
        return self._signal().__rshift__(destination)

    def __mul__(self, other: float | Source) -> Signal:
        return self._signal().__mul__(other)

    __rmul__ = __mul__

    def __add__(self, other: Source) -> Signal:
        return self._signal().__add__(other)


class Node(Port):
    """A node of a patch. ``node["port"]`` is one of its ports; the node alone is its main output or input."""

    def __init__(self, patch: Patch, id: str):
        self._patch, self.id = patch, id
        super().__init__(self, None)

    @property
    def type(self) -> str:
        """The name of its module."""
        return str(self._patch.data["nodes"][self.id]["type"])

    @property
    def module(self) -> Module:
        """Its module: ports, ranges, units."""
        return module(self.type)

    def __getitem__(self, port: str) -> Port:
        known = self.module
        if all(port != output.name for output in known.outputs):
            known.input(port)
        return Port(self, port)

    def set(self, **parameters: float | bool | str) -> Node:
        """Sets parameters."""
        for name, value in parameters.items():
            self._patch.set(f"{self.id}/{name}", value)
        return self

    def __repr__(self) -> str:
        return f"<weft node {self.id}: {self.type}>"


Source = Union[Signal, Port]


def _signal(source: Source) -> Signal:
    return source if isinstance(source, Signal) else source._signal()
