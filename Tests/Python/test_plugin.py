"""Plug-ins in a second host, DawDreamer (JUCE): the same sound in blocks of any length, and that of `weft render`."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("dawdreamer", reason="DawDreamer has no wheel for this Python")

ROOT = Path(__file__).resolve().parent.parent.parent
# Key, beginning and length in seconds; whole frames at 48 kHz.
NOTES = [(57, 0.125, 0.5), (64, 0.25, 0.25), (69, 0.250125, 0.5)]
SECONDS = 1.5
HOST = """
import sys
import dawdreamer
import numpy as np

uri, block, seconds, out, *notes = sys.argv[1:]
engine = dawdreamer.RenderEngine(48000, int(block))
plugin = engine.make_plugin_processor("plugin", uri)
for note in notes:
    key, start, length = note.split(",")
    plugin.add_midi_note(int(key), 127, float(start), float(length))
engine.load_graph([(plugin, [])])
engine.render(float(seconds))
np.save(out, engine.get_audio())
"""


@pytest.fixture(params=["strings", "floozy"])
def home(request, build, tmp_path):
    """A home folder with a plug-in, and its name."""
    (tmp_path / ".lv2").mkdir()
    command = [build / "weft", "export", ROOT / f"Patches/{request.param}.json", "-o", tmp_path / f".lv2/{request.param}.lv2"]
    subprocess.run(command, check=True, capture_output=True)
    return request.param, tmp_path


def hosted(home, block):
    name, folder = home
    notes = [f"{key},{start},{length}" for key, start, length in NOTES]
    out = folder / f"{block}.npy"
    command = [sys.executable, "-c", HOST, f"urn:weft:{name}", str(block), str(SECONDS), out, *notes]
    subprocess.run(command, check=True, env={**os.environ, "HOME": str(folder)})
    return np.load(out)


def rendered(home, build):
    name, folder = home
    score = folder / "notes.score"
    lines = [(start, f"/note/on {key} 1") for key, start, _ in NOTES]
    lines += [(start + length, f"/note/off {key}") for key, start, length in NOTES]
    score.write_text("".join(f"{time} {line}\n" for time, line in sorted(lines)))
    command = [build / "weft", "render", ROOT / f"Patches/{name}.json", "--score", score, "--seconds", str(SECONDS), "-o", "-"]
    data = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(data, np.float32).reshape(-1, 2).T


def test_a_second_host_plays_the_sound_of_weft_render_in_any_block(home, build):
    sound = hosted(home, 64)
    assert abs(sound).max() > 0.05
    for block in [256, 1000]:
        assert np.array_equal(hosted(home, block), sound), block
    expected = rendered(home, build)[: len(sound)]
    frames = min(sound.shape[1], expected.shape[1])
    assert frames >= SECONDS * 48000 - 64
    # The first sound is that of the first note, on its frame.
    assert np.flatnonzero(sound[0])[0] == np.flatnonzero(expected[0])[0]
    assert abs(sound[:, :frames] - expected[:, :frames]).max() <= 1e-6
