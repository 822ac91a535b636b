import Control
import PatchKit

/// One client over WebSocket: binary frames are OSC packets in both directions.
final class WebSocketClient {
  /// The number of its socket.
  let number: UInt64
  /// The sender in requests.
  let sender: OSCClient
  /// nil: not authenticated yet.
  var role: WebRules.Role?
  /// The subscribed OSC paths; nil: it has not sent an OSCQuery command.
  var listens: Set<String>?
  /// Bytes that the client has not read yet.
  private(set) var queued = 0
  /// Bytes of its packets that wait for their turn.
  var waiting = 0
  private var isClosed = false
  private var allowance = Double(Limits.commandsPerSecond)
  private var lastRefill: UInt64 = 0
  private weak var server: WebServer?

  enum Limits {
    static let commandsPerSecond = 2_000
    /// Maximum queue of a client before it is disconnected, bytes.
    static let queue = 1 << 20
    /// Maximum bytes of packets that wait for their turn.
    static let waiting = 4 << 20
    /// Maximum bytes of text in one reply.
    static let replyText = 256 << 10
  }

  init(_ number: UInt64, _ role: WebRules.Role?, _ server: WebServer) {
    (self.number, self.role, self.server) = (number, role, server)
    sender = server.sessions.otherClient(isNotifiable: true)
  }

  var requester: Requester {
    Requester(
      id: sender, replyLimit: Limits.replyText, isReady: { [weak self] in self?.queued == 0 },
      send: { [weak self] in self?.send($0) })
  }

  func send(_ message: OSCMessage) {
    guard let bytes = try? message.encoded() else { return }
    send(bytes, isText: false)
  }

  func send(_ bytes: [UInt8], isText: Bool) {
    if isClosed { return }
    guard queued <= Limits.queue else { return close(1_008, "it does not read what it is sent") }
    queued += bytes.count
    server?.send(number, isText: isText, bytes)
  }

  func sent(_ size: Int) { queued -= size }

  func close(_ code: UInt16, _ reason: String) {
    if isClosed { return }
    isClosed = true
    server?.close(number, code, reason)
  }

  /// Returns true if `count` more commands are within the limit.
  func mayPerform(_ count: Int) -> Bool {
    let now = ControlLoop.now, most = Double(Limits.commandsPerSecond)
    if lastRefill > 0 { allowance = min(most, allowance + Double(now - lastRefill) / 1e9 * most) }
    lastRefill = now
    guard allowance >= Double(count) else { return false }
    allowance -= Double(count)
    return true
  }
}
