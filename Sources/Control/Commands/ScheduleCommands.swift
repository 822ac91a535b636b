import PatchKit

extension CommandTable {
  /// Scheduled commands.
  static let scheduleCommands: [Command] = [
    Command(
      "/schedule/list", [.text("mine", .optional)],
      "Lists the scheduled commands of all clients, or with mine those of this one, by due time: kind (bundle, at, lane), seconds "
        + "until due (-1 while its clock is stopped), address, bytes, client"
    ) { session, call throws(PatchError) in
      let isMine = try call.isMine()
      let commands = session.automation.queue.all.filter { !isMine || $0.requester.id == call.requester.id }
        .map { (command: $0, seconds: session.automation.seconds(to: $0)) }
        .sorted { ($0.seconds ?? .infinity, $0.command.number) < ($1.seconds ?? .infinity, $1.command.number) }
      let rows: [[OSCArgument]] = commands.map { command, seconds in
        [
          .string(command.kind.rawValue), .double(seconds ?? -1),
          .string(command.firstAddress), .int32(Int32(clamping: command.bytes)),
          .string(command.requester.id.map { "\($0)" } ?? ""),
        ]
      }
      return .listing(Listing(size: rows.count) { Listing.Rows(rows) })
    },
    Command(
      "/schedule/clear", [.text("mine-or-on-disconnect", .optional)],
      "Removes the scheduled commands of all clients, or with mine those of this one; with on-disconnect those of "
        + "this one are removed when its connection ends, over UDP \(Int(Subscribers.patience)) s after its last request. "
        + "Returns the number removed"
    ) { session, call throws(PatchError) in
      if call.optionalText(0) == onDisconnect {
        guard let id = call.requester.id else {
          throw PatchError(.nothingToDo, "this client has no scheduled commands")
        }
        session.automation.clearOnDisconnect(id, expires: call.requester.expires, at: session.clock())
        return .done([.int32(0)])
      }
      let isMine = try call.isMine(also: [onDisconnect])
      let count = session.automation.clear { !isMine || $0.requester.id == call.requester.id }
      return .done([.int32(Int32(clamping: count))])
    },
  ]
  private static let onDisconnect = "on-disconnect"
}

extension Call {
  fileprivate func isMine(also others: [String] = []) throws(PatchError) -> Bool {
    guard let word = optionalText(0) else { return false }
    guard word == "mine" else {
      let words = ["mine"] + others
      throw PatchError(.range, "\(word) is not \(words.joined(separator: " or "))", suggestions: words)
    }
    return true
  }
}
