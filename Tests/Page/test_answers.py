"""Answers of the page to entries, keys and errors."""

import pytest

from conftest import Weft


@pytest.mark.weft(patch="bass.json")
def test_escape_and_a_click_beside_it_close_the_list_of_keys(page, weft):
    stage, dialog = page.tab.locator("#stage"), page.tab.locator("dialog")
    stage.focus()
    for close in [lambda: page.tab.keyboard.press("Escape"), lambda: page.tab.keyboard.press("?"), lambda: page.tab.mouse.click(5, 890)]:
        page.tab.keyboard.press("?")
        assert dialog.count() == 1
        close()
        page.until("!document.querySelector('dialog')")
        stage.focus()


@pytest.mark.weft(patch="bass.json")
def test_value_that_is_no_number_is_refused_with_what_is_expected(page, weft):
    page.run("weft.app.select(['filter'])")
    field, note = page.tab.get_by_label("filter cutoff, typed"), page.tab.locator("#inspector .wrong:not(:empty)")
    before = field.input_value()
    field.fill("banana")
    field.press("Enter")
    assert "Not a number" in note.inner_text() and "Hz" in note.inner_text()
    assert field.get_attribute("aria-invalid") == "true"
    field.press("Escape")
    assert field.input_value() == before and note.count() == 0
    # Without Enter a value counts, too.
    field.fill("1.25k")
    page.tab.locator("#stage").focus()
    page.until("weft.app.patch.value('filter', 'cutoff') === 1250")


@pytest.mark.weft(patch="bass.json")
def test_amount_that_is_no_number_is_refused_and_its_field_fits(page, weft):
    page.run("weft.app.selectCable([...weft.app.patch.cables.keys()][0])")
    line = page.tab.locator("#inspector .line")
    field, unit = line.locator("input"), line.locator(".unit")
    box = unit.bounding_box()
    assert box["x"] + box["width"] <= 1440 - 8
    field.fill("much")
    field.press("Enter")
    assert "Not a number" in page.tab.locator("#inspector .wrong").inner_text()


def test_save_by_key_and_the_mark_of_unsaved_changes(page, weft):
    page.answer = str(weft.folder / "mine.json")
    name = page.tab.locator("[data-part=name]")
    assert "unsaved" not in name.get_attribute("class")
    page.add("saw")
    page.until("document.querySelector('[data-part=name]').classList.contains('unsaved')")
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Control+s")
    page.tab.locator(".toast").first.wait_for()
    assert "mine.json" in page.tab.locator("#toasts").inner_text()
    assert (weft.folder / "mine.json").exists()
    page.until("!document.querySelector('[data-part=name]').classList.contains('unsaved')")
    # The second time without a question; a reload knows it, too.
    page.run("weft.app.setValue('saw', 'gain', 0.25)")
    page.until("document.querySelector('[data-part=name]').classList.contains('unsaved')")
    page.answer = ""
    page.tab.keyboard.press("Control+s")
    page.until("!document.querySelector('[data-part=name]').classList.contains('unsaved')")
    page.tab.reload()
    page.ready()
    assert "unsaved" not in name.get_attribute("class")


def test_file_menu_opens_below_the_name(page, weft):
    name = page.tab.locator("[data-part=name]")
    name.click()
    box, menu = name.bounding_box(), page.tab.locator(".menu").bounding_box()
    assert menu["y"] >= box["y"] + box["height"]
    assert "Save" in page.tab.locator(".menu").inner_text()


def test_misspelt_module_in_the_text_is_replaced_by_a_button(page, weft):
    page.add("sine")
    page.tab.get_by_role("tab", name="Text").click()
    area = page.tab.get_by_label("The patch as text")
    area.fill(area.input_value().replace('"sine": {"type":"sine"', '"wave": {"type":"swa"'))
    area.press("Control+Enter")
    use = page.tab.get_by_role("button", name="Use saw")
    use.wait_for()
    assert use.bounding_box()["height"] < 40  # one line
    page.tab.get_by_role("tab", name="Errors").click()
    assert "/patch/set" not in page.tab.locator("#panel-errors").inner_text()
    page.tab.get_by_role("tab", name="Text").click()
    use.click()
    page.until("weft.app.patch.nodes.get('wave')?.type === 'saw'")


@pytest.mark.weft(patch="bass.json")
def test_menu_of_a_node_at_the_edge_stays_in_the_window(page, weft):
    page.run("weft.app.select(['out'])")
    page.run("(() => { const { x, y } = weft.app.bounds('out'); weft.stage.setView({ scale: 1, x: x - 800, y: y - 760 }); })()")
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Enter")
    page.until("document.querySelectorAll('.menu li').length > 10")
    page.run("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box = page.tab.locator(".menu").bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900 and box["x"] + box["width"] <= 1440


@pytest.mark.weft(patch="electric-piano.json")
def test_silence_is_explained_by_one_cause_and_a_button(page, weft):
    why = page.tab.locator("#top").get_by_role("button", name="Why silent?")
    why.click()  # shown after a while of silence
    toast = page.tab.locator(".toast")
    toast.first.wait_for()
    assert toast.count() == 1 and "/note" not in toast.inner_text()
    toast.get_by_role("button", name="Open keyboard").click()
    assert page.tab.locator("#panel-keys").is_visible()
    weft.send("/note/on", 60, 0.8)
    page.until("document.querySelector('[data-part=why]').hidden")


@pytest.mark.weft(patch="bass.json")
def test_top_bar_keeps_its_one_row(new_page, weft):
    pages = [new_page().open(weft.link) for _ in range(3)]
    page = pages[0]
    page.until("document.getElementById('presence').textContent === '2 other pages'")
    page.run("weft.app.setValue('filter', 'cutoff', 1234)")
    page.until("/filter/.test(document.querySelector('[data-part=undo] span').textContent)")
    assert page.run("document.getElementById('top').getBoundingClientRect().height") < 56
    assert page.run("document.getElementById('top').scrollWidth") <= 1440


def test_page_says_that_no_audio_server_is_there(new_page, tmp_path):
    weft = Weft(tmp_path, server="none")
    try:
        page = new_page().open(weft.link)
        page.until("document.querySelector('[data-part=phase]').textContent === 'audio off'")
    finally:
        weft.stop()
