// [control] The memory of a parameter that notes turn, each for itself.
import ModuleKit

/// Owns what the notes have made of one parameter of one instance.
final class NoteParameter {
  /// Frames that a note's parameter takes on its way.
  let smoothFrames: Int
  /// By group. The audio thread looks at a group only after a plan that has it has been published.
  let groups: UnsafeMutablePointer<UnsafeMutablePointer<NoteParameterGroup>?>

  init(_ spec: ParamSpec, sampleRate: Float) {
    smoothFrames = spec.smoothing == .none ? 0 : Int((spec.smoothingTime * sampleRate).rounded())
    groups = .allocate(capacity: Engine.groupLimit)
    groups.initialize(repeating: nil, count: Engine.groupLimit)
  }

  deinit {
    for group in 0..<Engine.groupLimit { groups[group]?.deallocate() }
    groups.deallocate()
  }

  /// What the notes of eight voices have made of it; made when it is first asked for.
  func group(_ index: Int) -> UnsafeMutablePointer<NoteParameterGroup> {
    if let group = groups[index] { return group }
    let group = CacheLine.room(of: NoteParameterGroup.self)
    group.initialize(to: NoteParameterGroup())
    groups[index] = group
    return group
  }
}

extension Graph {
  /// The nodes that take the notes which a node's voices play; none for what all voices share.
  func players(of node: Int) -> [Int] {
    var found: [Int] = [], open = [node], seen: Set = [node]
    while let next = open.popLast() {
      if nodes[next].instance.notes != nil { found.append(next) }
      guard hasVoices(next) else { continue }
      for cable in cables where cable.destination == next && cable.source != Graph.unit {
        if hasVoices(cable.source), seen.insert(cable.source).inserted { open.append(cable.source) }
      }
    }
    return found.sorted()
  }

  /// Whether each voice has a node for itself; in a patch of one voice, whether each would have.
  private func hasVoices(_ node: Int) -> Bool {
    let instance = nodes[node].instance
    return instance.isPoly || voices == 1 && (instance.notes != nil || instance.descriptor.about.voicing == .follows)
  }
}
