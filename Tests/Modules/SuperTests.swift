import Glibc
import TestSupport
import Testing

@Suite struct SuperTests {
  private func rig(_ count: Float, detune: Float = 0, spread: Float = 0) -> KernelRig {
    let rig = KernelRig("super")
    rig["voices"] = count
    rig["detune"] = detune
    rig["spread"] = spread
    rig["gain"] = 1
    return rig
  }

  @Test func oneSawIsASaw() {
    let rig = rig(1)
    rig["frequency"] = 440
    let spectrum = PowerSpectrum(rig.render(1 << 16)["left"][0])
    for k in 1...20 {
      let ideal = decibels(4 / (Double.pi * Double.pi * Double(k * k)))
      #expect(abs(spectrum.level(at: 440 * Double(k)) - ideal) < 0.05, "harmonic \(k)")
    }
  }

  /// As loud as the single saw, within 1 dB, for any number.
  @Test(arguments: [2, 7, 16] as [Float]) func isAsLoudAsOne(count: Float) {
    func power(_ rig: KernelRig) -> Double {
      rig.skip(480)
      return decibels(rig.render(96_000)["left"][0].reduce(0) { $0 + Double($1 * $1) })
    }
    #expect(abs(power(rig(count, detune: 0.5)) - power(rig(1))) < 1.5)
  }

  @Test func detuneIsThatOfTheOutermost() {
    let rig = rig(2, detune: 1)
    rig["frequency"] = 1_000
    let spectrum = PowerSpectrum(rig.render(1 << 16)["left"][0])
    for hertz in [1_000 * exp2(-1.0 / 12), 1_000 * exp2(1.0 / 12)] {
      #expect(spectrum.level(at: hertz) > -8, "\(hertz)")
    }
    #expect(spectrum.level(at: 1_000) < -80)
  }

  @Test func aliasesAsLittleAsASaw() {
    let rig = rig(5)
    rig["frequency"] = 1_244.5
    let worst = PowerSpectrum(rig.render(1 << 16)["left"][0]).worstAlias(fundamental: 1_244.5)
    #expect(worst.decibels < -90, "\(worst)")
  }

  @Test func spreadIsNeededForWidth() {
    let narrow = rig(7, detune: 0.4).render(4_800), wide = rig(7, detune: 0.4, spread: 1).render(4_800)
    #expect(worstDifference(narrow["left"][0], narrow["right"][0]) < 1e-6)
    #expect(worstDifference(wide["left"][0], wide["right"][0]) > 0.3)
  }
}
