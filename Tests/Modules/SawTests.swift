import TestSupport
import Testing

@Suite struct SawTests {
  static func saw(_ frequency: Float) -> KernelRig {
    let rig = KernelRig("saw")
    rig["frequency"] = frequency
    rig["gain"] = 1
    return rig
  }

  @Test(arguments: [(1_244.5, -100.0), (5_000.3, -90), (440, -90), (9_999.7, -60)])
  func aliasesLittle(frequency: Double, bar: Double) {
    let spectrum = PowerSpectrum(Self.saw(Float(frequency)).render(1 << 16).main)
    let worst = spectrum.worstAlias(fundamental: Double(Float(frequency)))
    #expect(worst.decibels < bar, "\(worst)")
  }

  /// 2/(πk), as the ideal one, up to 0.35 of the rate; no DC.
  @Test func hasTheHarmonicsOfASaw() {
    let spectrum = PowerSpectrum(Self.saw(440).render(1 << 16).main)
    for k in 1...38 {
      let ideal = decibels(4 / (Double.pi * Double.pi * Double(k * k)))
      #expect(abs(spectrum.level(at: 440 * Double(k)) - ideal) < 0.05, "harmonic \(k)")
    }
    #expect(spectrum.power[0] < 1e-10)
  }

  /// 2u − 1 of the phase u, three frames late, away from edges.
  @Test func risesFromItsJump() {
    let sound = Self.saw(48).render(900).main
    for i in 40..<900 { #expect(abs(Double(sound[i]) - (2 * Double(i - 3) / 1_000 - 1)) < 1e-4) }
  }

  /// Running backwards it is the mirror image.
  @Test func runsThroughZero() {
    let forward = Self.saw(700).render(4_800).main
    let rig = Self.saw(700)
    rig["fm"] = -1_400
    let backward = rig.render(4_800).main
    for i in 100..<4_800 { #expect(abs(forward[i] + backward[i]) < 1e-5) }
  }

  @Test func staysInTuneForTenMinutes() {
    #expect(abs(cents(from: 110, to: measuredFrequency(of: Self.saw(110), seconds: 600))) < 0.01)
  }

  /// Synchronised to 300 Hz the sound repeats at 300 Hz; everything else is aliasing.
  @Test func syncIsBandLimited() {
    let rig = Self.saw(470)
    rig.signal("sync") { frame, _ in Float(sineOf(Double(frame) * 300.5 / 48_000)) }
    let worst = PowerSpectrum(rig.render(1 << 16).main).worstAlias(fundamental: 300.5)
    #expect(worst.decibels < -70, "\(worst)")
  }

  static func busy(_ rig: KernelRig, _ voices: [Int]) {
    rig.signal("frequency") { frame, lane in Float(200 << (voices[lane] % 5)) + Float(frame % 700) }
    rig.signal("fm") { frame, lane in Float(sineOf(Double(frame) / 90) * 900 * Double(voices[lane])) }
    rig.signal("sync") { frame, lane in Float(sineOf(Double(frame) / Double(171 + 10 * voices[lane]))) }
  }

  @Test func outputIsIndependentOfBlockSize() {
    let difference = blockDifference {
      let rig = KernelRig("saw", lanes: 8)
      Self.busy(rig, Array(0..<8))
      return rig
    }
    #expect(difference == 0)
  }

  @Test func lanesAgree() { #expect(laneDifference(of: "saw", prepare: Self.busy) <= 1e-5) }

  @Test func nothingBreaksTheRealTimeRules() {
    let rig = KernelRig("saw", lanes: 8)
    Self.busy(rig, Array(0..<8))
    rig.skip(48_000)
    #expect(rig.violations == 0)
  }

  /// Invalid samples at the inputs have no lasting effect.
  @Test func recoversFromNaN() {
    let rig = Self.saw(440)
    for input in ["frequency", "fm", "sync", "gain"] {
      rig.signal(input) { frame, _ in frame == 50 ? .nan : input == "frequency" || frame == 51 ? 440 : 0.25 }
    }
    let sound = rig.render(1_000).main
    #expect(sound[200...].allSatisfy { $0.isFinite && abs($0) < 0.4 })
    #expect(sound[200...].contains { abs($0) > 0.1 })
  }
}
