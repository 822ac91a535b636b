import DSP
import Glibc
import TestSupport
import Testing

@Suite struct BiquadTests {
  @Test func givesTheReferenceImpulseResponses() throws {
    let names = [
      "lowpass": "lowpass", "highpass": "highpass", "bandpass": "bandpass_peak", "notch": "notch", "peak": "peak",
      "lowshelf": "lowshelf", "highshelf": "highshelf", "allpass": "allpass",
    ]
    for (mode, name) in names {
      let cases = try GoldenCase.all { $0.hasPrefix("biquad_\(name)_") && $0.hasSuffix("00") }
      #expect(!cases.isEmpty)
      for golden in cases {
        let rig = KernelRig("biquad", rate: golden.sampleRate)
        rig.choose("mode", mode)
        rig["cutoff"] = Float(golden.number("frequency"))
        rig["q"] = Float(golden.number("q"))
        rig["gain"] = Float(golden.number("gain_db"))
        rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
        #expect(worstDifference(rig.render(512).main, try golden.columns("out")[0]) < golden.tolerance, "\(golden.id)")
      }
    }
  }

  @Test(arguments: FilterMode.allCases) func hasTheAnalyticResponse(mode: FilterMode) {
    for cutoff: Double in [30, 1_000, 15_000] {
      for q: Double in [0.5, 5] {
        let rig = KernelRig("biquad")
        rig.choose("mode", "\(mode)")
        rig["cutoff"] = Float(cutoff)
        rig["q"] = Float(q)
        rig["gain"] = 9
        rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
        let impulse = rig.render(1 << 15).main
        for hertz in [20.0, 100, 700, 1_000, 5_000, 12_000, 20_000, 21_600] {
          let wanted = cookbookLevel(mode, cutoff: cutoff, q: q, gain: 9, at: hertz)
          // Deep in a stop band, single precision is exhausted.
          guard wanted > -60 else { continue }
          #expect(abs(level(of: impulse, at: hertz) - wanted) < 0.05, "\(cutoff) Hz, q \(q), at \(hertz) Hz")
        }
      }
    }
  }

  @Test func staysBoundedWhenSweptAtAudioRate() {
    for mode in FilterMode.allCases {
      for lanes in [1, 8] {
        let rig = KernelRig("biquad", lanes: lanes)
        rig.choose("mode", "\(mode)")
        rig["q"] = 25
        rig["gain"] = 24
        rig.signal("cutoff") { frame, _ in 20 * powf(1_000, 0.5 + 0.5 * sinf(Float(frame) * 0.1309)) }
        rig.signal("in") { frame, _ in frame % 96 < 48 ? 1 : -1 }
        let peak = rig.render(96_000).peak
        // A gain of 24 dB at a quality of 25 is 52 dB at most.
        #expect(peak < 400, "\(mode): \(peak)")
      }
    }
  }

  /// One voice is filtered in groups of eight frames, 64 at a time where it can be; eight voices frame by frame.
  @Test(arguments: [FilterMode.lowpass, .peak]) func groupsOfFramesEqualTheRecursion(mode: FilterMode) {
    for (isMoving, q) in [(false, Float(0.7)), (true, 0.7), (true, 8)] {
      func rig(lanes: Int = 1) -> KernelRig {
        let rig = KernelRig("biquad", lanes: lanes)
        rig.choose("mode", "\(mode)")
        rig["q"] = q
        rig["gain"] = 6
        rig["cutoff"] = 800
        if isMoving { rig.signal("cutoff") { frame, _ in 800 + 600 * sinf(Float(frame) * 0.0007) } }
        rig.signal("in") { frame, _ in Float((frame &* 7_919) % 2_003) / 1_001 - 1 }
        return rig
      }
      let sound = rig().render(6_000).main
      for block in [1, 8, 15, 32, 100, 256, 1_000] {
        #expect(rig().render(6_000, block: block).main == sound, "\(block) frames, moving: \(isMoving)")
      }
      let worst = worstDifference(sound, rig(lanes: 8).render(6_000).main)
      #expect(worst < 4e-6, "moving: \(isMoving), q \(q): \(worst)")
    }
  }

  @Test func movesWithoutAStep() {
    let rig = KernelRig("biquad")
    rig.signal("in") { frame, _ in sinf(Float(frame) * 0.01) }
    rig.signal("cutoff") { frame, _ in frame < 1_000 ? 200 : 8_000 }
    let sound = rig.render(2_000).main
    let jump = zip(sound, sound.dropFirst()).map { abs($0 - $1) }.max()!
    #expect(jump < 0.12)
  }
}

/// dB at `hertz` of the filter with this impulse response.
func level(of impulse: [Float], at hertz: Double, rate: Double = 48_000) -> Double {
  var real = 0.0, imaginary = 0.0
  for (i, x) in impulse.enumerated() {
    let angle = 2 * Double.pi * hertz * Double(i) / rate
    real += Double(x) * cos(angle)
    imaginary -= Double(x) * sin(angle)
  }
  return 10 * log10(real * real + imaginary * imaginary)
}

/// dB at `hertz` of the cookbook's filter, from its published coefficients.
private func cookbookLevel(_ mode: FilterMode, cutoff: Double, q: Double, gain: Double, at hertz: Double) -> Double {
  let w = 2 * Double.pi * cutoff / 48_000, c = cos(w), alpha = sin(w) / (2 * q)
  let a = pow(10, gain / 40), k = 2 * sqrt(a) * alpha
  var (b, d): ([Double], [Double]) = ([], [1 + alpha, -2 * c, 1 - alpha])
  switch mode {
  case .lowpass: b = [(1 - c) / 2, 1 - c, (1 - c) / 2]
  case .highpass: b = [(1 + c) / 2, -1 - c, (1 + c) / 2]
  case .bandpass: b = [alpha, 0, -alpha]
  case .notch: b = [1, -2 * c, 1]
  case .allpass: b = [1 - alpha, -2 * c, 1 + alpha]
  case .peak:
    b = [1 + alpha * a, -2 * c, 1 - alpha * a]
    d = [1 + alpha / a, -2 * c, 1 - alpha / a]
  case .lowshelf:
    b = [a * (a + 1 - (a - 1) * c + k), 2 * a * (a - 1 - (a + 1) * c), a * (a + 1 - (a - 1) * c - k)]
    d = [a + 1 + (a - 1) * c + k, -2 * (a - 1 + (a + 1) * c), a + 1 + (a - 1) * c - k]
  case .highshelf:
    b = [a * (a + 1 + (a - 1) * c + k), -2 * a * (a - 1 + (a + 1) * c), a * (a + 1 + (a - 1) * c - k)]
    d = [a + 1 - (a - 1) * c + k, 2 * (a - 1 - (a + 1) * c), a + 1 - (a - 1) * c - k]
  }
  let angle = 2 * Double.pi * hertz / 48_000
  func power(_ p: [Double]) -> Double {
    let real = p[0] + p[1] * cos(angle) + p[2] * cos(2 * angle)
    let imaginary = p[1] * sin(angle) + p[2] * sin(2 * angle)
    return real * real + imaginary * imaginary
  }
  return 10 * log10(power(b) / power(d))
}
