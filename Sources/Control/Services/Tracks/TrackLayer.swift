import Engine
import ModuleKit
import PatchKit
import Tracks

/// One run of a score: its nodes, which are compiled beside the committed patch: neither listed, saved nor undone.
struct TrackLayer {
  private var schedule: TrackSchedule
  /// The engine's frame at which the score begins.
  let origin: Int
  /// The nodes that sound, with the last value that each parameter was set to.
  private var patch = Patch()
  private var serials: [String: Int] = [:]
  /// The start of its ids.
  private let prefix: String
  /// Nodes of the layer before that play on, by id.
  private var inherited: [String: (node: PatchNode, serial: Int)]

  var score: TrackScore { schedule.score }
  /// The engine's frame after the last one of the score.
  var end: Int { origin + score.frames }
  /// The engine's frame of the next commit or setting; nil: there is none.
  var nextFrame: Int? { schedule.nextFrame.map { $0 + origin } }

  /// - Parameter number: no two layers that sound together have the same.
  init(
    _ score: TrackScore, at origin: Int, number: Int,
    inheriting inherited: [String: (node: PatchNode, serial: Int)] = [:]
  ) {
    self.inherited = inherited
    schedule = TrackSchedule(score)
    self.origin = origin
    // An id that no node of a patch can have.
    prefix = "(track \(number)) "
  }

  private func port(_ port: PortAddress) -> PortAddress { PortAddress(prefix + port.node, port.port) }

  /// The next item up to a frame of the engine.
  ///
  /// - Returns: a commit's frame of the engine; or a setting.
  mutating func next(upTo frame: Int, _ lastSerial: inout Int) -> (commit: Int?, setting: TrackScore.Setting?)? {
    switch schedule.next(upTo: frame - origin) {
    case nil: return nil
    case .setting(let setting): return (nil, setting)
    case .commit(let commit):
      apply(commit, &lastSerial)
      return (origin + commit.frame, nil)
    }
  }

  private mutating func apply(_ commit: TrackSchedule.Commit, _ lastSerial: inout Int) {
    for cable in commit.removedCables { patch.cables[self.cable(cable)] = nil }
    for node in commit.removed {
      patch.nodes[prefix + node.id] = nil
      serials[prefix + node.id] = nil
    }
    for node in commit.added {
      if let (known, serial) = inherited.removeValue(forKey: node.id) {
        patch.nodes[prefix + node.id] = known
        serials[prefix + node.id] = serial
        continue
      }
      lastSerial += 1
      patch.nodes[prefix + node.id] = node.node
      serials[prefix + node.id] = lastSerial
    }
    for cable in commit.addedCables { patch.cables[self.cable(cable)] = cable.amount }
  }

  private func cable(_ cable: TrackScore.TimedCable) -> Cable {
    Cable(port(cable.cable.source), port(cable.cable.destination))
  }

  func node(_ id: String) -> (node: PatchNode, serial: Int)? {
    guard let node = patch.nodes[prefix + id], let serial = serials[prefix + id] else { return nil }
    return (node, serial)
  }

  /// Stores the value of a parameter, so that the next commit does not set it again.
  mutating func store(_ id: String, _ param: String, _ value: ParamValue) {
    patch.nodes[prefix + id]?.params[param] = value
  }

  /// Adds these nodes to a patch for compilation.
  func add(to result: inout IdentifiedPatch) {
    result.patch.nodes.merge(patch.nodes) { $1 }
    result.patch.cables.merge(patch.cables) { $1 }
    result.serials.merge(serials) { $1 }
    result.beside.formUnion(serials.values)
  }
}
