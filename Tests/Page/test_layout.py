"""Places of nodes: the same in every page, after a reload and after undo."""

import pytest

PLACES = "Object.fromEntries([...weft.app.patch.nodes.keys()].sort().map((id) => [id, Object.values(weft.app.place(id)).map(Math.round)]))"


def places(page):
    return page.run(PLACES)


def header_of(page, node):
    """A point of a node's box away from its ports."""
    return page.run(
        """(id) => {
          const { x, y, w } = weft.app.bounds(id), at = weft.stage.toScreen(x + w / 2, y + 12), frame = weft.stage.element.getBoundingClientRect();
          return { x: at.x + frame.left, y: at.y + frame.top };
        }""",
        node,
    )


def move(page, node, dx, dy):
    at = header_of(page, node)
    page.drag(at, {"x": at["x"] + dx, "y": at["y"] + dy})
    page.until(f"weft.app.patch.nodes.get({node!r}).at && !weft.app.dragged")


@pytest.mark.weft(patch="bass.json")
def test_first_move_keeps_the_layout_of_all_other_nodes_in_every_page(new_page, weft):
    page, other = [new_page().open(weft.link) for _ in range(2)]
    before = places(page)
    assert places(other) == before
    move(page, "out", 0, 120)
    after = places(page)
    assert after["out"] != before["out"]
    assert {**after, "out": 0} == {**before, "out": 0}
    other.until("weft.app.patch.nodes.get('out').at")
    assert places(other) == after
    page.tab.reload()
    page.ready()
    assert places(page) == after


@pytest.mark.weft(patch="drone.json")
def test_added_node_keeps_the_layout_of_all_others_and_is_one_undo_step(new_page, weft):
    page = new_page().open(weft.link)
    before = places(page)
    page.add("lfo")
    after = places(page)
    added = page.run("weft.app.onlySelected")
    assert {id: at for id, at in after.items() if id != added} == before
    page.tab.reload()
    page.ready()
    assert places(page) == after
    page.tab.locator("[data-part=undo]").click()
    page.until(f"!weft.app.patch.nodes.has({added!r})")
    assert places(page) == before
    # The step before is the start.
    page.until("/load|^$/.test(document.querySelector('[data-part=undo] span').textContent)")


@pytest.mark.weft(patch="bass.json")
def test_undo_of_a_move_restores_the_place(page, weft):
    before = places(page)
    move(page, "out", 0, 120)
    first = places(page)
    move(page, "out", 0, -60)
    second = places(page)
    assert before["out"] != first["out"] != second["out"]
    assert page.tab.locator("[data-part=undo] span").inner_text() == "move out"
    page.tab.locator("[data-part=undo]").click()
    page.until(f"weft.app.place('out').y === {first['out'][1]}")
    assert places(page) == first
    page.tab.locator("[data-part=undo]").click()
    page.until("!weft.app.patch.nodes.get('out').at")
    assert places(page) == before
    page.tab.locator("[data-part=redo]").click()
    page.until("weft.app.patch.nodes.get('out').at")
    assert places(page) == first


@pytest.mark.weft(patch="bass.json")
def test_nodes_of_another_client_are_placed_beside_their_neighbours(page, weft):
    before = places(page)
    weft.send("/patch/create", "hiss", "noise")
    weft.send("/patch/connect", "hiss", "out/left")
    page.until("weft.app.patch.nodes.has('hiss')")
    assert {id: at for id, at in places(page).items() if id != "hiss"} == before


@pytest.mark.weft(patch="bass.json")
def test_another_patch_is_laid_out_anew_and_shown_whole(page, weft):
    page.run("weft.stage.pan(9000, 9000)")
    weft.send("/patch/load", str(weft.patch.parent / "drone.json"))
    weft.send("/patch/commit")
    page.until("weft.app.patch.nodes.has('out') && !weft.app.patch.nodes.has('filter')")
    shown = places(page)
    assert page.run("weft.stage.isVisible(weft.app.bounds('out'))")
    page.tab.reload()
    page.ready()
    assert places(page) == shown
