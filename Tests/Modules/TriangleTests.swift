import TestSupport
import Testing

@Suite struct TriangleTests {
  static func triangle(_ frequency: Float) -> KernelRig {
    let rig = KernelRig("triangle")
    rig["frequency"] = frequency
    rig["gain"] = 1
    return rig
  }

  @Test(arguments: [(1_244.5, -100.0), (5_000.3, -90), (440, -100), (9_999.7, -70)])
  func aliasesLittle(frequency: Double, bar: Double) {
    let spectrum = PowerSpectrum(Self.triangle(Float(frequency)).render(1 << 16).main)
    let worst = spectrum.worstAlias(fundamental: Double(Float(frequency)))
    #expect(worst.decibels < bar, "\(worst)")
  }

  /// 8/(πk)² for odd k, nothing between.
  @Test func hasTheHarmonicsOfATriangle() {
    let spectrum = PowerSpectrum(Self.triangle(440).render(1 << 16).main)
    for k in stride(from: 1, through: 37, by: 2) {
      let ideal = 8 / (Double.pi * Double.pi * Double(k * k))
      #expect(abs(spectrum.level(at: 440 * Double(k)) - decibels(ideal * ideal)) < 0.05, "harmonic \(k)")
      #expect(spectrum.level(at: 440 * Double(k + 1)) < -100)
    }
    #expect(spectrum.power[0] < 1e-10)
  }

  /// 4u − 1 up, 3 − 4u down, three frames late, away from corners.
  @Test func risesFromItsTrough() {
    let sound = Self.triangle(48).render(1_000).main
    for i in 40..<1_000 where i < 500 || i > 540 {
      let u = Double(i - 3) / 1_000
      #expect(abs(Double(sound[i]) - (u < 0.5 ? 4 * u - 1 : 3 - 4 * u)) < 1e-4)
    }
  }

  /// A symmetric wave is the same backwards.
  @Test func runsThroughZero() {
    let forward = Self.triangle(700).render(4_800).main
    let rig = Self.triangle(700)
    rig["fm"] = -1_400
    let backward = rig.render(4_800).main
    for i in 100..<4_800 { #expect(abs(forward[i] - backward[i]) < 1e-5) }
  }

  @Test func staysInTuneForTenMinutes() {
    #expect(abs(cents(from: 110, to: measuredFrequency(of: Self.triangle(110), seconds: 600))) < 0.01)
  }

  @Test func syncIsBandLimited() {
    let rig = Self.triangle(470)
    rig.signal("sync") { frame, _ in Float(sineOf(Double(frame) * 300.5 / 48_000)) }
    let worst = PowerSpectrum(rig.render(1 << 16).main).worstAlias(fundamental: 300.5)
    #expect(worst.decibels < -80, "\(worst)")
  }

  @Test func outputIsIndependentOfBlockSize() {
    let difference = blockDifference {
      let rig = KernelRig("triangle", lanes: 8)
      SawTests.busy(rig, Array(0..<8))
      return rig
    }
    #expect(difference == 0)
  }

  @Test func lanesAgree() { #expect(laneDifference(of: "triangle", prepare: SawTests.busy) <= 1e-5) }

  @Test func nothingBreaksTheRealTimeRules() {
    let rig = KernelRig("triangle", lanes: 8)
    SawTests.busy(rig, Array(0..<8))
    rig.skip(48_000)
    #expect(rig.violations == 0)
  }
}
