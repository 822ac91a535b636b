import CJack
import CRealtime
import Glibc
import PatchKit

/// The JACK server to play on: a running one, or a private one that ends with this program.
public final class AudioServer {
  /// Default sample rate in Hz and period in frames, without a server that sets them.
  public static let defaultRate = 48_000, defaultPeriod = 256

  public enum Choice: String, CaseIterable, Sendable {
    /// The running server, else a private one: on the first sound card that takes it, else without.
    case auto
    /// A private server without a sound card.
    case dummy
    /// No server: the patch runs without output.
    case none
  }

  /// The server's name for clients; nil: the default one.
  public let name: String?
  /// The server found or started, in words.
  public let summary: String
  /// Sound cards on which no server starts, each with its name, its title and the reason, where that is known.
  public private(set) var refused: [String] = []
  /// True for a server without a sound card that was not asked for: nothing is heard.
  public private(set) var isSilent = false
  private var process: ServerProcess?
  private let place: ServerName?

  /// - Parameters:
  ///   - device: the sound card of a private server, see `SoundCard.named`; nil: the running server, else the first that
  ///     starts.
  ///   - lists: the folder of the kernel's lists of sound cards.
  ///   - program: the server's program.
  /// - Throws: `.noAudio` if a private server does not start, or not on `device`.
  public init(
    _ choice: Choice, device: String? = nil, rate: Int = defaultRate, period: Int = defaultPeriod,
    lists: String = SoundCard.lists, program: String = "jackd"
  ) throws(PatchError) {
    silenceJack()
    if choice == .auto, device == nil, let running = try AudioServer.runningRate() {
      name = nil
      place = nil
      summary = "the running JACK server\(PipeWireJack.isUsed ? " of PipeWire" : "") (\(running) Hz)"
      return
    }
    let all = choice == .auto ? SoundCard.all(in: lists) : []
    var cards = all
    if choice == .auto, let device { cards = [try SoundCard.named(device, among: all)] }
    guard ServerProcess.isInstalled(program) else {
      throw PatchError(
        .noAudio,
        "no JACK server runs, and the program \(program) is not installed: sudo apt install jackd2, or start PipeWire "
          + "and install pipewire-jack, or play --server none")
    }
    guard let place = ServerName("weft") else {
      throw PatchError(.noAudio, "\(ServerName.most) private JACK servers are running, the most that JACK allows")
    }
    self.place = place
    let name = place.name
    self.name = name
    for card in cards {
      // With the keyboards of ALSA's sequencer, where this jackd knows them.
      for midi in [["-X", "seq"], []] {
        let driver = ["alsa", "-d", card.name] + midi
        guard let started = AudioServer.start(program, name, driver, rate, period) else { continue }
        process = started
        summary = "a private JACK server, \(name), on sound card \(card.shortName) (\(card.title))"
        return
      }
      refused.append("\(card.shortName) (\(card.title))" + (card.obstacle(in: lists).map { ": " + $0 } ?? ""))
    }
    if device != nil {
      throw PatchError(
        .noAudio,
        "no JACK server starts on sound card \(refused.joined())"
          + (refused.joined().contains("): ") ? "" : ": another program may use it, or it lacks \(rate) Hz"))
    }
    guard let started = AudioServer.start(program, name, ["dummy"], rate, period) else {
      throw PatchError(
        .noAudio, "\(program) did not start: try jackd -d dummy to see its reason, or play --server none")
    }
    process = started
    isSilent = choice == .auto
    summary = "a private JACK server, \(name), without a sound card (dummy driver)"
  }

  deinit { stop() }

  /// Ends the private server, if there is one. Clients must be closed before.
  public func stop() {
    process?.stop()
    process = nil
  }

  /// Starts the private server again if it was killed or its sound card went away; clients have to open again.
  ///
  /// - Returns: true if it was started; it accepts clients a moment later.
  public func restartIfEnded() -> Bool { process?.restartIfEnded() ?? false }

  /// The error for a server that runs but does not answer.
  static let silence = PatchError(
    .noAudio, "a JACK server is running, but has not answered for \(Int(JackArrival.patience)) s: is it stopped?")

  /// True if a default server runs.
  ///
  /// - Throws: `.noAudio` where one runs and does not answer.
  public static func isRunning() throws(PatchError) -> Bool { try runningRate() != nil }

  /// The rate of the server that runs; nil where none does.
  private static func runningRate() throws(PatchError) -> Int? {
    try visitRunning { Int(jack_get_sample_rate($0)) }
  }

  /// The physical ports of the running server: those that play, and those that send MIDI, with their aliases.
  ///
  /// - Throws: `.noAudio` where one runs and does not answer.
  public static func runningPorts() throws(PatchError) -> (outputs: [String], midi: [String])? {
    try visitRunning { client in
      (
        JackPorts.physical(client, JackPortIsInput),
        JackPorts.physical(client, JackPortIsOutput, JACK_DEFAULT_MIDI_TYPE).map {
          JackPorts.names(of: $0, client).joined(separator: " = ")
        }
      )
    }
  }

  /// Reads something from the running server as a client of it; nil where none runs.
  private static func visitRunning<Value>(_ read: (OpaquePointer) -> Value) throws(PatchError) -> Value? {
    silenceJack()
    switch JackArrival("weft-probe", at: nil).wait() {
    case .taken(let guest):
      defer { jack_client_close(guest.client) }
      return read(guest.client)
    case .refused: return nil
    case nil: throw silence
    }
  }

  private static func start(
    _ program: String, _ name: String, _ driver: [String], _ rate: Int, _ period: Int
  ) -> ServerProcess? {
    ServerProcess(name, driver: driver + ["-r", "\(rate)", "-p", "\(period)"], program: program)
  }
}
