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
  /// What was found or started, for people.
  public let summary: String
  /// Sound cards that did not start, each with its name and title.
  public private(set) var refused: [String] = []
  private var process: ServerProcess?
  private let place: ServerName?

  /// - Parameter device: the sound card of a private server, see `SoundCard.named`; nil: the running server, else the
  ///   first that starts.
  /// - Throws: `.noAudio` if a private server does not start, or not on `device`.
  public init(_ choice: Choice, device: String? = nil, rate: Int = defaultRate, period: Int = defaultPeriod)
    throws(PatchError)
  {
    silenceJack()
    if choice == .auto, device == nil, let running = try AudioServer.runningRate() {
      name = nil
      place = nil
      summary = "the running JACK server\(PipeWireJack.isUsed ? " of PipeWire" : "") (\(running) Hz)"
      return
    }
    let all = choice == .auto ? SoundCard.all() : []
    var cards = all
    if choice == .auto, let device { cards = [try SoundCard.named(device, among: all)] }
    guard let place = ServerName("weft") else {
      throw PatchError(.noAudio, "\(ServerName.most) private JACK servers are running, the most that JACK allows")
    }
    self.place = place
    let name = place.name
    self.name = name
    for card in cards {
      // With the keyboards of ALSA's sequencer, where this jackd knows them.
      for midi in [["-X", "seq"], []] {
        guard let started = AudioServer.start(name, ["alsa", "-d", card.name] + midi, rate, period) else { continue }
        process = started
        summary = "a private JACK server, \(name), on sound card \(card.shortName) (\(card.title))"
        return
      }
      refused.append("\(card.shortName) (\(card.title))")
    }
    if device != nil {
      throw PatchError(
        .noAudio, "no JACK server starts on sound card \(refused.joined()): another program may hold it")
    }
    guard let started = AudioServer.start(name, ["dummy"], rate, period) else {
      throw PatchError(
        .noAudio, "jackd did not start: is the package jackd2 installed, and are its real-time limits set?")
    }
    process = started
    summary = "a private JACK server, \(name), without a sound card (dummy driver)"
  }

  deinit { stop() }

  /// Ends the private server, if there is one. Clients must be closed before.
  public func stop() {
    process?.stop()
    process = nil
  }

  /// The error for a server that runs but does not answer.
  static let silence = PatchError(
    .noAudio, "a JACK server is running, but has not answered for \(Int(JackArrival.patience)) s: is it stopped?")

  /// Whether a default server runs.
  ///
  /// - Throws: `.noAudio` where one runs and does not answer.
  public static func isRunning() throws(PatchError) -> Bool { try runningRate() != nil }

  /// The rate of the server that runs; nil where none does.
  private static func runningRate() throws(PatchError) -> Int? {
    silenceJack()
    switch JackArrival("weft-probe", at: nil).wait() {
    case .taken(let guest):
      defer { jack_client_close(guest.client) }
      return Int(jack_get_sample_rate(guest.client))
    case .refused: return nil
    case nil: throw silence
    }
  }

  /// The physical ports of the running server: those that play, and those that send MIDI.
  ///
  /// - Throws: `.noAudio` where one runs and does not answer.
  public static func runningPorts() throws(PatchError) -> (outputs: [String], midi: [String])? {
    silenceJack()
    switch JackArrival("weft-probe", at: nil).wait() {
    case .taken(let guest):
      defer { jack_client_close(guest.client) }
      return (
        JackPorts.physical(guest.client, JackPortIsInput),
        JackPorts.physical(guest.client, JackPortIsOutput, JACK_DEFAULT_MIDI_TYPE)
      )
    case .refused: return nil
    case nil: throw silence
    }
  }

  private static func start(_ name: String, _ driver: [String], _ rate: Int, _ period: Int) -> ServerProcess? {
    ServerProcess(name, driver: driver + ["-r", "\(rate)", "-p", "\(period)"])
  }
}
