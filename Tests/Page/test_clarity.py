"""The page says what a drop would do, where cables go, what is outside the window, and answers each entry."""

import pytest

HINT = "document.getElementById('hint').textContent"


def hold(page, start, end):
    """Drags without a drop."""
    page.tab.mouse.move(start["x"], start["y"])
    page.tab.mouse.down()
    page.tab.mouse.move(end["x"], end["y"], steps=5)


def build(page, *messages):
    assert page.run("(messages) => weft.app.edit(messages)", list(messages))


def chain(page):
    build(page, ["/patch/create", "saw", "saw"], ["/patch/create", "svf", "svf"], ["/patch/create", "out", "output"],
          ["/patch/connect", "saw", "svf"], ["/patch/connect", "svf", "out/left"])
    page.until("weft.app.patch.nodes.size === 3 && weft.app.patch.cables.size === 2")
    page.fit()


def test_hint_of_a_drag_is_above_everything(page, weft):
    chain(page)
    for name in ["first error", "second error", "third error"]:
        page.run("(text) => weft.app.report({ message: text })", name)
    at = page.port("saw", "out", True)
    hold(page, at, {"x": at["x"] + 60, "y": at["y"] + 260})
    page.until(HINT + " === 'Drop to add a module here'")
    box = page.tab.locator("#hint").bounding_box()
    assert box["x"] >= 232 and box["x"] + box["width"] <= 1440 - 280
    covering = page.run("""() => {
      const hint = document.getElementById("hint"), box = hint.getBoundingClientRect();
      const over = (element) => { const other = element.getBoundingClientRect(); return getComputedStyle(element).visibility !== "hidden" && other.width && other.left < box.right && box.left < other.right && other.top < box.bottom && box.top < other.bottom; };
      return [...document.querySelectorAll(".legend, .toast, .zooms")].filter(over).map((element) => element.className);
    }""")
    assert covering == []
    page.tab.mouse.up()


def test_drag_of_a_plugged_end_says_that_it_unplugs(page, weft):
    chain(page)
    at = page.port("svf", "in", False)
    hold(page, at, {"x": at["x"] - 20, "y": at["y"] + 300})
    page.until(HINT + " === 'Drop to unplug saw/out from svf/in'")
    page.tab.mouse.up()
    page.until("!weft.app.patch.cables.has('saw/out svf/in')")
    assert page.tab.locator(".menu").count() == 0


def test_hint_says_what_a_further_cable_adds_to(page, weft):
    chain(page)
    hold(page, page.port("saw", "out", True), page.port("out", "left", False))
    page.until(HINT + " === 'saw/out → out/left (adds to svf/low)'")
    page.tab.mouse.up()
    page.has_cable("saw/out out/left")


@pytest.mark.weft(patch="drone.json")
def test_no_cable_passes_a_box_that_is_not_its_own(page, weft):
    for name in ["drums.json", "dub.json", "electric-piano.json"]:
        weft.send("/patch/load", name)
        weft.send("/patch/commit")
        page.until(f"weft.app.session.path?.endsWith('{name}')")
        hidden = page.run("[...weft.stage.cableCurves()].filter(([, curve]) => curve.isHidden).map(([key]) => key)")
        assert hidden == [], name


def test_backward_cable_loops_around_its_nodes(page, weft):
    chain(page)
    page.drag(page.port("svf", "low", True), page.port("saw", "frequency", False))
    page.until("weft.app.patch.nodes.has('feedback')")
    inside = page.run("""async () => {
      const { pointOn } = await import("/ui/geometry.js"), found = [];
      for (const [key, { points }] of weft.stage.cableCurves())
        for (let t = 0.01; t < 1; t += 0.01) {
          const { x, y } = pointOn(points, t);
          for (const id of weft.app.patch.nodes.keys()) {
            const box = weft.app.bounds(id);
            if (x > box.x + 3 && x < box.x + box.w - 3 && y > box.y && y < box.y + box.h) found.push(`${key} in ${id}`);
          }
        }
      return [...new Set(found)];
    }""")
    assert inside == []


def test_keyboard_alone_adds_one_module_after_the_other(page, weft):
    page.tab.locator("#stage").focus()
    for count, name in enumerate(["saw", "svf", "output"]):
        page.tab.keyboard.type("/" + name)
        page.tab.keyboard.press("Enter")
        page.until(f"weft.app.patch.nodes.size === {count + 1} && weft.app.onlySelected === {name!r}")
        assert page.run("document.activeElement.id") == "stage"
        assert page.tab.locator("#library input").input_value() == ""
    assert page.cables() == ["saw/out svf/in", "svf/low output/left"]


