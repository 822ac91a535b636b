import PatchKit

/// A measurement that a client can subscribe to at its own rate.
enum Observation {
  /// Peak and RMS of a node's outputs, or of the main outputs.
  case meter(String)
  /// Samples of a signal.
  case scope(SignalAddress, samples: Int)
  /// The levels of bands of equal width in octaves.
  case spectrum(SignalAddress, bands: Int)
  case tuner(SignalAddress)
  /// The cost of every node.
  case profile
  /// The peak of every output.
  case levels
  /// The value of a parameter, and its range under modulation by cables.
  case probe(PortAddress)

  var topic: Topic {
    switch self {
    case .meter: .meter
    case .scope: .scope
    case .spectrum: .spectrum
    case .tuner: .tuner
    case .profile: .profile
    case .levels: .levels
    case .probe: .probe
    }
  }

  /// The target as requested; a client has one subscription per topic and target.
  var target: String {
    switch self {
    case .meter(let target): target
    case .scope(let signal, _), .spectrum(let signal, _), .tuner(let signal): signal.name
    case .profile, .levels: ""
    case .probe(let parameter): parameter.description
    }
  }

  /// The signal sampled for it.
  var signal: SignalAddress? {
    switch self {
    case .scope(let signal, _), .spectrum(let signal, _), .tuner(let signal): signal
    case .meter, .profile, .levels, .probe: nil
    }
  }
}

/// An output of a node, or a channel of the main outputs.
struct SignalAddress: Hashable {
  /// The id of the main outputs.
  static let outputs = "out"

  /// The name as requested: `osc1`, `osc1/out`, `out`, `out/2`.
  var name: String
  /// nil: the main outputs.
  var id: String?
  var port: Int
}

/// A client's subscription to one observation.
struct Subscription {
  let client: AnyHashable
  let observation: Observation
  /// Notifications a second.
  let rate: Double
  /// The frame of the next notification.
  var nextFrame: Int
  /// Meters: levels since the last notification, by channel.
  var levels: [ChannelLevel] = []
  /// Levels: the peak of each output since the last notification, in the format of the message.
  var peaks: [UInt8] = []
}

/// Peak and RMS of one channel over some frames.
struct ChannelLevel {
  var peak: Float = 0
  var energy = 0.0
  var frames = 0
  var rms: Float { frames == 0 ? 0 : Float((energy / Double(frames)).squareRoot()) }
}

/// The subscriptions of all clients.
struct SubscriptionTable {
  private(set) var entries: [Subscription] = []

  var isEmpty: Bool { entries.isEmpty }

  /// Replaces the client's subscription of the same topic and target.
  mutating func add(_ subscription: Subscription) {
    remove(subscription.client, subscription.observation.topic, subscription.observation.target)
    entries.append(subscription)
  }

  mutating func remove(_ client: AnyHashable, _ topic: Topic, _ target: String) {
    entries.removeAll {
      $0.client == client && $0.observation.topic == topic && $0.observation.target == target
    }
  }

  /// Keeps the subscriptions of clients that still receive notifications.
  mutating func keep(where isNotified: (AnyHashable, Topic) -> Bool) {
    if entries.isEmpty { return }
    entries.removeAll { !isNotified($0.client, $0.observation.topic) }
  }

  func contains(_ topic: Topic) -> Bool { entries.contains { $0.observation.topic == topic } }

  /// The highest rate of a topic; nil without subscribers.
  func fastest(_ topic: Topic) -> Double? {
    entries.lazy.filter { $0.observation.topic == topic }.map(\.rate).max()
  }

  func isDue(_ topic: Topic, at frame: Int) -> Bool {
    entries.contains { $0.observation.topic == topic && frame >= $0.nextFrame }
  }

  /// Calls `notify` for each subscription that is due; if it returns true, the next notification is scheduled.
  mutating func eachDue(at frame: Int, sampleRate: Double, _ notify: (Subscription) -> Bool) {
    for i in entries.indices where frame >= entries[i].nextFrame {
      guard notify(entries[i]) else { continue }
      entries[i].nextFrame = max(entries[i].nextFrame, frame - Int(sampleRate)) + Int(sampleRate / entries[i].rate)
    }
  }

  mutating func update(_ body: (inout Subscription) -> Void) { for i in entries.indices { body(&entries[i]) } }
}
