"""Tracks in Python: the samples of `weft render`, played in a session, recorded; their errors."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

import weft

ROOT = Path(__file__).resolve().parent.parent.parent
EVENING = ROOT / "Patches/tracks/evening.json"


def tone(seconds=1.0, hertz=200, **settings):
    voice = {"synth_function_name": "binaural_beat", "params": {"baseFreq": hertz, "beatFreq": 6, "ampL": 0.3, "ampR": 0.3}}
    return {"duration": seconds, "voices": [voice], **settings}


def track(*steps, rate=8_000):
    return weft.Track({"global_settings": {"sample_rate": rate, "crossfade_duration": 0}, "steps": list(steps)})


def test_track_has_the_samples_of_weft_render(build):
    sound = weft.Track.load(EVENING).render(2.0, rate=44_100)
    command = [build / "weft", "render", EVENING, "--to", "2", "-o", "-"]
    data = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    assert abs(sound).max() > 0.01
    assert np.array_equal(sound, np.frombuffer(data, np.float32).reshape(-1, 2).T)


def test_length_and_steps_of_a_track():
    made = track(tone(1.5), tone(0.5, 300, description="higher"))
    assert made.seconds == 2.0 and made.rate == 8_000
    assert made.steps == [weft.Step(1, 0.0, 1.5, ""), weft.Step(2, 1.5, 2.0, "higher")]
    sound = made.render()
    assert sound.shape == (2, 16_000) and sound.dtype == np.float32
    out = np.zeros((2, 4_000), np.float32)
    assert made.render(out=out) is out and np.array_equal(out, sound[:, :4_000])
    # From its middle: the level of the whole after the fade, and its exact end.
    rest = made.render(start=1.75)
    assert rest.shape == (2, 2_000) and abs(rest[:, 1_000:1_800]).max() == pytest.approx(0.3, abs=0.01)


def test_track_is_saved_and_loaded(tmp_path):
    made = track(tone())
    made.save(tmp_path / "a.json")
    again = weft.Track.load(tmp_path / "a.json")
    assert again.data == made.data and np.array_equal(again.render(), made.render())
    assert weft.Track.from_json(made.to_json()).data == made.data
    assert "1 steps" in repr(again) and again.copy() is not again


def test_clips_of_a_track_are_relative_to_its_file(tmp_path):
    made = track(tone())
    made.data["clips"] = [{"path": "bell.wav", "start_time": 0.5}]
    with weft.Session(beep(), rate=8_000) as session:
        session.record(tmp_path / "bell.wav")
        session.render(0.25)
        assert session.stop_recording() == pytest.approx(0.25, abs=0.001)
    made.save(tmp_path / "a.json")
    with_clip = weft.Track.load(tmp_path / "a.json").render()
    del made.data["clips"]
    difference = abs(with_clip - made.render()).max(axis=0)
    assert not difference[:4_000].any() and difference[4_010:5_900].max() > 0.1


def beep():
    patch = weft.Patch("Beep")
    patch.add("sine", "osc", frequency=440, gain=0.5) >> patch.add("output", "out")
    return patch


def test_errors_of_a_track_come_together_with_their_places():
    wrong = track(tone(), {"duration": "long", "voices": [{"synth_function_name": "binaural_beet"}]})
    with pytest.raises(weft.WeftError) as caught:
        wrong.render()
    problems = caught.value.problems
    assert len(problems) == 2
    assert any("binaural_beat" in problem.suggestions for problem in problems)
    assert all("step 2" in problem.place for problem in problems)
    with pytest.raises(weft.WeftError):
        weft.Track.load("/no/such/track.json")
    with pytest.raises(weft.WeftError):
        weft.Track.from_json("[" * 100_000)
    with pytest.raises(weft.WeftError, match="seconds"):
        track(tone()).render(0.1, start=5)


def test_session_plays_seeks_pauses_and_updates_a_track():
    with weft.Session(rate=8_000) as session:
        session.load_track(track(tone(2), tone(2, 300)))
        assert session.track_frames == 32_000
        session.play_track()
        first = session.render(frames=8_000)
        assert np.array_equal(first, track(tone(2), tone(2, 300)).render(1.0))
        assert session.track_status()["elapsed"] == pytest.approx(1, abs=0.02)
        session.seek_track(3)
        session.render(frames=800)
        status = session.track_status()
        assert status["state"] == "playing" and status["step"] == 2 and status["elapsed"] == pytest.approx(3.1, abs=0.02)
        session.pause_track()
        session.render(frames=800)
        assert not session.render(frames=800).any()
        session.resume_track()
        assert session.render(frames=800).any()
        session.update_track(track(tone(2), tone(3, 250)))
        session.render(frames=800)
        assert session.track_status()["total"] == 5
        with pytest.raises(weft.WeftError):
            session.update_track(weft.Track({"steps": [{"duration": "x"}]}))
        assert session.render(frames=800).any()
        session.stop_track()
        session.render(frames=800)
        assert not session.render(frames=800).any()


def test_session_records_what_it_renders(tmp_path):
    path = tmp_path / "take.wav"
    with weft.Session(beep()) as session:
        assert session.record(path) == str(path)
        sound = session.render(frames=100_000)
        assert session.stop_recording() == pytest.approx(100_000 / 48_000)
        with pytest.raises(weft.WeftError):
            session.record(path)
        with pytest.raises(weft.WeftError, match="must end in"):
            session.record(tmp_path / "take.txt")
        assert session.record(path, overwrite=True)
        session.render(frames=1_000)
    # Closing the session completes it.
    assert not path.with_suffix(".wav.part").exists()
    data = path.read_bytes()
    samples = np.frombuffer(data[data.index(b"data") + 8:], np.float32)[:2_000].reshape(-1, 2).T
    assert samples.shape == (2, 1_000) and samples.any() and sound.any()
