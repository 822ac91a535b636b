"""Bad input: each kind is a Python exception with a sentence, and the interpreter lives on."""

import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

import weft
from weft import _native


def beep():
    patch = weft.Patch("Beep")
    patch.add("sine", "osc", frequency=440, gain=0.5) >> patch.add("output", "out")
    return patch


def through():
    """The patch's input goes to its output."""
    patch = weft.Patch()
    patch.add("input", "in") >> patch.add("output", "out")
    return patch


@pytest.mark.parametrize(
    "out, kind, words",
    [
        (np.zeros((2, 100), np.float64), TypeError, "float64"),
        (np.zeros((3, 100), np.float32), ValueError, "(3, 100)"),
        (np.zeros(100, np.float32), ValueError, "(100,)"),
        (np.zeros((100, 2), np.float32).T, ValueError, "gaps"),
        (np.zeros((2, 200), np.float32)[:, ::2], ValueError, "gaps"),
        (np.broadcast_to(np.zeros(100, np.float32), (2, 100)), ValueError, "read-only"),
        (np.lib.stride_tricks.as_strided(np.zeros(200, np.float32), (2, 100), (4, 4)), ValueError, "share memory"),
        ([[0.0] * 100] * 2, TypeError, "list"),
    ],
)
def test_output_arrays_of_a_wrong_form_are_refused(out, kind, words):
    with weft.Session(beep()) as session:
        with pytest.raises(kind) as error:
            session.render(frames=100, out=out)
        assert words in str(error.value)
        assert session.frame == 0


@pytest.mark.parametrize(
    "given, kind, words",
    [
        (np.zeros((1, 2, 3), np.float32), ValueError, "(1, 2, 3)"),
        (np.zeros((0, 10), np.float32), ValueError, "(0, 10)"),
        (np.zeros(10, np.int16), TypeError, "int16"),
        (np.zeros(10, complex), TypeError, "complex"),
        (np.array([0, np.nan, 0], np.float32), weft.WeftError, "sample 1 of input channel 0"),
        (np.array([0, 0, np.inf], np.float32), weft.WeftError, "inf"),
    ],
)
def test_input_arrays_of_a_wrong_form_are_refused(given, kind, words):
    with weft.Session(through()) as session, pytest.raises(kind) as error:
        session.render(input=given)
    assert words in str(error.value)


def test_input_arrays_of_any_layout_are_rendered():
    given = np.random.default_rng(1).uniform(-0.5, 0.5, (300, 2))
    expected = through().render(input=np.ascontiguousarray(given.T, np.float32))
    assert np.abs(expected).max() > 0.1
    assert np.array_equal(through().render(input=given.T), expected), "float64, not contiguous"
    read_only = given.T.astype(np.float32)
    read_only.flags.writeable = False
    assert np.array_equal(through().render(input=read_only), expected)
    mono = through().render(input=given[:, 0])
    assert np.array_equal(mono[0], mono[1]) and np.array_equal(mono[0], expected[0])


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 1e300])
def test_lengths_out_of_range_are_refused(seconds):
    with pytest.raises(weft.WeftError) as error:
        beep().render(seconds)
    assert error.value.code == "range"


def test_a_missing_length_is_named():
    with weft.Session(beep()) as session:
        with pytest.raises(TypeError, match="length"):
            session.render()
        with pytest.raises(TypeError, match="two lengths"):
            session.render(1, frames=2)


def test_every_error_of_a_patch_is_reported_with_suggestions():
    text = """{ "weft": 2, "nodes": { "osc": { "type": "sawe" }, "out": { "type": "output", "params": { "gian": 1 } } },
      "cables": [["osk", "out"]] }"""
    with pytest.raises(weft.WeftError) as error:
        weft.Patch.from_json(text)
    problems = error.value.problems
    assert len(problems) >= 2 and problems[0].code == "no-such-type" and "saw" in problems[0].suggestions
    assert all(problem.place for problem in problems)
    again = pickle.loads(pickle.dumps(error.value))
    assert again.problems == problems and str(again) == str(error.value)