@pytest.mark.weft(patch="drums.json")
def test_small_map_and_names_at_the_edge_lead_to_what_is_outside(page, weft):
    assert not page.run("weft.stage.overview.isShown")
    page.run("(() => { const { x, y } = weft.app.bounds('wires'); weft.stage.setView({ scale: 1, x: x - 600, y: y - 100 }); weft.app.select(['wires']); })()")
    page.until("weft.stage.overview.isShown && weft.stage.overview.markers.some((marker) => marker.node === 'rattle')")
    at = page.run("""() => {
      const { x, y, w, h } = weft.stage.overview.markers.find((marker) => marker.node === "rattle"), frame = weft.stage.element.getBoundingClientRect();
      return { x: frame.left + x + w / 2, y: frame.top + y + h / 2, h };
    }""")
    assert at["h"] >= 24
    page.tab.mouse.click(at["x"], at["y"])
    page.until("weft.stage.isVisible(weft.app.bounds('rattle'))")
    map = page.run("""() => {
      const { x, y, w, h } = weft.stage.overview.frame, frame = weft.stage.element.getBoundingClientRect();
      return { left: frame.left + x + 12, right: frame.left + x + w - 12, y: frame.top + y + h / 2 };
    }""")
    page.drag({"x": map["left"], "y": map["y"]}, {"x": map["right"], "y": map["y"]})
    page.until("weft.stage.isVisible(weft.app.bounds('out'))")
    assert page.tab.locator(".menu").count() == 0


def test_large_patch_has_titles_and_its_sources_at_the_left(page, weft):
    messages = [["/patch/create", "keys", "notes"], ["/patch/create", "mixer", "mix"]]
    for i in range(12):
        voice = [f"v{i:02}{part}" for part in ("osc", "env", "vca", "tone", "pan", "lfo", "drive")]
        types = ["saw", "adsr", "gain", "svf", "pan", "lfo", "distortion"]
        messages += [["/patch/create", id, type] for id, type in zip(voice, types)]
        messages += [["/patch/connect", "keys/gate", voice[1] + "/gate"], ["/patch/connect", voice[0], voice[3]], ["/patch/connect", voice[3], voice[2]],
                     ["/patch/connect", voice[1], voice[2] + "/gain"], ["/patch/connect", voice[5], voice[3] + "/cutoff"], ["/patch/connect", voice[2], voice[6]],
                     ["/patch/connect", voice[6], voice[4]], ["/patch/connect", voice[4] + "/left", f"mixer/in{i % 8 + 1}"]]
    build(page, *messages)
    page.until("weft.app.patch.nodes.size === 86")
    page.run("weft.app.places.clear(); weft.app.patch.nodes.forEach((node) => delete node.at); weft.stage.invalidate(); weft.stage.fit()")
    lefts = page.run("Object.fromEntries([...weft.app.patch.nodes.keys()].map((id) => [id, weft.app.place(id).x]))")
    others = [x for id, x in lefts.items() if id not in ("keys", "mixer")]
    assert lefts["keys"] < min(others) and lefts["mixer"] > max(others)
    titles = page.run("weft.stage.parts().titles.map(({ text }) => text)")
    assert {"v00", "v11", "keys", "mixer"} <= set(titles)


def test_new_patch_invites_and_counts_no_error(page, weft):
    empty = page.tab.locator("#empty")
    assert empty.is_visible()
    empty.get_by_role("button", name="Add a module").click()
    page.tab.keyboard.type("saw")
    page.tab.keyboard.press("Enter")
    page.until("weft.app.patch.nodes.has('saw')")
    assert not empty.is_visible()
    page.tab.locator("[data-part=name]").click()
    page.tab.get_by_role("menuitem", name="New patch").click()
    page.until("weft.app.patch.nodes.size === 0")
    assert empty.is_visible()
    page.run("new Promise((done) => setTimeout(done, 500))")
    assert page.tab.locator("[data-tab=errors] small").inner_text() == "" and page.tab.locator(".toast.bad").count() == 0
    page.until("/^(new patch|delete saw)/.test(document.querySelector('[data-part=undo] span').textContent)")


def test_error_of_another_client_is_listed_with_its_name(page, weft):
    weft.try_send("/patch/delete", "nobody")
    page.until("document.querySelector('[data-tab=errors] small').textContent === '1'")
    assert page.tab.locator(".toast").count() == 0
    page.tab.get_by_role("tab", name="Errors").click()
    text = page.tab.locator("#panel-errors").inner_text()
    assert "nobody" in text and "client" in text
    assert page.tab.locator("[data-tab=errors] small").inner_text() == ""  # looked at


def test_wrong_port_is_marked_at_its_node_and_mended_by_a_button(page, weft):
    chain(page)
    page.run("weft.app.edit([['/patch/connect', 'saw/aut', 'out/right']])")
    page.tab.get_by_role("button", name="Use saw/out instead").click()
    page.has_cable("saw/out out/right")
    assert "saw" in page.run("[...weft.stage.faults().keys()]")


