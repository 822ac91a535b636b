// [control] Parameters that notes turn, each for itself.
import ModuleKit

extension PlanPublisher {
  /// Whether each note has the node for itself: it follows voices, and notes play them.
  public func isPerVoice(node serial: Int) -> Bool {
    guard let node = current.nodes.firstIndex(where: { $0.instance.serial == serial }) else { return false }
    return current.nodes[node].instance.notes == nil && !current.players(of: node).isEmpty
  }

  /// Makes a parameter of a node one that notes may turn for themselves, from the next commit on.
  ///
  /// - Returns: whether it was not one yet, so that a commit is needed before anything is heard.
  public func enableNoteValues(node serial: Int, port: Int) -> Bool {
    guard let node = nodes[serial], node.noteParameters[port] == nil else { return false }
    let parameter = node.addNoteParameter(port)
    for group in 0..<(node.isPoly ? current.groups : 1) { _ = parameter.group(group) }
    return true
  }

  /// Turns a parameter for some notes alone, as long as they sound; at `frame` or at once.
  ///
  /// - Parameters:
  ///   - notes: those that are meant, by id or key.
  ///   - player: the node that takes them, by serial; nil: whoever does.
  /// - Returns: false where the event ring is full.
  public func setParameter(
    node serial: Int, port: Int, to value: Float, for notes: NoteEvent, of player: Int? = nil, at frame: Int? = nil
  ) -> Bool {
    guard let node = nodes[serial], let parameter = node.noteParameters[port] else { return false }
    var event = Event(
      kind: .noteParameter, frame: frame ?? Event.now, node: serial, instance: (node.alone ?? node).number, port: port,
      value: value, buffer: UnsafeMutableRawPointer(parameter.groups), frames: parameter.smoothFrames)
    event.note = notes
    event.player = player ?? Event.everyNode
    // Notes that wait for their node are there before it.
    guard early.isEmpty, node.isPublished else {
      guard early.count < PlanPublisher.earlyLimit else { return false }
      early.append(event)
      return true
    }
    return send(event)
  }
}
