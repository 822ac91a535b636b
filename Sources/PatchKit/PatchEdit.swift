/// One change of a patch, resolved: names in full, values as a patch stores them.
///
/// `Patch.apply` is the reducer: the program, its journal and every client that follows the edit stream use the same
/// rules, so that their copies stay equal.
public enum PatchEdit: Equatable, Sendable {
  case create(String, PatchNode)
  /// With its cables and MIDI mappings.
  case delete(String)
  case rename(String, to: String)
  /// Sets the amount of a cable that exists.
  case connect(Cable, amount: Float)
  case disconnect(Cable)
  /// nil: the default.
  case param(PortAddress, ParamValue?)
  case voices(Int)
  /// nil: equal temperament.
  case tuning(Tuning?)
  case name(String)
  case about(String)
  /// nil: no mapping.
  case control(PortAddress, MidiControl?)
  /// nil: no snapshot of that name.
  case snapshot(String, Snapshot?)
  /// The place of a node on a drawing; nil: none.
  case place(String, NodePosition?)
  case label(String, String)
  /// All macros, in their order.
  case macros([Macro])
  case macroValue(String, Float)
  /// All frames.
  case frames([Frame])
  /// A key of others (`x-`), of a node or (nil) of the patch; nil: no such key.
  case extra(node: String?, key: String, value: String?)
  /// A whole patch in place of the old one.
  case replace(Patch)
}

extension Patch {
  /// Applies one resolved edit. An edit that does not fit changes nothing.
  ///
  /// - Throws: `.duplicate`, `.noSuchNode`, `.noSuchCable`: the edit was made for another patch.
  public mutating func apply(_ edit: PatchEdit) throws(PatchError) {
    switch edit {
    case .create(let id, let node):
      guard nodes[id] == nil else { throw Patch.duplicate(id) }
      nodes[id] = node
    case .delete(let id): try remove(id)
    case .rename(let id, let other): try move(id, to: other)
    case .connect(let cable, let amount):
      try checkNode(cable.source.node)
      try checkNode(cable.destination.node)
      cables[cable] = amount
    case .disconnect(let cable):
      guard cables.removeValue(forKey: cable) != nil else { throw noSuchCable(cable) }
    case .param(let port, let value):
      try checkNode(port.node)
      nodes[port.node]!.params[port.port] = value
    case .voices(let count): voices = count
    case .tuning(let tuning): self.tuning = tuning
    case .name(let text): name = text
    case .about(let text): about = text
    case .control(let port, let control):
      if control != nil, let name = port.macro {
        _ = try macro(name)
      } else if control != nil {
        try checkNode(port.node)
      }
      controls[port] = control
    case .snapshot(let name, let snapshot): snapshots[name] = snapshot
    case .place(let id, let position):
      try checkNode(id)
      nodes[id]!.position = position
    case .label(let id, let text):
      try checkNode(id)
      nodes[id]!.label = text
    case .macros(let macros): try setMacros(macros)
    case .macroValue(let name, let value): try setMacro(name, to: value)
    case .frames(let frames): self.frames = frames
    case .extra(nil, let key, let value): extras[key] = value
    case .extra(let id?, let key, let value):
      try checkNode(id)
      nodes[id]!.extras[key] = value
    case .replace(let patch): self = patch
    }
  }

  private func checkNode(_ id: String) throws(PatchError) {
    if nodes[id] == nil { _ = try node(id) }
  }

  private mutating func remove(_ id: String) throws(PatchError) {
    try checkNode(id)
    nodes[id] = nil
    let loose = cables.keys.filter { $0.source.node == id || $0.destination.node == id }
    for cable in loose { cables[cable] = nil }
    for port in controls.keys where port.node == id { controls[port] = nil }
    moveTargets(of: id, to: nil)
  }

  private mutating func move(_ id: String, to other: String) throws(PatchError) {
    let node = try node(id)
    if other == id { return }
    guard nodes[other] == nil else { throw Patch.duplicate(other) }
    nodes[id] = nil
    nodes[other] = node
    let moved = cables.filter { $0.key.source.node == id || $0.key.destination.node == id }
    for cable in moved.keys { cables[cable] = nil }
    for (cable, amount) in moved {
      var renamed = cable
      if cable.source.node == id { renamed.source.node = other }
      if cable.destination.node == id { renamed.destination.node = other }
      cables[renamed] = amount
    }
    for (port, control) in controls where port.node == id {
      controls[port] = nil
      controls[PortAddress(other, port.port)] = control
    }
    moveTargets(of: id, to: other)
  }

  static func duplicate(_ id: String) -> PatchError {
    PatchError(.duplicate, "there is a node \(id) already", at: Place(path: id))
  }

  func noSuchCable(_ cable: Cable) -> PatchError {
    let others = cables.keys.filter {
      $0.source.node == cable.source.node && $0.destination.node == cable.destination.node
    }
    return PatchError(
      .noSuchCable, "there is no such cable", at: Place(path: cable.description),
      suggestions: others.sorted().prefix(Nearest.most).map(\.description))
  }
}
