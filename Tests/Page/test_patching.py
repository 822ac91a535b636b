"""Building a patch by mouse, keyboard and touch: it sounds, and equals /patch/get."""

import json

import pytest


def draft(weft):
    pieces = [reply for reply in weft.send("/patch/get") if len(reply) == 3 and isinstance(reply[2], str)]
    return json.loads("".join(piece[2] for piece in sorted(pieces, key=lambda piece: piece[0])))


# Of a patch, all that a file holds: with sorted keys and numbers as OSC carries them.
WHOLE = """(text) => {
  const plain = (value) => {
    if (typeof value === "number") return Math.fround(value);
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, plain(value[key])]));
  };
  const Patch = weft.app.patch.constructor;
  return [new Patch(JSON.parse(text), weft.app.registry), weft.app.patch].map((patch) => plain(patch.toJSON()));
}"""


def equals_draft(page, weft):
    """Returns whether the page's copy equals /patch/get."""
    page.until("weft.app.held.size === 0")
    theirs, ours = page.run(WHOLE, json.dumps(draft(weft)))
    assert ours == theirs
    return True


def test_mouse_builds_a_patch_that_sounds(page, weft):
    page.add("saw")
    page.tab.mouse.click(700, 700)
    page.add("svf")
    page.tab.mouse.click(700, 700)
    page.add("output")
    page.fit()
    page.drag(page.port("saw", "out", True), page.port("svf", "in", False))
    page.has_cable("saw/out svf/in")
    page.drag(page.port("svf", "low", True), page.port("output", "left", False))
    page.has_cable("svf/low output/left")
    weft.wait_for_sound()
    assert equals_draft(page, weft)


def test_keyboard_alone_builds_a_patch_that_sounds(page, weft):
    keyboard = page.tab.keyboard
    page.tab.locator("#stage").focus()
    for name in ["saw", "svf", "output"]:
        keyboard.press("/")
        keyboard.type(name)
        keyboard.press("Enter")
        page.until(f"weft.app.patch.nodes.has({name!r})")
        keyboard.press("Escape")
        page.run("weft.app.select(['%s'])" % name)
    assert page.cables() == ["saw/out svf/in", "svf/low output/left"]
    weft.wait_for_sound()
    assert equals_draft(page, weft)


@pytest.mark.weft(patch="drone.json")
def test_undo_and_redo_by_keyboard(page, weft):
    before = page.nodes()
    page.tab.locator("#stage").focus()
    page.run("weft.app.select([...weft.app.patch.nodes.keys()].slice(0, 1))")
    page.tab.keyboard.press("Delete")
    page.until(f"weft.app.patch.nodes.size === {len(before) - 1}")
    page.tab.keyboard.press("Control+z")
    page.until(f"weft.app.patch.nodes.size === {len(before)}")
    assert page.nodes() == before
    page.tab.keyboard.press("Control+y")
    page.until(f"weft.app.patch.nodes.size === {len(before) - 1}")
    assert equals_draft(page, weft)


def test_touch_connects_two_ports(new_page, weft):
    page = new_page(has_touch=True).open(weft.link)
    page.add("saw")
    page.tab.mouse.click(700, 700)
    page.add("output")
    page.fit()
    for node, port, is_out in [("saw", "out", True), ("output", "left", False)]:
        at = page.port(node, port, is_out)
        page.tab.touchscreen.tap(at["x"], at["y"])
    page.has_cable("saw/out output/left")
    weft.wait_for_sound()
    assert page.errors == []


def test_drop_that_closes_a_loop_inserts_a_feedback_node(page, weft):
    page.add("saw")
    page.add("svf")
    page.add("gain")
    page.fit()
    page.drag(page.port("gain", "out", True), page.port("svf", "in", False))
    page.until("weft.app.patch.nodes.has('feedback')")
    page.has_cable("feedback/out svf/in")
    assert equals_draft(page, weft)


