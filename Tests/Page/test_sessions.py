"""Several pages, restarts, strange texts."""

import random

import pytest

from test_patching import equals_draft

STORM = """async (seed) => {
  const { app } = weft;
  let state = seed;
  const next = (count) => { state = (state * 1103515245 + 12345) % 2147483648; return state % count; };
  const types = ["saw", "svf", "gain", "delay", "lfo", "mix", "adsr"];
  for (let i = 0; i < 100; i++) {
    const ids = [...app.patch.nodes.keys()], one = ids[next(ids.length || 1)], other = ids[next(ids.length || 1)];
    const kind = next(10);
    if (!ids.length || kind < 3) await app.edit([["/patch/create", `n${seed}x${i}`, types[next(types.length)]]]).catch(() => {});
    else if (kind < 6 && one && other) await app.connection.bundle([["/patch/connect", one, other], ["/patch/commit"]]).catch(() => {});
    else if (kind < 7) await app.connection.request("/patch/delete", one).catch(() => {});
    else if (kind < 8) await app.connection.request("/patch/undo").catch(() => {});
    else await app.connection.request(`/mod/${one}/gain`, next(100) / 100).catch(() => {});
  }
}"""


@pytest.mark.weft(patch="bass.json")
def test_two_pages_end_equal_to_the_draft(new_page, weft):
    pages = [new_page().open(weft.link) for _ in range(2)]
    for round_number in range(5):
        for index, page in enumerate(pages):
            page.run(f"window.storm = ({STORM})({1000 + 10 * round_number + index}); undefined")
        for page in pages:
            page.run("window.storm")
    for page in pages:
        page.until("!weft.app.connection.waiting.size")
        weft.send("/sync")
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
    page.ready()
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


def test_markup_in_texts_of_a_patch_stays_text(page, weft):
    hostile = "<img src=x onerror=window.broken=1><script>window.broken=1</script>"
    weft.send("/patch/create", "saw", "saw")
    weft.send("/patch/set", '{"weft": 1, "name": "%s", "about": "%s", "nodes": {"a": {"type": "saw"}}, "cables": []}' % (hostile, hostile))
    page.until("weft.app.patch.nodes.has('a')")
    page.run("weft.app.select([])")
    weft.send("/snap/save", "verse")
    for tab in ["Snapshots", "Text", "Errors", "Macros"]:
        page.tab.get_by_role("tab", name=tab).click()
    assert page.run("window.broken") is None
    assert page.tab.locator("img").count() == 0


def test_random_strings_never_break_the_page(page, weft):
    generator = random.Random(1)
    for _ in range(20):
        text = "".join(generator.choice("<>&'\"\\/ aé∞\n") for _ in range(40)).replace("\\", "").replace('"', "").replace("\n", "")
        weft.send("/patch/set", '{"weft": 1, "name": "%s", "nodes": {"a": {"type": "saw"}}, "cables": []}' % text)
    page.until("weft.app.patch.nodes.has('a')")
