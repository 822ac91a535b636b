import CRealtime
import ModuleKit
import PatchKit

/// `weft-bench modules`: the cost of each registered module, at both widths.
enum ModuleCosts {
  static func run(_ registry: Registry, names: [String]) throws {
    if names == ["--names"] { return print(registry.names.joined(separator: "\n")) }
    let chosen = names.isEmpty ? registry.names : names
    print("ns per voice and sample   one voice           eight voices in lanes")
    print("module                    constant  moving    constant  moving")
    for name in chosen {
      let (module, settings) = try parse(name, registry)
      let floatState = weft_flush_denormals()
      defer { weft_restore_float_state(floatState) }
      var row = Table.left(name, 26)
      for lanes in [1, 8] {
        for inputs in [ModuleBench.Inputs.constant, .moving] {
          row += Table.left(
            Table.number(ModuleBench(module, lanes: lanes, inputs: inputs, settings: settings).nanoseconds()), 10)
        }
      }
      print(row)
    }
  }

  /// `distortion` or `distortion:oversampling=off,shape=hard`.
  private static func parse(_ text: String, _ registry: Registry) throws -> (ModuleDescriptor, [Int: Float]) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    guard let name = parts.first, let module = registry[name] else { throw Usage("no module named \(text)") }
    var settings: [Int: Float] = [:]
    for pair in parts.dropFirst().joined().split(separator: ",") {
      let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard words.count == 2, let port = module.input(named: words[0]) else {
        throw Usage("\(pair) is no setting of \(name)")
      }
      let value = Float(words[1]).map { ParamValue.number($0) } ?? .text(words[1])
      settings[port] = try module.inputs[port].number(from: value, at: name)
    }
    return (module, settings)
  }
}
