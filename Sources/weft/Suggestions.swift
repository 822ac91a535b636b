import CommandParser
import ModuleKit
import PatchKit

/// Example commands for the current patch, in the syntax of `oscsend`.
enum Suggestions {
  static func commands(for patch: Patch, in registry: Registry) -> [String] {
    var commands: [String] = []
    if let (id, param, value) = audibleParameter(of: patch, in: registry) {
      commands.append("/mod/\(id)/\(param.name) f \(Double(value).shortText)")
    }
    if let source = heard(in: patch, registry) {
      let echo = free("echo", in: patch)
      commands.append("/patch/create ss \(echo) delay")
      commands.append("/patch/connect ss \(source.source) \(echo)")
      commands.append("/patch/connect ss \(echo) \(source.destination)")
      commands.append("/patch/commit")
    }
    return commands
  }

  /// A parameter with an audible effect (a corner frequency or a pitch), at half or double its value.
  private static func audibleParameter(of patch: Patch, in registry: Registry) -> (
    id: String, spec: ParamSpec, value: Float
  )? {
    for wanted in ["cutoff", "frequency", "rate", "gain"] {
      for (id, node) in patch.nodes.sorted(by: { $0.key < $1.key }) {
        guard let module = registry[node.type], let port = module.input(named: wanted) else { continue }
        let spec = module.inputs[port], value = node.value(of: spec)
        return (id, spec, spec.range.contains(value * 2) ? value * 2 : value / 2)
      }
    }
    return nil
  }

  /// A cable into an output, or an audible node without one.
  private static func heard(in patch: Patch, _ registry: Registry) -> (source: String, destination: String)? {
    for cable in patch.cables.keys.sorted()
    where registry[patch.nodes[cable.destination.node]?.type ?? ""]?.outputs.isEmpty == true {
      return (cable.source.description, cable.destination.description)
    }
    return nil
  }

  private static func free(_ name: String, in patch: Patch) -> String {
    var free = name, number = 2
    while patch.nodes[free] != nil {
      free = "\(name)\(number)"
      number += 1
    }
    return free
  }
}
