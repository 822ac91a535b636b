"""A running program is controlled with the methods of a session."""

import os
import socket
import subprocess
import time

import pytest

import weft


def free_ports(count):
    """Ports of 23000 to 23999."""
    found = []
    for port in range(23_000 + os.getpid() % 900, 24_000):
        with socket.socket() as candidate:
            try:
                candidate.bind(("127.0.0.1", port))
                found.append(port)
            except OSError:
                pass
        if len(found) == count:
            return found
    raise OSError("no port is free")


@pytest.fixture(params=["OSC over TCP", "WebSocket"])
def play(request, build, tmp_path):
    osc, web = free_ports(2)
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    program = subprocess.Popen(
        [build / "weft", "play", "--server", "none", "--osc", f"127.0.0.1:{osc}", "--web", f"127.0.0.1:{web}"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"ws://127.0.0.1:{web}" if request.param == "WebSocket" else f"127.0.0.1:{osc}"
    deadline = time.monotonic() + 60
    while True:
        try:
            remote = weft.connect(address, timeout=60)
            break
        except weft.WeftError:
            assert time.monotonic() < deadline and program.poll() is None
            time.sleep(0.1)
    yield remote
    remote.close()
    program.terminate()
    program.wait(60)


def test_a_running_program_has_the_methods_of_a_session(play):
    patch = weft.Patch("Remote", voices=2)
    keys, osc = patch.add("notes", "keys"), patch.add("saw", "osc", frequency=220)
    keys["pitch"] >> osc["frequency"]
    osc >> patch.add("output", "out")
    patch.macro("pitch", {"osc/frequency": (100, 400)}, 0.5)
    with weft.Session(patch) as session:
        answers = []
        for commands in (session, play):
            commands.load(patch)
            with commands.edit() as edit:
                edit.add("svf", "filt", cutoff=500).disconnect("osc", "out").connect("osc", "filt").connect("filt", "out")
            commands.set("filt/cutoff", 750)
            commands.note_off(commands.note_on("C4"))
            with pytest.raises(weft.WeftError) as error:
                commands.set("filt/cutof", 1)
            with pytest.raises(weft.WeftError) as other:
                with commands.edit() as edit:
                    edit.delete("osc").delete("none")
            answers.append((
                commands.get("filt/cutoff"), commands.macros(), commands.patch().data, error.value.problems,
                other.value.problems))
        assert answers[0] == answers[1]
        assert play.status()["nodes"] == 4


def test_a_running_program_plays_a_track(play):
    voice = {"synth_function_name": "binaural_beat", "params": {"baseFreq": 200}}
    play.load_track(weft.Track({"steps": [{"duration": 30, "voices": [voice]}, {"duration": 30, "voices": [voice]}]}))
    assert [(step.start, step.end) for step in play.track_steps()] == [(0, 29), (29, 59)]
    play.play_track(40)
    status = play.track_status()
    assert status["state"] == "playing" and status["step"] == 2 and 39 < status["elapsed"] < 59
    play.pause_track()
    assert play.track_status()["state"] == "paused"
    play.stop_track()
    assert play.track_status()["state"] == "stopped"


def test_notifications_of_a_running_program_are_polled(play):
    play.send("/notify", True)
    with play.edit() as edit:
        edit.add("saw", "osc")
    assert isinstance(play.events(0.2), list)


def test_a_closed_connection_says_so(play):
    play.close()
    for action in (lambda: play.get("osc/gain"), play.events):
        with pytest.raises(weft.WeftError) as error:
            action()
        assert error.value.code == "closed"


def test_a_program_that_ends_is_noticed(play):
    with pytest.raises(weft.WeftError) as error:
        # It may end before its answer arrives.
        play.send("/quit")
        for _ in range(600):
            play.status()
            time.sleep(0.1)
    assert error.value.code == "no-connection"
