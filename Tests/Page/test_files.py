"""The file of the patch: it follows every load, save and clear, in all pages; a save never replaces another one."""

import json

import pytest

NAME = "document.querySelector('[data-part=name]')"
IS_UNSAVED = f"{NAME}.classList.contains('unsaved')"


def choose(page, label):
    page.tab.locator("[data-part=name]").click()
    page.tab.locator(".menu").get_by_role("menuitem", name=label).click()


def write(weft, name, node):
    path = weft.folder / name
    path.write_text(json.dumps({"weft": 1, "nodes": {node: {"type": "saw"}}, "cables": []}))
    return path


def test_new_patch_is_saved_under_a_name_that_is_asked_for(page, weft):
    old = write(weft, "old.json", "old")
    before = old.read_text()
    weft.send("/patch/load", "old.json")
    weft.send("/patch/commit")
    page.until("weft.app.session.path?.endsWith('/old.json')")
    choose(page, "New patch")
    page.until("weft.app.patch.nodes.size === 0 && !weft.app.session.path")
    page.add("saw")
    page.tab.reload()
    page.ready()
    assert page.run(NAME + ".textContent").startswith("untitled")
    assert page.run(IS_UNSAVED)
    page.answer = "fresh.json"
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Control+s")
    page.until("weft.app.session.path?.endsWith('/fresh.json')")
    assert old.read_text() == before
    assert "saw" in json.loads((weft.folder / "fresh.json").read_text())["nodes"]


def test_file_and_unsaved_mark_follow_other_clients_in_every_page(new_page, weft):
    pages = [new_page().open(weft.link) for _ in range(2)]
    first, second = write(weft, "first.json", "one"), write(weft, "second.json", "two")
    kept = first.read_text(), second.read_text()
    for name in ["first.json", "second.json"]:
        weft.send("/patch/load", name)
        weft.send("/patch/commit")
        for page in pages:
            page.until(f"weft.app.session.path?.endsWith('/{name}') && !{IS_UNSAVED}")
    weft.send("/mod/two/gain", 0.25)
    for page in pages:
        page.until(IS_UNSAVED)
        page.tab.reload()
        page.ready()
        assert page.run(IS_UNSAVED)
    choose(pages[0], "Save second.json")
    for page in pages:
        page.until(f"!{IS_UNSAVED}")
    assert first.read_text() == kept[0] and second.read_text() != kept[1]
    assert all(page.errors == [] for page in pages)


def test_existing_file_is_replaced_after_a_question_only(page, weft):
    other = write(weft, "other.json", "other")
    page.add("saw")
    asked = []
    page.tab.on("dialog", lambda dialog: asked.append(dialog.message))
    page.answer = "other.json"
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Control+s")
    page.until("weft.app.session.path?.endsWith('/other.json')")
    assert any("Replace" in message for message in asked)
    assert "saw" in json.loads(other.read_text())["nodes"]


@pytest.mark.weft(patch="bass.json")
def test_open_lists_own_patches_and_examples(page, weft):
    choose(page, "Open…")
    menu = page.tab.locator(".menu")
    menu.locator("li").first.wait_for()
    page.tab.keyboard.type("three bows")
    page.until("[...document.querySelectorAll('.menu li')].some((line) => /strings/.test(line.textContent))")
    menu.locator("li").first.click()
    page.until("weft.app.session.path?.endsWith('/Patches/strings.json')")
    # An example is not written over: its copy gets a name of its own.
    page.until("weft.app.phase === 'ready'")
    page.answer = "my-strings.json"
    page.tab.locator("#stage").focus()
    page.tab.keyboard.press("Control+s")
    page.until("weft.app.session.path?.endsWith('/my-strings.json')")
