import PatchKit

extension CommandTable {
  /// Places, labels and frames: inaudible edits without a commit, each a step of the history.
  static let drawingCommands: [Command] = [
    Command(
      "/patch/place",
      [
        .text("id"), .number("x"), .number("y"), .text("id", .repeated), .number("x", .repeated),
        .number("y", .repeated),
      ],
      "Sets the position of nodes on a drawing, in the draft and in the committed patch, without a commit", .edit
    ) { session, call throws(PatchError) in
      var places: [(String, NodePosition)] = []
      for i in stride(from: 0, to: call.arguments.count, by: 3) {
        let (x, y) = (Float(call.number(i + 1)), Float(call.number(i + 2)))
        places.append((call.text(i), try session.draft.patch.newPosition(call.text(i), x, y)))
      }
      let client = session.client(of: call)
      try session.editDrawing { () throws(PatchError) in
        for (id, place) in places { session.store.editNode(id, by: client) { .place($0, place) } }
      }
      return .done([.int32(Int32(clamping: places.count))])
    },
    Command(
      "/patch/label", [.text("id"), .text("text")],
      "Sets the label of a node on a drawing; with an empty text its id is shown", .edit
    ) { session, call throws(PatchError) in
      try session.draft.patch.checkNewLabel(call.text(0), call.text(1))
      let client = session.client(of: call)
      try session.editDrawing { () throws(PatchError) in
        session.store.editNode(call.text(0), by: client) { .label($0, call.text(1)) }
      }
      return .done([.string(call.text(0)), .string(call.text(1))])
    },
    Command(
      "/patch/frames", [.document("json")],
      "Sets the frames of a drawing: the value of frames in a patch file, as JSON", .edit
    ) { session, call throws(PatchError) in
      let text = call.documentText(0), frames: [Frame]
      do throws(PatchErrors) { frames = try PatchFile.frames(from: text) } catch { throw error.asOne }
      let client = session.client(of: call)
      try session.editDrawing { () throws(PatchError) in session.store.setFrames(frames, by: client) }
      return .done([.int32(Int32(clamping: frames.count))])
    },
  ]
}

extension Call {
  /// A string, or a blob of UTF-8.
  func documentText(_ index: Int) -> String {
    arguments[index].bytes.map { String(decoding: $0, as: UTF8.self) } ?? text(index)
  }
}
