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
  /// Default notifications a second.
  static let defaultRate = 20.0

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

  /// Schedules the notification after one at `frame`; a delay of up to a second is made up for.
  mutating func scheduleNext(after frame: Int, sampleRate: Double) {
    nextFrame = max(nextFrame, frame - Int(sampleRate)) + Int(sampleRate / rate)
  }

  /// Raises the peaks to newer ones.
  mutating func raisePeaks(to newer: [UInt8]) {
    if peaks.isEmpty { return peaks = newer }
    for i in newer.indices where newer[i] > peaks[i] { peaks[i] = newer[i] }
  }
}

/// Peak and RMS of one channel over some frames.
struct ChannelLevel {
  var peak: Float = 0
  var energy = 0.0
  var frames = 0
  var rms: Float { frames == 0 ? 0 : Float((energy / Double(frames)).squareRoot()) }
}
