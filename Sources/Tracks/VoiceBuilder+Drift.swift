import PatchKit

/// Compensation of rounding: an oscillator counts its phase in steps of single precision, and after an hour would be
/// some hundredths of a cycle off.
extension VoiceBuilder {
  /// Cycles below which a phase is left as it is.
  private static let negligible = 1e-4

  /// Moves a phase input so that it takes up what the oscillator's steps lose against a constant frequency.
  ///
  /// - Parameters:
  ///   - hertz: the frequency.
  ///   - rounded: the frequency as the oscillator computes it.
  mutating func compensate(_ node: String, _ port: String, phase: Moving, _ hertz: Double, _ rounded: Float) {
    guard phase.isConstant else { return }
    let period = 1 / Float(rate), scale: Float = 4_294_967_296
    let step = (rounded * period * scale).rounded(.towardZero)
    let lost = (hertz / rate - Double(step) / Double(scale)) * Double(frames)
    guard lost.magnitude > Self.negligible, lost.magnitude < 100 else { return }
    follow(node, port, [(0, phase.from), (frames, phase.from + lost)])
  }
}
