// [audio] The shape of a parameter change that has its own duration.
import DSP

/// Shape of an automation segment; by default the parameter's own: linear, or linear in octaves.
public enum AutomationCurve: BitwiseCopyable, Equatable, Sendable {
  case natural
  /// Linear in the parameter's unit.
  case linear
  /// Equal ratios in equal times.
  case exponential
  /// Slow at both ends.
  case smooth
  /// Above 0 slow at first, below 0 fast at first: e^(c·x), as SuperCollider's envelope curvature.
  case bent(Float)

  /// Names of the curves; a number is a bend.
  public static let names: [(name: String, curve: AutomationCurve)] = [
    ("linear", .linear), ("exponential", .exponential), ("smooth", .smooth),
  ]
  /// The strongest bends.
  public static let bends: ClosedRange<Float> = -20...20

  /// The progress, 0 … 1, at the part `x` of the time.
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
