import PatchKit

/// Random edits of every kind that a patch allows, the same for the same seed.
struct IdealStorm {
  private var random: LinearRandom
  /// Recently committed patches, for undo.
  private var past: [(patch: Patch, serials: [String: Int])] = []
  private var lastName = 0
  /// Number of edits by kind.
  private(set) var counts: [String: Int] = [:]

  private let kinds: [String]

  init(seed: UInt64, without unwanted: [String] = []) {
    random = LinearRandom(state: seed)
    kinds = IdealStorm.kinds.filter { !unwanted.contains($0) }
  }

  mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
  mutating func pick<T>(_ choices: [T]) -> T? { choices.randomElement(using: &random) }
  private mutating func amount(_ range: ClosedRange<Float> = 0.005...0.1) -> Float {
    Float.random(in: range, using: &random)
  }

  /// Stores the present patch.
  mutating func remember(_ rig: EngineRig) {
    past.append((rig.patch, rig.serials))
    if past.count > 100 { past.removeFirst() }
  }

  /// The storm's nodes, older first: sources are older than the nodes that they feed.
  func names(_ rig: EngineRig, _ isMeant: (String) -> Bool = { _ in true }) -> [String] {
    rig.patch.nodes.filter { !["osc", "who", "out"].contains($0.key) && isMeant($0.value.type) }.keys
      .sorted { rig.serials[$0]! < rig.serials[$1]! }
  }

  /// The kinds of edit, by frequency.
  private static let kinds =
    Array(repeating: "create", count: 4) + Array(repeating: "connect", count: 4) + Array(repeating: "feed", count: 2)
    + ["delete", "delete", "disconnect", "disconnect", "retype", "rename", "voices", "set", "undo"]

  /// Performs one edit of the draft; nothing where it is impossible.
  mutating func edit(_ rig: EngineRig) {
    let kind = pick(kinds)!, names = names(rig)
    switch kind {
    case "create":
      guard names.count < 12 else { return }
      lastName += 1
      create("n\(lastName)", rig)
    case "connect":
      let name = pick(names + ["osc"])!
      rig.connect(name, "out/left", name == "osc" ? amount(0.002...0.02) : amount())
    case "feed":
      guard let filter = pick(self.names(rig, IdealMix.takesSound)),
        let name = pick(names.filter { rig.serials[$0]! < rig.serials[filter]! })
      else { return }
      rig.connect(name, "\(filter)/in", amount(0.1...1))
    case "disconnect":
      guard let cable = pick(rig.patch.cables.keys.filter { $0.source.node != "who" }.sorted()) else { return }
      rig.disconnect(cable.source.description, cable.destination.description)
    case "voices": try! rig.patch.setVoices(pick([1, 4, 8, 13, 24, 32, 32, 32, IdealMix.mostVoices])!)
    case "undo":
      guard let (patch, serials) = pick(past.suffix(int(1...20))) else { return }
      (rig.patch, rig.serials) = (patch, serials)
    default:
      guard let name = pick(names) else { return }
      change(name, kind, rig)
    }
    counts[kind, default: 0] += 1
  }

  private mutating func change(_ name: String, _ kind: String, _ rig: EngineRig) {
    switch kind {
    case "delete": rig.delete(name)
    case "retype":
      rig.delete(name)
      create(name, rig)
    case "rename":
      lastName += 1
      rig.rename(name, to: "r\(lastName)")
    default: _ = set(name, rig)
    }
  }

  private mutating func create(_ name: String, _ rig: EngineRig) {
    let type = pick(IdealStorm.types)!
    rig.create(name, type, [(IdealStorm.parameter(of: type), .number(frequency()))])
    rig.connect(name, "out/left", amount())
  }

  /// Sets the parameter of a node in the draft.
  @discardableResult
  mutating func set(_ name: String, _ rig: EngineRig) -> (param: String, value: Float) {
    let param = IdealStorm.parameter(of: rig.patch.nodes[name]!.type), value = frequency()
    try! rig.patch.setParam(name, param, .number(value), in: registry)
    return (param, value)
  }

  private mutating func frequency() -> Float { Float.random(in: 50...4_000, using: &random) }
  private static func parameter(of type: String) -> String { IdealMix.takesSound(type) ? "cutoff" : "frequency" }
  private static let types = ["sine", "triangle", "saw", "biquad", "biquad"]
}
