import CJack
import CRealtime
import Engine
import PatchKit

/// Plays an engine as a JACK client, and goes on when the server does not: until one is back, a clock keeps the engine
/// going; then the client returns with the connections that it had.
///
/// Belongs to the control thread, which calls `poll` every few ten milliseconds.
public final class JackHost {
  public struct Options {
    public var name = "weft"
    /// The server's name; nil: the default one (`JACK_DEFAULT_SERVER`).
    public var server: String?
    public var inputs = 2
    public var outputs = 2
    /// Whether to connect to the physical ports.
    public var connects = true

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
  /// What each port was connected to when last looked at, in order of registration.
  var connections: [[String]]?
  /// Who was connected before and is not there yet, by port, until `missedUntil`.
  var missed: [(port: Int, peer: String)] = []
  var missedUntil: UInt64 = 0
  /// Seconds that other programs have to come back after the server did.
  static let patience: UInt64 = 60
  private var nextTry: UInt64 = 0
  private var pause = 0.5
  private var lastCallbacks = 0
  private var lastCallbackAt: UInt64 = 0
  private var lastLook: UInt64 = 0
  private var earlierXruns = 0
  /// The client that is being closed.
  private var leaving: JackLeaving?
  /// The client that is being opened, after a server was lost.
  private var arriving: JackArrival?
  /// Called before the engine plays at another rate, while nothing renders.
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
  /// The client's name, which the server may have made unique.
  public var name: String { client.flatMap { jack_get_client_name($0) }.map { String(cString: $0) } ?? options.name }
  public var period: Int { client.map { Int(jack_get_buffer_size($0)) } ?? 0 }
  public var sampleRate: Double { engine.sampleRate }
  /// The threads that render, the audio thread included.
  public var threads: Int { 1 + workers.count }
  /// The server's threads come before all others; else who shares the work may be held up by any program.
  public var isRealTime: Bool { client.map { jack_is_realtime($0) != 0 } ?? false }
  public var xruns: Int { earlierXruns + (state?.xruns.load(ordering: .relaxed) ?? 0) }

  /// - Throws: `.noAudio` where no server runs, or it does not take us, or it does not answer within five seconds.
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
        .noAudio, "no JACK server takes the client \(options.name) (status \(String(status, radix: 16)))")
    }
    clock.stop()
    let client = guest.client, rate = Double(jack_get_sample_rate(client))
    if rate != engine.sampleRate { onSampleRate(rate) }
    let state = JackThreadState(
      engine: engine, inputs: guest.inputs, outputs: guest.outputs, midi: guest.midi,
      whenFreewheeling: whenFreewheeling)
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

  /// Notices a lost server, tries for a new one, and remembers the connections.
  public func poll() -> Change? {
    let now = weft_nanoseconds()
    guard let state else { return reopen(at: now) }
    let callbacks = state.callbacks.load(ordering: .acquiring)
    if callbacks != lastCallbacks { (lastCallbacks, lastCallbackAt) = (callbacks, now) }
    // Some servers (PipeWire) end without a word: the callbacks just stop.
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
      // Who has not come back is not forgotten, should the server end again.
      for (port, peer) in missed where port < connections!.count { connections![port].append(peer) }
      // Some servers change their rate without ending.
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
    // A server that hangs answers late or never; what sounds does not wait for it.
    guard let outcome = arriving.take() else { return nil }
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

  /// Keeps the engine going without a server, and looks out for one.
  public func startWithoutServer() {
    clock.start()
    nextTry = weft_nanoseconds() + 500_000_000
  }

  /// - Returns: false where a callback does not end: the engine is still JACK's then.
  private func drop() -> Bool {
    if let state, !state.detach() { return false }
    workers.stop()
    // A server that hangs holds up whoever leaves it.
    if let client, let state { leaving = JackLeaving(client, state) }
    earlierXruns += state?.xruns.load(ordering: .relaxed) ?? 0
    client = nil
    state = nil
    return true
  }

  /// Leaves the server; nothing renders when this returns.
  public func close() {
    arriving?.abandon()
    arriving = nil
    _ = drop()
    leaving?.wait(seconds: 1)
    leaving = nil
    clock.stop()
  }

  /// Lets the period of a freewheel go on that asked for the control side.
  public func proceed() { state?.turn.over() }
}