@pytest.mark.parametrize("text", ["", "[", "{}", '{"weft": 99}', "\0", "{" * 10_000, '{"weft":2,"nodes":7}'])
def test_texts_that_are_no_patch_are_refused(text):
    if text == "{}":
        return
    with pytest.raises(weft.WeftError):
        weft.Patch.from_json(text)


def test_unreadable_files_are_named(tmp_path):
    for name in ("none.json", "."):
        with pytest.raises(weft.WeftError) as error:
            weft.Patch.load(tmp_path / name)
        assert error.value.code == "unreadable"
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(weft.WeftError):
        weft.Patch.load(tmp_path / "bytes.json")
    with weft.Session(beep()) as session, pytest.raises(weft.WeftError):
        session.play_midi(tmp_path / "none.mid")
    with weft.Session(beep()) as session, pytest.raises(weft.WeftError):
        session.play_midi(b"RIFF")


def test_unknown_names_are_answered_with_the_nearest():
    patch = beep()
    for action, code, near in (
        (lambda: patch.add("sawe"), "no-such-type", "saw"),
        (lambda: patch.add("saw", frequenzy=3), "no-such-param", "frequency"),
        (lambda: patch["osk"], "no-such-node", "osc"),
        (lambda: patch.connect("osk", "out"), "no-such-node", "osc"),
        (lambda: patch["osc"]["frequenzy"], "no-such-param", "frequency"),
        (lambda: patch.set("osc/frequenzy", 1), "no-such-param", "frequency"),
        (lambda: patch.add("saw", "osc"), "duplicate", None),
    ):
        with pytest.raises(weft.WeftError) as error:
            action()
        assert error.value.code == code and (near is None or near in error.value.suggestions)
    with weft.Session(patch) as session:
        with pytest.raises(weft.WeftError) as error:
            session.set("osc/frequenzy", 1)
        assert error.value.code == "no-such-param" and "frequency" in error.value.suggestions[0]
        with pytest.raises(weft.WeftError) as error:
            session.send("/note/om", 60)
        assert error.value.code == "no-such-address" and "/note/on" in error.value.suggestions


@pytest.mark.parametrize("name", ["", "a b/c", "a", "a/b/c", "ä/b", "a\0/b", "[x]/y"])
def test_parameters_that_cannot_be_named_are_refused(name):
    with weft.Session(beep()) as session, pytest.raises(weft.WeftError):
        session.set(name, 1)


def test_arguments_of_a_wrong_type_are_refused():
    with weft.Session(beep()) as session:
        with pytest.raises((TypeError, ValueError)):
            session.set("osc/frequency", object())
        with pytest.raises(TypeError):
            session.send("/patch/create", ["osc"], {})
        with pytest.raises(weft.WeftError):
            session.send("/patch/create", "a\0b", "saw")
        with pytest.raises(weft.WeftError):
            session.set("osc/frequency", float("nan"))


def test_notes_of_a_wrong_form_are_refused():
    patch = weft.Patch.from_json(_ORGAN)
    for note in ((0, 60, 0.8), (-1, 60, 0.8, 1), (0, 60, 0.8, 0), (0, 60, float("nan"), 1), (0, "X 4", 0.5, 1)):
        with pytest.raises((ValueError, weft.WeftError)):
            patch.render(0.01, notes=[note])
    for note in ((0, 200, 0.8, 0.01), (0, 60, 7, 0.01), (0, "H4", 0.8, 0.01)):
        with pytest.raises(weft.WeftError) as error:
            patch.render(0.02, notes=[note])
        assert error.value.code == "range", note


def test_automation_of_a_wrong_form_is_refused():
    for course in ([], [[1, 2]], [1, float("nan")], ([0, 1], [1]), ([1, 0], [1, 2]), ([-1, 0], [1, 2])):
        with pytest.raises((ValueError, weft.WeftError)):
            beep().render(0.01, automation={"osc/frequency": course})
    with pytest.raises(weft.WeftError):
        beep().render(0.01, automation={"osc/frequenzy": [1, 2]})


