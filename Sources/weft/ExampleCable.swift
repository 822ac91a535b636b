import Glibc
import ModuleKit
import PatchKit

/// An example cable into an input in the syntax of a patch file: a typical first try.
struct ExampleCable {
  /// The modules of the source nodes in examples, by id.
  static let sources = ["keys": "notes", "env": "adsr", "lfo": "lfo", "osc": "saw", "time": "clock"]

  let source: String
  let destination: String
  let amount: Float

  /// An example into an input of a node named like its module; nil for an input that accepts no cable.
  init?(into spec: ParamSpec, of module: ModuleDescriptor) {
    guard spec.isPatchable else { return nil }
    destination = "\(module.name)/\(spec.name)"
    switch spec.modulation {
    case .gate: (source, amount) = (["clock", "trigger", "reset", "run"].contains(spec.name) ? "time" : "keys/gate", 1)
    case .scale: (source, amount) = ("env", 1)
    case .octaves where spec.unit == .hertz && spec.range.upperBound > 1_000: (source, amount) = ("keys/pitch", 1)
    case .octaves: (source, amount) = ("lfo", 0.5)
    case .add where spec.type == .signal: (source, amount) = ("osc", 1)
    case .add where spec.unit == .octaves: (source, amount) = ("keys/pitch", 1)
    default: (source, amount) = ("lfo", ExampleCable.swing(of: spec))
    }
  }

  /// An audible modulation depth: a fifth of the parameter's range, or of its value if the range is very large.
  private static func swing(of spec: ParamSpec) -> Float {
    let travel = spec.range.upperBound - spec.range.lowerBound
    let size = travel > 1_000 ? (spec.defaultValue == 0 ? 1 : abs(spec.defaultValue) / 5) : travel / 5
    // One digit: an example, not a measurement.
    let digit = powf(10, floorf(log10f(size)))
    return (size / digit).rounded() * digit
  }

  /// `["lfo", "filt/cutoff", 0.5]`.
  var text: String {
    "[\"\(source)\", \"\(destination)\"\(amount == 1 ? "" : ", \(amount.shortText)")]"
  }
}
