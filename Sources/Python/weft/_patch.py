"""Patches: built in Python, read from files and JSON."""

from __future__ import annotations

import json
import os
from typing import Any, Iterable, Mapping

import numpy.typing as npt

from ._arrays import Samples
from ._document import Document
from ._errors import fail
from ._modules import module, unknown
from ._nodes import Node
from ._rendering import Automation, Note, render
from ._session import Session


class Patch(Document):
    """A patch: nodes and cables.

    >>> import weft
    >>> patch = weft.Patch("Beep", voices=4)
    >>> keys, osc, env = patch.add("notes", "keys"), patch.add("saw", "osc"), patch.add("adsr", "env")
    >>> _ = keys["pitch"] >> osc["frequency"]
    >>> _ = keys["gate"] >> env["gate"]
    >>> _ = osc * env >> patch.add("svf", cutoff=1200) >> patch.add("output", "out")
    >>> sound = patch.render(1.0, notes=[(0.0, "A4", 0.8, 0.5)])
    >>> sound.shape
    (2, 48000)
    """

    kind = "patch"

    def __init__(self, name: str = "", *, voices: int = 1, about: str = ""):
        #: The patch file as a dictionary; `to_json` writes it.
        self.data: dict[str, Any] = {"weft": 2, "name": name, "about": about, "voices": voices, "nodes": {}, "cables": []}
        #: The file that it was read from.
        self.path: str | None = None

    # Files

    @classmethod
    def _read(cls, text: str, path: str | None) -> Patch:
        patch = cls()
        patch.path = path
        with Session() as session:
            session._load_text(text, path)
            patch.data = json.loads(session._patch_text())
        return patch

    def _written(self) -> dict[str, Any]:
        return {key: value for key, value in self.data.items() if value not in ("", [])}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the patch file."""
        with Session() as session:
            session._load(self)
            session.send("/patch/save", os.path.abspath(os.fspath(path)), "overwrite")

    def check(self) -> None:
        """Raises `WeftError` with every error of the patch."""
        with Session() as session:
            session._load(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patch) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        name = self.data.get("name") or "Patch"
        return f"<weft.Patch {name!r}: {len(self.data['nodes'])} nodes, {len(self.data.get('cables', []))} cables>"

    # Nodes and cables

    @property
    def nodes(self) -> dict[str, Node]:
        """The nodes by id."""
        return {id: Node(self, id) for id in self.data["nodes"]}

    def __getitem__(self, id: str) -> Node:
        if id not in self.data["nodes"]:
            raise unknown("no-such-node", f"there is no node {id}", id, list(self.data["nodes"]))
        return Node(self, id)

    def add(self, type: str, id: str | None = None, **parameters: float | bool | str) -> Node:
        """Adds a node; without an id it is named after its type: ``saw``, ``saw2`` …

        ``parameters``: values in the parameter's unit; a parameter whose name is a word of Python is set with `set`.
        """
        known = module(type)
        nodes = self.data["nodes"]
        if id is not None and id in nodes:
            raise fail("duplicate", f"there is a node {id} already", id)
        name = type if id is None else id
        number = 1
        while name in nodes:
            number += 1
            name = f"{type}{number}"
        values = {}
        for parameter, value in parameters.items():
            known.input(parameter)
            values[parameter] = _plain(value)
        nodes[name] = {"type": type, **({"params": values} if values else {})}
        return Node(self, name)

    def connect(self, source: str, destination: str, amount: float = 1) -> Patch:
        """Connects an output to an input: ``"node"`` or ``"node/port"``; ``amount`` scales the signal."""
        for end in (source, destination):
            self[end.split("/")[0]]
        self.data.setdefault("cables", []).append([source, destination] + ([] if amount == 1 else [float(amount)]))
        return self

    def set(self, parameter: str, value: float | bool | str) -> Patch:
        """Sets a parameter, ``"node/parameter"``."""
        id, _, name = parameter.partition("/")
        node = self[id]
        node.module.input(name)
        self.data["nodes"][id].setdefault("params", {})[name] = _plain(value)
        return self

    def macro(self, name: str, targets: Mapping[str, tuple[float, float]], value: float = 0) -> Patch:
        """Adds a macro: a control from 0 to 1 that moves parameters between two values each.

        ``patch.macro("bright", {"filt/cutoff": (200, 8000)}, 0.5)``
        """
        entries = [{"param": param, "from": float(a), "to": float(b)} for param, (a, b) in targets.items()]
        self.data.setdefault("macros", []).append({"name": name, "value": float(value), "targets": entries})
        return self

    # Sound

    def render(
        self,
        seconds: float | None = None,
        *,
        rate: float = 48_000,
        channels: int = 2,
        out: Samples | None = None,
        notes: Iterable[Note] = (),
        score: str | None = None,
        midi: str | os.PathLike[str] | bytes | None = None,
        input: npt.ArrayLike | None = None,
        parameters: Mapping[str, float | bool | str] | None = None,
        macros: Mapping[str, float] | None = None,
        automation: Mapping[str, Automation] | None = None,
        tail: float = 2,
        samples: str | os.PathLike[str] | None = None,
    ) -> Samples:
        """Renders the patch from its start: float32, ``(channels, frames)``, full scale is 1.

        The same arguments give the same samples, and those that ``weft render`` gives.

        - ``seconds``: the length; unless given, that of ``out``, of ``input``, or up to ``tail`` seconds after the last
          event.
        - ``rate``: Hz.
        - ``out``: a float32 array ``(channels, frames)`` that is filled and returned.
        - ``notes``: ``(start, key, velocity, duration)`` each: seconds, 0 to 127 or a name, 0 to 1, seconds. An array of
          shape ``(n, 4)`` will do.
        - ``score``: the text of a score, a time in seconds and a command a line.
        - ``midi``: a Standard MIDI file, its path or its bytes.
        - ``input``: ``(channels, frames)`` or ``(frames,)`` for the input nodes.
        - ``parameters``: values before the start, by ``"node/parameter"``; ``macros``: by name, 0 to 1.
        - ``automation``: by ``"node/parameter"``, an array of values over the whole length, evenly spaced from its first
          frame to its last with straight lines between them, or a pair of arrays: times in seconds, and values.
        - ``samples``: a folder of sounds that the patch names without a path.
        """
        return render(
            self,
            seconds,
            rate=rate,
            channels=channels,
            out=out,
            notes=notes,
            score=score,
            midi=midi,
            input=input,
            parameters=parameters or {},
            macros=macros or {},
            automation=automation or {},
            tail=tail,
            samples=samples,
        )

    def _repr_html_(self) -> str:
        from ._notebook import page

        return page(self)


def _plain(value: Any) -> float | bool | str:
    if isinstance(value, (bool, str)):
        return value
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1 << 53 else number
