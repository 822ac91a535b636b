import TestSupport
import Testing

@Suite struct TremoloTests {
  @Test func swaysBetweenFullAndOneMinusTheDepth() {
    let rig = KernelRig("tremolo")
    rig["rate"] = 5
    rig["depth"] = 0.6
    rig["spread"] = 0.5
    rig.signal("in") { _, _ in 1 }
    let sound = rig.render(9_601)
    for (frame, left, right): (Int, Float, Float) in [(0, 1, 0.4), (4_800, 0.4, 1), (9_600, 1, 0.4), (2_400, 0.7, 0.7)]
    {
      #expect(abs(sound["left"][0][frame] - left) < 1e-4)
      #expect(abs(sound["right"][0][frame] - right) < 1e-4)
    }
  }
}
