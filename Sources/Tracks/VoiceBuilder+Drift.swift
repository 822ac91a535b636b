import PatchKit

/// Compensation of rounding: an oscillator counts its phase in steps of single precision, and after an hour would be
/// some hundredths of a cycle off.
extension VoiceBuilder {
  /// Cycles by which a phase may be off: half of it both ways. A correction takes so many frames; between two of them the
  /// phase is constant, which costs the oscillator less.
  private static let allowed = 0.004, correction = 4_096
  private static let mostCorrections = 10_000.0

  /// Moves a phase input so that it takes up what the oscillator's steps lose against a constant frequency.
  ///
  /// - Parameters:
  ///   - hertz: the frequency.
  ///   - rounded: the frequency as the oscillator computes it.
  mutating func compensate(_ node: String, _ port: String, phase: Moving, _ hertz: Double, _ rounded: Float) {
    guard phase.isConstant, let start = nodes.first(where: { $0.id == node })?.node.params[port],
      case .number(let from) = start
    else { return }
    let phase = Moving(Double(from))
    let period = 1 / Float(rate), scale: Float = 4_294_967_296
    let step = (rounded * period * scale).rounded(.towardZero)
    let lost = (hertz / rate - Double(step) / Double(scale)) * Double(frames)
    let count = (lost.magnitude / Self.allowed).rounded()
    guard count >= 1, count <= Self.mostCorrections else { return }
    var points = [(frame: 0, value: phase.from)]
    for i in 0..<Int(count) {
      let first = Int(Double(frames) * (Double(i) + 0.5) / count), last = points[points.count - 1]
      points.append((max(first, last.frame + 1), last.value))
      points.append((max(first, last.frame + 1) + Self.correction, phase.from + lost * Double(i + 1) / count))
    }
    follow(node, port, points)
  }
}
