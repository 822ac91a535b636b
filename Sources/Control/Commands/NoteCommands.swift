import Engine
import PatchKit

extension CommandTable {
  static let noteCommands: [Command] = [
    Command(
      "/note/on", [.number("key"), .number("velocity"), .text("node", .optional)],
      "Starts a note, key 0 to 127 with fractions, velocity 0 to 1; tells its id"
    ) { session, call throws(PatchError) in
      let key = call.number(0), velocity = call.number(1)
      guard (0...127).contains(key) else { throw PatchError(.range, "a key is 0 to 127") }
      guard (0...1).contains(velocity) else { throw PatchError(.range, "a velocity is 0 to 1") }
      let id = session.nextNote
      try session.play(
        NoteEvent(.on, id: id, key: Float(key), value: Float(velocity)), on: call.optionalText(2), at: call.frame)
      session.nextNote = id == .max ? firstNote : id + 1
      return .done([.int32(id)])
    },
    Command(
      "/note/off", [.number("note"), .text("node", .optional)],
      "Releases a note by its id, or the notes of a key"
    ) { session, call throws(PatchError) in
      try session.play(session.note(.off, call.number(0)), on: call.optionalText(1), at: call.frame)
      return .done()
    },
    Command(
      "/note/bend", [.number("note"), .number("semitones"), .text("node", .optional)],
      "Bends a note by its id, or the notes of a key, -96 to 96 semitones"
    ) { session, call throws(PatchError) in
      guard (-96...96).contains(call.number(1)) else { throw PatchError(.range, "a bend is -96 to 96 semitones") }
      try session.play(
        session.note(.bend, call.number(0), Float(call.number(1))), on: call.optionalText(2), at: call.frame)
      return .done()
    },
    Command(
      "/note/pressure", [.number("note"), .number("pressure"), .text("node", .optional)],
      "Presses a note by its id, or the notes of a key, 0 to 1"
    ) { session, call throws(PatchError) in
      guard (0...1).contains(call.number(1)) else { throw PatchError(.range, "a pressure is 0 to 1") }
      try session.play(
        session.note(.pressure, call.number(0), Float(call.number(1))), on: call.optionalText(2), at: call.frame)
      return .done()
    },
    Command(
      "/note/timbre", [.number("note"), .number("timbre"), .text("node", .optional)],
      "Sets the timbre of a note by its id, or of the notes of a key, 0 to 1; 0.5 unless set"
    ) { session, call throws(PatchError) in
      guard (0...1).contains(call.number(1)) else { throw PatchError(.range, "a timbre is 0 to 1") }
      try session.play(
        session.note(.timbre, call.number(0), Float(call.number(1))), on: call.optionalText(2), at: call.frame)
      return .done()
    },
    Command(
      "/note/param", [.number("note"), .text("knob"), .value("value"), .text("node", .optional)],
      "Turns a knob (ID/PARAM) that a cable may reach, for a note by its id, or the notes of a key, alone, as long as "
        + "it sounds; `/mod` turns it for all others"
    ) { session, call throws(PatchError) in
      let value = try session.setParameter(
        call.text(1), call.value(2), for: session.note(.timbre, call.number(0)), of: call.optionalText(3),
        at: call.frame)
      return .done([.float(value)])
    },
    Command("/note/alloff", [.text("node", .optional)], "Releases all notes") { session, call throws(PatchError) in
      try session.play(NoteEvent(.allOff), on: call.optionalText(0), at: call.frame)
      return .done()
    },
    Command(
      "/note/panic", [.text("node", .optional)],
      "Silences everything within 3 ms, echoes too, and lets it begin anew; of one node: its voices"
    ) { session, call throws(PatchError) in
      let isAll = call.optionalText(0) == nil
      try session.play(NoteEvent(.panic), on: call.optionalText(0), at: call.frame, needsNode: !isAll)
      return .done()
    },
  ]

  /// The lowest note id; lower numbers are keys.
  static let firstNote: Int32 = 1_000
}

extension Session {
  /// An event for the notes of `number`: a note id, or a key.
  fileprivate func note(
    _ kind: NoteEvent.Kind, _ number: Double, _ value: Float = 0
  ) throws(PatchError) -> NoteEvent {
    if (0...127).contains(number) { return NoteEvent(kind, key: Float(number), value: value) }
    guard number >= Double(CommandTable.firstNote), number == number.rounded() else {
      throw PatchError(.range, "a note is a key, 0 to 127, or an id from \(CommandTable.firstNote) up")
    }
    guard number < Double(nextNote) else {
      throw PatchError(.noSuchNote, "no note has been given the id \(Int64(exactly: number) ?? .max)")
    }
    return NoteEvent(kind, id: Int32(number), value: value)
  }

  /// Sends a note event to the node `id`, or to every node that receives notes.
  fileprivate func play(
    _ event: NoteEvent, on id: String?, at frame: Int?, needsNode: Bool = true
  ) throws(PatchError) {
    let serial = try player(id, needsNode: needsNode)
    guard plans.play(event, node: serial, at: frame) else {
      throw PatchError(.busy, "too many events are on their way; this one was not taken")
    }
  }

  /// The serial of the note-receiving node `id`; nil: all note-receiving nodes.
  func player(_ id: String?, needsNode: Bool = true) throws(PatchError) -> Int? {
    let players = committed.patch.nodes.filter { registry[$0.value.type]?.about.takesNotes == true }.keys.sorted()
    guard let id else {
      guard players.isEmpty, needsNode else { return nil }
      throw PatchError(.noSuchNode, "no node of what sounds takes notes; create one of type notes and commit")
    }
    guard players.contains(id), let serial = committed.serials[id] else {
      let rule = committed.patch.nodes[id] == nil ? "there is no node \(id) in what sounds" : "\(id) takes no notes"
      throw PatchError(.noSuchNode, rule, suggestions: Nearest.names(to: id, among: players))
    }
    return serial
  }
}

extension Session {
  /// Sets a parameter of a committed node for some notes only.
  ///
  /// - Parameters:
  ///   - notes: the notes, by id or key.
  ///   - player: the id of the node that receives them.
  /// - Returns: the value as a number.
  fileprivate func setParameter(
    _ parameter: String, _ value: ParamValue, for notes: NoteEvent, of player: String?, at frame: Int?
  ) throws(PatchError) -> Float {
    let port = try draft.patch.parameterAddress(parameter)
    guard let node = sounding(port.node) else {
      throw PatchError(
        .noSuchNode, "there is no node \(port.node.shown) in what sounds",
        suggestions: Nearest.names(to: port.node, among: committed.patch.nodes.keys.sorted()))
    }
    // Setting a copy applies the same rules and errors.
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
