// [audio] The shapes of automation segments.
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
  /// Slow at first, x², and fast at first, 1 − (1 − x)², in the parameter's unit.
  case square, squareOut
  /// A quarter of a cycle, in the parameter's unit: sin(x π / 2), and 1 − cos(x π / 2). A fade from 0 along the one and
  /// a fade to 0 along the other keep the power of unrelated signals.
  case sine, cosine
  /// Above 0 slow at first, below 0 fast at first: e^(c·x), as SuperCollider's envelope curvature.
  case bent(Float)

  /// Names of the curves; a number is a bend.
  public static let names: [(name: String, curve: AutomationCurve)] = [
    ("linear", .linear), ("exponential", .exponential), ("smooth", .smooth), ("square", .square),
    ("square-out", .squareOut), ("sine", .sine), ("cosine", .cosine),
  ]
  /// The strongest bends.
  public static let bends: ClosedRange<Float> = -20...20

  /// True for curves of the value itself, whatever the curve of the parameter.
  var isInUnit: Bool {
    switch self {
    case .linear, .square, .squareOut, .sine, .cosine: true
    case .natural, .exponential, .smooth, .bent: false
    }
  }

  /// The progress, 0 … 1, at the part `x` of the time.
  func progress(_ x: Float) -> Float {
    switch self {
    case .natural, .linear, .exponential: return x
    case .smooth: return x * x * (3 - 2 * x)
    case .square: return x * x
    case .squareOut: return 1 - (1 - x) * (1 - x)
    case .sine: return Float.sineOfHalfCycle(x * 0.25)
    case .cosine: return 1 - Float.sineOfHalfCycle(0.25 - x * 0.25)
    case .bent(let curvature):
      guard curvature.magnitude > 0.001 else { return x }
      let octaves = curvature * 1.442_695_04
      return (Float.exp2(octaves * x) - 1) / (Float.exp2(octaves) - 1)
    }
  }
}
