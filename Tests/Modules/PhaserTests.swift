import Glibc
import TestSupport
import Testing

@Suite struct PhaserTests {
  @Test func cutsNotchesWhereTheStagesTurnBySomeHalfCycles() {
    // Six stages shift the corner frequency by six quarters: a half cycle, and so a notch.
    let rig = KernelRig("phaser")
    rig["depth"] = 0
    rig["feedback"] = 0
    for (hertz, range) in [(800.0, Float(0)...0.01), (24_000 / 480, 0.8...1.01)] {
      rig.signal("in") { frame, _ in Float(sineOf(hertz * Double(frame) / 48_000)) }
      let sound = rig.render(19_200)
      for side in ["left", "right"] { #expect(range.contains(sound[side][0].dropFirst(9_600).max()!), "\(hertz) Hz") }
    }
  }

  @Test func maximumFeedbackStaysBounded() {
    for feedback: Float in [-0.95, 0.95] {
      let rig = KernelRig("phaser")
      rig["feedback"] = feedback
      rig["depth"] = 1
      rig["rate"] = 50
      rig.signal("in") { frame, _ in frame % 96 < 48 ? 1 : -1 }
      #expect(rig.render(100_000).peak < 60)
    }
  }
}
