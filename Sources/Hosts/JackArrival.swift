import CJack
import CRealtime
import Glibc
import Synchronization

/// Opens a JACK client on its own thread: a hanging server never answers, and must not block this program.
final class JackArrival: Sendable {
  /// An inactive client and its ports.
  struct Guest {
    let client: OpaquePointer
    var inputs: [OpaquePointer] = [], outputs: [OpaquePointer] = []
    var midi: OpaquePointer?
  }
  enum Outcome {
    case taken(Guest)
    /// Refused, with the bits of `JackStatus`.
    case refused(UInt32)
  }
  private enum Phase {
    static let asking = 0, answered = 1, abandoned = 2
  }

  private let name: String
  private let server: String?
  private let inputs: Int, outputs: Int
  private let hasMidi: Bool
  private let phase = Atomic<Int>(Phase.asking)
  /// Written by the thread before `phase` becomes `answered`, read afterwards.
  nonisolated(unsafe) private var outcome = Outcome.refused(0)

  /// Timeout of `wait`, seconds.
  static let patience = 10.0

  /// - Parameter server: the server's name; nil: the default one.
  init(_ name: String, at server: String?, inputs: Int = 0, outputs: Int = 0, midi: Bool = false) {
    self.name = name
    self.server = server
    self.inputs = inputs
    self.outputs = outputs
    hasMidi = midi
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, askServer, Unmanaged.passRetained(self).toOpaque())
    precondition(status == 0, "no thread to open a client: \(String(cString: strerror(status)))")
    pthread_detach(thread)
  }

  /// The outcome; nil until the server answers. The caller must close the client.
  func poll() -> Outcome? { phase.load(ordering: .acquiring) == Phase.answered ? outcome : nil }

  /// Waits for the answer; nil after the timeout, and the attempt is then abandoned.
  func wait() -> Outcome? {
    let deadline = weft_nanoseconds() + UInt64(JackArrival.patience * 1e9)
    while phase.load(ordering: .acquiring) == Phase.asking, weft_nanoseconds() < deadline { usleep(500) }
    if let outcome = poll() { return outcome }
    abandon()
    return nil
  }

  /// Abandons the attempt: a client that is opened later is closed.
  func abandon() {
    if phase.exchange(Phase.abandoned, ordering: .acquiringAndReleasing) == Phase.answered { close(outcome) }
  }

  fileprivate func run() {
    outcome = open()
    let (isWanted, _) = phase.compareExchange(
      expected: Phase.asking, desired: Phase.answered, ordering: .acquiringAndReleasing)
    if !isWanted { close(outcome) }
  }

  private func close(_ outcome: Outcome) {
    if case .taken(let guest) = outcome { jack_client_close(guest.client) }
  }

  private func open() -> Outcome {
    JackMetadata.removeAbandoned()
    var status = jack_status_t(0)
    guard let client = cjack_open(name, server, &status) else { return .refused(status.rawValue) }
    func ports(_ prefix: String, _ count: Int, _ direction: JackPortFlags) -> [OpaquePointer] {
      (0..<count).compactMap { port(client, "\(prefix)_\($0 + 1)", direction) }
    }
    return .taken(
      Guest(
        client: client, inputs: ports("in", inputs, JackPortIsInput), outputs: ports("out", outputs, JackPortIsOutput),
        midi: hasMidi ? port(client, "midi_in", JackPortIsInput, JACK_DEFAULT_MIDI_TYPE) : nil))
  }

  private func port(
    _ client: OpaquePointer, _ name: String, _ direction: JackPortFlags, _ type: String = JACK_DEFAULT_AUDIO_TYPE
  ) -> OpaquePointer? {
    let flags = UInt(direction.rawValue) | UInt(JackPortIsTerminal.rawValue)
    return jack_port_register(client, name, type, flags, 0)
  }
}

/// A free function: a closure created on the main actor must not run on another thread.
private func askServer(_ arrival: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  // Block signals: the control thread receives them.
  var all = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, nil)
  Unmanaged<JackArrival>.fromOpaque(arrival!).takeRetainedValue().run()
  return nil
}
