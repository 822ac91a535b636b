import TestSupport
import Testing

@Suite struct PulseTests {
  static func pulse(_ frequency: Float, width: Float = 0.5) -> KernelRig {
    let rig = KernelRig("pulse")
    rig["frequency"] = frequency
    rig["width"] = width
    rig["gain"] = 1
    return rig
  }

  @Test(arguments: [(1_244.5, 0.5, -100.0), (1_244.5, 0.13, -90), (5_000.3, 0.5, -90), (5_000.3, 0.13, -60)])
  func aliasesLittle(frequency: Double, width: Double, bar: Double) {
    let spectrum = PowerSpectrum(Self.pulse(Float(frequency), width: Float(width)).render(1 << 16).main)
    let worst = spectrum.worstAlias(fundamental: Double(Float(frequency)))
    #expect(worst.decibels < bar, "\(worst)")
  }

  /// |4 sin(πkw)/(πk)| for each harmonic, and no DC at any width.
  @Test(arguments: [0.01, 0.25, 0.5, 0.8, 0.99])
  func hasTheHarmonicsOfAPulse(width: Double) {
    let spectrum = PowerSpectrum(Self.pulse(440, width: Float(width)).render(1 << 16).main)
    for k in 1...38 {
      let ideal = 4 * sineOf(Double(k) * width / 2) / (Double.pi * Double(k))
      if abs(ideal) < 1e-3 { continue }
      #expect(abs(spectrum.level(at: 440 * Double(k)) - decibels(ideal * ideal)) < 0.05, "harmonic \(k)")
    }
    #expect(spectrum.power[0] < 1e-10)
  }

  /// High for 0 ≤ phase < width: 2 − 2w, then −2w, three frames late.
  @Test func isHighFirst() {
    let sound = Self.pulse(48, width: 0.3).render(1_000).main
    for i in 40..<300 { #expect(abs(sound[i] - 1.4) < 1e-4) }
    for i in 340..<1_000 { #expect(abs(sound[i] + 0.6) < 1e-4) }
  }

  /// Fast width modulation makes sidebands at multiples of the two rates, not clicks: both are multiples of 100 Hz
  /// here, so that all else is noise.
  @Test func widthMovesWithoutClicks() {
    let rig = Self.pulse(1_000)
    rig.signal("width") { frame, _ in Float(0.5 + 0.4 * sineOf(Double(frame) * 100 / 48_000)) }
    let worst = PowerSpectrum(rig.render(1 << 16).main).worstAlias(fundamental: 100)
    let level = worst.decibels + PowerSpectrum(rig.render(1 << 16).main).level(at: 100)
    #expect(level < -90, "\(worst)")
  }

  @Test func staysInTuneForTenMinutes() {
    #expect(abs(cents(from: 110, to: measuredFrequency(of: Self.pulse(110), seconds: 600))) < 0.01)
  }

  @Test func syncIsBandLimited() {
    let rig = Self.pulse(470, width: 0.3)
    rig.signal("sync") { frame, _ in Float(sineOf(Double(frame) * 300.5 / 48_000)) }
    let worst = PowerSpectrum(rig.render(1 << 16).main).worstAlias(fundamental: 300.5)
    #expect(worst.decibels < -70, "\(worst)")
  }

  static func busy(_ rig: KernelRig, _ voices: [Int]) {
    SawTests.busy(rig, voices)
    rig.signal("width") { frame, lane in Float(0.5 + 0.49 * sineOf(Double(frame) / Double(50 + voices[lane]))) }
  }

  @Test func outputIsIndependentOfBlockSize() {
    let difference = blockDifference {
      let rig = KernelRig("pulse", lanes: 8)
      Self.busy(rig, Array(0..<8))
      return rig
    }
    #expect(difference == 0)
  }

  @Test func lanesAgree() { #expect(laneDifference(of: "pulse", prepare: Self.busy) <= 1e-5) }

  @Test func nothingBreaksTheRealTimeRules() {
    let rig = KernelRig("pulse", lanes: 8)
    Self.busy(rig, Array(0..<8))
    rig.skip(48_000)
    #expect(rig.violations == 0)
  }
}
