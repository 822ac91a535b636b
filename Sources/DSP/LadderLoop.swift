// [audio] The transistor ladder: four first-order low-passes in series with delay-free feedback.

/// The coefficients of a ladder and its step.
///
/// The feedback is solved for the present frame, so that the corner and the pitch of the self-oscillation are exact.
/// The sum at the ladder's input saturates.
/// - Source: V. Zavalishin, "The Art of VA Filter Design" (2012), section 5; R. A. Moog, "Voltage-controlled
///   low-pass and high-pass filters for audio signal processing" (1965).
public struct LadderLoop<L: Lane>: Coefficients {
  @usableFromInline var share: L
  public var feedback: L

  @inlinable @inline(__always)
  public init() {
    share = .zero
    feedback = .zero
  }

  /// - Parameters:
  ///   - frequency: the corner in cycles per sample; clamped to 10⁻⁶ … 0.49.
  ///   - feedback: from 4 on it oscillates.
  @inlinable @inline(__always)
  public init(frequency: L, feedback: L) {
    share = TrapezoidalIntegrator(frequency: frequency).share
    self.feedback = feedback
  }

  @inlinable @inline(__always)
  public func sixteenth(from start: Self) -> Self {
    var step = Self()
    step.share = (share - start.share) * L(1 / 16)
    step.feedback = (feedback - start.feedback) * L(1 / 16)
    return step
  }

  @inlinable @inline(__always)
  public mutating func advance(by step: Self) {
    share += step.share
    feedback += step.feedback
  }

  /// The output of four poles for one input.
  ///
  /// Terms that do not depend on the last frame come first: the loop through the states is the critical path.
  /// - Parameter softness: 1 / the level at which the sum saturates.
  @inlinable @inline(__always)
  public func step(_ x: L, softness: L, _ s: inout (L, L, L, L)) -> L {
    let keep = L(1) - share
    let square = share * share
    let back = feedback * keep
    let scale = softness / L.fma(feedback, square * square, L(1))
    let level = L(1) / softness
    // The contribution of the states to the output: the rest is share⁴ times the input.
    let states = L.fma(share, L.fma(share, L.fma(share, s.0, s.1), s.2), s.3)
    let bent = L.clamp(L.fnma(back, states, x) * scale, L(-1.5), L(1.5))
    // x − 4/27 x³ has slope 0 where it reaches ±1.
    var y = (bent * level) * L.fma(bent * bent, L(-4 / 27), L(1))
    y = stage(y, keep, &s.0)
    y = stage(y, keep, &s.1)
    y = stage(y, keep, &s.2)
    return stage(y, keep, &s.3)
  }

  @inlinable @inline(__always)
  func stage(_ x: L, _ keep: L, _ state: inout L) -> L {
    let low = L.fma(share, x, keep * state)
    state = L.fma(L(2), low, -state)
    return low
  }
}
