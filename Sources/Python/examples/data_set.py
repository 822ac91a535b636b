"""Renders a labelled data set of random sounds with dask.distributed.

    pip install weft dask distributed soundfile
    python data_set.py sounds --count 1000 --seed 1

Each sound is a FLAC file; `labels.jsonl` has a line for each with its patch, notes and parameters. Sound n depends on
the seed and n alone: the same command makes the same files, on one machine or on a cluster. What is there already is
not rendered again, so that a run that was ended is resumed by the same command.

On a cluster, start `dask scheduler` on one machine and `dask worker tcp://SCHEDULER:8786` on the others, in the same
Python environment and with the folder on a shared file system; then add `--scheduler tcp://SCHEDULER:8786`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import weft

RATE = 48_000
SECONDS = 2.0


def random_sound(seed: int, index: int) -> tuple[weft.Patch, list[tuple[float, int, float, float]], dict[str, Any]]:
    """A patch, its notes, and the label, from the seed and the number of the sound alone."""
    random = np.random.default_rng([seed, index])
    source = str(random.choice(["saw", "pulse", "triangle", "sine"]))
    label: dict[str, Any] = {
        "source": source,
        "key": int(random.integers(36, 85)),
        "velocity": round(float(random.uniform(0.3, 1)), 3),
        "cutoff": round(float(np.exp(random.uniform(np.log(200), np.log(10_000)))), 1),
        "resonance": round(float(random.uniform(0, 0.8)), 3),
        "attack": round(float(np.exp(random.uniform(np.log(0.002), np.log(0.4)))), 4),
        "decay": round(float(np.exp(random.uniform(np.log(0.05), np.log(1)))), 4),
        "sustain": round(float(random.uniform(0, 1)), 3),
        "release": round(float(np.exp(random.uniform(np.log(0.02), np.log(0.5)))), 4),
        "reverb": round(float(random.choice([0, random.uniform(0.1, 0.5)])), 3),
    }
    patch = weft.Patch(f"Sound {index}")
    keys, osc, env = patch.add("notes", "keys"), patch.add(source, "osc", gain=0.4), patch.add("adsr", "env")
    env.set(attack=label["attack"], decay=label["decay"], sustain=label["sustain"], release=label["release"])
    keys["pitch"] >> osc["frequency"]
    keys["gate"] >> env["gate"]
    filt = patch.add("svf", "filt", cutoff=label["cutoff"], resonance=label["resonance"])
    voice, out = osc * env >> filt, patch.add("output", "out")
    if label["reverb"]:
        hall = voice >> patch.add("reverb", "hall", mix=label["reverb"])
        hall["left"] >> out["left"]
        hall["right"] >> out["right"]
    else:
        voice >> out
    notes = [(0.05, label["key"], label["velocity"], SECONDS / 2)]
    return patch, notes, label


def render(folder: str, seed: int, index: int) -> dict[str, Any]:
    """Renders one sound into its file; returns its line of the labels. Runs on a worker."""
    import soundfile

    patch, notes, label = random_sound(seed, index)
    sound = patch.render(SECONDS, rate=RATE, notes=notes)
    peak = float(np.abs(sound).max())
    file = Path(folder, f"{index:06}.flac")
    unfinished = file.with_suffix(f".{os.getpid()}.part")
    soundfile.write(unfinished, (sound / max(peak, 1e-9) * 0.9).T, RATE, format="FLAC", subtype="PCM_24")
    os.replace(unfinished, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return {
        "index": index, "file": file.name, "seed": seed, "peak": round(peak, 6), "sha256": digest, **label,
        "patch": patch.data,
    }


def finished(folder: Path, seed: int) -> set[int]:
    """The sounds that need not be rendered again; a torn last line of the labels is cut off."""
    path, done = folder / "labels.jsonl", set()
    if not path.exists():
        return done
    lines = path.read_bytes().splitlines(keepends=True)
    kept = []
    for line in lines:
        try:
            label = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            label = None
        if label is None:
            continue
        if label["seed"] != seed:
            sys.exit(f"{path} was made with the seed {label['seed']}: give --seed {label['seed']} or another folder")
        if (folder / label["file"]).exists() and label["index"] not in done:
            done.add(label["index"])
            kept.append(line)
    if kept != lines:
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(b"".join(kept))
        os.replace(unfinished, path)
    return done


def show(done: int, count: int, start: float) -> None:
    """A progress bar on a terminal."""
    if not sys.stderr.isatty():
        return
    part = done / max(count, 1)
    bar = "#" * round(40 * part)
    left = (time.monotonic() - start) * (1 / part - 1) if part else 0
    print(f"\r[{bar:40}] {done}/{count}, {left:.0f} s left ", end="\n" if done == count else "", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Render a labelled data set of random sounds.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1_000, help="sounds (1000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes of a local cluster (one per core)")
    parser.add_argument("--scheduler", help="address of a running cluster, tcp://HOST:8786")
    options = parser.parse_args(arguments)

    from distributed import Client, LocalCluster, as_completed

    options.folder.mkdir(parents=True, exist_ok=True)
    done = finished(options.folder, options.seed)
    missing = [index for index in range(options.count) if index not in done]
    cluster = None
    if not options.scheduler:
        cluster = LocalCluster(n_workers=options.workers, threads_per_worker=1, dashboard_address=None)
    client = Client(options.scheduler or cluster)
    start = time.monotonic()
    try:
        folder = str(options.folder.resolve())
        tasks = client.map(render, [folder] * len(missing), [options.seed] * len(missing), missing, pure=False)
        with open(options.folder / "labels.jsonl", "a", encoding="utf-8") as labels:
            for number, (_, label) in enumerate(as_completed(tasks, with_results=True), 1):
                labels.write(json.dumps(label) + "\n")
                labels.flush()
                show(number, len(missing), start)
    finally:
        client.close()
        if cluster is not None:
            cluster.close()
    print(f"{options.folder}: {len(done)} sounds were there, {len(missing)} are new, in {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
