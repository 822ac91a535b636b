"""The package installs from the checkout, with the engine in it."""

import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent.parent / "Sources/Python"


def test_pip_installs_a_package_that_renders(build, tmp_path):
    environment = {**os.environ, "WEFT_BUILDS": str(build)}
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index", "--target",
         tmp_path, PACKAGE],
        env=environment, check=True, stdin=subprocess.DEVNULL)
    assert list(tmp_path.glob("weft/lib/*/libweft.so")) and (tmp_path / "weft/py.typed").exists()
    text = (
        "import weft; p = weft.Patch(); p.add('saw') >> p.add('output'); s = p.render(0.01); "
        "print(weft.__file__, s.shape, weft._native.library()._name)"
    )
    del environment["WEFT_LIBRARY"]
    environment["PYTHONPATH"] = str(tmp_path)
    result = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count(str(tmp_path)) == 2 and "(2, 480)" in result.stdout
