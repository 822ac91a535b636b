import PatchKit

/// Topics of notifications.
public enum Topic: String, CaseIterable, Sendable {
  /// A commit of another client is audible: revision, sequence number, client, milliseconds, its changes.
  case commit
  /// Undo, redo or the file has changed: labels, 1 if the draft is dirty, path, 1 if the file lacks edits.
  case history
  /// A parameter was set by another client or by a controller: id, parameter, value, seconds, curve.
  case param
  /// A macro was set by another client or by a controller: name, value, seconds.
  case macro
  /// A controller has been learned: parameter, controller, channel, 1 for 14 bits.
  case midi
  /// An error of the program: code, message, client, address, request id, place, suggestion.
  case error
  /// An error in a request of another client, as `/notify/error`.
  case others
  /// Another client has joined, left or selected nodes: number, name, joined, left or selects, ids.
  case client
  /// Number of xruns since the start.
  case xrun
  /// Levels of `/meter`: target, then peak and RMS of each channel.
  case meter
  /// Peaks of every output of `/meters`: sequence number of the commit, a byte for each output.
  case levels
  /// Parameter values of `/probe`: parameter, value, lowest and highest under modulation.
  case probe
  /// Samples, spectra and pitches of `/scope`, `/spectrum` and `/tuner`, and costs of `/profile`.
  case scope, spectrum, tuner, profile
  /// The clock of bars and beats: tempo, beats a bar, bar, beat, own or host, 1 if it runs.
  case transport
  /// A recording ended without a request: path, code, message.
  case record
  /// The track that plays: state, step, steps, elapsed and remaining seconds.
  case track
  /// A resolved edit of `/edits`: sequence number, client, address, arguments.
  case edit

  /// The topics of `/notify`.
  public static let selectable = allCases.filter { $0 != .edit }

  /// The address of its messages.
  var address: String { "/notify/" + (self == .others ? Topic.error : self).rawValue }
}

/// Subscriptions of clients to topics.
///
/// A TCP subscriber ends with its connection. A UDP subscriber expires after a minute without a request.
struct Subscribers {
  /// Maximum number of subscribers.
  static let limit = 256
  /// Seconds after the last request of a UDP subscriber.
  static let patience = 60.0

  private struct Subscriber {
    var requester: Requester
    var topics: Set<Topic>
    /// Nanoseconds of the monotonic clock.
    var lastRequest: UInt64
  }
  private var subscribers: [AnyHashable: Subscriber] = [:]
  /// The number of changes of who is notified of what.
  private(set) var changes = 0
  private var nextExpiry: UInt64 = 0

  var isEmpty: Bool { subscribers.isEmpty }

  /// - Throws: `.limit` if there are too many, `.noSuchAddress` for a sender that cannot be notified.
  mutating func add(_ requester: Requester, _ topics: Set<Topic>, at now: UInt64) throws(PatchError) {
    guard let id = requester.subscriber else {
      throw PatchError(.noSuchAddress, "this client cannot receive notifications")
    }
    guard subscribers[id] != nil || subscribers.count < Subscribers.limit else {
      throw PatchError(.limit, "\(Subscribers.limit) clients are subscribed already, the maximum")
    }
    changes += 1
    let earlier = subscribers[id]?.topics ?? []
    subscribers[id] = Subscriber(requester: requester, topics: earlier.union(topics), lastRequest: now)
  }

  mutating func remove(_ id: AnyHashable, _ topics: Set<Topic> = Set(Topic.allCases)) {
    changes += 1
    subscribers[id]?.topics.subtract(topics)
    if subscribers[id]?.topics.isEmpty == true { subscribers[id] = nil }
  }

  mutating func recordRequest(of id: AnyHashable?, at now: UInt64) {
    if let id, !subscribers.isEmpty { subscribers[id]?.lastRequest = now }
  }

  func hasAny(of topic: Topic) -> Bool { subscribers.values.contains { $0.topics.contains(topic) } }

  func forEach(_ topic: Topic, _ body: (Requester) -> Void) {
    for subscriber in subscribers.values where subscriber.topics.contains(topic) { body(subscriber.requester) }
  }

  /// Removes and returns the expired subscribers.
  mutating func expire(at now: UInt64) -> [AnyHashable] {
    guard !subscribers.isEmpty, now >= nextExpiry else { return [] }
    nextExpiry = now + 1_000_000_000
    let patience = UInt64(Subscribers.patience * 1e9)
    let gone = subscribers.filter { $0.value.requester.expires && now > $0.value.lastRequest + patience }.map(\.key)
    for id in gone { subscribers[id] = nil }
    if !gone.isEmpty { changes += 1 }
    return gone
  }

  func notify(_ topic: Topic, _ arguments: [OSCArgument], except: AnyHashable?) {
    for (id, subscriber) in subscribers where id != except && subscriber.topics.contains(topic) {
      subscriber.requester.send(OSCMessage(topic.address, arguments))
    }
  }

  func isSubscribed(_ id: AnyHashable, to topic: Topic) -> Bool { subscribers[id]?.topics.contains(topic) == true }

  func notify(_ id: AnyHashable, _ topic: Topic, _ arguments: [OSCArgument]) {
    guard let subscriber = subscribers[id], subscriber.topics.contains(topic), subscriber.requester.isReady() else {
      return
    }
    subscriber.requester.send(OSCMessage("/notify/" + topic.rawValue, arguments))
  }
}
