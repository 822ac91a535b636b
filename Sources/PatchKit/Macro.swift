import Glibc
import ModuleKit

/// A named control of the whole patch, 0 to 1, that drives parameters of its nodes.
public struct Macro: Equatable, Sendable {
  /// The id: a legal name.
  public var name: String
  /// The displayed text; empty: the name.
  public var label: String
  /// 0 … 1.
  public var value: Float
  public var targets: [MacroTarget]
  /// Foreign keys (`x-`), as JSON text.
  public var extras: [String: String]

  public init(
    name: String, label: String = "", value: Float = 0, targets: [MacroTarget] = [], extras: [String: String] = [:]
  ) {
    self.name = name
    self.label = label
    self.value = value
    self.targets = targets
    self.extras = extras
  }

  /// Names that are commands: `/macro/add` cannot be a macro.
  public static let reservedNames = ["add", "label", "list", "move", "remove", "set"]

  static func checkName(_ name: String) throws(PatchError) {
    guard Name.isLegal(name) else {
      throw PatchError(.badName, "\(name.shown) is not a name: \(Name.rule)", at: Place(path: name.placed))
    }
    if reservedNames.contains(name) {
      throw PatchError(.badName, "/macro/\(name) is a command, so no macro can be called \(name)")
    }
  }

  static func checkValue(_ value: Float, of name: String) throws(PatchError) {
    if (0...1).contains(value) { return }
    throw PatchError(.range, "\(value.shortText) is outside 0 to 1", at: Place(path: "macros/\(name)".placed))
  }
}

/// One parameter driven by a macro, and its values.
public struct MacroTarget: Equatable, Sendable {
  public var param: PortAddress
  /// The parameter's values at 0 and 1; nil: the ends of its travel. The first may be the greater.
  public var from: Float?
  public var to: Float?
  /// Values of the parameter at positions of the macro, in ascending order; empty: from `from` to `to`.
  public var points: [Point]

  public struct Point: Equatable, Sendable {
    /// Of the macro, 0 … 1.
    public var position: Float
    /// Of the parameter.
    public var value: Float
    public init(_ position: Float, _ value: Float) { (self.position, self.value) = (position, value) }
  }

  public init(_ param: PortAddress, from: Float? = nil, to: Float? = nil, points: [Point] = []) {
    self.param = param
    self.from = from
    self.to = to
    self.points = points
  }

  /// The parameter's value for a macro at `position`: see `MacroCurve`.
  public func value(at position: Float, of spec: ParamSpec) -> Float {
    MacroCurve(self, of: spec).value(at: position)
  }

  /// The position of the macro for a value of the parameter, by the ends of its range; 0 if they are equal.
  public func position(of value: Float, _ spec: ParamSpec) -> Float {
    let points = ends(of: spec), from = points.first!.value, to = points.last!.value
    guard from != to else { return 0 }
    let isLogarithmic = spec.curve == .logarithmic && from > 0 && to > 0 && value > 0
    let x = isLogarithmic ? log(value / from) / log(to / from) : (value - from) / (to - from)
    return x.isFinite ? min(max(x, 0), 1) : 0
  }

  fileprivate func ends(of spec: ParamSpec) -> [Point] {
    points.isEmpty ? [Point(0, from ?? spec.travel.lowerBound), Point(1, to ?? spec.travel.upperBound)] : points
  }
}

/// The values of a parameter along a macro: linear in the parameter's own curve, clamped to its range, rounded for whole
/// numbers, switches and choices. Nothing here allocates once it is made.
public struct MacroCurve: Sendable {
  private let points: [MacroTarget.Point]
  private let curve: ParameterCurve
  private let range: ClosedRange<Float>
  private let isRounded: Bool

  public init(_ target: MacroTarget, of spec: ParamSpec) {
    points = target.ends(of: spec)
    (curve, range, isRounded) = (spec.curve, spec.range, spec.type != .float)
  }

  /// - Parameter position: of the macro, 0 … 1.
  public func value(at position: Float) -> Float {
    let position = min(max(position, 0), 1)
    var next = 0
    while next < points.count && points[next].position < position { next += 1 }
    var value = points[points.count - 1].value
    if next < points.count {
      let right = points[next], left = points[max(next - 1, 0)], width = right.position - left.position
      value =
        width > 0 ? curve.along((position - left.position) / width, from: left.value, to: right.value) : right.value
    }
    if isRounded { value = value.rounded() }
    return min(max(value, range.lowerBound), range.upperBound)
  }
}

extension ParameterCurve {
  /// Interpolates between two values, in octaves if the parameter is logarithmic.
  fileprivate func along(_ x: Float, from: Float, to: Float) -> Float {
    if x <= 0 { return from }
    if x >= 1 { return to }
    let isLogarithmic = self == .logarithmic && from > 0 && to > 0
    return isLogarithmic ? from * pow(to / from, x) : from + (to - from) * x
  }
}

extension ParamSpec {
  func along(_ x: Float, from: Float, to: Float) -> Float { curve.along(x, from: from, to: to) }
}
