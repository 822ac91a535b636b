"""Puts the engine into the wheel: a build for each level of processors that has been built, or one that is built now."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LIBRARY = "libweft-c.so"


class LibraryHook(BuildHookInterface):
    """WEFT_BUILDS names the folders of the builds, with colons between them; unless given, those of the checkout."""

    def initialize(self, version, build_data):
        if self.target_name != "wheel" or version == "editable":
            return
        checkout = Path(self.root).resolve().parent.parent
        given = os.environ.get("WEFT_BUILDS")
        builds = [checkout / name for name in (given.split(":") if given else (".build/release", ".build-other/release"))]
        found = [build / LIBRARY for build in builds if (build / LIBRARY).exists()]
        if not found:
            found = [self.build_library(checkout)]
        self.folder = tempfile.mkdtemp(prefix="weft-wheel-")
        for library in found:
            target = Path(self.folder, f"{len(build_data['force_include'])}.so")
            shutil.copy(library, target)
            subprocess.run(["strip", "--strip-unneeded", target], check=True)
            build_data["force_include"][str(target)] = f"weft/lib/{level(library)}/libweft.so"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-linux_{platform.machine()}"

    def finalize(self, version, build_data, artifact_path):
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)

    def build_library(self, checkout):
        if not shutil.which("swift") or not (checkout / "Package.swift").exists():
            sys.exit("weft: the engine is built with Swift 6.3 or later from a checkout: https://www.swift.org/install/linux")
        subprocess.run(["swift", "build", "-c", "release", "--product", "weft-c"], cwd=checkout, check=True)
        return checkout / ".build/release" / LIBRARY


def level(library):
    """The level of processors that a library was built for."""
    found = re.search(rb"weft-built-for:([a-z0-9-]+)", library.read_bytes())
    return found.group(1).decode() if found else "native"
