import PatchKit

/// The course of a transition: 0 … 1 to 0 … 1.
enum TransitionCurve: Equatable, Sendable {
  case linear
  /// 1 − (1 − a)²: fast at first.
  case logarithmic
  /// a²: slow at first.
  case exponential
  /// An expression in `alpha`.
  case expression(CurveExpression)

  /// - Throws: for a text that is neither a name nor arithmetic in `alpha`.
  init(_ text: String) throws(PatchError) {
    switch text {
    case "linear": self = .linear
    case "logarithmic": self = .logarithmic
    case "exponential": self = .exponential
    default: self = .expression(try CurveExpression(text))
    }
  }

  static let names = ["linear", "logarithmic", "exponential"]

  func callAsFunction(_ a: Double) -> Double {
    switch self {
    case .linear: a
    case .logarithmic: 1 - (1 - a) * (1 - a)
    case .exponential: a * a
    case .expression(let expression): expression.value(alpha: a)
    }
  }
}
