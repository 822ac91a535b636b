/// The subscriptions of all clients, by topic.
struct SubscriptionTable {
  /// No topic has an empty list.
  private var topics: [Topic: [Subscription]] = [:]
  /// The number of changes of the table's entries.
  private(set) var changes = 0
  /// The highest rate of all topics; nil without subscribers.
  private(set) var fastest: Double?

  var isEmpty: Bool { topics.isEmpty }

  func entries(_ topic: Topic) -> [Subscription] { topics[topic] ?? [] }

  /// Replaces the client's subscription of the same topic and target.
  mutating func add(_ subscription: Subscription) {
    let topic = subscription.observation.topic
    remove(subscription.client, topic, subscription.observation.target)
    topics[topic, default: []].append(subscription)
    didChange()
  }

  mutating func remove(_ client: AnyHashable, _ topic: Topic, _ target: String) {
    remove(topic) { $0.client == client && $0.observation.target == target }
  }

  /// Keeps the subscriptions of clients that still receive notifications.
  mutating func keep(where isNotified: (AnyHashable, Topic) -> Bool) {
    for topic in topics.keys { remove(topic) { !isNotified($0.client, topic) } }
  }

  private mutating func remove(_ topic: Topic, where isRemoved: (Subscription) -> Bool) {
    guard topics[topic]?.contains(where: isRemoved) == true else { return }
    topics[topic]?.removeAll(where: isRemoved)
    if topics[topic]?.isEmpty == true { topics[topic] = nil }
    didChange()
  }

  private mutating func didChange() {
    changes += 1
    fastest = topics.values.lazy.joined().map(\.rate).max()
  }

  func contains(_ topic: Topic) -> Bool { topics[topic] != nil }

  /// The highest rate of a topic; nil without subscribers.
  func fastest(_ topic: Topic) -> Double? { entries(topic).lazy.map(\.rate).max() }

  func isDue(_ topic: Topic, at frame: Int) -> Bool { entries(topic).contains { frame >= $0.nextFrame } }

  /// Calls `notify` for each subscription of a topic that is due; if it returns true, the next notification is scheduled.
  mutating func eachDue(_ topic: Topic, at frame: Int, sampleRate: Double, _ notify: (Subscription) -> Bool) {
    update(topic) { subscription in
      guard frame >= subscription.nextFrame, notify(subscription) else { return }
      subscription.scheduleNext(after: frame, sampleRate: sampleRate)
    }
  }

  mutating func update(_ topic: Topic, _ body: (inout Subscription) -> Void) {
    guard let count = topics[topic]?.count else { return }
    for i in 0..<count { body(&topics[topic]![i]) }
  }
}
