import CJack
import CRealtime
import Engine
import PatchKit

/// Plays an engine as a JACK client. After the loss of the server a clock drives the engine until a server returns; the
/// client then reopens with its earlier connections.
///
/// Confined to the control thread, which calls `poll` every 50 to 100 ms.
public final class JackHost {
  public struct Options {
    public var name = "weft"
    /// The server's name; nil: the default one (`JACK_DEFAULT_SERVER`).
    public var server: String?
    public var inputs = 2
    public var outputs = 2
    /// True to connect to the physical ports.
    public var connects = true
    /// The physical MIDI sources that are connected.
    public var midi = MidiChoice.all

    public init() {}
  }

  public enum Change: Equatable {
    case lost
    case back(name: String)
  }

  let engine: Engine
  let options: Options
  let clock: ClockHost
  private let workers: WorkerThreads
  var client: OpaquePointer?
  var state: JackThreadState?
  /// The last known connections of each port, in order of registration.
  var connections: [[String]]?
  /// True once `Options.midi` was applied.
  var hasChosenMidi = false
  /// Earlier peers that have not returned yet, by port, until `missedUntil`.
  var missed: [(port: Int, peer: String)] = []
  var missedUntil: UInt64 = 0
  /// Seconds for other programs to return after the server.
  static let patience: UInt64 = 60
  private var nextTry: UInt64 = 0
  private var pause = 0.5
  private var lastCallbacks = 0
  private var lastCallbackAt: UInt64 = 0
  private var lastLook: UInt64 = 0
  private var earlierXruns = 0
  /// Frames from the inputs to the outputs.
  var latency = 0
  /// The client being closed.
  private var leaving: JackLeaving?
  /// The client being opened after the loss of a server.
  private var arriving: JackArrival?
  /// Called before the engine's sample rate changes, while nothing renders.
  public var onSampleRate: (Double) -> Void = { _ in }

  /// Called on JACK's thread before each period of a freewheel; the period waits until `proceed`. Set before `open`.
  public var whenFreewheeling: (@Sendable () -> Void)?

  public init(engine: Engine, options: Options = Options()) {
    self.engine = engine
    self.options = options
    clock = ClockHost(engine: engine)
    workers = WorkerThreads(engine: engine)
  }

  deinit { close() }

  public var isConnected: Bool { client != nil }
  /// The client's name, possibly made unique by the server.
  public var name: String { client.flatMap { jack_get_client_name($0) }.map { String(cString: $0) } ?? options.name }
  public var period: Int { client.map { Int(jack_get_buffer_size($0)) } ?? 0 }
  public var sampleRate: Double { engine.sampleRate }
  /// Number of rendering threads, including the audio thread.
  public var threads: Int { 1 + workers.count }
  /// True if the server's threads have real-time priority; otherwise any program may delay the workers.
  public var isRealTime: Bool { client.map { jack_is_realtime($0) != 0 } ?? false }
  /// The real-time priority of the audio thread; nil without one.
  public var realTimePriority: Int? { isRealTime ? client.map { Int(jack_client_real_time_priority($0)) } : nil }
  public var xruns: Int { earlierXruns + (state?.xruns.load(ordering: .relaxed) ?? 0) }

  /// - Throws: `.noAudio` if no server runs, or it refuses the client, or it does not answer within ten seconds.
  public func open() throws(PatchError) {
    guard let outcome = ask().wait() else { throw AudioServer.silence }
    try enter(outcome)
  }

  private func ask() -> JackArrival {
    silenceJack()
    return JackArrival(
      options.name, at: options.server, inputs: options.inputs, outputs: options.outputs, midi: true)
  }

