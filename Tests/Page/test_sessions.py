"""Several pages, restarts, strange texts."""

import json
import os
import random
import time

import pytest

from test_patching import equals_draft

EDITS = int(os.environ.get("WEFT_EDITS", 300))  # of two pages together

# Random edits, right and wrong ones, each after the reply to the last.
STORM = """async ([seed, count]) => {
  const { app } = weft, int = (value) => ({ int: value });
  let state = seed;
  const next = (count) => { state = (state * 1103515245 + 12345) % 2147483648; return Math.floor((state / 2147483648) * count); };
  const types = ["saw", "svf", "gain", "delay", "lfo", "mix", "adsr"], name = () => "s" + next(3);
  for (let i = 0; i < count; i++) {
    const ids = [...app.patch.nodes.keys()], one = ids[next(ids.length)] ?? "none", other = ids[next(ids.length)] ?? "none";
    const send = (...messages) => app.connection.bundle(messages).catch((failure) => { if (failure.code === "disconnected") throw failure; });
    const edits = [
      () => send(["/patch/create", `n${seed}x${i}`, types[next(types.length)]], ["/patch/place", `n${seed}x${i}`, next(900), next(600)], ["/patch/commit"]),
      () => send(["/patch/create", `n${seed}x${i}`, types[next(types.length)]]),
      () => send(["/patch/connect", one, other, next(8) / 4], ["/patch/commit"]),
      () => send(["/patch/connect", one, other]),
      () => send(["/patch/disconnect", one, other]),
      () => send(["/patch/delete", one]),
      () => send(["/patch/rename", one, `r${next(9)}`]),
      () => send(["/patch/label", one, name()]),
      () => send([`/mod/${one}/gain`, next(100) / 100]),
      () => send([`/mod/${one}/cutoff`, 20 + next(9000)]),
      () => send(["/macro/add", "m" + next(3), `${one}/gain`, 0, 1]),
      () => send(["/macro/m" + next(3), next(5) / 4]),
      () => send(["/macro/remove", "m" + next(3)]),
      () => send(["/midi/map", `${one}/gain`, int(next(100)), int(next(3)), 0.2, 0.8]),
      () => send(["/midi/map", `/macro/m${next(3)}`, int(next(100))]),
      () => send(["/snap/save", name()]),
      () => send(["/snap/recall", name()]),
      () => send(["/snap/delete", name()]),
      () => send(["/patch/voices", int(1 + next(6))]),
      () => send(["/patch/undo"]),
      () => send(["/patch/undo"]),
      () => send(["/patch/redo"]),
      () => send(["/patch/abort"]),
      () => send(["/patch/commit"]),
      () => (next(4) ? null : send(["/patch/load", ["drone.json", "bass.json", "bells.json"][next(3)]])),
    ];
    await edits[next(edits.length)]();
  }
}"""


@pytest.mark.weft(patch="bass.json")
def test_two_pages_end_equal_to_the_draft(new_page, weft):
    pages = [new_page().open(weft.link) for _ in range(2)]
    for seed, page in enumerate(pages):
        page.run(f"(argument) => {{ window.storm = ({STORM})(argument); }}", [1000 + seed, EDITS // 2])
    for page in pages:
        page.run("window.storm")
    for page in pages:
        page.run("weft.app.connection.request('/sync')")
        assert equals_draft(page, weft)
        assert page.errors == []


@pytest.mark.weft(patch="bass.json")
def test_page_is_live_again_after_a_killed_weft_restarts(page, weft):
    nodes = page.nodes()
    page.run("weft.app.setValue('filter', 'cutoff', 500)")
    page.until("weft.app.held.size === 0")
    weft.kill()
    page.until("document.body.dataset.phase === 'connecting'")
    weft.start()
    started = time.monotonic()
    page.ready()
    assert time.monotonic() - started < 10  # 2 s on a quiet machine: Benchmarks/Page measures it
    assert page.nodes() == nodes
    page.run("weft.app.setValue('filter', 'cutoff', 600)")
    page.until("weft.app.held.size === 0")
    page.run("weft.app.connection.request('/sync')")
    assert weft.send("/mod/filter/cutoff")[-1][1] == pytest.approx(600)


def test_other_client_is_shown_by_name_and_selection(new_page, weft):
    pages = [new_page().open(weft.link) for _ in range(2)]
    pages[0].add("saw")
    pages[0].run("weft.app.select(['saw'])")
    pages[1].until("[...weft.app.session.clients.values()].some((client) => client.selects.includes('saw'))")
    pages[1].until("document.getElementById('presence').textContent.length > 0")
    # Undo says whose step it is.
    pages[1].until("document.querySelector('[data-part=undo] span').textContent === 'page: add saw'")
    assert pages[0].run("document.querySelector('[data-part=undo] span').textContent") == "add saw"


def test_markup_in_texts_of_a_patch_stays_text(page, weft):
    hostile = "<img src=x onerror=window.broken=1><script>window.broken=1</script>"
    patch = {
        "weft": 2, "name": hostile, "about": hostile, "x-note": hostile,
        "nodes": {"a": {"type": "saw", "label": hostile[:64], "x-note": hostile}, "b": {"type": "sampler", "params": {"file": hostile[:40]}}},
        "macros": [{"name": "m", "label": hostile[:64], "value": 0.5, "targets": [{"param": "a/gain", "from": 0, "to": 1}]}],
        "frames": [{"label": hostile, "rect": [0, 0, 400, 300]}], "cables": [], "snapshots": {"verse": {"a": {"type": "saw", "params": {"gain": 0.5}}}},
    }
    assert weft.try_send("/patch/set", json.dumps(patch)) is None
    page.until("weft.app.patch.nodes.has('a')")
    weft.try_send("/client/name", hostile[:64])
    weft.try_send("/patch/create", hostile[:30], hostile)
    for selected in [[], ["a"], ["b"]]:
        page.run("(ids) => weft.app.select(ids)", selected)
        for tab in ["Snapshots", "Text", "Errors", "Macros", "Automation", "Signals"]:
            page.tab.get_by_role("tab", name=tab).click()
    page.tab.get_by_role("tab", name="Nodes").click()
    assert page.run("window.broken") is None
    assert page.tab.locator("img").count() == 0


def test_random_strings_never_break_the_page(page, weft):
    generator = random.Random(1)
    for _ in range(20):
        text = "".join(generator.choice("<>&'\"\\/ aé∞\n") for _ in range(40)).replace("\\", "").replace('"', "").replace("\n", "")
        weft.send("/patch/set", '{"weft": 1, "name": "%s", "nodes": {"a": {"type": "saw"}}, "cables": []}' % text)
    page.until("weft.app.patch.nodes.has('a')")
