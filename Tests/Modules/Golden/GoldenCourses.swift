import Foundation

// Double-precision models of modules that differ from the reference.

func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

/// Level and correlation, the reference's second measure, where sample identity is no goal.
func agreement(_ made: [Double], _ wanted: [Double], decibels: Double, likeness bound: Double) -> Comparison {
  let level = 10 * log10(dot(made, made) / dot(wanted, wanted))
  let likeness = dot(made, wanted) / (dot(made, made) * dot(wanted, wanted)).squareRoot()
  return ([max(0, abs(level) - decibels), max(0, bound - likeness)], [0, 0])
}

/// A curve of the distortion.
struct Bend: Sendable {
  let shape: String
  /// Input and output gain for the reference's curve, or near it.
  let gain, level: Double
  let curve, integral: @Sendable (Double) -> Double

  /// In the order of the reference's modes.
  static let all = [
    Bend(shape: "tanh", gain: 0.7, level: 0.7, curve: { tanh($0) }, integral: { log(cosh($0)) }),
    Bend(
      shape: "hard", gain: 1, level: 0.7, curve: { min(max($0, -1), 1) },
      integral: { abs($0) <= 1 ? $0 * $0 / 2 : abs($0) - 0.5 }),
    // The reference folds at 0.7, ours at 1; the first harmonics of triangle and sine are as 8 / π² to 1.
    Bend(
      shape: "fold", gain: 1 / 0.7, level: 0.7 * 0.7 * 8 / (.pi * .pi), curve: { sin(.pi / 2 * $0) },
      integral: { -2 / .pi * cos(.pi / 2 * $0) }),
  ]

  /// The mean of the curve between each frame and the next; the first starts from 0.
  func means(_ input: [Double]) -> [Double] {
    zip([0] + input, input).map { from, to in
      abs(to - from) < 1e-6 ? curve((from + to) / 2) : (integral(to) - integral(from)) / (to - from)
    }
  }
}

/// Applies a one-pole low-pass with a corner of `cutoff` cycles per frame.
func dulled(_ input: [Double], _ cutoff: Double) -> [Double] {
  var y = 0.0
  return input.map { x in
    y += (1 - exp(-2 * .pi * cutoff)) * (x - y)
    return y
  }
}

/// A band-pass of two trapezoidal integrators, with its corner read every 16 frames and its coefficients interpolated
/// linearly.
/// - Source: A. Simper, "Linear trapezoidal integrated state variable filter" (2013).
func gliding(_ input: [Double], _ cutoffs: [Double], q: Double) -> [Double] {
  func coefficients(_ cutoff: Double) -> [Double] {
    let g = tan(.pi * cutoff), k = 1 / q, a = 1 / (1 + g * (g + k))
    return [2 * a - 1, 2 * g * a, 2 * g * g * a, k * g * a, k * a, -k * g * a]
  }
  var now = coefficients(cutoffs[0]), goal = now, band = 0.0, low = 0.0
  return input.enumerated().map { i, x in
    if i % 16 == 0 {
      now = goal
      goal = coefficients(cutoffs[i])
    }
    let part = Double(i % 16) / 16, c = zip(now, goal).map { $0 + ($1 - $0) * part }
    let y = c[3] * x + c[4] * band + c[5] * low
    (band, low) = (c[0] * band + c[1] * (x - low), low + c[1] * band + c[2] * (x - low))
    return y
  }
}

/// The envelope of the reference's `adsr_retrigger`, by its corners: frame and level, linear in between.
func corners(_ points: [(frame: Double, level: Double)], frames: Int) -> [Double] {
  (0..<frames).map { i in
    guard let next = points.firstIndex(where: { $0.frame > Double(i) }), next > 0 else {
      return points.last { $0.frame <= Double(i) }?.level ?? 0
    }
    let (a, b) = (points[next - 1], points[next])
    return a.level + (b.level - a.level) * (Double(i) - a.frame) / (b.frame - a.frame)
  }
}

/// Amplitude of a sine of `cycles` per frame in a part of a sound, through a Hann window.
func harmonic(_ sound: [Double], _ cycles: Double) -> Double {
  var real = 0.0, imaginary = 0.0, weight = 0.0
  for (i, x) in sound.enumerated() {
    let window = 0.5 - 0.5 * cos(2 * .pi * (Double(i) + 0.5) / Double(sound.count)), at = 2 * .pi * cycles * Double(i)
    real += x * window * cos(at)
    imaginary += x * window * sin(at)
    weight += window
  }
  return 2 * (real * real + imaginary * imaginary).squareRoot() / weight
}
