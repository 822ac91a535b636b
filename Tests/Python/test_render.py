"""Rendering of patches: the same samples as `weft render`, into arrays of any legal form."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

import weft
from weft._rendering import note_lines

ROOT = Path(__file__).resolve().parent.parent.parent
PATCHES = ROOT / "Patches"
NOTES = [(0, "C4", 0.8, 0.1), (0.05, "E4", 0.7, 0.1), (0.0803, 67.5, 0.33333, 0.2)]


def beep(gain=0.5):
    patch = weft.Patch("Beep")
    patch.add("sine", "osc", frequency=440, gain=gain) >> patch.add("output", "out")
    return patch


def read_raw(data, channels=2):
    return np.frombuffer(data, np.float32).reshape(-1, channels).T


@pytest.mark.parametrize("name", ["strings", "electric-piano"])
def test_samples_are_those_of_weft_render(name, build, tmp_path):
    path, score = PATCHES / f"{name}.json", tmp_path / "notes.score"
    sound = weft.Patch.load(path).render(0.3, notes=NOTES)
    score.write_text("\n".join(note_lines(NOTES)[0]) + "\n")
    command = [build / "weft", "render", path, "--score", score, "--seconds", "0.3", "-o", "-"]
    expected = read_raw(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout)
    assert abs(sound).max() > 0.01
    assert np.array_equal(sound, expected)


def test_render_is_repeatable():
    patch = weft.Patch.load(PATCHES / "wind.json")
    assert np.array_equal(patch.render(0.5), patch.render(0.5))


def test_blocks_of_a_session_join_to_the_whole():
    patch = weft.Patch.load(PATCHES / "strings.json")
    whole = patch.render(frames_seconds := 4_800 / 48_000, notes=[(0, 60, 0.8, 0.05)])
    with weft.Session(patch) as session:
        session.play("0 /note/on 60 0.8\n0.05 /note/off 60")
        blocks = [session.render(frames=n) for n in (1, 63, 64, 1_000, 3_672)]
        assert session.frame == 4_800
    assert np.array_equal(np.concatenate(blocks, axis=1), whole), frames_seconds


def test_render_into_a_given_array():
    patch, whole = beep(), beep().render(0.1)
    out = np.full((2, 4_800), np.nan, np.float32)
    assert patch.render(out=out) is out
    assert np.array_equal(out, whole)
    # A part of a greater array, and rows in the other order.
    large = np.zeros((4, 10_000), np.float32)
    patch.render(out=large[1:3, 100:4_900])
    assert np.array_equal(large[1:3, 100:4_900], whole) and not large[0].any() and not large[1:3, 4_900:].any()
    patch.render(out=out[::-1])
    assert np.array_equal(out[::-1], whole)
