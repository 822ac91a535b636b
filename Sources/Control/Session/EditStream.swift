import PatchKit

/// The stream of resolved edits to subscribers, and its initial state.
extension Session {
  /// Sends a resolved edit of the store to the subscribers.
  func report(_ seq: Int, _ client: Int, _ edit: ResolvedEdit) {
    onEdit(seq, client, edit)
    if let journal {
      journal.append(seq, client, edit)
      heldReplies.edited(seq, by: client)
    }
    guard subscribers.hasAny(of: .edit) else { return }
    let message = edit.message(in: registry)
    let head: [OSCArgument] = [
      .int32(Int32(truncatingIfNeeded: seq)), .int32(Int32(truncatingIfNeeded: client)), .string(message.address),
    ]
    subscribers.forEach(.edit) { requester in
      for arguments in message.arguments.pieces(of: requester.replyLimit) {
        requester.send(OSCMessage("/notify/edit", head + arguments))
      }
    }
  }

  /// Sends the state after the last edit.
  func sendState(_ call: Call) {
    let text = stateText(for: client(of: call)), pieces = text.pieces(of: call.requester.replyLimit)
    let seq = OSCArgument.int32(Int32(truncatingIfNeeded: store.seq))
    for (i, piece) in pieces.enumerated() {
      let place: [OSCArgument] = pieces.count == 1 ? [] : [.int32(Int32(i)), .int32(Int32(pieces.count))]
      call.requester.send(OSCMessage("/state", [seq] + place + [.string(piece)]))
    }
  }

  /// The initial state of the edit stream as a JSON object.
  package func stateText(for client: Int) -> String {
    var fields: [(String, String)] = [
      ("client", "\(client)"), ("revision", "\(store.revision)"), ("dirty", "\(store.isDirty)"),
      ("undo", JSONString.quoted(store.history.undoLabel(committed) ?? "")),
      ("redo", JSONString.quoted(store.history.redoLabel(committed) ?? "")),
      ("path", files.patchPath.map(JSONString.quoted) ?? "null"), ("volume", volume.shortText),
      (
        "clock",
        StateText.object(
          zip(Session.clockKeys, automation.clockValues(at: engine.frame)).map { ($0, StateText.value($1)) })
      ),
      ("recording", StateText.object(StateText.pairs(recording.status))),
      ("clients", StateText.array(clients.present.map(StateText.client))),
      ("draft", PatchFile.text(of: draft.patch, in: registry)),
    ]
    if store.isDirty { fields.append(("committed", PatchFile.text(of: committed.patch, in: registry))) }
    return StateText.object(fields)
  }

  /// The names of `clockValues`.
  private static let clockKeys = ["tempo", "beats", "bar", "beat", "source", "running"]

  /// Notifies of undo and redo if they have changed since the first subscription. Call often.
  func tickHistory() {
    guard subscribers.hasAny(of: .history) else { return lastHistory = nil }
    guard lastHistory?.seq != store.seq || lastHistory?.revision != store.revision else { return }
    let arguments: [OSCArgument] = [
      .string(store.history.undoLabel(committed) ?? ""), .string(store.history.redoLabel(committed) ?? ""),
      .int32(store.isDirty ? 1 : 0),
    ]
    if let lastHistory, lastHistory.arguments != arguments { notify(.history, arguments, except: nil) }
    lastHistory = (store.seq, store.revision, arguments)
  }
}

/// JSON of the state.
private enum StateText {
  static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { JSONString.quoted($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
  }
  static func array(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

  static func value(_ argument: OSCArgument) -> String {
    if let text = argument.text { return JSONString.quoted(text) }
    if case .float(let number) = argument { return number.isFinite ? number.shortText : "null" }
    return argument.description
  }

  /// Alternating names and values.
  static func pairs(_ arguments: [OSCArgument]) -> [(String, String)] {
    stride(from: 0, to: arguments.count - 1, by: 2).map { (arguments[$0].text ?? "", value(arguments[$0 + 1])) }
  }

  static func client(_ client: Clients.Client) -> String {
    object([
      ("id", "\(client.number)"), ("name", JSONString.quoted(client.name)),
      ("selects", array(client.selection.map(JSONString.quoted))),
    ])
  }
}

extension [OSCArgument] {
  /// The arguments; if a final document exceeds `limit` bytes, several lists with its pieces, each preceded by its
  /// index and their count.
  fileprivate func pieces(of limit: Int) -> [[OSCArgument]] {
    guard let document = last?.text, document.utf8.count > limit else { return [self] }
    let pieces = document.pieces(of: limit)
    return pieces.enumerated().map { i, piece in
      dropLast() + [.int32(Int32(i)), .int32(Int32(pieces.count)), .string(piece)]
    }
  }
}
