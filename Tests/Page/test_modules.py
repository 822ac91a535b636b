"""The page's own modules, in the browser that runs them: values, layout, packets, the reducer."""

import pytest

from conftest import Weft

HZ = {"type": "float", "unit": "Hz", "minimum": 20, "maximum": 20000, "curve": "logarithmic"}
GAIN = {"type": "float", "unit": "", "minimum": 0, "maximum": 4, "curve": "linear"}


@pytest.fixture(scope="module")
def page(open_page, tmp_path_factory):
    """One page for all tests of this file: none of them edits the patch."""
    weft = Weft(tmp_path_factory.mktemp("weft"))
    yield open_page().open(weft.link)
    weft.stop()


def call(page, module, script, argument=None):
    return page.run("async ([module, argument]) => { const m = await import(module); return (%s)(m, argument); }" % script, ["/ui/" + module, argument])


@pytest.mark.parametrize(
    "text, spec, value",
    [("1.2k", HZ, 1200), ("A4", HZ, 440), ("c#3", HZ, 138.591), ("-6dB", GAIN, 0.501187), ("1/8", GAIN, 0.125), ("250 ms", {**GAIN, "unit": "s"}, 0.25),
     ("50%", GAIN, 0.5), ("2,5", GAIN, 2.5), ("-12 dB", {**GAIN, "unit": "dB"}, -12), ("nonsense", GAIN, None)],
)
def test_typed_values(page, text, spec, value):
    got = call(page, "units.js", "(m, [text, spec]) => m.parse(text, spec) ?? null", [text, spec])
    assert got == (pytest.approx(value, rel=1e-4) if value is not None else None)


def test_position_and_value_are_inverse(page):
    worst = call(page, "units.js", "(m, specs) => Math.max(...specs.flatMap((spec) => [0, 0.25, 0.5, 1].map((x) => Math.abs(m.position(m.valueAt(x, spec), spec) - x))))", [HZ, GAIN])
    assert worst < 1e-9


def test_packets_survive_encoding_and_decoding(page):
    got = call(page, "osc.js", """(m) => {
      const seen = [];
      m.decode(m.encodeBundle([["/a", 1.5, m.int(7), "täxt", true, null], ["/b", new Uint8Array([1, 2, 3])]]), (address, args) => seen.push([address, ...args.map((arg) => (arg instanceof Uint8Array ? [...arg] : arg))]));
      return seen;
    }""")
    assert got == [["/a", 1.5, 7, "täxt", True, None], ["/b", [1, 2, 3]]]


def test_damaged_packets_end_with_an_error(page):
    wrong = call(page, "osc.js", """(m) => {
      const whole = m.encodeBundle([["/patch/create", "a", "saw", "gain", 0.5]]);
      let other = 0;
      for (let cut = 0; cut < whole.length; cut++) {
        try { m.decode(whole.slice(0, cut), () => {}); } catch (error) { if (!(error instanceof RangeError || error instanceof TypeError)) other++; }
      }
      return other;
    }""")
    assert wrong == 0


def test_layout_has_no_overlaps_and_flows_to_the_right(page):
    got = call(page, "layout.js", """(m) => {
      const boxes = Array.from({ length: 120 }, (_, i) => ({ id: "n" + i, w: 200, h: 60 + (i * 37) % 90, ins: 3, outs: 2 }));
      const edges = Array.from({ length: 170 }, (_, i) => ({ from: "n" + (i * 7) % 120, to: "n" + ((i * 7) % 120 + 1 + i % 5) % 120, fromPort: i % 2, toPort: i % 3 }));
      const places = m.layout(boxes, edges);
      let overlaps = 0;
      for (const a of boxes) for (const b of boxes) if (a.id < b.id) {
        const p = places.get(a.id), q = places.get(b.id);
        if (p.x < q.x + b.w && q.x < p.x + a.w && p.y < q.y + b.h && q.y < p.y + a.h) overlaps++;
      }
      const right = edges.filter((edge) => places.get(edge.from).x < places.get(edge.to).x).length;
      return [places.size, overlaps, right / edges.length];
    }""")
    assert got[0] == 120 and got[1] == 0 and got[2] > 0.9


def test_reducer_refuses_a_gap(page):
    assert call(page, "patch.js", """(m) => {
      const session = new m.Session(weft.app.registry);
      session.seq = 5;
      try { session.receiveEdit([7, 1, "/patch/delete", "a"]); return "accepted"; } catch { return "refused"; }
    }""") == "refused"
