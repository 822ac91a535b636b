import Control
import PatchKit

/// Packets of WebSockets that wait: clients in turn, the packets of a client in order, a slice of time between looks at
/// the other sockets of the control loop.
final class WebTurns {
  enum Limits {
    /// Length of a slice, nanoseconds.
    static let slice: UInt64 = 1_000_000
    /// Bytes of packets that may wait for one client.
    static let client = 4 << 20
  }

  private struct Line {
    let client: WebSocketClient
    var packets: [(packet: OSCPacket, bytes: Int)] = []
    var next = 0
    var bytes = 0
  }
  private var lines: [UInt64: Line] = [:]
  private var turns: [UInt64] = []
  private var isServing = false
  private let loop: ControlLoop
  private let perform: (OSCPacket, WebSocketClient) -> Void

  init(_ loop: ControlLoop, perform: @escaping (OSCPacket, WebSocketClient) -> Void) {
    (self.loop, self.perform) = (loop, perform)
  }

  /// - Returns: false where too much of this client waits already.
  func add(_ packet: OSCPacket, bytes: Int, from client: WebSocketClient) -> Bool {
    let id = client.id.number
    if lines[id] == nil { turns.append(id) }
    guard lines[id, default: Line(client: client)].bytes + bytes <= Limits.client else { return false }
    lines[id, default: Line(client: client)].packets.append((packet, bytes))
    lines[id]!.bytes += bytes
    // Alone a client need not wait.
    if !isServing {
      isServing = true
      serve()
    }
    return true
  }

  /// Removes the packets of a client that has disconnected.
  func remove(_ id: UInt64) { lines[id] = nil }

  private func serve() {
    let end = ControlLoop.now + Limits.slice
    while let id = turns.first, ControlLoop.now < end {
      turns.removeFirst()
      guard let line = lines[id] else { continue }
      let (packet, bytes) = line.packets[line.next]
      if line.next + 1 == line.packets.count {
        lines[id] = nil
      } else {
        lines[id]!.next += 1
        lines[id]!.bytes -= bytes
        if line.next > 64, line.next > line.packets.count / 2 {
          lines[id]!.packets.removeFirst(line.next + 1)
          lines[id]!.next = 0
        }
        turns.append(id)
      }
      perform(packet, line.client)
    }
    isServing = !turns.isEmpty
    if isServing { loop.after(0) { [weak self] in self?.serve() } }
  }
}
