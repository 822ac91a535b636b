"""The C library: its example is compiled and run, its misuse answered."""

import ctypes
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PATCH = ROOT / "Patches/strings.json"
# A small one: valgrind takes fifty times as long.
ORGAN = """{ "weft": 2, "voices": 2, "nodes": { "keys": { "type": "notes" }, "osc": { "type": "sine" }, "out": { "type": "output" } },
  "cables": [["keys/pitch", "osc/frequency"], ["osc", "out"]] }"""


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    """The example, linked with the library under its installed name."""
    if not shutil.which("gcc"):
        pytest.skip("there is no gcc")
    folder = tmp_path_factory.mktemp("c")
    # valgrind cannot read the symbols for debuggers that Swift writes.
    subprocess.run(["strip", "-S", os.environ["WEFT_LIBRARY"], "-o", folder / "libweft.so.1"], check=True)
    (folder / "libweft.so").symlink_to("libweft.so.1")
    command = ["gcc", "-Wall", "-Wextra", "-Werror", "-g", f"-I{ROOT}/Sources/CWeft/include", f"-Wl,-rpath,{folder}"]
    source = ROOT / "Tests/CInterface/notes.c"
    subprocess.run([*command, source, f"-L{folder}", "-lweft", "-lm", "-o", folder / "notes"], check=True)
    return folder / "notes"


def run(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=900)


def test_the_c_example_plays_a_chord_and_reports_a_mistake(program):
    result = run(program, PATCH)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("no-such-address: there is no command /engine/volum")
    assert lines[0].endswith("perhaps /engine/volume")
    words = lines[1].split()
    assert words[0] == "peak" and 0.05 < float(words[1].rstrip(",")) < 0.5 and lines[1].endswith("2 voices")


def test_the_c_example_reports_every_error_of_a_patch(program, tmp_path):
    patch = tmp_path / "broken.json"
    patch.write_text('{ "weft": 2, "nodes": { "osc": { "type": "sawe" }, "out": { "type": "outpt" } } }')
    result = run(program, patch)
    assert result.returncode == 1
    assert "sawe" in result.stderr and "outpt" in result.stderr and f"{patch}:1:" in result.stderr


def test_no_memory_error_under_valgrind(program, tmp_path):
    if not shutil.which("valgrind"):
        pytest.skip("there is no valgrind")
    suppressed = f"--suppressions={ROOT}/Tests/CInterface/valgrind.supp"
    patch = tmp_path / "organ.json"
    patch.write_text(ORGAN)
    result = run("valgrind", "--error-exitcode=9", "--quiet", "--leak-check=no", suppressed, program, patch)
    if "nrecognised instruction" in result.stderr:
        pytest.skip("valgrind does not know an instruction of this build")
    assert result.returncode == 0, result.stderr


def test_no_memory_error_and_no_leak_under_address_sanitizer(program, tmp_path):
    command = ["gcc", "-Wall", "-Werror", "-g", "-fsanitize=address,undefined", f"-I{ROOT}/Sources/CWeft/include"]
    source, folder = ROOT / "Tests/CInterface/notes.c", program.parent
    built = run(*command, source, f"-L{folder}", "-lweft", "-lm", f"-Wl,-rpath,{folder}", "-o", tmp_path / "notes")
    if "asan" in built.stderr:
        pytest.skip("there is no AddressSanitizer for gcc")
    assert built.returncode == 0, built.stderr
    result = run(tmp_path / "notes", PATCH)
    assert result.returncode == 0 and "2 voices" in result.stdout, result.stderr


def clang():
    """A clang with RealtimeSanitizer: that of the Swift toolchain, where the system's is older."""
    swift = shutil.which("swift")
    beside = [str(Path(swift).resolve().parent / "clang")] if swift else []
    for name in [*beside, "clang"]:
        if shutil.which(name):
            yield shutil.which(name)


def test_sound_calls_never_allocate_lock_or_wait(program, tmp_path):
    """weft_render, weft_midi, weft_frame and weft_active_voices under RealtimeSanitizer, beside edits of all kinds."""
    folder, source = program.parent, ROOT / "Tests/CInterface/realtime.c"
    for compiler in clang():
        built = run(
            compiler, "-O1", "-g", "-fsanitize=realtime", f"-I{ROOT}/Sources/CWeft/include", source, f"-L{folder}", "-lweft",
            "-lm", f"-Wl,-rpath,{folder}", "-o", tmp_path / "realtime")
        if built.returncode == 0:
            break
    else:
        pytest.skip("there is no clang with RealtimeSanitizer")
    result = run(tmp_path / "realtime", PATCH)
    assert result.returncode == 0 and "periods" in result.stdout, f"{result.stdout}\n{result.stderr[-4000:]}"
    careless = run(tmp_path / "realtime", PATCH, "careless")
    assert careless.returncode == 43 and "unsafe-library-call" in careless.stderr, "a careless call is noticed"


def test_the_header_is_c_and_cpp():
    for compiler, language in (("gcc", "c"), ("g++", "c++")):
        if shutil.which(compiler):
            text = subprocess.run(
                [compiler, "-Wall", "-Wextra", "-Werror", "-pedantic", "-x", language, "-fsyntax-only", "-"],
                input=f'#include "{ROOT}/Sources/CWeft/include/weft.h"\n', text=True, capture_output=True,
            )
            assert text.returncode == 0, text.stderr


