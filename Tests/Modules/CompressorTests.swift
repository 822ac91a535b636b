import Glibc
import TestSupport
import Testing

@Suite struct CompressorTests {
  @Test func compressesByTheRatioAboveTheThreshold() {
    for (level, wanted): (Float, Float) in [(-40, 0), (-20, 0.375), (-6, 9), (0, 13.5)] {
      let rig = KernelRig("compressor")
      rig["threshold"] = -18
      rig["ratio"] = 4
      rig.signal("in") { _, _ in powf(10, level / 20) }
      let sound = rig.render(48_000)
      // In the knee: (level − threshold + 3)² / 12 of excess, three quarters of it removed.
      let expected = level == -20 ? 0.75 / 12 : wanted
      #expect(abs(sound["reduction"][0].last! - expected) < 0.01, "\(level) dB")
      #expect(abs(20 * log10f(sound.main.last!) - (level - expected)) < 0.01, "\(level) dB")
    }
  }

  @Test func reachesMostOfTheWayAfterItsTimeConstant() {
    let rig = KernelRig("compressor")
    rig["attack"] = 0.02
    rig["release"] = 0.2
    rig.signal("in") { frame, _ in frame < 48_000 ? 1 : 0.001 }
    let reduction = rig.render(96_000)["reduction"][0]
    #expect(abs(reduction[959] / 13.5 - 0.632_1) < 0.001)
    #expect(abs(reduction[48_000 + 9_599] / 13.5 - 0.367_9) < 0.001)
  }

  @Test func levelDetectionUsesTheSideChain() {
    let rig = KernelRig("compressor")
    rig["makeup"] = 6
    rig.signal("in") { _, _ in 0.01 }
    rig.signal("side") { _, _ in 1 }
    #expect(abs(20 * log10f(rig.render(48_000).main.last!) - (-40 + 6 - 13.5)) < 0.01)
  }
}
