import CJack
import CRealtime
import Glibc
import PatchKit

/// The JACK server to play on: the running one, or a private one that ends with this process.
public final class AudioServer {
  /// Default sample rate in Hz and period in frames, without a server that sets them.
  public static let defaultRate = 48_000, defaultPeriod = 256

  public enum Choice: String, CaseIterable, Sendable {
    /// The running server, else a private one: with the sound card if there is one, else without.
    case auto
    /// A private server without a sound card.
    case dummy
    /// No server: the patch runs silently.
    case none
  }

  /// The server's name for clients; nil: the default one.
  public let name: String?
  /// The server found or started, in words.
  public let summary: String
  private var process: ServerProcess?
  private let place: ServerName?

  /// - Throws: `.noAudio` if a private server does not start.
  public init(_ choice: Choice, rate: Int = defaultRate, period: Int = defaultPeriod) throws(PatchError) {
    silenceJack()
    if choice == .auto, let running = try AudioServer.runningRate() {
      name = nil
      place = nil
      summary = "the JACK server that runs (\(running) Hz)"
      return
    }
    guard let place = ServerName("weft") else {
      throw PatchError(.noAudio, "\(ServerName.most) private JACK servers run already, and JACK has room for no more")
    }
    self.place = place
    let name = place.name
    self.name = name
    let card = choice == .auto ? AudioServer.firstCard() : nil
    if let card, let started = AudioServer.start(name, ["alsa", "-d", "hw:\(card)"], rate, period) {
      process = started
      summary = "a private JACK server, \(name), on sound card \(card)"
    } else if let started = AudioServer.start(name, ["dummy"], rate, period) {
      process = started
      summary = "a private JACK server, \(name), without a sound card (dummy driver)"
    } else {
      throw PatchError(
        .noAudio, "jackd did not start: is the package jackd2 installed, and are its real-time limits set?")
    }
  }

  deinit { stop() }

  /// Ends the private server, if any. Close all clients first.
  public func stop() {
    process?.stop()
    process = nil
  }

  /// The error of a server that hangs.
  static let silence = PatchError(
    .noAudio, "a JACK server runs, but has not answered for \(Int(JackArrival.patience)) s: is it stopped, or stuck?")

  /// The sample rate of the running server; nil without one.
  private static func runningRate() throws(PatchError) -> Int? {
    switch JackArrival("weft-probe", at: nil).wait() {
    case .taken(let guest):
      defer { jack_client_close(guest.client) }
      return Int(jack_get_sample_rate(guest.client))
    case .refused: return nil
    case nil: throw silence
    }
  }

  /// The first sound card listed by the kernel.
  private static func firstCard() -> Int? {
    guard let file = fopen("/proc/asound/cards", "r") else { return nil }
    defer { fclose(file) }
    var card: Int32 = 0
    return vfscanfNumber(file, &card) ? Int(card) : nil
  }

  private static func vfscanfNumber(_ file: UnsafeMutablePointer<FILE>, _ number: inout Int32) -> Bool {
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return false }
    let text = line.prefix { $0 != 0 }.drop { $0 == 0x20 }.prefix { (0x30...0x39).contains($0) }
    guard !text.isEmpty else { return false }
    number = text.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
    return true
  }

  private static func start(_ name: String, _ driver: [String], _ rate: Int, _ period: Int) -> ServerProcess? {
    ServerProcess(name, driver: driver + ["-r", "\(rate)", "-p", "\(period)"])
  }
}
