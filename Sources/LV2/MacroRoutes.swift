// [audio] [control] The parameters that a control port drives, without names and lists.
import ModuleKit
import PatchKit

/// One parameter driven by a macro: the points of its curve in memory of its own.
struct MacroRoute {
  let serial: Int
  let port: Int
  private let curve: MacroCurve

  init(serial: Int, port: Int, _ target: MacroTarget, _ spec: ParamSpec) {
    (self.serial, self.port) = (serial, port)
    curve = MacroCurve(target, of: spec)
  }

  func value(at position: Float) -> Float { curve.value(at: position) }
}

/// The parameters of a patch by macro.
struct MacroRoutes {
  /// For each control port.
  let routes: [[MacroRoute]]

  init(_ controls: [String?], of patch: Patch, serials: [String: Int], in registry: Registry) {
    routes = controls.map { name in
      guard let macro = patch.macros.first(where: { $0.name == name }) else { return [] }
      return macro.targets.compactMap { target in
        guard let node = patch.nodes[target.param.node], let serial = serials[target.param.node],
          let module = registry[node.type], let port = module.input(named: target.param.port)
        else { return nil }
        return MacroRoute(serial: serial, port: port, target, module.inputs[port])
      }
    }
  }
}
