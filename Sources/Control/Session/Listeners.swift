import PatchKit

/// What a listener can ask to hear.
public enum Topic: String, CaseIterable, Sendable {
  /// A commit of somebody else's sounds: revision.
  case commit
  /// A knob was turned by somebody else: id, parameter, value.
  case param
  /// A controller has been learned: knob, controller, channel, whether it has 14 bits.
  case midi
  /// Something went wrong: code, message.
  case error
  /// Periods that came too late, ever.
  case xrun
  /// Levels, as asked for by `/meter`: what, then peak and RMS of each channel.
  case meter
  /// Samples, spectra and pitches, as asked for by `/scope`, `/spectrum` and `/tuner`, and costs, by `/profile`.
  case scope, spectrum, tuner, profile
  /// The clock of bars and beats: tempo, beats a bar, bar, beat, own or host, whether it runs.
  case transport
  /// A recording ended by itself: path, code, message.
  case record
}

/// Who is told what, for as long as they are there.
///
/// A connection says when it ends. A sender of datagrams does not: one that has sent nothing for a minute is gone.
struct Listeners {
  /// The most senders that may be notified.
  static let limit = 256
  /// Seconds after the last request of a sender of datagrams.
  static let patience = 60.0

  private struct Listener {
    var requester: Requester
    var topics: Set<Topic>
    /// Nanoseconds of the monotonic clock.
    var lastHeard: UInt64
  }
  private var listeners: [AnyHashable: Listener] = [:]
  private var nextLook: UInt64 = 0

  var isEmpty: Bool { listeners.isEmpty }

  /// - Throws: `.limit` where there are too many, `.noSuchAddress` for a sender that cannot be notified.
  mutating func add(_ requester: Requester, _ topics: Set<Topic>, at now: UInt64) throws(PatchError) {
    guard let id = requester.id else { throw PatchError(.noSuchAddress, "this sender cannot be notified") }
    guard listeners[id] != nil || listeners.count < Listeners.limit else {
      throw PatchError(.limit, "\(Listeners.limit) senders are notified already")
    }
    let heard = listeners[id]?.topics ?? []
    listeners[id] = Listener(requester: requester, topics: heard.union(topics), lastHeard: now)
  }

  mutating func remove(_ id: AnyHashable, _ topics: Set<Topic> = Set(Topic.allCases)) {
    listeners[id]?.topics.subtract(topics)
    if listeners[id]?.topics.isEmpty == true { listeners[id] = nil }
  }

  mutating func heard(_ id: AnyHashable?, at now: UInt64) {
    if let id, !listeners.isEmpty { listeners[id]?.lastHeard = now }
  }

  /// Forgets who has been silent too long.
  mutating func expire(at now: UInt64) {
    guard !listeners.isEmpty, now >= nextLook else { return }
    nextLook = now + 1_000_000_000
    let patience = UInt64(Listeners.patience * 1e9)
    let gone = listeners.filter { $0.value.requester.expires && now > $0.value.lastHeard + patience }.map(\.key)
    for id in gone { listeners[id] = nil }
  }

  func tell(_ topic: Topic, _ arguments: [OSCArgument], except: AnyHashable?) {
    for (id, listener) in listeners where id != except && listener.topics.contains(topic) {
      listener.requester.send(OSCMessage("/notify/" + topic.rawValue, arguments))
    }
  }

  func hears(_ id: AnyHashable, _ topic: Topic) -> Bool { listeners[id]?.topics.contains(topic) == true }

  func tell(_ id: AnyHashable, _ topic: Topic, _ arguments: [OSCArgument]) {
    guard let listener = listeners[id], listener.topics.contains(topic) else { return }
    listener.requester.send(OSCMessage("/notify/" + topic.rawValue, arguments))
  }
}

extension Session {
  /// Ends what a client that has disconnected had under way.
  public func forget(_ id: AnyHashable) {
    listeners.remove(id)
    automation.disconnect(id)
  }

  /// Tells every listener but the one who did it.
  func notify(_ topic: Topic, _ arguments: [OSCArgument], except: AnyHashable?) {
    perform { [unowned self] in listeners.tell(topic, arguments, except: except) }
  }

  public func notifyXruns(_ count: Int) { notify(.xrun, [.int32(Int32(truncatingIfNeeded: count))], except: nil) }
}
