"""The modules of the engine: ports, ranges, units, summaries."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any

from . import _native
from ._errors import fail


@dataclass(frozen=True)
class Input:
    """An input of a module. One with a ``default`` is a parameter: it has a value, and takes cables unless
    ``modulation`` is ``"none"``."""

    name: str
    summary: str
    #: signal, float, int, bool, choice or file.
    type: str
    unit: str = ""
    default: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    #: linear, exponential …: how a knob moves through the range.
    curve: str = ""
    choices: tuple[str, ...] = ()
    modulation: str = ""


@dataclass(frozen=True)
class Output:
    """An output of a module; the first one is its main output."""

    name: str
    summary: str


@dataclass(frozen=True)
class Module:
    """A type of node.

    >>> import weft
    >>> svf = weft.modules()["svf"]
    >>> svf.input("cutoff").unit, svf.input("cutoff").minimum
    ('Hz', 20)
    """

    name: str
    family: str
    summary: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    main_input: str | None

    def input(self, name: str) -> Input:
        """An input by its name."""
        for input in self.inputs:
            if input.name == name:
                return input
        raise unknown("no-such-param", f"{self.name} has no input {name}", name, [input.name for input in self.inputs])

    def output(self, name: str) -> Output:
        """An output by its name."""
        for output in self.outputs:
            if output.name == name:
                return output
        raise unknown("no-such-port", f"{self.name} has no output {name}", name, [output.name for output in self.outputs])


_known: dict[str, Module] = {}


def modules() -> dict[str, Module]:
    """Every module, by its name."""
    if not _known:
        _known.update((item["name"], _module(item)) for item in _native.module_list())
    return dict(_known)


def module(name: str) -> Module:
    """A module by its name."""
    if not _known:
        modules()
    found = _known.get(name)
    if found is None:
        raise unknown("no-such-type", f"there is no module {name}", name, list(_known))
    return found


def unknown(code: str, message: str, name: str, names: list[str]) -> Exception:
    """The error of an unknown name, with the nearest known ones."""
    return fail(code, message, "", tuple(difflib.get_close_matches(name, names, 3, 0.6)))


def _module(item: dict[str, Any]) -> Module:
    return Module(
        item["name"],
        item["family"],
        item["summary"],
        tuple(_input(input) for input in item["inputs"]),
        tuple(Output(output["name"], output["summary"]) for output in item["outputs"]),
        item["mainInput"],
    )


def _input(item: dict[str, Any]) -> Input:
    return Input(
        item["name"],
        item["summary"],
        item["type"],
        item.get("unit", ""),
        item.get("default"),
        item.get("minimum"),
        item.get("maximum"),
        item.get("curve", ""),
        tuple(item.get("choices", ())),
        item["modulation"],
    )
