import Glibc
import PatchKit

/// Round-robin queue of packets to be handled: clients in turn, the packets of a client in order.
///
/// A turn is a slice of time. While others wait, a client whose request took longer than its slice misses turns; a long
/// request defers its work to later turns.
final class FairQueue {
  enum Limits {
    /// Length of a turn, nanoseconds.
    static let slice: UInt64 = 1_000_000
    /// Maximum number of missed turns.
    static let debt: UInt64 = 100
    /// Maximum size of the waiting datagrams of one client, and of all, bytes.
    static let client = 4 << 20, all = 64 << 20
    /// Memory of a packet beside its contents, bytes.
    static let overhead = 64
  }

  private final class Line {
    let client: OSCClient
    /// Waiting packets, from `next` on.
    var packets: [Result<[UInt8], PatchError>] = []
    var next = 0
    var work: [LongWork] = []
    var bytes = 0
    /// Processor time beyond its slices, nanoseconds.
    var debt: UInt64 = 0
    /// True if it is in `turns`.
    var isQueued = false
    /// True while its work waits for an event.
    var isWaiting = false
    var isGone = false

    init(_ client: OSCClient) { self.client = client }
    var isEmpty: Bool { work.isEmpty && next == packets.count }
    var hasOnePacket: Bool { work.isEmpty && next + 1 == packets.count }
  }

  private var lines: [OSCClient: Line] = [:]
  /// Clients in the order of their turns, from `first` on.
  private var turns: [Line] = []
  private var first = 0
  private var bytes = 0

  /// Handles a packet and returns its deferred work.
  var handler: (Result<[UInt8], PatchError>, OSCClient) -> [LongWork] = { _, _ in [] }
  /// Called when all packets of a client are handled.
  var whenEmpty: (OSCClient) -> Void = { _ in }
  /// Called before each turn, for scheduled work, and after it.
  var beforeTurn: () -> Void = {}
  var afterTurn: () -> Void = {}

  /// - Parameter isLimited: whether the packet is dropped beyond the limits.
  /// - Returns: false if it was dropped.
  func add(_ packet: Result<[UInt8], PatchError>, from client: OSCClient, isLimited: Bool) -> Bool {
    let size = FairQueue.size(packet), line = lines[client] ?? Line(client)
    if isLimited, line.bytes + size > Limits.client || bytes + size > Limits.all { return false }
    lines[client] = line
    line.packets.append(packet)
    line.bytes += size
    bytes += size
    enqueue(line)
    return true
  }

  /// Adds deferred work of a client.
  func add(_ work: [LongWork], for client: OSCClient) {
    let line = lines[client] ?? Line(client)
    lines[client] = line
    line.work += work
    enqueue(line)
  }

  private static func size(_ packet: Result<[UInt8], PatchError>) -> Int {
    Limits.overhead + ((try? packet.get().count) ?? 0)
  }

  /// Removes a client that has disconnected, with its packets.
  func remove(_ client: OSCClient) {
    guard let line = lines.removeValue(forKey: client) else { return }
    line.isGone = true
    bytes -= line.bytes
  }

  func isEmpty(_ client: OSCClient) -> Bool { lines[client] == nil }

  /// Serves clients for about one slice.
  ///
  /// - Returns: whether clients still wait for their turn.
  func serve() -> Bool {
    let end = ControlLoop.now + Limits.slice
    while let line = nextLine() {
      beforeTurn()
      serve(line)
      afterTurn()
      if ControlLoop.now >= end { break }
    }
    return first < turns.count
  }

  private func serve(_ line: Line) {
    let end = ControlLoop.now + Limits.slice
    // Of a client with one packet nothing remains that could be delayed.
    let start = line.hasOnePacket ? nil : FairQueue.processorTime
    repeat { serveNext(line) } while !line.isGone && !line.isEmpty && !line.isWaiting && ControlLoop.now < end
    guard !line.isGone else { return }
    if let start, ControlLoop.now > end {
      let time = FairQueue.processorTime - start
      if time > Limits.slice { line.debt = min(line.debt + time - Limits.slice, Limits.debt * Limits.slice) }
    }
    if line.isWaiting { return }
    if !line.isEmpty { return enqueue(line) }
    lines[line.client] = nil
    whenEmpty(line.client)
  }

  /// Processor time of this thread, nanoseconds: preemption by other programs is not charged to a client.
  private static var processorTime: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private func serveNext(_ line: Line) {
    if let work = line.work.first {
      switch work.step() {
      case .more: break
      case .done: line.work.removeFirst()
      case .waiting:
        line.isWaiting = true
        work.resume = { [weak self, weak line] in
          guard let self, let line, !line.isGone, line.isWaiting else { return }
          line.isWaiting = false
          enqueue(line)
        }
      }
      return
    }
    let packet = line.packets[line.next], size = FairQueue.size(packet)
    line.next += 1
    if line.next == line.packets.count {
      line.packets.removeAll(keepingCapacity: line.packets.count < 64)
      line.next = 0
    } else if line.next > 1_024, line.next > line.packets.count / 2 {
      line.packets.removeFirst(line.next)
      line.next = 0
    }
    line.bytes -= size
    bytes -= size
    line.work = handler(packet, line.client)
  }

  // MARK: Turns

  private func enqueue(_ line: Line) {
    guard !line.isQueued, !line.isWaiting else { return }
    line.isQueued = true
    turns.append(line)
  }

  /// The next client without debt. A client alone has none.
  private func nextLine() -> Line? {
    while first < turns.count {
      let line = turns[first]
      first += 1
      if first == turns.count { (turns, first) = ([], 0) }
      if first > 64, first > turns.count / 2 {
        turns.removeFirst(first)
        first = 0
      }
      line.isQueued = false
      if line.isGone { continue }
      if line.debt < Limits.slice || turns.isEmpty {
        if turns.isEmpty { line.debt = 0 }
        return line
      }
      line.debt -= Limits.slice
      enqueue(line)
    }
    return nil
  }
}
