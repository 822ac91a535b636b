import Engine
import PatchKit

extension Session {
  /// Turns a knob of what sounds for some notes alone.
  ///
  /// - Parameters:
  ///   - notes: those that are meant, by id or key.
  ///   - player: the id of the node that takes them.
  /// - Returns: the value as a number.
  func setKnob(
    _ knob: String, _ value: ParamValue, for notes: NoteEvent, of player: String?, at frame: Int?
  ) throws(PatchError) -> Float {
    let port = try draft.patch.knobAddress(knob)
    guard let node = sounding(port.node) else {
      throw PatchError(
        .noSuchNode, "there is no node \(port.node.shown) in what sounds",
        suggestions: Nearest.names(to: port.node, among: committed.patch.nodes.keys.sorted()))
    }
    // Asks by setting a copy: the same rules, the same errors.
    var patch = committed.patch
    let number = try patch.setParam(node.id, port.port, value, in: registry)
    try patch.checkPatchable(PortAddress(node.id, port.port), in: registry)
    let place = Place(path: "\(node.id)/\(port.port)")
    guard let input = registry[patch.nodes[node.id]!.type]?.input(named: port.port), plans.isPerVoice(node: node.serial)
    else {
      throw PatchError(
        .notPatchable, "no notes play \(node.id): all voices share it, and /mod/\(place.path!) turns it", at: place)
    }
    let serial = try self.player(player)
    if plans.enableNoteValues(node: node.serial, port: input) {
      do throws(PatchErrors) { try recompile() } catch { throw error.asOne }
    }
    guard plans.setParameter(node: node.serial, port: input, to: number, for: notes, of: serial, at: frame) else {
      throw PatchError(.busy, "too many events are on their way; this one was not taken", at: place)
    }
    return number
  }
}
