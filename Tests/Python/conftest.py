"""Tests of the C library and the Python package run against what `make build` has built, or WEFT_BUILD."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("WEFT_BUILD", ".build/release")
os.environ.setdefault("WEFT_LIBRARY", str(BUILD / "libweft-c.so"))
PACKAGE = ROOT / "Sources/Python"
sys.path.insert(0, str(PACKAGE))
os.environ["PYTHONPATH"] = f"{PACKAGE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"


@pytest.fixture(scope="session")
def build():
    """The folder with what was built."""
    return BUILD
