import ModuleKit
import PatchKit

/// Where every knob of a patch stood at a moment, those at their defaults included. Cables and nodes are not part of it.
struct Snapshot {
  /// Snapshots of a session.
  static let limit = 1_000

  /// The module of each node: the knobs of another module under the same id mean something else.
  private(set) var types: [String: String] = [:]
  private(set) var knobs: [String: [String: Float]] = [:]

  init(_ patch: Patch, _ registry: Registry) {
    for (id, node) in patch.nodes {
      guard let module = registry[node.type] else { continue }
      types[id] = node.type
      knobs[id] = Dictionary(
        uniqueKeysWithValues: module.inputs.filter(\.hasKnob).map { ($0.name, node.value(of: $0)) })
    }
  }

  /// On the way from one snapshot to the other, x from 0 to 1: numbers in their unit, or evenly in octaves where the
  /// knob is logarithmic; choices, switches and whole numbers change in the middle. What only one of them has, stays.
  init(from a: Snapshot, to b: Snapshot, _ x: Float, _ registry: Registry) {
    for (id, type) in a.types where b.types[id] == type {
      types[id] = type
      for spec in registry[type]?.inputs ?? [] {
        guard let from = a.knobs[id]?[spec.name], let to = b.knobs[id]?[spec.name] else { continue }
        knobs[id, default: [:]][spec.name] = spec.between(from, to, x)
      }
    }
  }

  var count: Int { knobs.values.reduce(0) { $0 + $1.count } }
}

extension ParamSpec {
  fileprivate func between(_ from: Float, _ to: Float, _ x: Float) -> Float {
    if from == to || x <= 0 { return from }
    if x >= 1 { return to }
    guard type == .float else { return x < 0.5 ? from : to }
    let isLogarithmic = curve == .logarithmic && from > 0 && to > 0
    let value = isLogarithmic ? from * (to / from).power(x) : from + (to - from) * x
    return min(max(value, range.lowerBound), range.upperBound)
  }
}

extension Float {
  fileprivate func power(_ x: Float) -> Float { Float.exp2(x * Float.log2(self)) }
}

extension Session {
  func snapshot(_ name: String) throws(PatchError) -> Snapshot {
    if let snapshot = snapshots[name] { return snapshot }
    throw PatchError(
      .noSuchSnapshot, "there is no snapshot \(name)",
      suggestions: Nearest.names(to: name, among: snapshots.keys.sorted()))
  }

  /// Turns every knob that stands elsewhere; all of them or, where that cannot be, none. Nodes that are not there, or
  /// are of another module, are left out.
  ///
  /// - Returns: how many knobs were turned.
  func recall(_ snapshot: Snapshot, seconds: Double, at frame: Int?) throws(PatchError) -> Int {
    var turns: [(id: String, param: String, value: ParamValue)] = []
    for (id, knobs) in snapshot.knobs.sorted(by: { $0.key < $1.key }) {
      guard let node = draft.patch.nodes[id] ?? committed.patch.nodes[id], let type = snapshot.types[id],
        node.type == type, let module = registry[type]
      else { continue }
      for spec in module.inputs {
        guard let value = knobs[spec.name], value != node.value(of: spec) else { continue }
        turns.append((id, spec.name, spec.value(of: value)))
      }
    }
    guard turns.count <= plans.eventRoom else {
      throw PatchError(.busy, "\(turns.count) knobs at once are too many while others are on their way")
    }
    for turn in turns {
      let value = try setKnob(turn.id, turn.param, turn.value, over: seconds, at: frame)
      notify(.param, [.string(turn.id), .string(turn.param), value.osc], except: nil)
    }
    return turns.count
  }
}