  private func enter(_ outcome: JackArrival.Outcome) throws(PatchError) {
    let guest: JackArrival.Guest
    switch outcome {
    case .taken(let taken): guest = taken
    case .refused(let status):
      throw PatchError(
        .noAudio,
        options.name.utf8.count >= Int(jack_client_name_size())
          ? "the name of a JACK client has at most \(jack_client_name_size() - 1) bytes: \(options.name)"
          : "no JACK server takes the client \(options.name) (status \(String(status, radix: 16))): try jack_lsp, or another "
            + "server with JACK_DEFAULT_SERVER")
    }
    clock.stop()
    let client = guest.client, rate = Double(jack_get_sample_rate(client))
    if rate != engine.sampleRate { onSampleRate(rate) }
    let state = JackThreadState(
      engine: engine, inputs: guest.inputs, outputs: guest.outputs, midi: guest.midi,
      whenFreewheeling: whenFreewheeling)
    state.latency.store(latency, ordering: .relaxed)
    state.attach(to: client)
    workers.start(through: client)
    guard guest.inputs.count == options.inputs, guest.outputs.count == options.outputs, jack_activate(client) == 0
    else {
      workers.stop()
      jack_client_close(client)
      throw PatchError(.noAudio, "the JACK server refused ports or activation")
    }
    self.client = client
    self.state = state
    lastCallbackAt = weft_nanoseconds()
    connect(inputs: guest.inputs, outputs: guest.outputs, midi: [guest.midi].compactMap { $0 })
  }

  // MARK: Watching

  /// Detects a lost server, tries to open a client on a new one, and records the connections.
  public func poll() -> Change? {
    let now = weft_nanoseconds()
    guard let state else { return reopen(at: now) }
    let callbacks = state.callbacks.load(ordering: .acquiring)
    if callbacks != lastCallbacks { (lastCallbacks, lastCallbackAt) = (callbacks, now) }
    // Some servers (PipeWire) end without notice: the callbacks stop.
    if state.isLost.load(ordering: .acquiring) || now - lastCallbackAt > 2_000_000_000 {
      guard drop() else { return nil }
      engine.endMidi()
      clock.start()
      (pause, nextTry) = (0.5, now + 500_000_000)
      return .lost
    }
    if now - lastLook > 500_000_000 {
      lastLook = now
      joinMissed()
      connections = state.ports.map(peers)
      // Keep peers that have not returned, in case the server ends again.
      for (port, peer) in missed where port < connections!.count { connections![port].append(peer) }
      // Some servers change their sample rate without restarting.
      if let client, Double(jack_get_sample_rate(client)) != engine.sampleRate {
        guard drop() else { return nil }
        clock.start()
        nextTry = now
        return .lost
      }
    }
    return nil
  }

  private func reopen(at now: UInt64) -> Change? {
    guard clock.isRunning, leaving?.isGone != false else { return nil }
    leaving = nil
    guard let arriving else {
      if now >= nextTry { arriving = ask() }
      return nil
    }
    // A hanging server answers late or never; rendering does not wait for it.
    guard let outcome = arriving.poll() else { return nil }
    self.arriving = nil
    do throws(PatchError) {
      try enter(outcome)
      return .back(name: name)
    } catch {
      clock.start()
      pause = min(pause * 1.5, 5)
      nextTry = now + UInt64(pause * 1e9)
      return nil
    }
  }

  /// Runs the engine without a server, for good.
  public func startWithoutServer() {
    clock.start()
    nextTry = .max
  }

  /// - Returns: false if a callback does not end; the engine is then still attached to JACK.
  private func drop() -> Bool {
    if let state, !state.detach() { return false }
    workers.stop()
    // A hanging server blocks `jack_client_close`.
    if let client, let state { leaving = JackLeaving(client, state) }
    earlierXruns += state?.xruns.load(ordering: .relaxed) ?? 0
    client = nil
    state = nil
    return true
  }

  /// Closes the client; nothing renders when this returns.
  public func close() {
    arriving?.abandon()
    arriving = nil
    _ = drop()
    leaving?.wait(seconds: 1)
    leaving = nil
    clock.stop()
  }

  /// Lets the waiting freewheel period proceed.
  public func proceed() { state?.gate.open() }
}
