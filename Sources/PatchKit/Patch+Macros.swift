import ModuleKit

extension PortAddress {
  /// The pseudo id of macros; no id begins with `/`.
  private static let macroNode = "/macro"

  /// The value of a macro, written `/macro/NAME`, which MIDI controllers can set like a parameter.
  public static func macro(_ name: String) -> PortAddress { PortAddress(macroNode, name) }

  /// The macro that it names.
  public var macro: String? { node == PortAddress.macroNode ? port : nil }
}

/// Macros: lookup, checks, edits.
extension Patch {
  /// - Throws: `.noSuchMacro` with the nearest names.
  public func macro(_ name: String) throws(PatchError) -> Macro {
    if let macro = macros.first(where: { $0.name == name }) { return macro }
    throw PatchError(
      .noSuchMacro, "there is no macro \(name.shown)", suggestions: Nearest.names(to: name, among: macros.map(\.name)))
  }

  /// The macros with another one at the end.
  public func adding(_ macro: Macro, in registry: Registry) throws(PatchError) -> [Macro] {
    try check(macro, in: registry)
    let place = Place(path: "macros/\(macro.name)".placed)
    guard !macros.contains(where: { $0.name == macro.name }) else {
      throw PatchError(.duplicate, "there is a macro \(macro.name) already", at: place)
    }
    guard macros.count < Limits.macros else {
      throw PatchError(.limit, "a patch has at most \(Limits.macros) macros", at: place)
    }
    return macros + [macro]
  }

  /// Checks a macro and its targets.
  func check(_ macro: Macro, in registry: Registry) throws(PatchError) {
    try Macro.checkName(macro.name)
    try Patch.checkLabel(macro.label, at: "macros/\(macro.name)")
    try Macro.checkValue(macro.value, of: macro.name)
    guard macro.targets.count <= Limits.macroTargets else {
      throw PatchError(
        .limit, "a macro drives at most \(Limits.macroTargets) parameters", at: Place(path: "macros/\(macro.name)"))
    }
    var seen: Set<PortAddress> = []
    for target in macro.targets {
      try check(target, in: registry)
      guard seen.insert(target.param).inserted else {
        throw PatchError(
          .duplicate, "the macro \(macro.name) drives it already", at: Place(path: target.param.description.placed))
      }
    }
  }

  /// Checks a target: an existing parameter that is no file, values in its range, points in ascending order.
  func check(_ target: MacroTarget, in registry: Registry) throws(PatchError) {
    let place = Place(path: target.param.description.placed)
    for values in zip(target.points, target.points.dropFirst()) where !(values.0.position < values.1.position) {
      throw PatchError(
        .range,
        "points are in ascending order: \(values.1.position.shortText) follows \(values.0.position.shortText)",
        at: place)
    }
    for point in target.points where !(0...1).contains(point.position) {
      throw PatchError(.range, "the position of a point is 0 to 1, not \(point.position.shortText)", at: place)
    }
    guard target.points.isEmpty || (2...Limits.macroPoints).contains(target.points.count) else {
      throw PatchError(
        .limit, "a target has 2 to \(Limits.macroPoints) points, not \(target.points.count)", at: place)
    }
    guard let module = try module(of: target.param.node, in: registry) else { return }
    let spec = try module.param(target.param.port, of: target.param.node)
    guard spec.isParameter, !spec.isFile else {
      throw PatchError(
        .noSuchParam,
        "\(target.param.port) of \(module.name) \(spec.isFile ? "names a file" : "is an audio input"), so no macro drives it",
        at: place,
        suggestions: Nearest.names(to: target.param.port, among: module.inputs.lazy.filter(\.isParameter).map(\.name)))
    }
    for value in [target.from, target.to].compactMap({ $0 }) + target.points.map(\.value) {
      _ = try spec.number(from: .number(value), at: target.param.description)
    }
  }

  /// The parameters that a macro sets at `value`, with their new values. Targets without a module are left out.
  public func values(of macro: Macro, at value: Float, in registry: Registry) -> [(
    param: PortAddress, value: ParamValue
  )] {
    macro.targets.compactMap { target in
      guard let node = nodes[target.param.node], let module = registry[node.type],
        let port = module.input(named: target.param.port)
      else { return nil }
      let spec = module.inputs[port]
      return (target.param, spec.value(of: target.value(at: value, of: spec)))
    }
  }

  /// The macros without targets whose nodes this patch lacks.
  public func fitting(_ macros: [Macro]) -> [Macro] {
    macros.map { macro in
      var fitting = macro
      fitting.targets.removeAll { nodes[$0.param.node] == nil }
      return fitting
    }
  }

  // MARK: Edits

  mutating func setMacros(_ macros: [Macro]) throws(PatchError) {
    for macro in macros {
      for target in macro.targets where nodes[target.param.node] == nil { _ = try node(target.param.node) }
    }
    self.macros = macros
    for port in controls.keys { if let name = port.macro, !hasMacro(name) { controls[port] = nil } }
  }

  mutating func setMacro(_ name: String, to value: Float) throws(PatchError) {
    guard let index = macros.firstIndex(where: { $0.name == name }) else {
      _ = try macro(name)
      return
    }
    macros[index].value = value
  }

  func hasMacro(_ name: String) -> Bool { macros.contains { $0.name == name } }

  /// Renames (nil: removes) a node in the targets of the macros.
  mutating func moveTargets(of id: String, to other: String?) {
    for i in macros.indices where macros[i].targets.contains(where: { $0.param.node == id }) {
      if let other {
        for j in macros[i].targets.indices where macros[i].targets[j].param.node == id {
          macros[i].targets[j].param.node = other
        }
      } else {
        macros[i].targets.removeAll { $0.param.node == id }
      }
    }
  }
}