def test_the_header_declares_what_the_library_exports():
    header = (ROOT / "Sources/CWeft/include/weft.h").read_text()
    exported = set((ROOT / "Sources/CInterface/exports.map").read_text().replace(";", " ").split())
    exported = {word for word in exported if word.startswith("weft_")}
    library = ctypes.CDLL(os.environ["WEFT_LIBRARY"])
    for name in exported:
        assert f" {name}(" in header or f"*{name}(" in header, name
        assert hasattr(library, name), name
    declared = {line.split("(")[0].split()[-1].lstrip("*") for line in header.splitlines() if "(" in line and line[0] not in " /"}
    assert {name for name in declared if name.startswith("weft_")} == exported


@pytest.fixture
def library():
    from weft import _native

    return _native.library()


def opened(library, is_live=0):
    from weft import _native

    options = _native.Options()
    library.weft_default_options(options)
    options.is_live = is_live
    session = library.weft_open(options, None, 0)
    assert session
    return session


def live_render(library):
    library.weft_render.argtypes = [ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32]
    samples = (ctypes.c_float * 512)()
    outputs = (ctypes.c_void_p * 2)(ctypes.addressof(samples), ctypes.addressof(samples) + 1_024)
    return lambda session: library.weft_render(session, None, outputs, 256), samples


def test_closed_and_unknown_sessions_answer_closed(library):
    session = opened(library)
    assert library.weft_close(session) == 0
    for number in (session, 0, 1, 12_345_678):
        assert library.weft_close(number) == 2
        assert library.weft_command(number, b"/status") == 2
        assert library.weft_error_count(number) == 0
        assert library.weft_next_packet(number, ctypes.c_size_t()) is None
        assert library.weft_frame(number) == -1


def test_null_and_wrong_arguments_are_refused(library):
    session = opened(library)
    assert library.weft_load(session, None, 0, None) == 4
    assert library.weft_command(session, None) == 4
    assert library.weft_render_offline(session, None, None, 64) == 4
    render, _ = live_render(library)
    assert render(session) == 4, "an offline session has no audio thread"
    assert library.weft_command(session, b"") == 1
    assert library.weft_send(session, b"/x\0", 3) == 1
    assert library.weft_error_code(session, 0) == b"malformed"
    assert library.weft_error_code(session, 7) is None
    assert library.weft_close(session) == 0


def test_options_out_of_range_are_explained(library):
    from weft import _native

    options, message = _native.Options(), ctypes.create_string_buffer(200)
    for name, value, word in (
        ("size", 3, b"size is 3"), ("inputs", -1, b"-1 inputs"), ("outputs", 65, b"65 outputs"),
        ("sample_rate", 10.0, b"10.0 Hz"), ("sample_rate", float("nan"), b"nan Hz"), ("root", b"/no/such", b"/no/such"),
        ("samples", b"/no/such", b"/no/such"),
    ):
        library.weft_default_options(options)
        setattr(options, name, value)
        assert library.weft_open(options, message, 200) == 0
        assert word in message.value, message.value


def test_a_live_session_is_controlled_while_another_thread_renders(library):
    session = opened(library, is_live=1)
    text = PATCH.read_bytes()
    assert library.weft_load(session, text, len(text), str(PATCH).encode()) == 0
    render, samples = live_render(library)
    is_done, results, peak = threading.Event(), set(), [0.0]

    def audio():
        while not is_done.is_set():
            results.add(render(session))
            peak[0] = max(peak[0], max(samples))

    thread = threading.Thread(target=audio)
    thread.start()
    try:
        assert library.weft_command(session, b"/note/on C4 0.8") == 0
        replies = []
        for i in range(50):
            assert library.weft_command(session, b"/mod/tone/cutoff %d" % (500 + i)) == 0
            assert library.weft_command(session, b"/patch/commit") == 0
        library.weft_next_text.restype = ctypes.c_char_p
        library.weft_next_text.argtypes = [ctypes.c_uint64]
        for _ in range(20_000):
            text = library.weft_next_text(session)
            if text:
                replies.append(text)
            if sum(reply.startswith(b"/done /patch/commit") for reply in replies) == 50:
                break
        assert sum(reply.startswith(b"/done /patch/commit") for reply in replies) == 50
        assert library.weft_render_offline(session, None, (ctypes.c_void_p * 2)(), 64) == 4
    finally:
        is_done.set()
        thread.join()
    assert results == {0} and peak[0] > 0.01
    assert library.weft_close(session) == 0


def test_a_second_thread_on_a_side_is_busy(library):
    session = opened(library)
    text = PATCH.read_bytes()
    assert library.weft_load(session, text, len(text), None) == 0
    samples = (ctypes.c_float * (2 * 48_000))()
    outputs = (ctypes.c_void_p * 2)(ctypes.addressof(samples), ctypes.addressof(samples) + 4 * 48_000)
    results, answers, is_done = [], set(), threading.Event()

    def render():
        while not is_done.is_set() or results[-1] == 3:
            results.append(library.weft_render_offline(session, None, outputs, 48_000))

    thread = threading.Thread(target=render)
    thread.start()
    deadline = time.monotonic() + 120
    while 3 not in answers and time.monotonic() < deadline:
        answers.add(library.weft_command(session, b"/note/on C4 0.8"))
    is_done.set()
    thread.join()
    assert results[-1] == 0 and set(results) <= {0, 3}
    assert 3 in answers and answers <= {0, 1, 3}
    assert library.weft_close(session) == 0


def test_a_session_is_closed_in_a_forked_process(library):
    session = opened(library)
    child = os.fork()
    if child == 0:
        os._exit(library.weft_command(session, b"/status"))
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 2
    assert library.weft_command(session, b"/status") == 0
    assert library.weft_close(session) == 0
