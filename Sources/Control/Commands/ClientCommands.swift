import PatchKit

extension CommandTable {
  /// Clients that edit together.
  static let clientCommands: [Command] = [
    Command(
      "/edits", [.toggle("on/off")],
      "Sends this client /state seq JSON (over UDP in numbered pieces: seq, index, count, piece), then /notify/edit seq "
        + "client ADDRESS arguments… for every edit of saved data, its own included; off ends it"
    ) { session, call throws(PatchError) in
      guard call.arguments[0].isOn else {
        if let id = call.requester.id { session.subscribers.remove(id, [.edit]) }
        return .done([0])
      }
      return try session.followEdits(call)
    },
    Command(
      "/client/name", [.text("name")],
      "Names this client and notifies the others (/notify/client); returns its number"
    ) { session, call throws(PatchError) in
      let name = call.text(0)
      guard name.utf8.count <= Clients.longestName, !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
        throw PatchError(
          .badName, "a client's name has at most \(Clients.longestName) bytes, none of them a control character")
      }
      try session.clients.update(call.requester, event: .joined) { $0.name = name }
      return .done([.int32(Int32(truncatingIfNeeded: session.client(of: call)))])
    },
    Command(
      "/client/port", [.integer("port", .optional)],
      "Sends the replies and notifications of this UDP sender to another port of the same host; without a port to the "
        + "one that it sends from"
    ) { session, call throws(PatchError) in
      let port = call.optionalNumber(0)
      if let port, !(1...65_535).contains(port) { throw PatchError(.range, "a port is 1 to 65535") }
      guard let setReplyPort = call.requester.setReplyPort else {
        throw PatchError(.nothingToDo, "this client has no ports")
      }
      try setReplyPort(port.map { Int($0) })
      return .done(port.map { [.int32(Int32($0))] } ?? [])
    },
    Command(
      "/client/select", [.text("id", .repeated)],
      "Notifies the others of the nodes that this client has selected (/notify/client); none without an id"
    ) { session, call throws(PatchError) in
      guard call.arguments.count <= Clients.mostSelected else {
        throw PatchError(.limit, "\(Clients.mostSelected) nodes may be selected at most")
      }
      let ids = call.arguments.indices.map { call.text($0) }
      for id in ids { _ = try session.draft.patch.node(id) }
      try session.clients.update(call.requester, event: .selects) { $0.selection = ids }
      return .done([.int32(Int32(clamping: ids.count))])
    },
  ]
}
