import PatchKit

/// Oscillators of voices.
extension VoiceBuilder {
  /// The count of an oscillator's phase while its frequency moves.
  enum PhaseCount {
    /// Frequency times time.
    case product
    /// The sum of the frequencies of all frames up to this one, the first excepted.
    case sum
  }
  /// The range of `lfo`.
  private static let slow = 0.001...200.0
  /// The lowest frequency of `sine`; below it `fm` leads on.
  static let lowest = 20.0, highest = 20_000.0

  /// A sine, −1 … 1, of a frequency in Hz and a phase in cycles.
  mutating func wave(_ frequency: Moving, phase: Moving = Moving(0), count: PhaseCount = .product) -> Tap {
    let node: String
    if frequency.isConstant, Self.slow.contains(frequency.from) {
      node = add("lfo", ["rate": frequency, "phase": phase])
    } else if frequency.isConstant {
      node = add("sine", ["gain": Moving(1), "phase": phase].merging(Self.pitch(frequency)) { $1 })
    } else {
      let steps = steps(of: frequency, count)
      node = add(
        "sine",
        ["gain": Moving(1), "phase": phase, "frequency": Moving(Self.lowest), "fm": Moving(steps[0].value)])
      follow(node, "fm", steps)
    }
    return Tap(port: PortAddress(node, "out"))
  }

  /// The frequencies that make the phase of each frame, above the lowest, as points.
  private func steps(of frequency: Moving, _ count: PhaseCount) -> [(frame: Int, value: Double)] {
    func value(_ i: Int) -> Double {
      let after = frequency.at(transition.progress(at: Double(i + 1)))
      guard count == .product else { return after - Self.lowest }
      return after * Double(i + 1) - frequency.at(transition.progress(at: Double(i))) * Double(i) - Self.lowest
    }
    let start = max(0, transition.startFrame - (count == .sum ? 1 : 0)), end = max(start, transition.endFrame - 1)
    var places = [0]
    if start > 1 { places.append(start - 1) }
    places += transition.points(from: start, to: end) + [end + 1]
    var points: [(frame: Int, value: Double)] = []
    for place in places where place < frames && place > points.last?.frame ?? -1 {
      points.append((place, value(place)))
    }
    return points
  }

  /// Frequency and `fm` of an oscillator; of its own range, or led on by `fm`.
  static func pitch(_ frequency: Moving, _ name: String = "frequency", fm: [String] = ["fm"]) -> [String: Moving] {
    if frequency.least >= lowest, frequency.most <= highest {
      return Dictionary(uniqueKeysWithValues: [(name, frequency)] + fm.map { ($0, Moving(0)) })
    }
    return Dictionary(
      uniqueKeysWithValues: [(name, Moving(lowest))]
        + fm.map { ($0, (frequency - Moving(lowest)).clamped(-highest...highest)) })
  }

  /// The tremolo 1 − depth · (1 + sin) / 2.
  mutating func tremolo(_ tap: Tap, depth: String, rate: String, phase: String) -> Tap {
    let depth = self[depth], rate = hertz(rate), phase = cycles(phase)
    if depth.isZero { return tap }
    let swell = multiply(wave(rate, phase: phase), by: depth * -0.5)
    return multiply(tap, by: Moving(1) - depth * 0.5, plus: [swell])
  }

  /// The swell 1 + depth · (offset + factor · sin), the depth limited.
  mutating func swell(
    _ tap: Tap, depth: Moving, within range: ClosedRange<Double>, from offset: Double, by factor: Double, rate: Moving,
    phase: Moving
  ) -> Tap {
    let course = add("constant", ["value": Moving(offset)])
    connect(wave(rate, phase: phase).scaled(factor), course, "value")
    let swell = multiply(Tap(port: PortAddress(course, "out")), by: depth, within: range)
    return multiply(tap, by: Moving(1), plus: [swell])
  }

  /// The product of a signal and a value that is limited frame by frame.
  private mutating func multiply(_ tap: Tap, by value: Moving, within range: ClosedRange<Double>) -> Tap {
    let limited = value.clamped(range)
    if limited == value || value.isConstant { return multiply(tap, by: limited) }
    let low = add("math", ["b": Moving(range.upperBound)], choices: ["operation": "minimum"])
    connect(Tap(port: PortAddress(add("constant", ["value": value]), "out")), low, "a")
    let high = add("math", ["b": Moving(range.lowerBound)], choices: ["operation": "maximum"])
    connect(Tap(port: PortAddress(low, "out")), high, "a")
    return multiply(tap, by: Moving(0), plus: [Tap(port: PortAddress(high, "out"))])
  }

  /// The phase oscillation range / 2 · sin in cycles; nil where there is none.
  mutating func phaseOscillation(_ range: String, _ rate: String, phase: String? = nil) -> Tap? {
    let range = self[range], rate = hertz(rate)
    if range.isZero || rate.isZero && (phase.map { self[$0].isZero } ?? true) { return nil }
    return multiply(wave(rate, phase: phase.map { cycles($0) } ?? Moving(0)), by: range * (1 / (4 * .pi)))
  }
}
