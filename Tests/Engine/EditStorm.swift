import Engine
import ModuleKit
import PatchKit

/// Random legal edits, the same for the same seed.
struct EditStorm {
  var random: LinearRandom
  /// Nodes that are never edited.
  let kept: Set<String>
  /// The input that leads to the output.
  let destination: String
  private var names: [String] = []
  private var lastName = 0
  private let types: [String]
  private static let mostNodes = 24

  init(seed: UInt64, kept: Set<String>, into destination: String) {
    random = LinearRandom(state: seed)
    self.kept = kept
    self.destination = destination
    types = registry.names.filter { registry[$0]!.outputs.count > 0 }
  }

  /// Performs one edit of the draft: adds or removes a node or a cable.
  mutating func edit(_ rig: EngineRig) {
    switch Int.random(in: 0..<10, using: &random) {
    case 0...2 where names.count < EditStorm.mostNodes:
      lastName += 1
      let name = "n\(lastName)"
      rig.create(name, types.randomElement(using: &random)!)
      names.append(name)
      connect(name, to: destination, rig)
    case 3...4 where names.count > 4:
      let name = names.remove(at: Int.random(in: 0..<names.count, using: &random))
      rig.delete(name)
    case 5...7:
      // Older into newer only: a cycle would need a module with a delay.
      guard names.count > 1 else { return }
      let to = Int.random(in: 1..<names.count, using: &random), from = Int.random(in: 0..<to, using: &random)
      let inputs = registry[rig.patch.nodes[names[to]]!.type]!.inputs.filter(\.isPatchable)
      guard let input = inputs.randomElement(using: &random) else { return }
      connect(names[from], to: "\(names[to])/\(input.name)", rig)
    default:
      let ours = rig.patch.cables.keys.filter { names.contains($0.source.node) }.sorted()
      guard let cable = ours.randomElement(using: &random) else { return }
      rig.disconnect(cable.source.description, cable.destination.description)
    }
  }

  private mutating func connect(_ from: String, to: String, _ rig: EngineRig) {
    let output = registry[rig.patch.nodes[from]!.type]!.outputs.randomElement(using: &random)!
    let amount = Float.random(in: 0...0.2, using: &random)
    // The cable may be there already.
    _ = try? rig.patch.connect("\(from)/\(output.name)", to, amount: amount, in: registry)
  }

  /// Sets a parameter of a node that the storm made.
  mutating func setParameter(_ rig: EngineRig) {
    guard let name = names.randomElement(using: &random), let module = registry[rig.patch.nodes[name]!.type] else {
      return
    }
    guard let spec = module.inputs.filter({ $0.isParameter && !$0.isFile }).randomElement(using: &random) else {
      return
    }
    rig.set(name, spec.name, Float.random(in: spec.range, using: &random))
  }
}
