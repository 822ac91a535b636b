import PatchKit

extension CommandTable {
  static let notifyCommands: [Command] = [
    Command(
      "/notify", [.toggle("on/off"), .text("topic", .repeated)],
      "Subscribes to or unsubscribes from /notify/TOPIC (\(Topic.selectable.map(\.rawValue).joined(separator: ", ")); all "
        + "unless given); over UDP a subscription expires \(Int(Subscribers.patience)) s after the client's last request"
    ) { session, call throws(PatchError) in
      var topics: Set<Topic> = []
      for i in call.arguments.indices.dropFirst() {
        guard let topic = Topic(rawValue: call.text(i)), topic != .edit else {
          throw PatchError(
            .range, "there is no topic \(call.text(i))",
            suggestions: Nearest.names(to: call.text(i), among: Topic.selectable.map(\.rawValue)))
        }
        topics.insert(topic)
      }
      if topics.isEmpty { topics = Set(Topic.selectable) }
      let isOn = call.arguments[0].isOn
      if isOn {
        try session.subscribers.add(call.requester, topics, at: session.clock())
        session.tickHistory()
      } else if let id = call.requester.id {
        session.subscribers.remove(id, topics)
      }
      return .done([.int32(isOn ? 1 : 0)])
    }
  ]
}
