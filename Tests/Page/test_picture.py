"""The picture of the page in the README: `make screenshot` writes it; the test checks that the page still looks like it."""

import base64
import json
import struct
import zlib

import pytest

from conftest import ROOT

PICTURE = ROOT / "Tests/Page/page.png"
SIZE = {"width": 1600, "height": 900}
KEY = b"weft\0"  # of a text chunk in the picture: what it shows
MOST_DIFFERENT = 14  # of 255, the mean over blocks of 20 × 20 pixels: levels move, fonts differ

# The mean colour of each block; by a page of its own, as Weft's policy allows no images from data.
BLOCKS = """async (url) => {
  const image = await createImageBitmap(await (await fetch(url)).blob()), canvas = new OffscreenCanvas(80, 45), context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, 80, 45);
  return [...context.getImageData(0, 0, 80, 45).data].filter((_, i) => i % 4 < 3);
}"""


def chunks(png):
    at = 8
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at + 8 : at + 8 + size]
        at += size + 12


def with_text(png, text):
    """The PNG with a text chunk in front of its end."""
    body = b"tEXt" + KEY + text.encode()
    return png[:-12] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + png[-12:]


def text_of(png):
    return next(data[len(KEY) :].decode() for kind, data in chunks(png) if kind == b"tEXt" and data.startswith(KEY))


def show(page):
    """The second half of the bass patch with its filter selected, and its signals."""
    page.run("weft.app.select(['filter'])")
    page.tab.get_by_role("tab", name="Signals").click()
    page.run("weft.stage.fit(['tune', 'bite', 'sub', 'open', 'filter', 'vca'], 0.84)")
    page.until("document.querySelectorAll('.card').length >= 6 && weft.app.levels.size > 0")
    page.run("new Promise((done) => setTimeout(done, 1500))")  # meters, scope and spectrum have their data
    return json.dumps(page.run("[...document.querySelectorAll('.card')].map((card) => card.dataset.node).sort()"))


@pytest.mark.weft(patch="bass.json")
def test_page_looks_like_its_picture(new_page, chromium, weft, request):
    page = new_page(viewport=SIZE).open(weft.link)
    nodes, png = show(page), page.tab.screenshot()
    if request.config.getoption("--update"):
        PICTURE.write_bytes(with_text(png, nodes))
    kept = PICTURE.read_bytes()
    assert json.loads(text_of(kept)) == json.loads(nodes)
    tab = chromium.new_page()
    urls = ["data:image/png;base64," + base64.b64encode(each).decode() for each in (kept, png)]
    ours, theirs = (tab.evaluate(BLOCKS, url) for url in urls)
    tab.close()
    assert sum(abs(a - b) for a, b in zip(ours, theirs)) / len(ours) < MOST_DIFFERENT
    assert page.errors == []
