import Glibc
import TestSupport
import Testing

@Suite struct FlangerTests {
  @Test func cutsTeethIntoTheSpectrum() {
    let rig = KernelRig("flanger")
    rig["depth"] = 0
    rig["feedback"] = 0
    // 0.5 ms: the first tooth of the comb is cut at 1 kHz.
    for (hertz, low, high) in [(1_000.0, Float(0), Float(0.01)), (2_000, 0.99, 1.01)] {
      rig.signal("in") { frame, _ in Float(sin(2 * .pi * hertz * Double(frame) / 48_000)) }
      let peak = rig.render(4_800).main.dropFirst(2_000).max()!
      #expect(peak > low - 0.001 && peak < high, "\(hertz) Hz: \(peak)")
    }
  }
}
