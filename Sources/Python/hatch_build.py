"""Puts the engine into the wheel: a build for each level of processors that has been built, or one that is built now."""

import os
import platform
import re
import shutil
import struct
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
            remove_unwinding(target)
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


def remove_unwinding(library):
    """Removes the tables for unwinding, an eighth of the library: for debuggers alone, since no exception crosses it."""
    subprocess.run(["strip", "-R", ".eh_frame", "-R", ".eh_frame_hdr", library], check=True)
    # The program header that names them (PT_GNU_EH_FRAME) becomes an empty one: nothing may look where they were.
    data = bytearray(library.read_bytes())
    (place,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for header in range(place, place + size * count, size):
        if struct.unpack_from("<I", data, header) == (0x6474E550,):
            data[header : header + size] = bytes(size)
    library.write_bytes(data)


def level(library):
    """The level of processors that a library was built for."""
    found = re.search(rb"weft-built-for:([a-z0-9-]+)", library.read_bytes())
    return found.group(1).decode() if found else "native"