def test_closed_sessions_say_so():
    session = weft.Session(beep())
    session.close()
    session.close()
    for action in (lambda: session.render(frames=1), lambda: session.send("/status"), session.events, lambda: session.play("")):
        with pytest.raises(weft.WeftError) as error:
            action()
        assert error.value.code == "closed"
    assert "closed" in repr(session)


def test_two_threads_in_one_session_are_told_so():
    session, codes, results = weft.Session(weft.Patch.from_json(_ORGAN)), set(), []

    def render():
        for _ in range(20):
            try:
                results.append(session.render(frames=4_800))
            except weft.WeftError as error:
                codes.add(error.code)

    threads = [threading.Thread(target=render) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes <= {"busy"} and results
    assert session.frame == 4_800 * len(results)
    session.close()


def _standard_deviation(number):
    return float(beep().render(0.01).std()) * number


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_rendering_in_other_processes(method):
    expected = _standard_deviation(1)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
        assert list(pool.map(_standard_deviation, [1, 2])) == [expected, 2 * expected]


def test_a_session_does_not_follow_a_fork():
    session = weft.Session(beep())
    child = os.fork()
    if child == 0:
        code = 1
        try:
            session.render(frames=1)
        except weft.WeftError as error:
            code = 42 if error.code == "closed" else 2
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42
    assert session.render(frames=10).shape == (2, 10)
    with pytest.raises(TypeError, match="process"):
        pickle.dumps(session)


def python(text, **environment):
    return subprocess.run(
        [sys.executable, "-c", text], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )


def test_a_missing_or_foreign_library_is_explained(tmp_path):
    text = "import weft\ntry: weft.version()\nexcept weft.WeftError as e: print(e.code, e)"
    (tmp_path / "text.so").write_text("no library")
    libm = next(line.split()[2] for line in subprocess.run(["ldd", sys.executable], capture_output=True, text=True).stdout.splitlines() if "libc.so" in line)
    for file in (tmp_path / "none.so", tmp_path / "text.so", libm):
        result = python(text, WEFT_LIBRARY=str(file))
        assert result.stdout.startswith("no-library ") and str(file) in result.stdout, result


def test_a_processor_that_is_too_old_is_named(monkeypatch, tmp_path):
    package = tmp_path / "weft"
    for level in _native.LEVELS:
        (package / "lib" / level).mkdir(parents=True)
        (package / "lib" / level / "libweft.so").touch()
    monkeypatch.delenv("WEFT_LIBRARY")
    monkeypatch.setattr(_native, "__file__", str(package / "_native.py"))
    for features, expected in ((_native.LEVELS["x86-64-v2"], "v2"), (set.union(*_native.LEVELS.values()), "v3")):
        monkeypatch.setattr(_native, "processor_features", lambda features=features: features)
        assert expected in _native.candidates()[0]
    monkeypatch.setattr(_native, "processor_features", lambda: {"sse2"})
    with pytest.raises(weft.WeftError) as error:
        _native.candidates()
    assert error.value.code == "old-processor" and "x86-64-v2" in str(error.value)


def test_connections_that_fail_are_explained():
    for address in ("", "localhost", "localhost:0", "localhost:99999", ":x"):
        with pytest.raises(weft.WeftError) as error:
            weft.connect(address)
        assert error.value.code == "argument"
    with pytest.raises(weft.WeftError) as error:
        weft.connect("127.0.0.1:23999", timeout=1)
    assert error.value.code == "no-connection"


_ORGAN = """
{ "weft": 1, "voices": 4,
  "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" }, "vca": { "type": "gain" },
    "env": { "type": "adsr", "params": { "attack": 0.001, "sustain": 1, "release": 0.02 } },
    "osc": { "type": "sine", "params": { "frequency": 440, "gain": 0.1 } } },
  "cables": [["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["env", "vca/gain"], ["osc", "vca"],
    ["vca", "out"]] }
"""
