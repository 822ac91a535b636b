"""Sessions block by block: notes, parameters, macros, edits, events, scores, MIDI files, automation."""

import numpy as np
import pytest

import weft

RATE = 48_000
ORGAN = """
{ "weft": 2, "voices": 4,
  "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" }, "vca": { "type": "gain" },
    "env": { "type": "adsr", "params": { "attack": 0.001, "sustain": 1, "release": 0.01 } },
    "osc": { "type": "sine", "params": { "frequency": 440, "gain": 0.1 } } },
  "macros": [{ "name": "loud", "value": 0.5, "targets": [{ "param": "osc/gain", "from": 0, "to": 0.2 }] }],
  "cables": [["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["env", "vca/gain"], ["osc", "vca"],
    ["vca", "out"]] }
"""


def level(sound, hertz):
    """The amplitude of a frequency."""
    window = np.hanning(len(sound))
    wave = np.exp(-2j * np.pi * hertz * np.arange(len(sound)) / RATE)
    return 2 * abs(np.sum(sound * window * wave)) / np.sum(window)


def organ():
    return weft.Patch.from_json(ORGAN)


def constant(value=0.5):
    patch = weft.Patch()
    patch.add("constant", "level", value=value) >> patch.add("output", "out")
    return patch


def test_notes_sound_their_keys():
    with weft.Session(organ()) as session:
        note = session.note_on("A4", 1)
        assert level(session.render(0.1)[0], 440) == pytest.approx(0.1, rel=0.02)
        assert session.active_voices == 1
        session.note_off(note)
        session.render(0.5)
        assert session.active_voices == 0 and not session.render(0.05).any()


def test_macros_move_their_parameters():
    with weft.Session(organ()) as session:
        assert session.macros() == [weft.Macro("loud", 0.5)]
        assert session.macro("loud", 1) == 1 and session.macro("loud") == 1
        assert session.get("osc/gain") == pytest.approx(0.2)
        with pytest.raises(weft.WeftError) as error:
            session.macro("lout", 1)
        assert error.value.code == "no-such-macro"
    quiet = organ().render(0.05, notes=[(0, "A4", 1, 1)], macros={"loud": 0})
    assert not quiet.any()


def test_an_edit_is_made_whole_or_not_at_all():
    with weft.Session(constant()) as session:
        assert session.render(frames=480)[0, -1] == pytest.approx(0.5)
        with session.edit(ramp=1) as edit:
            edit.add("constant", "more", value=0.25).connect("more", "out")
        assert session.render(frames=4_800)[0, -1] == pytest.approx(0.75)
        with pytest.raises(weft.WeftError) as error:
            with session.edit() as edit:
                edit.disconnect("level", "out").connect("more", "nowhere")
        assert error.value.code == "no-such-node" and len(error.value.problems) == 1
        with pytest.raises(ZeroDivisionError):
            with session.edit() as edit:
                edit.delete("level")
                raise ZeroDivisionError
        assert session.render(frames=4_800)[0, -1] == pytest.approx(0.75)
        assert set(session.patch().nodes) == {"level", "more", "out"}
        session.undo()
        assert session.render(frames=4_800)[0, -1] == pytest.approx(0.5)


def test_a_patch_is_replaced_while_it_plays():
    with weft.Session(constant()) as session:
        session.render(frames=64)
        session.load(constant(0.25))
        assert session.render(frames=4_800)[0, -1] == pytest.approx(0.25)


def test_notifications_are_polled():
    with weft.Session(constant()) as session:
        session.send("/notify", True)
        session.set("level/value", 0.125)
        with session.edit() as edit:
            edit.add("constant", "more")
        session.render(frames=64)
        addresses = [address for address, _ in session.events()]
        assert "/notify/history" in addresses and not session.events()


def test_a_midi_file_is_played_at_its_times():
    track = b"\x00\x90\x45\x7f" + b"\x60\x80\x45\x00" + b"\x00\xff\x2f\x00"
    song = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(track).to_bytes(4, "big") + track
    sound = organ().render(midi=song, tail=0.1)
    assert sound.shape == (2, round(0.6 * RATE))
    assert level(sound[0, 4_800:19_200], 440) > 0.05
    assert abs(sound[:, 26_400:]).max() < 0.001


