"""Attempts of other pages in the same browser: rebinding, requests, sockets and frames from foreign origins."""

import http.server
import threading

import pytest
from playwright.sync_api import Error

from conftest import CHROMIUM
from test_patching import draft

# Each attack, by a page of another origin; `weft` is the address of the program.
ATTACKS = """async (weft) => {
  const outcome = async (attack) => { try { return await attack(); } catch (error) { return "blocked"; } };
  const post = (mode, type) => () => fetch(weft + "/api/patch/clear", { method: "POST", mode, body: "[]", headers: { "Content-Type": type } }).then((response) => response.type + response.status);
  const load = (element, source) => () => new Promise((resolve) => {
    Object.assign(element, { onload: () => resolve("loaded"), onerror: () => resolve("blocked"), src: source });
    document.body.append(element);
    setTimeout(() => resolve("blocked"), 2000);
  });
  const socket = () => new Promise((resolve) => {
    const socket = new WebSocket(weft.replace("http", "ws") + "/");
    socket.onopen = () => resolve("open");
    socket.onerror = () => resolve("blocked");
  });
  const form = () => {
    const form = document.createElement("form"), frame = document.createElement("iframe");
    frame.name = "sink";
    Object.assign(form, { action: weft + "/api/patch/clear", method: "post", enctype: "text/plain", target: "sink" });
    document.body.append(frame, form);
    form.submit();
    return new Promise((resolve) => setTimeout(() => resolve("sent"), 500));
  };
  return {
    json: await outcome(post("cors", "application/json")), text: await outcome(post("no-cors", "text/plain")),
    read: await outcome(() => fetch(weft + "/api/patch").then((response) => response.text())),
    image: await outcome(load(new Image(), weft + "/api/patch/clear")), script: await outcome(load(document.createElement("script"), weft + "/modules.json")),
    socket: await outcome(socket), form: await outcome(form),
  };
}"""


@pytest.fixture
def foreign():
    """The address of a server that belongs to somebody else."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>foreign</title><body>")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


@pytest.fixture
def misled(chromium):
    """A browser for which evil.test is this machine, as after DNS rebinding."""
    browser = chromium.browser_type.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP evil.test 127.0.0.1"]
    )
    yield browser
    browser.close()


@pytest.mark.weft(patch="bass.json")
def test_rebound_name_reaches_nothing(misled, weft):
    tab = misled.new_page()
    for path in ["/", "/ui/main.js", "/api/patch", "/?HOST_INFO"]:
        assert tab.goto(f"http://evil.test:{weft.web}{path}").status == 421
    assert tab.evaluate("() => new Promise((done) => { const s = new WebSocket(`ws://${location.host}/`); s.onopen = () => done('open'); s.onerror = () => done('blocked'); })") == "blocked"


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.test"])
@pytest.mark.weft(patch="bass.json")
def test_page_of_another_origin_changes_and_reads_nothing(misled, foreign, weft, host):
    before, tab = draft(weft), misled.new_page()
    tab.goto(f"http://{host}:{foreign}/")
    outcomes = tab.evaluate(ATTACKS, f"http://127.0.0.1:{weft.web}")
    assert outcomes.pop("form") == "sent"
    assert outcomes.pop("text") in ("blocked", "opaque0")  # sent, and refused: the patch below is the proof
    assert set(outcomes.values()) == {"blocked"}, outcomes
    assert draft(weft) == before


@pytest.mark.weft(patch="bass.json")
def test_page_is_shown_in_no_frame(misled, foreign, weft):
    tab = misled.new_page()
    tab.goto(f"http://127.0.0.1:{foreign}/")
    tab.evaluate("(url) => { const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }", weft.link)
    tab.wait_for_timeout(1500)
    assert all(not frame.url.startswith("http") or str(foreign) in frame.url or is_empty(frame) for frame in tab.frames)


def is_empty(frame):
    try:
        return frame.locator("#stage").count() == 0
    except Error:
        return True


def test_link_with_a_wrong_token_is_refused_in_words(new_page, weft):
    page = new_page()
    page.tab.goto(weft.link.split("#")[0] + "#t=" + "0" * 32)
    page.until("document.body.dataset.phase === 'refused'")
    assert "weft play --web" in page.tab.locator("#refused").inner_text()


def test_browser_without_websocket_is_told_so(new_page, weft):
    page = new_page()
    page.tab.add_init_script("delete window.WebSocket")
    page.tab.goto(weft.link)
    page.until("document.body.dataset.phase === 'unsupported'")
    assert "no WebSocket" in page.tab.locator("#unsupported").inner_text()


def test_patch_of_4096_nodes_opens(new_page, weft):
    nodes = ", ".join(f'"n{i}": {{"type": "gain"}}' for i in range(4096))
    cables = ", ".join(f'["n{i}", "n{i + 1}"]' for i in range(4095) if i % 16 < 15)
    weft.send("/patch/set", f'{{"weft": 1, "nodes": {{{nodes}}}, "cables": [{cables}]}}', timeout=60)
    page = new_page().open(weft.link)
    assert len(page.nodes()) == 4096
    page.fit()
    assert page.errors == []
