import Glibc
import TestSupport
import Testing

@Suite struct LadderTests {
  @Test func hasTheAnalyticResponse() {
    for (cutoff, resonance) in [(100.0, 0.0), (1_000, 0.5), (9_000, 0.8)] {
      let rig = KernelRig("ladder")
      rig["cutoff"] = Float(cutoff)
      rig["resonance"] = Float(resonance)
      // Quiet, since the input saturates.
      rig.signal("in") { frame, _ in frame == 0 ? 0.01 : 0 }
      let sound = rig.render(1 << 15).main.map { $0 * 100 }
      for hertz in [20.0, 300, 1_000, 5_000, 9_000, 21_600] {
        // 1 / ((1 + ix)⁴ + k) at the warped frequency, relative to the corner.
        let x = tan(.pi * hertz / 48_000) / tan(.pi * cutoff / 48_000)
        let real = 1 - 6 * x * x + x * x * x * x + 4.4 * resonance, imaginary = 4 * x - 4 * x * x * x
        let wanted = -10 * log10(real * real + imaginary * imaginary)
        if wanted > -60 { #expect(abs(level(of: sound, at: hertz) - wanted) < 0.05, "\(cutoff) at \(hertz)") }
      }
    }
  }

  /// Six octaves, within 5 cents; no input is needed.
  @Test(arguments: [110.0, 220, 440, 880, 1_760, 3_520, 7_040]) func oscillatesInTune(hertz: Double) {
    let rig = KernelRig("ladder")
    rig["cutoff"] = Float(hertz)
    rig["resonance"] = 1
    rig.skip(96_000)
    #expect(abs(cents(from: hertz, to: measuredFrequency(of: rig, seconds: 2))) < 5)
    let peak = rig.render(4_800).peak
    #expect(peak > 0.3 && peak < 0.8, "\(peak)")
  }

  @Test func aLoudInputIsHeld() {
    let rig = KernelRig("ladder")
    rig["cutoff"] = 20_000
    rig["drive"] = 4
    rig.signal("in") { frame, _ in 100 * sinf(Float(frame) * 0.01) }
    let peak = rig.render(4_800).peak
    #expect(peak > 0.4 && peak < 0.6, "\(peak)")
  }
}
