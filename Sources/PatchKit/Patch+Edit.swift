import ModuleKit

/// The edits of a patch. An edit that is refused changes nothing.
extension Patch {
  /// Adds a node, with the knobs that are given.
  public mutating func create(
    _ id: String, type: String, params: [(String, ParamValue)] = [], in registry: Registry
  ) throws(PatchError) {
    try Patch.checkID(id)
    guard nodes[id] == nil else {
      throw PatchError(.duplicate, "there is a node \(id) already", at: Place(path: id))
    }
    guard nodes.count < Limits.nodes else {
      throw PatchError(.limit, "a patch has at most \(Limits.nodes) nodes", at: Place(path: id))
    }
    let module = try registry.module(type, at: id)
    var node = PatchNode(type: type)
    for (name, value) in params {
      let spec = try module.param(name, of: id)
      node.params[name] = try spec.kept(value, at: "\(id)/\(name)")
    }
    nodes[id] = node
  }

  /// Removes a node and its cables.
  public mutating func delete(_ id: String) throws(PatchError) {
    _ = try node(id)
    nodes[id] = nil
    let loose = cables.keys.filter { $0.source.node == id || $0.destination.node == id }
    for cable in loose { cables[cable] = nil }
    for knob in controls.keys where knob.node == id { controls[knob] = nil }
  }

  /// Gives a node another id; its cables follow.
  public mutating func rename(_ id: String, to other: String) throws(PatchError) {
    let node = try node(id)
    try Patch.checkID(other)
    if other == id { return }
    guard nodes[other] == nil else {
      throw PatchError(.duplicate, "there is a node \(other) already", at: Place(path: other))
    }
    nodes[id] = nil
    nodes[other] = node
    let moved = cables.filter { $0.key.source.node == id || $0.key.destination.node == id }
    for (cable, amount) in moved {
      var renamed = cable
      if cable.source.node == id { renamed.source.node = other }
      if cable.destination.node == id { renamed.destination.node = other }
      cables[cable] = nil
      cables[renamed] = amount
    }
    for (knob, control) in controls where knob.node == id {
      controls[knob] = nil
      controls[PortAddress(other, knob.port)] = control
    }
  }

  /// Sets a knob and returns the number that it now stands at (0 for a text of a placeholder's).
  @discardableResult
  public mutating func setParam(
    _ node: String, _ param: String, _ value: ParamValue, in registry: Registry
  ) throws(PatchError) -> Float {
    if let module = try module(of: node, in: registry) {
      let spec = try module.param(param, of: node)
      let number = try spec.number(from: value, at: "\(node)/\(param)")
      nodes[node]!.params[param] = try spec.kept(value, at: "\(node)/\(param)")
      return number
    }
    try Patch.checkPlaceholder(node, param, value)
    nodes[node]!.params[param] = value
    switch value {
    case .number(let number): return number
    case .bool(let bool): return bool ? 1 : 0
    case .text: return 0
    }
  }

  /// Sets the polyphony, 1 … `Limits.voices`.
  public mutating func setVoices(_ count: Int) throws(PatchError) {
    try Patch.checkVoices(count)
    voices = count
  }

  static func checkID(_ id: String) throws(PatchError) {
    if Name.isLegal(id) { return }
    throw PatchError(.badName, "\(id.shown) is not an id: \(Name.rule)", at: Place(path: id.placed))
  }

  /// Keeps where every knob stands, under a name.
  public mutating func keepSnapshot(_ name: String, in registry: Registry) throws(PatchError) {
    try Patch.checkSnapshotName(name)
    guard snapshots[name] != nil || snapshots.count < Limits.snapshots else {
      throw PatchError(.limit, "\(Limits.snapshots) snapshots are kept at most", at: Place(path: name))
    }
    snapshots[name] = Snapshot(self, in: registry)
  }

  static func checkSnapshotName(_ name: String) throws(PatchError) {
    if Name.isLegal(name) { return }
    throw PatchError(.badName, "\(name.shown) is not a name: \(Name.rule)", at: Place(path: name.placed))
  }

  static func checkVoices(_ count: Int) throws(PatchError) {
    if (1...Limits.voices).contains(count) { return }
    throw PatchError(.range, "\(count) voices are outside 1 to \(Limits.voices)", at: Place(path: "voices"))
  }

  /// A placeholder takes every parameter of a legal name with a finite value.
  static func checkPlaceholder(_ node: String, _ param: String, _ value: ParamValue) throws(PatchError) {
    let path = "\(node)/\(param)".placed
    guard Name.isLegal(param) else {
      throw PatchError(.badName, "\(param.shown) is not a name: \(Name.rule)", at: Place(path: path))
    }
    if case .number(let number) = value, !number.isFinite {
      throw PatchError(.range, "\(number) is not a finite number", at: Place(path: path))
    }
  }
}
