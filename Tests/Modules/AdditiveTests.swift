import Glibc
import TestSupport
import Testing

@Suite struct AdditiveTests {
  private func rig(lanes: Int = 1) -> KernelRig {
    let rig = KernelRig("additive", lanes: lanes)
    rig["gain"] = 0.5
    rig["frequency"] = 200
    return rig
  }

  @Test func levelsFollowTheTilt() {
    let rig = rig()
    rig["tilt"] = -9
    rig["partials"] = 12
    let spectrum = PowerSpectrum(rig.render(1 << 16).main)
    for k in 1...12 {
      let wanted = -6.0206 - 9 * log2(Double(k))
      #expect(abs(spectrum.level(at: 200 * Double(k)) - wanted) < 0.05, "partial \(k)")
    }
    #expect(spectrum.level(at: 2_600) < -120)
  }

  @Test func stretchAndOddAndEven() {
    let rig = rig()
    rig["stretch"] = 1.1
    rig["even"] = 0
    rig["partials"] = 8
    let spectrum = PowerSpectrum(rig.render(1 << 16).main)
    for k in 1...8 {
      let level = spectrum.level(at: 200 * pow(Double(k), 1.1))
      #expect(k % 2 == 1 ? level > -30 : level < -110, "partial \(k): \(level)")
    }
  }

  /// Partials beyond half the rate are absent.
  @Test func neverAliases() {
    let rig = rig()
    rig["frequency"] = 1_244.5
    rig["partials"] = 128
    let worst = PowerSpectrum(rig.render(1 << 16).main).worstAlias(fundamental: 1_244.5)
    #expect(worst.decibels < -110, "\(worst)")
  }

  @Test func lanesAgree() {
    let difference = laneDifference(of: "additive") { rig, voices in
      rig["partials"] = 40
      rig.signal("frequency") { frame, lane in 100 + 30 * Float(voices[lane]) + Float(frame) * 0.01 }
    }
    #expect(difference < 2e-5)
  }
}
