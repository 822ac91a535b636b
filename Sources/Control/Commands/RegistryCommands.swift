import ModuleKit
import PatchKit

extension CommandTable {
  static let registryCommands: [Command] = [
    Command("/registry/list", [], "Lists the modules: type, family, summary") { session, call in
      let abouts = session.registry.names.compactMap { session.registry.find($0)?.about }
      for about in abouts {
        call.item([.string(about.name), .string(about.family.rawValue), .string(about.summary)])
      }
      return .done([.int32(Int32(abouts.count))])
    },
    Command(
      "/registry/get", [.text("type")],
      "Lists a module's ports: input, name, type, default, minimum, maximum, unit, summary; then output, name, summary"
    ) { session, call throws(PatchError) in
      let module = try session.registry.module(call.text(0), at: call.text(0))
      for input in module.inputs { call.item([.string("input")] + input.osc) }
      for output in module.outputs { call.item([.string("output"), .string(output.name), .string(output.summary)]) }
      return .done([.int32(Int32(module.inputs.count)), .int32(Int32(module.outputs.count))])
    },
    Command("/samples/list", [], "Lists the sound files of --samples, which a node names without a path") {
      session, call in
      let names = session.sampleNames()
      for name in names { call.item([.string(name)]) }
      return .done([.int32(Int32(clamping: names.count))])
    },
  ]
}

extension ParamSpec {
  fileprivate var osc: [OSCArgument] {
    let kind: String
    switch type {
    case .signal: kind = "signal"
    case .float: kind = "float"
    case .int: kind = "int"
    case .bool: kind = "bool"
    case .choice(let names): kind = names.joined(separator: "|")
    case .file(let names, _): kind = (["file"] + names).joined(separator: "|")
    }
    return [
      .string(name), .string(kind), value(of: defaultValue).osc, .float(range.lowerBound), .float(range.upperBound),
      .string(unit.rawValue), .string(summary),
    ]
  }
}
