import Glibc

/// Swept notches over a whole sound that is given, in place of generated noise: both sides at a peak of 0.95.
///
/// The sound is filtered in overlapping blocks, each with the notches of its centre. Generated noise, whose end nobody
/// knows, goes through the module `notches`.
package struct SweptNotchSound {
  /// One sweep; its values move with the transition.
  struct Sweep {
    var low, high, q, stages: Moving
  }
  var sweeps: [Sweep] = []
  var lfo = Moving(1 / 12.0)
  /// Lead of the right side, and of the second pass: degrees.
  var lead = Moving(90), secondPass = Moving(0)
  var isTriangle = false
  /// The second pass is made at 0 degrees, too.
  var hasSecondPass = false
  let rate: Double

  private static let block = 4_096, shortest = 100
  private static let topCorner = 10_000.0, bottomCorner = 50.0
  private static let sourcePeak = 0.8, peak = 0.95, negligible = 1e-8
  /// Corners above this share of the rate are left out.
  private static let highest = 0.49

  init(rate: Double) { self.rate = rate }

  /// - Parameter progress: of the transition, at a frame.
  func sides(of source: [Float], progress: (Double) -> Double) -> [[Float]] {
    guard !source.isEmpty else { return [[], []] }
    var sound = source.map(Double.init)
    // Above half the rate the filter cannot be made.
    if rate > 2 * Self.topCorner { sound = ZeroPhaseFilter.lowpass(Self.topCorner, rate: rate)(sound) }
    sound = ZeroPhaseFilter.highpass(Self.bottomCorner, rate: rate)(sound)
    let scale = Self.sourcePeak / (Self.peak(of: sound) + Self.negligible)
    sound = sound.map { $0 * scale }
    let level = Self.rms(sound), phases = phases(count: sound.count, progress)
    var sides = [0.0, 1].map { side in
      var swept = pass(sound, phases, progress, lead: side, shift: 0)
      if hasSecondPass || !secondPass.isZero { swept = pass(swept, phases, progress, lead: side, shift: 1) }
      let own = Self.rms(swept)
      return own > Self.negligible ? swept.map { $0 * level / own } : swept
    }
    let peak = sides.map(Self.peak).max()!
    if peak > Self.peak {
      sides = sides.map { $0.map { min(max($0, -Self.peak), Self.peak) } }
    } else if peak > Self.negligible {
      sides = sides.map { $0.map { $0 * Self.peak / peak } }
    }
    return sides.map { $0.map(Float.init) }
  }

  /// The phase of the oscillator at the centre of each block, radians.
  private func phases(count: Int, _ progress: (Double) -> Double) -> [Double] {
    let centres = centres(count)
    if lfo.isConstant { return centres.map { 2 * .pi * lfo.from * Double($0) / rate } }
    var sum = 0.0, frame = 0, result: [Double] = []
    for centre in centres {
      while frame <= centre {
        sum += 2 * .pi * lfo.at(progress(Double(frame))) / rate
        frame += 1
      }
      result.append(sum)
    }
    return result
  }

  private func starts(_ count: Int) -> [Int] {
    stride(from: 0, to: count, by: Self.block / 2).filter { count - $0 >= Self.shortest }
  }
  private func centres(_ count: Int) -> [Int] {
    starts(count).map { $0 + min(Self.block, count - $0) / 2 }
  }

  private func pass(
    _ sound: [Double], _ phases: [Double], _ progress: (Double) -> Double, lead side: Double, shift: Double
  ) -> [Double] {
    let count = sound.count, size = Self.block
    let window = (0..<size).map { 0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(size - 1)) }
    var sum = [Double](repeating: 0, count: count), weights = sum
    for (i, start) in starts(count).enumerated() {
      let length = min(size, count - start)
      var part = [Double](repeating: 0, count: size)
      for k in 0..<length { part[k] = sound[start + k] * window[k] }
      let place = progress(Double(start + length / 2))
      let phase = phases[i] + (side * lead.at(place) + shift * secondPass.at(place)) * .pi / 180
      let wave = wave(phase)
      for sweep in sweeps {
        let low = sweep.low.at(place), high = sweep.high.at(place)
        let corner = (low + high) / 2 + (high - low) / 2 * wave
        guard corner > 0, corner < Self.highest * rate else { continue }
        let stages = max(1, Int(sweep.stages.at(place).rounded(.toNearestOrEven)))
        notch(&part, corner, q: sweep.q.at(place), stages: stages)
      }
      for k in 0..<min(size, count - start) {
        sum[start + k] += part[k]
        weights[start + k] += window[k]
      }
    }
    return zip(sum, weights).map { $1 > Self.negligible ? $0 / $1 : $0 }
  }

  /// A cosine, or a triangle that begins at −1.
  private func wave(_ phase: Double) -> Double {
    guard isTriangle else { return cos(phase) }
    let turn = phase / (2 * .pi), place = turn - turn.rounded(.down)
    return place < 0.5 ? 4 * place - 1 : 3 - 4 * place
  }

  private func notch(_ part: inout [Double], _ corner: Double, q: Double, stages: Int) {
    let g = 1 / (1 + tan(.pi * corner / (q * rate))), c = -2 * cos(2 * .pi * corner / rate) * g, last = 2 * g - 1
    for _ in 0..<stages {
      var early = 0.0, late = 0.0
      for k in part.indices {
        let x = part[k], y = g * x + early
        early = c * (x - y) + late
        late = g * x - last * y
        part[k] = y
      }
    }
  }

  private static func peak(of sound: [Double]) -> Double { sound.reduce(0) { max($0, $1.magnitude) } }
  private static func rms(_ sound: [Double]) -> Double {
    (sound.reduce(0) { $0 + $1 * $1 } / Double(sound.count)).squareRoot()
  }
}
