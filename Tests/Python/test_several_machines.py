"""Sound from another machine by NetJACK2: two network namespaces stand for the two machines."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

TOOLS = ["ip", "jackd", "jack_load", "jack_lsp", "jack_rec"]
SINE = """{ "weft": 2, "nodes": { "osc": { "type": "sine", "params": { "frequency": 1000, "gain": 0.25 } },
  "out": { "type": "output" } }, "cables": [["osc", "out"]] }"""


def quiet(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@pytest.fixture
def machines():
    """Two namespaces with a cable between them; the first has the address 10.23.7.1."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    names = [f"weft-{os.getpid()}-{side}" for side in "ab"]
    try:
        for name in names:
            made = quiet("ip", "netns", "add", name)
            if made.returncode != 0:
                pytest.skip(f"network namespaces cannot be made here: {made.stderr.strip()}")
        cable = quiet("ip", "link", "add", "va", "netns", names[0], "type", "veth", "peer", "name", "vb", "netns", names[1])
        if cable.returncode != 0:
            pytest.skip(f"network devices cannot be made here: {cable.stderr.strip()}")
        for name, device, address in ((names[0], "va", "10.23.7.1/24"), (names[1], "vb", "10.23.7.2/24")):
            for words in (["addr", "add", address, "dev", device], ["link", "set", "lo", "up"], ["link", "set", device, "up"]):
                assert quiet("ip", "-n", name, *words).returncode == 0
        yield names
    finally:
        for name in names:
            quiet("ip", "netns", "del", name)


REGISTRY = Path("/dev/shm/jack-shm-registry")


def release(server):
    """Removes a server's entry from JACK's registry, which holds eight.

    A jackd that is killed leaves its entry behind. A server of the same name takes over the entry of a dead
    process, and removes it when it ends.
    """
    if not REGISTRY.exists() or server.encode() not in REGISTRY.read_bytes():
        return
    program = subprocess.Popen(
        ["jackd", "-n", server, "-r", "-d", "dummy"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    environment = {**os.environ, "JACK_DEFAULT_SERVER": server, "JACK_NO_START_SERVER": "1"}
    deadline = time.monotonic() + 30
    while "system:playback_1" not in quiet("jack_lsp", env=environment).stdout and time.monotonic() < deadline:
        time.sleep(0.1)
    program.terminate()
    program.wait(30)


def samples(path):
    data = path.read_bytes()
    return np.frombuffer(data[data.index(b"data") + 8 :], "<i2").astype(float) / 32_768


def residual(sound):
    """The amplitude of 1000 Hz, and what is left beside it."""
    angle = 2 * np.pi * 1_000 / 48_000 * np.arange(len(sound))
    base = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    factors = np.linalg.lstsq(base, sound, rcond=None)[0]
    return np.hypot(*factors), abs(sound - base @ factors).max()


def test_the_sound_of_a_second_machine_reaches_the_first_unchanged(machines, build, tmp_path):
    studio, stage = machines
    programs = []

    def start(machine, *command, server=None):
        environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
        if server:
            environment["JACK_DEFAULT_SERVER"] = server
        programs.append(subprocess.Popen(
            ["ip", "netns", "exec", machine, *map(str, command)], env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL))

    def ports(server):
        return quiet("jack_lsp", env={**os.environ, "JACK_DEFAULT_SERVER": server, "JACK_NO_START_SERVER": "1"}).stdout

    def wait(server, *words):
        deadline = time.monotonic() + 60
        while not all(word in ports(server) for word in words):
            assert time.monotonic() < deadline, f"{server}: {ports(server)}"
            time.sleep(0.3)

    (tmp_path / "sine.json").write_text(SINE)
    try:
        start(studio, "jackd", "-n", studio, "-r", "-d", "dummy", "-r", "48000", "-p", "256")
        wait(studio, "system:playback_1")
        quiet("ip", "netns", "exec", studio, "jack_load", "-s", studio, "netmanager", check=True)
        start(stage, "jackd", "-n", stage, "-r", "-d", "net", "-a", "10.23.7.1", "-C", "2", "-P", "2", "-n", "stage")
        wait(studio, "stage:from_slave_1")
        start(stage, build / "weft", "play", tmp_path / "sine.json", "--osc", "127.0.0.1:23990", server=stage)
        wait(stage, "weft:out_1", "system:playback_1")
        environment = {**os.environ, "JACK_DEFAULT_SERVER": studio}
        for _ in range(10):
            quiet("jack_rec", "-f", tmp_path / "heard.wav", "-d", "1", "-b", "16", "stage:from_slave_1", env=environment)
            heard = samples(tmp_path / "heard.wav")
            # A busy machine loses packets: one window of 0.1 s without a gap is expected.
            found = [residual(heard[i : i + 4_800]) for i in range(0, len(heard) - 4_800, 1_200)]
            if any(abs(level - 0.25) < 1e-4 and rest < 1e-4 for level, rest in found):
                break
        else:
            pytest.fail(f"no sine was heard: {found[-3:]}")
    finally:
        for program in reversed(programs):
            program.terminate()
        for program in reversed(programs):
            program.wait(30)
        for server in machines:
            release(server)
    assert not any(server.encode() in REGISTRY.read_bytes() for server in machines)
