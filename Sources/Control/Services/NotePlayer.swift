import Engine
import PatchKit

/// Notes of `/note/…` commands: their ids, the nodes that receive them, and parameters of single notes.
final class NotePlayer {
  /// The lowest note id; lower numbers are keys.
  static let firstNote: Int32 = 1_000

  private unowned let session: Session
  /// The id of the next note.
  private var nextNote = NotePlayer.firstNote

  init(_ session: Session) { self.session = session }

  /// Starts a note.
  ///
  /// - Returns: its id.
  func start(key: Float, velocity: Float, on node: String?, at frame: Int?) throws(PatchError) -> Int32 {
    let id = nextNote
    try play(NoteEvent(.on, id: id, key: key, value: velocity), on: node, at: frame)
    nextNote = id == .max ? NotePlayer.firstNote : id + 1
    return id
  }

  /// An event for the notes of `number`: a note id, or a key.
  func note(
    _ kind: NoteEvent.Kind, _ number: Double, _ value: Float = 0
  ) throws(PatchError) -> NoteEvent {
    if (0...127).contains(number) { return NoteEvent(kind, key: Float(number), value: value) }
    guard number >= Double(NotePlayer.firstNote), number == number.rounded() else {
      throw PatchError(.range, "a note is a key, 0 to 127, or an id from \(NotePlayer.firstNote) up")
    }
    guard number < Double(nextNote) else {
      throw PatchError(.noSuchNote, "there has been no note with the id \(Int64(exactly: number) ?? .max)")
    }
    return NoteEvent(kind, id: Int32(number), value: value)
  }

  /// Sends a note event to the node `id`, or to every node that receives notes.
  func play(
    _ event: NoteEvent, on id: String?, at frame: Int?, needsNode: Bool = true
  ) throws(PatchError) {
    let serial = try player(id, needsNode: needsNode)
    guard session.plans.play(event, node: serial, at: frame) else {
      throw PatchError(.busy, "the event queue is full; this event was dropped")
    }
  }

  /// The serial of the note-receiving node `id`; nil: all note-receiving nodes.
  func player(_ id: String?, needsNode: Bool = true) throws(PatchError) -> Int? {
    let players = session.committed.patch.nodes.filter { session.registry[$0.value.type]?.about.takesNotes == true }
      .keys.sorted()
    guard let id else {
      guard players.isEmpty, needsNode else { return nil }
      throw PatchError(
        .noSuchNode, "no node of the committed patch receives notes; create one of type notes and commit")
    }
    guard players.contains(id), let serial = session.committed.serials[id] else {
      let rule =
        session.committed.patch.nodes[id] == nil ? "the committed patch has no node \(id)" : "\(id) receives no notes"
      throw PatchError(.noSuchNode, rule, suggestions: Nearest.names(to: id, among: players))
    }
    return serial
  }
  /// Sets a parameter of a committed node for some notes only.
  ///
  /// - Parameters:
  ///   - notes: the notes, by id or key.
  ///   - player: the id of the node that receives them.
  /// - Returns: the value as a number.
  func setParameter(
    _ parameter: String, _ value: ParamValue, for notes: NoteEvent, of player: String?, at frame: Int?
  ) throws(PatchError) -> Float {
    let port = try session.draft.patch.parameterAddress(parameter)
    guard let node = session.parameters.sounding(port.node) else {
      throw PatchError(
        .noSuchNode, "there is no node \(port.node.shown) in the committed patch",
        suggestions: Nearest.names(to: port.node, among: session.committed.patch.nodes.keys.sorted()))
    }
    // Setting a copy applies the same rules and errors.
    var patch = session.committed.patch
    let number = try patch.setParam(node.id, port.port, value, in: session.registry)
    try patch.checkPatchable(PortAddress(node.id, port.port), in: session.registry)
    let place = Place(path: "\(node.id)/\(port.port)")
    guard let input = session.registry[patch.nodes[node.id]!.type]?.input(named: port.port),
      session.plans.isPerVoice(node: node.serial)
    else {
      throw PatchError(
        .notPatchable, "no notes play \(node.id): all voices share it, and /mod/\(place.path!) sets it", at: place)
    }
    let serial = try self.player(player)
    if session.plans.enableNoteValues(node: node.serial, port: input) {
      do throws(PatchErrors) { try session.commits.recompile() } catch { throw error.asOne }
    }
    guard session.plans.setParameter(node: node.serial, port: input, to: number, for: notes, of: serial, at: frame)
    else {
      throw PatchError(.busy, "the event queue is full; this event was dropped", at: place)
    }
    return number
  }
}
