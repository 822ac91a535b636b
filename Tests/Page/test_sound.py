"""The sound of a patch that two pages edit."""

import array
import json
import os
import struct
import subprocess
import time

import pytest

from conftest import WEFT

EDITS = int(os.environ.get("WEFT_EDITS", 300))  # of two pages together

# The largest second difference of sines below 260 Hz that reach full level together is 0.0012; a ramp of 5 ms of one of
# them adds 0.0003 at its corners. A click is a step: its own height.
BEND = 0.0015
STILL = {
    "weft": 1,
    "nodes": {
        "wobble": {"type": "lfo", "params": {"rate": 3.1}}, "still": {"type": "sine", "params": {"frequency": 331}},
        "aside": {"type": "output", "params": {"channel": 1}},
    },
    "cables": [["wobble", "still/frequency", 0.1], ["still", "aside", 0.5]],
}
PATCH = {
    "weft": 1,
    "nodes": {**STILL["nodes"], "aside": {"type": "output", "params": {"channel": 3}}, "bus": {"type": "mix"},
              "out": {"type": "output"}},
    "cables": [*STILL["cables"], ["bus", "out/left"]],
}

# Random edits of everything but the still part; every sine reaches the output by cables of 1/16 at most, so that all
# together stay below full level.
STORM = """async ([seed, count]) => {
  const { app } = weft, still = ["wobble", "still", "aside", "out", "bus"];
  let state = seed, commits = 0;
  const next = (count) => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor((state / 2147483648) * count); };
  for (let i = 0; i < count; i++) {
    const free = [...app.patch.nodes].filter(([id]) => !still.includes(id)), one = free[next(free.length)] ?? [], sines = free.filter(([, node]) => node.type === "sine");
    const sine = sines[next(sines.length)]?.[0] ?? "none", gain = free.find(([, node]) => node.type === "gain")?.[0] ?? "none";
    const send = (...messages) => app.connection.bundle(messages).catch((failure) => { if (failure.code === "disconnected") throw failure; });
    const commit = (...messages) => { commits++; return send(...messages, ["/patch/commit"]); };
    const made = `n${seed}x${i}`, type = next(2) ? "sine" : "gain";
    const edits = [
      () => commit(["/patch/create", made, "sine"], [`/mod/${made}/frequency`, 60 + next(200)], ["/patch/connect", made, "bus", 1 / 16]),
      () => commit(["/patch/create", made, "sine"], [`/mod/${made}/frequency`, 60 + next(200)], ["/patch/connect", made, "bus", 1 / 16]),
      () => commit(["/patch/create", made, "gain"], ["/patch/connect", made, "bus", 1 / 16]),
      () => commit(["/patch/connect", sine, gain, 0.25]),
      () => commit(["/patch/connect", sine, "bus", next(16) / 256]),
      () => commit(["/patch/disconnect", sine, next(2) ? gain : "bus"]),
      () => commit(["/patch/delete", one[0] ?? "none"]),
      () => commit(["/patch/rename", one[0] ?? "none", "r" + made]),
      () => send([`/mod/${gain}/gain`, next(100) / 100]),
      () => send([`/mod/${sine}/frequency`, 60 + next(200)]),
      () => (commits > 6 && free.length ? (commits--, send(["/patch/undo"])) : null),
      () => (commits > 6 ? send(["/patch/redo"]) : null),
    ];
    // Never more than 16 at once: the first ones go.
    await (free.length > 14 ? commit(["/patch/delete", free[0][0]]) : edits[next(edits.length)]());
  }
}"""


def channels(path):
    """The channels of a floating-point WAV file."""
    data, at, count = path.read_bytes(), 12, 0
    while True:
        name, size = data[at : at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            count = struct.unpack_from("<H", data, at + 10)[0]
        if name == b"data":
            samples = array.array("f", data[at + 8 : at + 8 + size - size % (4 * count)])
            return [samples[i::count] for i in range(count)]
        at += 8 + size + size % 2


def sharpest(samples):
    """The largest bend of a curve: its second difference, and the frame where it is."""
    return max((abs(samples[i - 1] - 2 * samples[i] + samples[i + 1]), i) for i in range(1, len(samples) - 1))


@pytest.mark.weft(options=["--outputs", "4"])
def test_unrelated_sound_is_bit_identical_and_nothing_clicks_under_edits_of_two_pages(new_page, weft, tmp_path):
    weft.send("/patch/set", json.dumps(PATCH))
    weft.send("/patch/commit")
    weft.wait_for_sound()
    pages = [new_page().open(weft.link) for _ in range(2)]
    take = tmp_path / "take.wav"
    weft.send("/record/start", str(take))
    for seed, page in enumerate(pages):
        page.run(f"(argument) => {{ window.storm = ({STORM})(argument); }}", [2000 + seed, EDITS // 2])
    for page in pages:
        page.run("window.storm")
    weft.send("/record/stop")
    assert all({"wobble", "still", "aside"} <= set(page.nodes()) for page in pages)
    main, _, still, _ = channels(take)

    # The still part alone, from its first frame on: what was recorded is one stretch of it.
    (tmp_path / "still.json").write_text(json.dumps(STILL))
    seconds = len(still) / 48_000 + 40
    subprocess.run([WEFT, "render", "still.json", "-o", "still.wav", "--seconds", f"{seconds}"], cwd=tmp_path, check=True, capture_output=True)
    alone = channels(tmp_path / "still.wav")[0].tobytes()
    assert len(still) > 48_000 and still.tobytes() in alone

    assert max(map(abs, main)) > 0.05, "the storm is heard"
    bend, frame = sharpest(main)
    assert bend < BEND, f"a click at frame {frame}"
    # The measure is able to fail: a step of -48 dB is a click.
    cut = main[:]
    for i in range(len(cut) // 2, len(cut) // 2 + 100):
        cut[i] += 0.004
    assert sharpest(cut)[0] > BEND
