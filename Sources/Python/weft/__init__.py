"""The Weft synthesizer engine in Python.

>>> import weft
>>> patch = weft.Patch()
>>> _ = patch.add("saw", frequency=110) >> patch.add("svf", cutoff=800) >> patch.add("output")
>>> patch.render(0.5).shape
(2, 24000)

Arrays of samples are float32, ``(channels, frames)``, full scale is 1. Times are seconds, frequencies Hz.
"""

from __future__ import annotations

from ._commands import Commands, Edit, Macro, Reply
from ._errors import Problem, WeftError
from ._modules import Input, Module, Output, modules
from ._native import command_list as commands
from ._native import version
from ._nodes import Node, Port, Signal
from ._patch import Patch
from ._remote import Remote, connect
from ._session import Session
from ._track import Step, Track

__all__ = [
    "Commands",
    "Edit",
    "Input",
    "Macro",
    "Module",
    "Node",
    "Output",
    "Patch",
    "Port",
    "Problem",
    "Remote",
    "Reply",
    "Session",
    "Signal",
    "Step",
    "Track",
    "WeftError",
    "commands",
    "connect",
    "modules",
    "version",
]
