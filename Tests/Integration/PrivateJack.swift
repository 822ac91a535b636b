import CJack
import Foundation
import Hosts
import TestSupport
import Testing

/// A private `jackd` without a sound card; with `WEFT_REALTIME` a typical real-time server, which does not wait for
/// clients.
final class PrivateJack: PrivateServer {
  let name: String
  private(set) var period: Int
  private(set) var rate = 48_000
  private var waits: [String]
  private let turn = JackTurn()
  private let place: ServerName

  override var environment: [String: String] { ["JACK_DEFAULT_SERVER": name] }

  /// - Parameters:
  ///   - waitsForClients: true to lose no sample on a busy machine; false to skip late clients.
  ///   - prefersRealtime: true to keep time on a busy machine, where real-time priority is permitted.
  init(period: Int = 256, waitsForClients: Bool = true, prefersRealtime: Bool = false) throws {
    let realtime = ["-R", "-P70"]
    waits =
      PrivateJack.isRealtime || prefersRealtime
      ? realtime : waitsForClients ? ["-r", "-S", "-t", "10000"] : ["-r"]
    place = try #require(ServerName("weft-test"))
    name = place.name
    self.period = period
    super.init()
    try start()
  }

  deinit { stop() }

  struct DidNotStart: Error {}
  static let isRealtime = ProcessInfo.processInfo.environment["WEFT_REALTIME"] != nil

  /// Starts it, also again after it was killed.
  func start(rate: Int = 48_000, period: Int? = nil) throws {
    (self.rate, self.period) = (rate, period ?? self.period)
    jack_set_error_function { _ in }
    jack_set_info_function { _ in }
    JackMetadata.removeAbandoned()
    // A killed server keeps its entry in JACK's registry briefly.
    for _ in 0..<5 {
      try launch(["jackd"] + waits + ["-n", name, "-d", "dummy", "-r", "\(rate)", "-p", "\(self.period)"])
      if eventually(every: 20_000, { !isRunning || isReady }), isRunning { return }
      stop()
      if !PrivateJack.isRealtime, waits.first == "-R" { waits = ["-r"] }
    }
    throw DidNotStart()
  }

  private var isReady: Bool {
    var status = jack_status_t(0)
    guard let client = cjack_open("ready", name, &status) else { return false }
    jack_client_close(client)
    return true
  }

  /// The existing ports of all clients.
  func ports() -> [String] {
    var status = jack_status_t(0)
    guard let client = cjack_open("ports", name, &status) else { return [] }
    defer { jack_client_close(client) }
    guard let list = jack_get_ports(client, nil, nil, 0) else { return [] }
    defer { jack_free(list) }
    var names: [String] = []
    while let name = list[names.count] { names.append(String(cString: name)) }
    return names
  }
}
