import ModuleKit
import PatchKit

/// A control port of a patch as a plug-in: one of its macros.
package struct PluginControl: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    /// 0 … 1.
    case amount
    /// Whole numbers: the values of the one parameter that the macro drives.
    case whole
    case toggle
  }

  /// The macro; nil where the patch has it no more: its port is hidden, so that the others keep their numbers.
  package var macro: String?
  package var symbol: String
  package var name: String
  package var kind = Kind.amount
  package var range: ClosedRange<Float> = 0...1
  package var value: Float = 0
  /// The names of the whole numbers from 0 on.
  package var choices: [String] = []

  init(hidden name: String) {
    symbol = PluginControl.symbol(name)
    self.name = name
  }

  /// A port of the generic plug-in: it drives the macro of this number, from 1, of the patch that it has.
  init(number: Int, value: Float) {
    macro = "macro-\(number)"
    symbol = "macro_\(number)"
    name = "Macro \(number)"
    self.value = value
  }

  init(_ macro: Macro, of patch: Patch, in registry: Registry) {
    self.macro = macro.name
    symbol = PluginControl.symbol(macro.name)
    name = macro.label.isEmpty ? macro.name : macro.label
    value = macro.value
    guard let target = macro.targets.first, macro.targets.count == 1, target.points.isEmpty,
      let spec = PluginControl.spec(target, patch, registry), spec.type != .float
    else { return }
    let first = target.value(at: 0, of: spec), last = target.value(at: 1, of: spec)
    guard first < last else { return }
    range = first...last
    kind = spec.type == .bool ? .toggle : .whole
    value = target.value(at: macro.value, of: spec)
    choices = spec.choices
  }

  static func spec(_ target: MacroTarget, _ patch: Patch, _ registry: Registry) -> ParamSpec? {
    guard let node = patch.nodes[target.param.node], let module = registry[node.type],
      let port = module.input(named: target.param.port)
    else { return nil }
    return module.inputs[port]
  }

  /// A name as a symbol of C: `-` is no part of one.
  static func symbol(_ name: String) -> String { String(name.map { $0 == "-" ? "_" : $0 }) }

  /// The value of the port for a position of the macro.
  package func value(at position: Float) -> Float {
    let value = range.lowerBound + position * (range.upperBound - range.lowerBound)
    return kind == .amount ? value : value.rounded()
  }
}
