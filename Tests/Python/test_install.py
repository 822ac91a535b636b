"""The installed C library: header, pkg-config file and library, below a folder of the test."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_program_is_built_with_pkg_config_and_runs(build, tmp_path):
    for tool in ("gcc", "pkg-config", "chrpath"):
        if not shutil.which(tool):
            pytest.skip(f"there is no {tool}")
    environment = {
        **os.environ, "WEFT_STAGE": str(tmp_path / "stage"), "DESTDIR": str(tmp_path / "dest"), "PREFIX": "/opt/weft",
    }

    def script(name, *words):
        result = subprocess.run([ROOT / "Sources/Install" / name, *words], env=environment, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr

    script("prepare", build)
    script("install")
    place = tmp_path / "dest/opt/weft"
    environment["PKG_CONFIG_PATH"] = str(place / "lib/pkgconfig")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "weft"], env=environment, capture_output=True, text=True, check=True)
    subprocess.run(
        ["gcc", "-Wall", "-Werror", ROOT / "Tests/CInterface/notes.c", *flags.stdout.split(), "-lm", "-o", tmp_path / "notes"],
        check=True)
    result = subprocess.run(
        [tmp_path / "notes", ROOT / "Patches/strings.json"], env={**os.environ, "LD_LIBRARY_PATH": str(place / "lib")},
        capture_output=True, text=True)
    assert result.returncode == 0 and "2 voices" in result.stdout, result.stderr
    script("uninstall")
    assert not [path for path in (tmp_path / "dest").rglob("*") if path.is_file()]
