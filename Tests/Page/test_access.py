"""Accessibility, phones, sizes of the page."""

import urllib.request
from pathlib import Path

import axe_playwright_python
import pytest

from conftest import ROOT

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
ASSETS = ROOT / "Sources/Web/assets"


def violations(page):
    page.run(AXE.read_text())  # by the debugger: the page's policy allows no script of others
    return page.run(
        """async () => (await axe.run()).violations.map((violation) => violation.id + ": " + violation.nodes.map((node) => node.target).join(" "))"""
    )


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.weft(patch="bass.json")
def test_axe_finds_no_violations(new_page, weft, scheme):
    page = new_page(color_scheme=scheme).open(weft.link)
    page.run("weft.app.select(['filter'])")
    assert violations(page) == []
    for tab in ["Signals", "Keyboard", "Automation", "Snapshots", "Macros", "Errors", "Text"]:
        page.tab.get_by_role("tab", name=tab).click()
        assert violations(page) == []
    page.tab.get_by_role("tab", name="Nodes").click()
    assert violations(page) == []


@pytest.mark.weft(patch="bass.json")
def test_phone_shows_every_view(new_page, weft):
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).open(weft.link)
    for view in ["List", "Map", "Node", "Play", "More"]:
        page.tab.locator("#views").get_by_role("button", name=view).tap()
    assert page.run("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_buttons_are_large_enough_to_touch(page, weft):
    small = page.run("""[...document.querySelectorAll("button, input, select")].filter((element) => {
      const box = element.getBoundingClientRect();
      return box.width && (box.width < 24 || box.height < 16);
    }).map((element) => element.outerHTML.slice(0, 80))""")
    assert small == []


def test_page_without_scripts_says_so(chromium, weft):
    context = chromium.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(weft.link)
    assert "needs scripts" in tab.locator("body").inner_text()
    context.close()


def test_assets_are_small():
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) < 250_000


def test_every_module_is_in_the_one_script(weft):
    """Else a browser would ask for one after the other."""
    script = urllib.request.urlopen(weft.link.split("#")[0] + "ui/weft.js").read().decode()
    for path in ASSETS.glob("*.js"):
        assert f"\n// {path.name}\n" in "\n" + script
    assert "\nimport " not in script and "\nexport " not in script
