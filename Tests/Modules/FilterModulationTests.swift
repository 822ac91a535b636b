import DSP
import Glibc
import ModuleKit
import TestSupport
import Testing

/// Corners that are modulated at audio rate, against filters whose coefficients are computed for every frame in double
/// precision; and slow ones, which arrive without lag.
@Suite struct FilterModulationTests {
  private static let rate = 48_000.0

  /// The corner at a frame: one octave around 2 kHz.
  private static func corner(_ frame: Int, _ hertz: Double) -> Double {
    2_000 * exp2(0.5 * sin(2 * .pi * hertz * Double(frame) / rate))
  }
  private static func input(_ frame: Int) -> Double { 0.1 * sin(2 * .pi * 3_000 * Double(frame) / rate) }

  private func rig(_ module: String, _ hertz: Double, lanes: Int, isAudioRate: Bool = true) -> KernelRig {
    let rig = KernelRig(module, lanes: lanes)
    rig.signal("in") { frame, _ in Float(Self.input(frame)) }
    rig.signal("cutoff", isAudioRate: isAudioRate) { frame, _ in
      Float(Self.corner(isAudioRate ? frame : frame & -gridFrames, hertz))
    }
    return rig
  }

  /// Second-order low-pass of trapezoidal integrators with a damping.
  private func ideal(_ hertz: Double, damping: Double, count: Int, late: Int = 0) -> [Float] {
    var band = 0.0, low = 0.0
    return (0..<count).map { frame in
      let g = tan(.pi * Self.corner(frame - late, hertz) / Self.rate), a = 1 / (1 + g * (g + damping))
      let difference = Self.input(frame) - low
      let middle = a * band + a * g * difference, bottom = low + a * g * band + a * g * g * difference
      (band, low) = (2 * middle - band, 2 * bottom - low)
      return Float(bottom)
    }
  }
  private func onePole(_ hertz: Double, count: Int) -> [Float] {
    var state = 0.0
    return (0..<count).map { frame in
      let g = tan(.pi * Self.corner(frame, hertz) / Self.rate), v = (Self.input(frame) - state) * g / (1 + g)
      let low = v + state
      state = low + v
      return Float(low)
    }
  }

  private func expect(_ sound: [Float], equals ideal: [Float], _ hertz: Double, _ comment: String) {
    let a = PowerSpectrum(sound.suffix(1 << 14)), b = PowerSpectrum(ideal.suffix(1 << 14))
    for tone in [3_000, abs(3_000 - hertz), 3_000 + hertz] {
      #expect(abs(a.level(at: tone) - b.level(at: tone)) < 0.5, "\(comment) \(hertz) Hz at \(tone) Hz")
    }
    #expect(worstDifference(sound, ideal) < 1e-4, "\(comment) \(hertz) Hz")
  }

  @Test(arguments: [500.0, 1_500, 2_000, 5_000], [1, 8]) func audioRateCutoffMakesTheSideTonesOfTheIdeal(
    hertz: Double, lanes: Int
  ) {
    let count = 5 << 12
    for (module, output, damping) in [("svf", "low", 2 - 1.98 * 0.5), ("biquad", "out", 0.5)] {
      let rig = rig(module, hertz, lanes: lanes)
      if module == "svf" { rig["resonance"] = 0.5 } else { rig["q"] = 2 }
      let sound = rig.render(count)[output][lanes - 1]
      expect(sound, equals: ideal(hertz, damping: damping, count: count), hertz, module)
    }
    expect(
      rig("onepole", hertz, lanes: lanes).render(count)["low"][lanes - 1], equals: onePole(hertz, count: count), hertz,
      "onepole")
  }

  /// Every filter has the side tones that a slow one lacks.
  @Test(arguments: ["svf", "biquad", "ladder", "onepole", "crossover"]) func modulatorIsNotFolded(module: String) {
    let sound = rig(module, 2_000, lanes: 1).render(1 << 15).main, spectrum = PowerSpectrum(sound.suffix(1 << 14))
    #expect(spectrum.level(at: 1_000) > spectrum.level(at: 3_000) - 30)
    // 16 frames would make 1 kHz of 2 kHz.
    #expect(spectrum.level(at: 2_000) < spectrum.level(at: 3_000) - 60)
  }

  @Test func audioRateVowelAndSweepDepthAreHeard() {
    let rig = KernelRig("formant")
    rig.signal("in") { frame, _ in Float(Self.input(frame)) }
    rig.signal("vowel", isAudioRate: true) { frame, _ in 1 + sinf(Float(frame) * 2 * .pi * 2_000 / 48_000) }
    let vowel = PowerSpectrum(rig.render(1 << 15).main.suffix(1 << 14))
    #expect(vowel.level(at: 1_000) > vowel.level(at: 3_000) - 40)
    let phaser = KernelRig("phaser")
    phaser.signal("in") { frame, _ in Float(Self.input(frame)) }
    phaser.signal("depth", isAudioRate: true) { frame, _ in 0.5 + 0.5 * sinf(Float(frame) * 2 * .pi * 2_000 / 48_000) }
    let swept = PowerSpectrum(phaser.render(1 << 15).main.suffix(1 << 14))
    #expect(swept.level(at: 1_000) > swept.level(at: 3_000) - 40)
  }

  /// A corner that an LFO moves is where it should be, not 16 frames late.
  @Test(arguments: ["svf", "biquad"], [20.0, 100]) func slowCutoffHasNoLag(module: String, hertz: Double) {
    let count = 1 << 14, damping = module == "svf" ? 2 - 1.98 * 0.5 : 0.5
    let rig = rig(module, hertz, lanes: 1, isAudioRate: false)
    if module == "svf" { rig["resonance"] = 0.5 } else { rig["q"] = 2 }
    let sound = rig.render(count)[module == "svf" ? "low" : "out"][0]
    let wanted = ideal(hertz, damping: damping, count: count)
    func error(_ sound: [Float]) -> Double {
      10 * log10(zip(sound, wanted).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) })
    }
    let late = ideal(hertz, damping: damping, count: count, late: 16)
    #expect(error(sound) < error(late) - (hertz < 50 ? 10 : 6), "\(error(sound)) dB, late \(error(late)) dB")
  }

  /// A step is not overshot.
  @Test func trendDoesNotOvershootASteppedCorner() {
    var trend = GridTrend<Float>()
    trend.start(at: 1_000)
    #expect([1_000, 4_000, 4_000, 1_000, 1_000].map { trend.next(after: $0) } == [1_000, 4_000, 4_000, 1_000, 1_000])
    #expect([1_000, 1_100, 1_200, 1_250].map { trend.next(after: $0) } == [1_000, 1_100, 1_300, 1_300])
  }
}
