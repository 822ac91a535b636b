import CRealtime
import ModuleKit

/// `weft-bench modules`: what each registered module costs, at one width and the other.
enum ModuleCosts {
  static func run(_ registry: Registry, names: [String]) throws {
    let chosen = names.isEmpty ? registry.names : names
    print("ns per voice and sample   one voice           eight voices in lanes")
    print("module                    held      moving    held      moving")
    for name in chosen {
      guard let module = registry[name] else { throw Usage("no module named \(name)") }
      let floatState = weft_flush_denormals()
      defer { weft_restore_float_state(floatState) }
      var row = Table.left(name, 26)
      for lanes in [1, 8] {
        for inputs in [ModuleBench.Inputs.held, .moving] {
          row += Table.left(Table.number(ModuleBench(module, lanes: lanes, inputs: inputs).nanoseconds()), 10)
        }
      }
      print(row)
    }
  }
}