def test_copies_are_placed_on_free_ground_at_the_pointer(page, weft):
    chain(page)
    page.run("weft.app.select(['saw', 'svf'])")
    page.tab.keyboard.press("Control+c")
    page.tab.mouse.move(700, 300)
    page.tab.keyboard.press("Control+v")
    page.until("weft.app.patch.nodes.size === 5")
    overlaps = page.run("""() => {
      const boxes = [...weft.app.patch.nodes.keys()].map((id) => ({ id, ...weft.app.bounds(id) })), found = [];
      for (const a of boxes) for (const b of boxes) if (a.id < b.id && a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h) found.push([a.id, b.id]);
      return found;
    }""")
    assert overlaps == []
    assert page.run("weft.stage.isVisible(weft.app.bounds('saw2'))")
    # Without a clipboard, as over http from another machine, the page's own copy is pasted.
    page.run("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.tab.keyboard.press("Control+v")
    page.until("weft.app.patch.nodes.size === 7")


def test_double_click_on_a_dial_types_and_the_same_value_is_no_step(page, weft):
    chain(page)
    page.run("weft.app.select(['svf'])")
    step = page.run("document.querySelector('[data-part=undo] span').textContent")
    page.tab.locator("#inspector").get_by_role("slider", name="svf cutoff").dblclick()
    assert page.run("document.activeElement.getAttribute('aria-label')") == "svf cutoff, typed"
    page.run("weft.app.setValue('svf', 'cutoff', weft.app.patch.value('svf', 'cutoff'))")
    page.run("new Promise((done) => setTimeout(done, 300))")
    assert page.run("document.querySelector('[data-part=undo] span').textContent") == step
    page.tab.keyboard.type("5k")
    page.tab.keyboard.press("Enter")
    page.until("weft.app.patch.value('svf', 'cutoff') === 5000")
    page.until("document.querySelector('[data-part=undo] span').textContent.startsWith('svf/cutoff: 5000')")


@pytest.mark.weft(patch="drone.json")
def test_text_about_a_patch_that_another_client_loads_has_its_links(page, weft):
    weft.send("/patch/load", "strings.json")
    weft.send("/patch/commit")
    page.until("document.querySelectorAll('#inspector .about .link').length > 0")
    assert "/mod/" not in page.tab.locator("#inspector .about").inner_text()


def test_cable_begins_in_the_colour_of_its_output_and_free_ports_are_hollow(page, weft):
    chain(page)
    build(page, ["/patch/connect", "svf/band", "out/level"])
    page.has_cable("svf/band out/level")
    curve = page.run("(({ source, kind }) => ({ source, kind }))(weft.stage.cableCurves().get('svf/band out/level'))")
    assert curve["source"] == "audio" and curve["kind"] == "control"
    used = page.run("[...weft.stage.usedPorts()]")
    assert "saw/out" in used and "svf/high" not in used
    page.run("weft.stage.fit(undefined, 1); weft.stage.setView({ scale: 1 })")
    page.until("document.querySelector('.dot[data-port=\"svf/high\"]')?.classList.contains('free')")
    assert page.run("!document.querySelector('.dot[data-port=\"svf/low\"]').classList.contains('free')")


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_phone_shows_an_added_module(new_page, weft):
    page = new_page(**PHONE).open(weft.link)
    page.tab.get_by_role("tab", name="Modules").tap()
    page.tab.locator("#library .module").filter(has_text="saw").first.tap()
    page.until("weft.app.patch.nodes.size === 1 && document.body.dataset.view === 'map'")
    page.until("/Added/.test(document.getElementById('toasts').textContent)")
    assert page.errors == []


@pytest.mark.weft(patch="bass.json")
def test_phone_keeps_panic_in_place_and_counts_other_pages(new_page, weft):
    page, other = new_page(**PHONE).open(weft.link), new_page().open(weft.link)
    page.until("document.querySelector('#presence b')?.textContent === '1'")
    assert page.tab.locator("#presence b").is_visible() and not page.tab.locator("#presence span").is_visible()
    panic, more = page.tab.locator("[data-part=panic]"), page.tab.locator("[data-part=more]")
    before = panic.bounding_box()
    more.tap()
    after = panic.bounding_box()
    assert abs(after["x"] - before["x"]) < 2 and abs(after["y"] - before["y"]) < 2
    assert page.tab.locator("#presence span").is_visible()
    assert page.run("document.documentElement.scrollWidth") <= 390
    assert other.errors == [] and page.errors == []


@pytest.mark.weft(patch="bass.json")
def test_phone_legend_fits_and_play_has_octaves_and_macros(new_page, weft):
    page = new_page(**PHONE).open(weft.link)
    views = page.tab.locator("#views")
    views.get_by_role("button", name="Map").tap()
    page.tab.get_by_role("button", name="Colours of cables").tap()
    box = page.tab.locator(".legend").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    views.get_by_role("button", name="Play").tap()
    assert page.tab.locator("#panel-macros").is_visible() and page.tab.locator("#panel-keys").is_visible()
    first = page.tab.locator("[data-part=octave]").inner_text()
    left = page.run("document.querySelector('.keyboard').scrollLeft")
    page.tab.get_by_role("button", name="Octave up").tap()
    assert page.tab.locator("[data-part=octave]").inner_text() != first
    assert page.run("document.querySelector('.keyboard').scrollLeft") > left + 200
