"""A running weft with its page, and chromium."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
WEFT = Path(os.environ.get("WEFT", ROOT / ".build/release/weft")).resolve()
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 60_000  # milliseconds: a machine that builds beside the tests


def pytest_addoption(parser):
    parser.addoption("--update", action="store_true", help="write the pictures instead of comparing them")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Weft:
    """`weft play --web` with files and state of its own."""

    def __init__(self, folder, patch=None, options=(), host="127.0.0.1", server=None):
        self.folder, self.patch, self.options, self.host, self.server = Path(folder), patch, options, host, server
        self.osc, self.web = free_port(), free_port()
        self.environment = dict(
            os.environ, XDG_STATE_HOME=str(self.folder / "state"), XDG_DATA_HOME=str(self.folder / "data"), HOME=str(self.folder)
        )
        self.start()

    def start(self):
        """Starts it, again where JACK has no room: a machine has eight servers at most, those of other tests too."""
        for attempt in range(5):
            if self.begin():
                return
            assert "jackd did not start" in self.output()[self.seen :] and attempt < 4, f"weft printed no link:\n{self.output()}"
            time.sleep(2)

    def begin(self):
        self.seen = len(self.output())
        server = self.server or ("auto" if "JACK_DEFAULT_SERVER" in os.environ else "dummy")
        command = [WEFT, "play", *([self.patch] if self.patch else []), "--server", server, "--osc", f"127.0.0.1:{self.osc}"]
        command += ["--web", f"{self.host}:{self.web}", *self.options]
        self.log = open(self.folder / "weft.log", "a+b")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.environment, cwd=self.folder
        )
        limit = time.monotonic() + 60
        while time.monotonic() < limit:
            if found := re.search(r"http://[\d.]+:\d+/#t=\w+", self.output()[self.seen :]):
                self.link = found[0]
                return True
            if self.process.poll() is not None:
                return False
            time.sleep(0.05)
        return False

    def output(self):
        log = self.folder / "weft.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        if not self.log.closed:
            self.log.close()

    def send(self, address, *arguments, timeout=20):
        """Replies of one command over OSC, as lists of arguments; fails on /fail."""
        with socket.create_connection(("127.0.0.1", self.osc), timeout=timeout) as client:
            packet = message(address, *arguments)
            client.sendall(struct.pack(">I", len(packet)) + packet)
            replies = []
            while True:
                size = struct.unpack(">I", read(client, 4))[0]
                name, values = parse(read(client, size))
                if name == "/fail":
                    raise AssertionError(values)
                replies.append(values)
                if name in ("/done", "/synced"):
                    return replies

    def try_send(self, address, *arguments):
        """The error of one command, if it is refused."""
        try:
            self.send(address, *arguments)
        except AssertionError as refused:
            return refused
        return None

    def peak(self):
        """The peak of all outputs over a tenth of a second."""
        return max(self.send("/level", "out")[-1][2::2], default=0)

    def wait_for_sound(self, wanted=True):
        limit = time.monotonic() + 20
        while (self.peak() > 0.01) != wanted:
            assert time.monotonic() < limit, "no sound" if wanted else "sound"


def padded(data):
    return data + b"\0" * (4 - len(data) % 4)


def message(address, *arguments):
    tags, body = ",", b""
    for argument in arguments:
        if isinstance(argument, str):
            tags, body = tags + "s", body + padded(argument.encode())
        elif isinstance(argument, int):
            tags, body = tags + "i", body + struct.pack(">i", argument)
        else:
            tags, body = tags + "f", body + struct.pack(">f", argument)
    return padded(address.encode()) + padded(tags.encode()) + body


def read(client, count):
    data = b""
    while len(data) < count:
        part = client.recv(count - len(data))
        assert part, "the connection was closed"
        data += part
    return data


def parse(packet):
    def text(at):
        end = packet.index(b"\0", at)
        return packet[at:end].decode(), end + 4 - end % 4

    address, at = text(0)
    tags, at = text(at)
    values = []
    for tag in tags[1:]:
        if tag == "s":
            value, at = text(at)
        elif tag in "if":
            value, at = struct.unpack_from(">i" if tag == "i" else ">f", packet, at)[0], at + 4
        elif tag == "b":
            size = struct.unpack_from(">i", packet, at)[0]
            value, at = packet[at + 4 : at + 4 + size], at + 4 + size + -size % 4
        else:
            value = {"T": True, "F": False}.get(tag)
        values.append(value)
    return address, values


@pytest.fixture(scope="session", autouse=True)
def jack():
    """One JACK server for all tests; without it each weft starts its own."""
    name = f"weft-page-{os.getpid()}"
    for _ in range(5):
        server = subprocess.Popen(
            ["jackd", "--no-realtime", "-n", name, "-d", "dummy", "-r", "48000", "-p", "256"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            server.wait(1)  # it ends at once where the machine has eight servers already
        except subprocess.TimeoutExpired:
            break
        time.sleep(2)
    if server.poll() is None:
        os.environ["JACK_DEFAULT_SERVER"] = name
    yield
    os.environ.pop("JACK_DEFAULT_SERVER", None)
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def chromium():
    if not CHROMIUM:
        pytest.fail("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def weft(tmp_path, request):
    marker = request.node.get_closest_marker("weft")
    arguments = marker.kwargs if marker else {}
    patch = arguments.get("patch")
    running = Weft(tmp_path, ROOT / "Patches" / patch if patch else None, arguments.get("options", ()))
    yield running
    running.stop()


class Page:
    """The page in one tab, with what tests ask of it."""

    def __init__(self, tab):
        self.tab, self.errors = tab, []
        tab.set_default_timeout(PATIENCE)
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        tab.on("dialog", lambda dialog: dialog.accept(self.answer))
        self.answer = "answer"

    def open(self, link):
        self.tab.goto(link)
        self.ready()
        return self

    def ready(self):
        self.until("document.body.dataset.phase === 'ready' && globalThis.weft?.stage.scriptTime !== undefined")

    def run(self, script, argument=None):
        return self.tab.evaluate(script, argument)

    def until(self, condition):
        """Waits for a condition. The page's policy forbids evaluation of text by itself, so it is asked from here."""
        limit = time.monotonic() + PATIENCE / 1000
        while not self.run(f"Boolean({condition})"):
            assert time.monotonic() < limit, f"never true: {condition}"
            time.sleep(0.03)

    def nodes(self):
        return self.run("[...weft.app.patch.nodes.keys()].sort()")

    def cables(self):
        return self.run("[...weft.app.patch.cables.keys()].sort()")

    def has_cable(self, cable):
        self.until(f"weft.app.patch.cables.has({cable!r})")

    def port(self, node, name, is_out):
        """The place of a port on the screen, once it has been the same for three frames: edits that arrive, such as the
        cables of a new node, move nodes."""
        return self.run(
            """async ([id, name, isOut]) => {
              const place = () => {
                const { app, stage } = weft, box = app.bounds(id), shape = app.shape(id);
                const port = (isOut ? shape.outs : shape.ins).find((port) => port.name === name);
                const at = stage.toScreen(box.x + (isOut ? box.w : 0), box.y + port.y), frame = stage.element.getBoundingClientRect();
                return { x: at.x + frame.left, y: at.y + frame.top };
              };
              let at = place();
              for (let still = 0; still < 3;) {
                await new Promise(requestAnimationFrame);
                const now = place();
                still = now.x === at.x && now.y === at.y ? still + 1 : 0;
                at = now;
              }
              return at;
            }""",
            [node, name, is_out],
        )

    def fit(self):
        self.run("weft.stage.fit()")
        self.run("new Promise(requestAnimationFrame)")

    def drag(self, start, end):
        mouse = self.tab.mouse
        mouse.move(start["x"], start["y"])
        mouse.down()
        mouse.move((start["x"] + end["x"]) / 2, (start["y"] + end["y"]) / 2, steps=4)
        mouse.move(end["x"], end["y"], steps=4)
        mouse.up()

    def add(self, module):
        """Adds a module by the search field."""
        before = len(self.nodes())
        self.tab.locator("#library input").fill(module)
        self.tab.keyboard.press("Enter")
        # Selected once the reply has come.
        self.until(f"weft.app.patch.nodes.size === {before + 1} && weft.app.onlySelected === [...weft.app.patch.nodes.keys()].at(-1)")


@contextmanager
def pages(chromium):
    """Makes pages; closes them at the end."""
    contexts = []

    def make(**options):
        options = {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark", **options}
        context = chromium.new_context(**options)
        contexts.append(context)
        page = Page(context.new_page())
        page.context = context
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def new_page(chromium):
    with pages(chromium) as make:
        yield make


@pytest.fixture(scope="module")
def open_page(chromium):
    with pages(chromium) as make:
        yield make


@pytest.fixture
def page(new_page, weft):
    page = new_page().open(weft.link)
    yield page
    assert page.errors == []
