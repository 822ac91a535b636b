/// One difference between two patches.
public enum PatchChange: Equatable, Sendable {
  case name(from: String, to: String)
  case about(from: String, to: String)
  case voices(from: Int, to: Int)
  case tuning(from: Tuning?, to: Tuning?)
  case nodeAdded(String, PatchNode)
  case nodeRemoved(String, PatchNode)
  case type(String, from: String, to: String)
  /// nil: the default.
  case param(String, String, from: ParamValue?, to: ParamValue?)
  case cableAdded(Cable, amount: Float)
  case cableRemoved(Cable, amount: Float)
  case amount(Cable, from: Float, to: Float)
  case snapshotAdded(String)
  case snapshotRemoved(String)
  case snapshotChanged(String)
  /// nil: no mapping.
  case control(PortAddress, from: MidiControl?, to: MidiControl?)
  case placed(String)
  case label(String, from: String, to: String)
  case macroAdded(String)
  case macroRemoved(String)
  case macroChanged(String)
  case macroValue(String, from: Float, to: Float)
  case macrosMoved
  case frames(from: Int, to: Int)
  /// A key of others, of a node or of the patch.
  case extra(node: String?, key: String)
}

extension Patch {
  /// The changes from this patch to `other`, sorted by name; empty if they are equal. A renamed
  /// node is one that is removed and one that is added.
  public func changes(to other: Patch) -> [PatchChange] {
    var changes: [PatchChange] = []
    if name != other.name { changes.append(.name(from: name, to: other.name)) }
    if about != other.about { changes.append(.about(from: about, to: other.about)) }
    if voices != other.voices { changes.append(.voices(from: voices, to: other.voices)) }
    if tuning != other.tuning { changes.append(.tuning(from: tuning, to: other.tuning)) }
    for id in Set(nodes.keys).union(other.nodes.keys).sorted() {
      switch (nodes[id], other.nodes[id]) {
      case (let node?, nil): changes.append(.nodeRemoved(id, node))
      case (nil, let node?): changes.append(.nodeAdded(id, node))
      case (let old?, let new?): if old != new { changes += old.changes(to: new, id) }
      case (nil, nil): break
      }
    }
    for cable in Set(cables.keys).union(other.cables.keys).sorted() {
      switch (cables[cable], other.cables[cable]) {
      case (let amount?, nil): changes.append(.cableRemoved(cable, amount: amount))
      case (nil, let amount?): changes.append(.cableAdded(cable, amount: amount))
      case (let old?, let new?): if old != new { changes.append(.amount(cable, from: old, to: new)) }
      case (nil, nil): break
      }
    }
    for name in Set(snapshots.keys).union(other.snapshots.keys).sorted() {
      switch (snapshots[name], other.snapshots[name]) {
      case (.some, nil): changes.append(.snapshotRemoved(name))
      case (nil, .some): changes.append(.snapshotAdded(name))
      case (let old, let new): if old != new { changes.append(.snapshotChanged(name)) }
      }
    }
    for parameter in Set(controls.keys).union(other.controls.keys).sorted()
    where controls[parameter] != other.controls[parameter] {
      changes.append(.control(parameter, from: controls[parameter], to: other.controls[parameter]))
    }
    if macros != other.macros { changes += macroChanges(to: other) }
    if frames != other.frames { changes.append(.frames(from: frames.count, to: other.frames.count)) }
    return changes + PatchExtras.changes(from: extras, to: other.extras).map { .extra(node: nil, key: $0.key) }
  }

  private func macroChanges(to other: Patch) -> [PatchChange] {
    let old = Dictionary(macros.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let new = Dictionary(other.macros.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var changes: [PatchChange] = []
    for name in Set(old.keys).union(new.keys).sorted() where old[name] != new[name] {
      guard var before = old[name], let after = new[name] else {
        changes.append(old[name] == nil ? .macroAdded(name) : .macroRemoved(name))
        continue
      }
      if before.value != after.value { changes.append(.macroValue(name, from: before.value, to: after.value)) }
      before.value = after.value
      if before != after { changes.append(.macroChanged(name)) }
    }
    return changes.isEmpty ? [.macrosMoved] : changes
  }
}

extension PatchNode {
  fileprivate func changes(to other: PatchNode, _ id: String) -> [PatchChange] {
    var changes: [PatchChange] = []
    if type != other.type { changes.append(.type(id, from: type, to: other.type)) }
    for name in Set(params.keys).union(other.params.keys).sorted() where params[name] != other.params[name] {
      changes.append(.param(id, name, from: params[name], to: other.params[name]))
    }
    if position != other.position { changes.append(.placed(id)) }
    if label != other.label { changes.append(.label(id, from: label, to: other.label)) }
    return changes + PatchExtras.changes(from: extras, to: other.extras).map { .extra(node: id, key: $0.key) }
  }
}

extension PatchChange: CustomStringConvertible {
  /// One line: `+ osc1 (sine)`, `- osc1 -> filt1/in`, `osc1/frequency: default -> 880`.
  public var description: String {
    func text(_ value: ParamValue?) -> String { value?.description ?? "default" }
    func times(_ amount: Float) -> String { amount == 1 ? "" : " \(amount.shortText)" }
    return switch self {
    case .name(let from, let to): "name: \(from.shown) -> \(to.shown)"
    case .about(let from, let to): "about: \(from.shown) -> \(to.shown)"
    case .voices(let from, let to): "voices: \(from) -> \(to)"
    case .tuning(let from, let to): "tuning: \(from?.summary ?? "equal") -> \(to?.summary ?? "equal")"
    case .nodeAdded(let id, let node): "+ \(id) (\(node.summary))"
    case .nodeRemoved(let id, let node): "- \(id) (\(node.summary))"
    case .type(let id, let from, let to): "\(id): \(from) -> \(to)"
    case .param(let id, let name, let from, let to): "\(id)/\(name): \(text(from)) -> \(text(to))"
    case .cableAdded(let cable, let amount): "+ \(cable)\(times(amount))"
    case .cableRemoved(let cable, let amount): "- \(cable)\(times(amount))"
    case .amount(let cable, let from, let to): "\(cable): \(from.shortText) -> \(to.shortText)"
    case .snapshotAdded(let name): "+ snapshot \(name)"
    case .snapshotRemoved(let name): "- snapshot \(name)"
    case .snapshotChanged(let name): "snapshot \(name)"
    case .control(let parameter, let from, let to):
      "\(parameter): \(from?.description ?? "no controller") -> \(to?.description ?? "no controller")"
    case .placed(let id): "\(id) moved"
    case .label(let id, let from, let to): "\(id) label: \(from.shown) -> \(to.shown)"
    case .macroAdded(let name): "+ macro \(name)"
    case .macroRemoved(let name): "- macro \(name)"
    case .macroChanged(let name): "macro \(name)"
    case .macroValue(let name, let from, let to): "macro \(name): \(from.shortText) -> \(to.shortText)"
    case .macrosMoved: "macros in another order"
    case .frames(let from, let to): from == to ? "frames" : "frames: \(from) -> \(to)"
    case .extra(let id, let key): (id.map { "\($0) " } ?? "") + key
    }
  }
}

extension Tuning {
  /// The names of its files.
  fileprivate var summary: String {
    [scale, keyboard].compactMap { $0?.split(separator: "/").last.map(String.init) }.joined(separator: ", ")
  }
}

extension PatchNode {
  /// The module and its set parameters: `sine, frequency 220`.
  fileprivate var summary: String {
    ([type] + params.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }).joined(separator: ", ")
  }
}