def test_drop_in_empty_space_adds_a_connected_module(page, weft):
    page.add("saw")
    page.fit()
    at = page.port("saw", "out", True)
    page.drag(at, {"x": at["x"] + 60, "y": at["y"] + 220})
    page.tab.keyboard.type("delay")
    page.tab.keyboard.press("Enter")
    page.has_cable("saw/out delay/in")


def test_module_dropped_on_a_cable_is_inserted(page, weft):
    page.add("saw")
    page.add("svf")
    page.run("weft.app.select(['saw'])")
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Enter")
    page.tab.keyboard.type("gain")
    page.tab.keyboard.press("Enter")
    page.has_cable("gain/out svf/in")
    assert page.cables() == ["gain/out svf/in", "saw/out gain/in"]


def test_copy_and_paste_keeps_cables(page, weft):
    page.add("saw")
    page.add("svf")
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Control+a")
    page.tab.keyboard.press("Control+d")
    page.until("weft.app.patch.nodes.size === 4")
    assert page.cables() == ["saw/out svf/in", "saw2/out svf2/in"]
    assert equals_draft(page, weft)


def test_knob_sets_the_parameter_by_drag_and_by_text(page, weft):
    page.add("saw")
    page.run("weft.app.select(['saw'])")
    field = page.tab.get_by_label("saw frequency, typed")
    field.fill("A3")
    field.press("Enter")
    page.until("weft.app.patch.value('saw', 'frequency') === 220")
    assert weft.send("/mod/saw/frequency")[-1][1] == pytest.approx(220)
    dial = page.tab.locator("#inspector").get_by_role("slider", name="saw frequency")
    box = dial.bounding_box()
    page.drag({"x": box["x"] + 20, "y": box["y"] + 20}, {"x": box["x"] + 20, "y": box["y"] - 60})
    page.until("weft.app.patch.value('saw', 'frequency') > 300")
    page.until("weft.app.held.size === 0")
    assert weft.send("/mod/saw/frequency")[-1][1] > 300


def test_errors_are_shown_with_the_suggestion(page, weft):
    page.run("weft.app.command('/patch/connect', 'nothing', 'nobody')")
    page.tab.locator(".toast").first.wait_for()
    page.tab.get_by_role("tab", name="Errors").click()
    assert "nothing" in page.tab.locator("#panel-errors").inner_text()


def test_patch_as_text_is_applied(page, weft):
    page.add("saw")
    page.tab.get_by_role("tab", name="Text").click()
    area = page.tab.get_by_label("The patch as text")
    area.fill(area.input_value().replace('"saw": {"type":"saw"', '"wave": {"type":"sine"'))
    page.tab.get_by_role("button", name="Apply").click()
    page.until("weft.app.patch.nodes.has('wave')")
    assert equals_draft(page, weft)


@pytest.mark.weft(patch="bass.json")
def test_buttons_zoom_and_bring_the_patch_back(page, weft):
    whole = page.run("weft.stage.view.scale")
    for _ in range(3):
        page.tab.get_by_role("button", name="Zoom in").dblclick()
    assert page.run("weft.stage.view.scale") > 2 * whole and page.tab.locator(".menu").count() == 0
    page.run("weft.stage.pan(9000, 9000)")
    page.tab.get_by_role("button", name="Fit").click()
    assert page.run("weft.stage.view.scale") == pytest.approx(whole)
    assert page.run("[...weft.app.patch.nodes.keys()].every((id) => weft.stage.isVisible(weft.app.bounds(id)))")


@pytest.mark.weft(patch="drone.json")
def test_steps_of_the_history_are_named(page, weft):
    page.run("weft.app.select([])")
    page.add("saw")
    page.until("document.querySelector('[data-part=undo] span').textContent.startsWith('add saw')")
    weft.send("/patch/load", "bass.json")
    weft.send("/patch/commit")
    page.until("document.querySelector('[data-part=undo] span').textContent.endsWith('load Acid walk')")