def test_a_score_and_notes_are_the_same_sound():
    expected = organ().render(0.1, notes=[(0.01, 69, 0.5, 0.05)])
    score = "# comment\n0.01 /note/on 69 0.5\n0.060000000000000005 /note/off 69\n"
    assert np.array_equal(organ().render(0.1, score=score), expected)
    assert abs(expected).max() > 0.05
    array = np.array([[0.01, 69, 0.5, 0.05]])
    assert np.array_equal(organ().render(0.1, notes=array), expected)
    with pytest.raises(weft.WeftError) as error:
        organ().render(0.1, score="0 /note/on 69\nx")
    assert "2" in error.value.problems[0].place


def test_automation_follows_its_array():
    # From the first frame to the last, in a straight line; a parameter moves by blocks.
    sound = constant().render(0.2, automation={"level/value": [0, 1]})[0]
    assert np.abs(sound - np.linspace(0, 1, sound.size)).max() < 0.01
    points = constant().render(0.2, automation={"level/value": ([0, 0.1, 0.1, 0.15], [0, 0, 1, 0.5])})[0]
    assert abs(points[:4_790]).max() < 1e-6 and points[4_850] == pytest.approx(1, abs=0.02)
    assert points[-1] == pytest.approx(0.5, abs=1e-3)
    many = np.sin(np.linspace(0, 20, 500)) * 0.5
    sound = constant().render(0.5, automation={"level/value": many})[0]
    assert np.abs(sound - np.interp(np.arange(sound.size), np.linspace(0, sound.size - 1, 500), many)).max() < 0.02


def test_parameters_are_set_before_the_start():
    assert constant().render(frames_of(64), parameters={"level/value": 0.125})[0, 0] == pytest.approx(0.125)


def frames_of(count):
    return count / RATE


def test_operators_build_nodes_and_cables():
    patch = weft.Patch()
    saw, env = patch.add("saw"), patch.add("adsr")
    out = patch.add("output")
    assert saw * env * 0.5 + patch.add("noise") >> patch.add("svf") >> out is not None
    assert patch.add("saw").id == "saw2"
    assert ["gain", "svf", 0.5] in patch.data["cables"] and ["noise", "svf"] in patch.data["cables"]
    assert ["adsr", "gain/gain"] in patch.data["cables"]
    patch.check()
    other = weft.Patch()
    with pytest.raises(weft.WeftError):
        saw >> other.add("output")
    assert patch.copy() == patch and patch != other


def test_files_are_written_and_read_again(tmp_path):
    patch = organ()
    patch.save(tmp_path / "organ.json")
    again = weft.Patch.load(tmp_path / "organ.json")
    assert again == patch and again.path == str(tmp_path / "organ.json")


def test_sounds_are_read_beside_the_patch_file(tmp_path):
    from weft._notebook import wave

    (tmp_path / "tone.wav").write_bytes(wave(np.full((1, 4_800), 0.5, np.float32), RATE))
    (tmp_path / "player.json").write_text(
        """{ "weft": 2, "nodes": { "play": { "type": "sampler", "params": { "file": "tone.wav" } },
          "on": { "type": "constant", "params": { "value": 1 } }, "out": { "type": "output" } },
          "cables": [["on", "play/gate"], ["play", "out"]] }""")
    assert weft.Patch.load(tmp_path / "player.json").render(0.05).max() == pytest.approx(0.5, abs=0.01)
    (tmp_path / "tone.wav").unlink()
    with pytest.raises(weft.WeftError) as error:
        weft.Patch.load(tmp_path / "player.json")
    assert error.value.code == "unreadable" and "tone.wav" in str(error.value)


def test_modules_and_commands_are_described():
    modules = weft.modules()
    cutoff = modules["svf"].input("cutoff")
    assert cutoff.unit == "Hz" and cutoff.minimum < cutoff.default < cutoff.maximum
    assert modules["saw"].outputs[0].summary and len(modules) > 50
    assert any(command["address"] == "/note/on" for command in weft.commands())
    assert weft.version().count(".") == 2


def test_a_notebook_shows_picture_and_sound():
    page = organ()._repr_html_()
    assert page.count("<rect") == 5 and page.count("<path") == 5 and "audio/wav;base64," in page
    broken = weft.Patch("<b>")
    broken.add("output", "out")
    broken.data["cables"] = [["out", "out"]]
    page = broken._repr_html_()
    assert "&lt;b&gt;" in page and "<pre>" in page
    loop = weft.Patch()
    loop.add("gain", "a") >> loop.add("gain", "b") >> loop["a"]
    assert loop._repr_html_().count("<path") == 2
