import ModuleKit

/// The edits of a patch. Each resolves a request by the rules of the registry, then applies it; an edit that is refused
/// changes nothing.
extension Patch {
  /// Adds a node with the given parameters.
  public mutating func create(
    _ id: String, type: String, params: [(String, ParamValue)] = [], in registry: Registry
  ) throws(PatchError) {
    try apply(.create(id, newNode(id, type: type, params: params, in: registry)))
  }

  /// Removes a node and its cables.
  public mutating func delete(_ id: String) throws(PatchError) { try apply(.delete(id)) }

  /// Renames a node; its cables follow.
  public mutating func rename(_ id: String, to other: String) throws(PatchError) {
    try checkRename(id, to: other)
    try apply(.rename(id, to: other))
  }

  /// Sets a parameter and returns its new number (0 for a text of a placeholder's).
  @discardableResult
  public mutating func setParam(
    _ node: String, _ param: String, _ value: ParamValue, in registry: Registry
  ) throws(PatchError) -> Float {
    let (stored, number) = try resolve(value, of: node, param, in: registry)
    try apply(.param(PortAddress(node, param), stored))
    return number
  }

  /// Sets the polyphony, 1 … `Limits.voices`.
  public mutating func setVoices(_ count: Int) throws(PatchError) {
    try Patch.checkVoices(count)
    try apply(.voices(count))
  }

  /// Stores the parameters of all nodes under a name.
  public mutating func keepSnapshot(_ name: String, in registry: Registry) throws(PatchError) {
    try apply(.snapshot(name, newSnapshot(name, in: registry)))
  }

  // MARK: Rules

  /// The node that a request describes.
  public func newNode(
    _ id: String, type: String, params: [(String, ParamValue)] = [], in registry: Registry
  ) throws(PatchError) -> PatchNode {
    try Patch.checkID(id)
    guard nodes[id] == nil else { throw Patch.duplicate(id) }
    guard nodes.count < Limits.nodes else {
      throw PatchError(.limit, "a patch has at most \(Limits.nodes) nodes", at: Place(path: id))
    }
    let module = try registry.module(type, at: id)
    var node = PatchNode(type: type)
    for (name, value) in params {
      let spec = try module.param(name, of: id)
      node.params[name] = try spec.kept(value, at: "\(id)/\(name)")
    }
    return node
  }

  public func checkRename(_ id: String, to other: String) throws(PatchError) {
    _ = try node(id)
    try Patch.checkID(other)
    if other != id, nodes[other] != nil { throw Patch.duplicate(other) }
  }

  /// A value as the patch stores it, and its number (0 for a text of a placeholder's).
  public func resolve(
    _ value: ParamValue, of node: String, _ param: String, in registry: Registry
  ) throws(PatchError) -> (value: ParamValue, number: Float) {
    if let module = try module(of: node, in: registry) {
      let spec = try module.param(param, of: node)
      let number = try spec.number(from: value, at: "\(node)/\(param)")
      return (spec.isFile ? value : spec.value(of: number), number)
    }
    try Patch.checkPlaceholder(node, param, value)
    switch value {
    case .number(let number): return (value, number)
    case .bool(let bool): return (value, bool ? 1 : 0)
    case .text: return (value, 0)
    }
  }

  /// The snapshot of this patch under a name.
  public func newSnapshot(_ name: String, in registry: Registry) throws(PatchError) -> Snapshot {
    try Patch.checkSnapshotName(name)
    guard snapshots[name] != nil || snapshots.count < Limits.snapshots else {
      throw PatchError(.limit, "\(Limits.snapshots) snapshots are kept at most", at: Place(path: name))
    }
    return Snapshot(self, in: registry)
  }

  static func checkID(_ id: String) throws(PatchError) {
    if Name.isLegal(id) { return }
    let reason = id.utf8.contains(UInt8(ascii: ".")) ? "; a dot is reserved for parts of patches" : ""
    throw PatchError(.badName, "\(id.shown) is not an id: \(Name.rule)\(reason)", at: Place(path: id.placed))
  }

  static func checkSnapshotName(_ name: String) throws(PatchError) {
    if Name.isLegal(name) { return }
    throw PatchError(.badName, "\(name.shown) is not a name: \(Name.rule)", at: Place(path: name.placed))
  }

  public static func checkVoices(_ count: Int) throws(PatchError) {
    if (1...Limits.voices).contains(count) { return }
    throw PatchError(.range, "\(count) voices are outside 1 to \(Limits.voices)", at: Place(path: "voices"))
  }

  /// A placeholder accepts every parameter with a legal name and a finite value.
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
