"""The example of a data set on a local cluster of two workers: repeatable, resumable, labelled."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import weft

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "Sources/Python/examples/data_set.py"
pytest.importorskip("distributed")
soundfile = pytest.importorskip("soundfile")


def run(folder, count, seed=7):
    return subprocess.run(
        [sys.executable, EXAMPLE, folder, "--count", str(count), "--seed", str(seed), "--workers", "2"],
        capture_output=True, text=True, timeout=240)


def labels(folder):
    lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    return {line["index"]: line for line in lines}


def test_a_data_set_is_repeatable_and_resumed(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    result = run(first, 6)
    assert result.returncode == 0 and "0 sounds were there, 6 are new" in result.stdout, result.stderr
    whole = labels(first)
    assert sorted(whole) == list(range(6)) and len({label["sha256"] for label in whole.values()}) == 6
    for label in whole.values():
        sound, rate = soundfile.read(first / label["file"])
        assert rate == 48_000 and sound.shape == (96_000, 2) and abs(sound).max() == pytest.approx(0.9, abs=0.001)
        patch = weft.Patch()
        patch.data = label["patch"]
        patch.check()

    # A run that was ended: three sounds, a file without its label, a torn line.
    assert run(second, 3).returncode == 0
    (second / "000003.flac").write_bytes(b"unfinished")
    with open(second / "labels.jsonl", "a") as file:
        file.write('{"index": 4, "fi')
    kept = {name: os.stat(second / name).st_mtime_ns for name in ("000000.flac", "000001.flac", "000002.flac")}
    result = run(second, 6)
    assert result.returncode == 0 and "3 sounds were there, 3 are new" in result.stdout, result.stderr
    assert labels(second) == whole, "the same sounds, bit for bit"
    assert kept == {name: os.stat(second / name).st_mtime_ns for name in kept}

    result = run(second, 6, seed=8)
    assert result.returncode != 0 and "seed 7" in result.stderr
