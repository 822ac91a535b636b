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
    newFollowers.removeAll { $0.value == nil }
    guard subscribers.hasAny(of: .edit) || !newFollowers.isEmpty else { return }
    let message = edit.message(in: registry)
    let head: [OSCArgument] = [
      .int32(Int32(truncatingIfNeeded: seq)), .int32(Int32(truncatingIfNeeded: client)), .string(message.address),
    ]
    func send(to requester: Requester) {
      for arguments in message.arguments.pieces(of: requester.replyLimit) {
        requester.send(OSCMessage("/notify/edit", head + arguments))
      }
    }
    subscribers.forEach(.edit, send)
    for follower in newFollowers { follower.value?.edits.append(send) }
  }

  /// Sends the initial state, then the edits since, and subscribes to further edits.
  func followEdits(_ call: Call) throws(PatchError) -> Outcome {
    if let id = call.requester.id { subscribers.remove(id, [.edit]) }
    try subscribers.add(call.requester, [], at: clock())
    try clients.update(call.requester)
    let follower = NewFollower(), limit = call.requester.replyLimit
    let seq = OSCArgument.int32(Int32(truncatingIfNeeded: store.seq))
    newFollowers.append(WeakFollower(value: follower))
    let state = stateFormatter(for: client(of: call))
    var listing = Listing(size: draft.patch.itemCount + committed.patch.itemCount) {
      let pieces = state().numberedPieces(of: limit)
      return Listing.Rows(pieces.count) { i in
        let row = pieces.row(i)
        return [seq] + (pieces.count == 1 ? [row[2]] : row)
      }
    }
    listing.send = { $0.requester.send(OSCMessage("/state", $1)) }
    listing.finish = { [unowned self] call, _ in
      newFollowers.removeAll { $0.value === follower }
      for edit in follower.edits { edit(call.requester) }
      do throws(PatchError) {
        try subscribers.add(call.requester, [.edit], at: clock())
        call.done([1])
      } catch { fail(call, error) }
    }
    return .listing(listing)
  }

  /// The initial state of the edit stream as a JSON object.
  package func stateText(for client: Int) -> String { stateFormatter(for: client)() }

  /// Formats the initial state; callable on any thread.
  private func stateFormatter(for client: Int) -> @Sendable () -> String {
    let head: [(String, String)] = [
      ("client", "\(client)"), ("revision", "\(store.revision)"), ("dirty", "\(store.isDirty)"),
      ("undo", JSONString.quoted(store.history.undoLabel(committed) ?? "")),
      ("redo", JSONString.quoted(store.history.redoLabel(committed) ?? "")),
      ("path", store.file.map(JSONString.quoted) ?? "null"), ("unsaved", "\(store.isUnsaved)"),
      ("volume", volume.shortText),
      (
        "clock",
        StateText.object(
          zip(Session.clockKeys, automation.clockValues(at: engine.frame)).map { ($0, StateText.value($1)) })
      ),
      ("recording", StateText.object(StateText.pairs(recording.status))),
      ("clients", StateText.array(clients.present.map(StateText.client))),
    ]
    let draft = draftText, committed = store.isDirty ? committed.patch : nil
    return { [registry] in
      var fields = head + [("draft", draft.value)]
      if let committed { fields.append(("committed", PatchFile.text(of: committed, in: registry, isExplicit: true))) }
      return StateText.object(fields)
    }
  }

  /// The names of `clockValues`.
  private static let clockKeys = ["tempo", "beats", "bar", "beat", "source", "running"]

  /// Notifies of undo, redo and the file if they have changed since the first subscription. Call often.
  func tickHistory() {
    guard subscribers.hasAny(of: .history) else { return lastHistory = nil }
    let mark = HistoryMark(seq: store.seq, revision: store.revision, file: store.file, isUnsaved: store.isUnsaved)
    guard lastHistory?.mark != mark else { return }
    let arguments: [OSCArgument] = [
      .string(store.history.undoLabel(committed) ?? ""), .string(store.history.redoLabel(committed) ?? ""),
      .int32(store.isDirty ? 1 : 0), .string(store.file ?? ""), .int32(store.isUnsaved ? 1 : 0),
    ]
    if let lastHistory, lastHistory.arguments != arguments { notify(.history, arguments, except: nil) }
    lastHistory = (mark, arguments)
  }
}

/// All that `/notify/history` depends on: as long as it is equal, nothing is formatted.
struct HistoryMark: Equatable {
  var seq: Int, revision: Int, file: String?, isUnsaved: Bool
}

/// Edits that follow the state which a client is being sent.
final class NewFollower {
  fileprivate var edits: [(Requester) -> Void] = []
}

/// A reference that ends with the request: a disconnected client needs no edits.
struct WeakFollower {
  weak var value: NewFollower?
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
