// [audio] The shape of a parameter change that has its own duration.
import DSP

/// The shape of the way; where it is not said, the parameter's own: straight, or evenly in octaves.
public enum AutomationCurve: BitwiseCopyable, Equatable, Sendable {
  case natural
  /// Straight in the parameter's unit.
  case linear
  /// By equal ratios in equal times.
  case exponential
  /// Slow at both ends.
  case smooth
  /// Above 0 slow at first, below 0 fast at first: e^(c·x), as SuperCollider's envelopes bend.
  case bent(Float)

  /// The names that are asked for; a number is a bend.
  public static let names: [(name: String, curve: AutomationCurve)] = [
    ("linear", .linear), ("exponential", .exponential), ("smooth", .smooth),
  ]
  /// The strongest bends.
  public static let bends: ClosedRange<Float> = -20...20

  /// The part of the way that is done after the part `x` of the time, both 0 … 1.
  func progress(_ x: Float) -> Float {
    switch self {
    case .natural, .linear, .exponential: return x
    case .smooth: return x * x * (3 - 2 * x)
    case .bent(let curvature):
      guard curvature.magnitude > 0.001 else { return x }
      let octaves = curvature * 1.442_695_04
      return (Float.exp2(octaves * x) - 1) / (Float.exp2(octaves) - 1)
    }
  }
}
