import PatchKit

extension CommandTable {
  static let notifyCommands: [Command] = [
    Command(
      "/notify", [.toggle("on/off"), .text("topic", .repeated)],
      "Sends this sender /notify/TOPIC (\(Topic.selectable.map(\.rawValue).joined(separator: ", ")); all unless given), "
        + "or no more; over UDP until it has sent nothing for \(Int(Subscribers.patience)) s"
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
