"""The map at every zoom, the node's panel, and the views of a phone."""

import json

import pytest

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.weft(patch="bass.json")
def test_cable_is_dragged_from_a_port_at_the_first_view(page, weft):
    assert page.run("weft.stage.view.scale") < 0.6 and page.tab.locator(".card").count() == 0
    places = page.run("JSON.stringify([...weft.app.patch.nodes.keys()].map((id) => weft.app.place(id)))")
    start = page.port("filter", "high", True)
    # Some pixels beside the port, as a hand hits it.
    page.tab.mouse.move(start["x"] - 5, start["y"] + 1)
    assert page.run("weft.stage.element.style.cursor") == "crosshair"
    page.drag({"x": start["x"] - 5, "y": start["y"] + 1}, page.port("slap", "in", False))
    page.has_cable("filter/high slap/in")
    assert page.run("JSON.stringify([...weft.app.patch.nodes.keys()].map((id) => weft.app.place(id)))") == places


@pytest.mark.weft(patch="bass.json")
def test_box_at_the_first_view_is_moved_by_its_middle(page, weft):
    box = page.run("(() => { const { x, y, w, h } = weft.app.bounds('filter'), at = weft.stage.toScreen(x + w / 2, y + h / 2), frame = weft.stage.element.getBoundingClientRect(); return { x: at.x + frame.left, y: at.y + frame.top }; })()")
    cables = page.cables()
    page.drag(box, {"x": box["x"], "y": box["y"] + 200})
    page.until("weft.app.patch.nodes.get('filter').at")
    assert page.cables() == cables


@pytest.mark.weft(patch="bass.json")
def test_pointer_over_a_node_or_a_cable_says_what_it_is(page, weft):
    at = page.run("(() => { const { x, y, w } = weft.app.bounds('filter'), at = weft.stage.toScreen(x + w / 2, y + 12), frame = weft.stage.element.getBoundingClientRect(); return { x: at.x + frame.left, y: at.y + frame.top }; })()")
    page.tab.mouse.move(at["x"], at["y"])
    page.until("/^filter, svf: /.test(weft.stage.element.title) && weft.stage.hovered === 'filter'")


@pytest.mark.weft(patch="drums.json")
def test_knobs_with_and_without_cables_are_level(page, weft):
    page.run("weft.app.select(['drop'])")
    tops = page.run("[...document.querySelectorAll('#inspector .dial')].slice(0, 3).map((dial) => Math.round(dial.getBoundingClientRect().top))")
    assert len(set(tops)) == 1


@pytest.mark.weft(patch="drums.json")
def test_gate_that_a_cable_switches_shows_its_state(page, weft):
    page.run("weft.app.select(['skin'])")
    page.until("document.querySelector('#inspector .state-text').textContent === 'on'")
    page.until("document.querySelector('#inspector .state-text').textContent === 'off'")


@pytest.mark.weft(patch="drums.json")
def test_parameters_in_the_text_of_a_patch_are_buttons(page, weft):
    about = page.tab.locator("#inspector .about")
    assert "/mod/" not in about.inner_text()
    about.get_by_role("button", name="thump decay 0.12").click()
    page.until("Math.fround(weft.app.patch.value('thump', 'decay')) === Math.fround(0.12)")


def test_oscillators_come_first_in_the_list_of_modules(page, weft):
    assert page.tab.locator("#library h2").first.inner_text().lower() == "oscillators"


def test_large_patch_is_laid_out_in_blocks(page, weft):
    nodes, cables = {"mix": {"type": "mix"}, "out": {"type": "output"}}, [["mix", "out/left"]]
    for i in range(100):
        nodes |= {f"saw{i}": {"type": "saw"}, f"amp{i}": {"type": "gain"}, f"pan{i}": {"type": "pan"}, f"free{i}": {"type": "lfo"}}
        cables += [[f"saw{i}", f"amp{i}"], [f"amp{i}", f"pan{i}"], [f"pan{i}", f"mix/in{i % 4 + 1}"]]
    weft.send("/patch/set", json.dumps({"weft": 1, "nodes": nodes, "cables": cables}))
    weft.send("/patch/commit")
    page.until("weft.app.patch.nodes.size === 402")
    shape = page.run("""(() => {
      const boxes = [...weft.app.patch.nodes.keys()].map((id) => weft.app.bounds(id));
      const extent = (side, size) => Math.max(...boxes.map((box) => box[side] + box[size])) - Math.min(...boxes.map((box) => box[side]));
      const { x, w } = weft.app.bounds("saw7");
      return { aspect: extent("x", "w") / extent("y", "h"), strip: weft.app.bounds("amp7").x - x - w, isLast: boxes.every((box) => box.x <= weft.app.bounds("out").x) };
    })()""")
    assert 0.8 < shape["aspect"] < 3.5
    assert 0 < shape["strip"] < 200 and shape["isLast"]
    overlaps = page.run("""(() => {
      const boxes = [...weft.app.patch.nodes.keys()].map((id) => weft.app.bounds(id));
      const meets = (a, b) => a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
      return boxes.filter((a, i) => boxes.some((b, j) => i < j && meets(a, b))).length;
    })()""")
    assert overlaps == 0


@pytest.mark.weft(patch="strings.json")
def test_phone_begins_with_the_list_and_opens_a_node_by_a_second_tap(new_page, weft):
    page = new_page(**PHONE).open(weft.link)
    page.until("document.body.dataset.view === 'list'")
    item = page.tab.locator("#outline .item").first
    item.tap()
    page.tab.locator("#outline .chevron").wait_for()
    item = page.tab.locator("#outline .item").first
    item.tap()
    page.until("document.body.dataset.view === 'node'")
    assert page.tab.locator(".title-field").is_visible()


@pytest.mark.weft(patch="strings.json")
def test_phone_reaches_volume_keyboard_and_every_tool(new_page, weft):
    page = new_page(**PHONE).open(weft.link)
    assert page.run("document.getElementById('top').getBoundingClientRect().height") < 60
    for name in ["Panic", "More controls"]:
        box = page.tab.locator("#top").get_by_role("button", name=name).bounding_box()
        assert box["x"] + box["width"] <= 390
    page.tab.locator("#top").get_by_role("button", name="More controls").tap()
    assert page.tab.locator("[data-part=volume]").is_visible() and page.tab.locator("[data-part=tempo]").is_visible()
    page.tab.locator("#views").get_by_role("button", name="Play").tap()
    key = page.tab.locator('.keyboard [data-key="60"]').bounding_box()
    assert 0 <= key["x"] < 200 and not page.tab.get_by_text("Computer keys").is_visible()
    page.tab.locator("#views").get_by_role("button", name="More").tap()
    for tab in ["Signals", "Automation", "Snapshots", "Macros", "Errors", "Text"]:
        box = page.tab.get_by_role("tab", name=tab).bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= 390
    assert page.run("document.documentElement.scrollWidth") <= 390
    assert page.errors == []


@pytest.mark.weft(patch="strings.json")
def test_zoom_on_a_phone_keeps_nodes_in_view(new_page, weft):
    page = new_page(**PHONE).open(weft.link)
    page.tab.locator("#views").get_by_role("button", name="Map").tap()
    for _ in range(6):
        page.tab.get_by_role("button", name="Zoom in").tap()
    assert page.run("[...weft.app.patch.nodes.keys()].some((id) => weft.stage.isVisible(weft.app.bounds(id)))")
