"""Types, examples in docstrings, and the time that an import takes."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import weft

PACKAGE = Path(weft.__file__).parent


def test_mypy_strict():
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", "/dev/null", PACKAGE], capture_output=True, text=True,
        cwd=PACKAGE.parent)
    assert result.returncode == 0, result.stdout


def test_examples_of_docstrings():
    count = 0
    for module in pkgutil.iter_modules([str(PACKAGE)]):
        result = doctest.testmod(importlib.import_module(f"weft.{module.name}"))
        assert not result.failed
        count += result.attempted
    count += doctest.testmod(weft).attempted
    assert count > 15


def test_every_public_name_has_a_docstring():
    for name in weft.__all__:
        thing = getattr(weft, name)
        assert thing.__doc__, name
        for member, value in vars(thing).items() if isinstance(thing, type) else ():
            inherited = any(getattr(getattr(base, member, None), "__doc__", None) for base in thing.__mro__[1:])
            if callable(value) and not member.startswith("_"):
                assert value.__doc__ or inherited, f"{name}.{member}"
