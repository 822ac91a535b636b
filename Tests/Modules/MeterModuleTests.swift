import Glibc
import TestSupport
import Testing

@Suite struct MeterModuleTests {
  @Test func measuresASine() {
    let rig = KernelRig("meter")
    rig.signal("in") { frame, _ in frame < 96_000 ? 0.5 * Float(sineOf(Double(frame) * 997 / 48_000)) : 0 }
    rig.skip(95_000)
    let sound = rig.render(1_000)
    #expect(abs(sound["peak"][0].last! - 0.5) < 1e-3 && abs(sound["rms"][0].last! - 0.353_55) < 1e-3)
    // 20 dB in 1.7 s.
    rig.skip(Int(1.7 * 48_000) - 1)
    #expect(abs(rig.render(1)["peak"][0][0] - 0.05) < 5e-4)
  }

  @Test func forgetsNaN() {
    let rig = KernelRig("meter")
    rig.signal("in") { frame, _ in frame == 100 ? .nan : 0.25 }
    rig.skip(96_000)
    #expect(abs(rig.render(10)["rms"][0][0] - 0.25) < 1e-3)
  }
}
