import Engine
import PatchKit

extension CommandTable {
  static let noteCommands: [Command] = [
    Command(
      "/note/on", [.value("key"), .number("velocity"), .text("node", .optional)],
      "Starts a note, key 0 to 127 with fractions or a name such as C#4, velocity 0 to 1; returns its id"
    ) { session, call throws(PatchError) in
      let key = try call.key(0), velocity = call.number(1)
      guard (0...127).contains(key) else { throw PatchError(.range, "a key is 0 to 127") }
      guard (0...1).contains(velocity) else { throw PatchError(.range, "a velocity is 0 to 1") }
      let id = try session.notes.start(
        key: Float(key), velocity: Float(velocity), on: call.optionalText(2), at: call.frame)
      return .done([.int32(id)])
    },
    Command(
      "/note/off", [.value("note"), .text("node", .optional)],
      "Releases a note by its id, or the notes of a key"
    ) { session, call throws(PatchError) in
      try session.notes.play(session.notes.note(.off, call.key(0)), on: call.optionalText(1), at: call.frame)
      return .done()
    },
    Command(
      "/note/bend", [.value("note"), .number("semitones"), .text("node", .optional)],
      "Bends a note by its id, or the notes of a key, -96 to 96 semitones"
    ) { session, call throws(PatchError) in
      guard (-96...96).contains(call.number(1)) else { throw PatchError(.range, "a bend is -96 to 96 semitones") }
      try session.notes.play(
        session.notes.note(.bend, call.key(0), Float(call.number(1))), on: call.optionalText(2), at: call.frame)
      return .done()
    },
    Command(
      "/note/pressure", [.value("note"), .number("pressure"), .text("node", .optional)],
      "Sets the pressure of a note by its id, or of the notes of a key, 0 to 1"
    ) { session, call throws(PatchError) in
      guard (0...1).contains(call.number(1)) else { throw PatchError(.range, "a pressure is 0 to 1") }
      try session.notes.play(
        session.notes.note(.pressure, call.key(0), Float(call.number(1))), on: call.optionalText(2), at: call.frame)
      return .done()
    },
    Command(
      "/note/timbre", [.value("note"), .number("timbre"), .text("node", .optional)],
      "Sets the timbre of a note by its id, or of the notes of a key, 0 to 1; 0.5 unless set"
    ) { session, call throws(PatchError) in
      guard (0...1).contains(call.number(1)) else { throw PatchError(.range, "a timbre is 0 to 1") }
      try session.notes.play(
        session.notes.note(.timbre, call.key(0), Float(call.number(1))), on: call.optionalText(2), at: call.frame)
      return .done()
    },
    Command(
      "/note/param", [.value("note"), .text("id/param"), .value("value"), .text("node", .optional)],
      "Sets a parameter (ID/PARAM) for one note by its id, or for the notes of a key, while they sound; `/mod` sets "
        + "it for all others"
    ) { session, call throws(PatchError) in
      let value = try session.notes.setParameter(
        call.text(1), call.value(2), for: session.notes.note(.timbre, call.key(0)), of: call.optionalText(3),
        at: call.frame)
      return .done([.float(value)])
    },
    Command("/note/alloff", [.text("node", .optional)], "Releases all notes") { session, call throws(PatchError) in
      try session.notes.play(NoteEvent(.allOff), on: call.optionalText(0), at: call.frame)
      return .done()
    },
    Command(
      "/note/panic", [.text("node", .optional)],
      "Fades everything to silence within 3 ms, tails included, and resets it; of one node: its voices"
    ) { session, call throws(PatchError) in
      let isAll = call.optionalText(0) == nil
      try session.notes.play(NoteEvent(.panic), on: call.optionalText(0), at: call.frame, needsNode: !isAll)
      return .done()
    },
  ]
}

extension Call {
  /// A key or the id of a note: a number, or the name of a key.
  fileprivate func key(_ index: Int) throws(PatchError) -> Double {
    if let number = arguments[index].number { return number }
    guard let key = NoteName.key(text(index)) else {
      throw PatchError(
        .range,
        "\(text(index).shown) is not a key: a number from 0 to 127, or a name from C-1 to G9, such as C4, F#3 or Bb2")
    }
    return Double(key)
  }
}
