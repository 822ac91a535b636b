import CLoop
import Glibc
import PatchKit

/// Receives OSC over UDP and TCP on one port and replies from it. Confined to the thread of its loop.
///
/// `localhost` is 127.0.0.1, and ::1 if the machine has it: clients differ in which of the two they try.
public final class OSCServer {
  public enum Limits {
    public static let clients = 256
    /// The largest UDP packet over IPv4, bytes.
    public static let datagram = 65_507
    /// Maximum queue of one TCP client before it is disconnected, bytes.
    public static let queue = 64 << 20
    /// Maximum queues of all TCP clients together before one with a long queue is disconnected, bytes.
    public static let allQueues = 128 << 20
    /// Maximum partial packets of all TCP clients together, bytes.
    public static let partial = 128 << 20
    /// Maximum replies to malformed packets a second.
    public static let refusals = 20
  }

  /// Counts of errors since the start.
  public struct Counts: Hashable, Sendable {
    /// Packets that were not OSC.
    public var malformed = 0
    /// TCP clients disconnected because they did not read.
    public var stalled = 0
    /// TCP clients refused because there were too many.
    public var refused = 0
    /// Idle TCP clients disconnected to make room for others.
    public var displaced = 0
    /// Replies and notifications of other programs, which are not answered.
    public var ignored = 0
    /// Replies that the system rejected or that were too large for a datagram.
    public var unsent = 0
    /// Datagrams dropped because they arrived faster than they were handled.
    public var lost = 0
  }

  public static let defaultPort = 7770

  public let port: Int
  public internal(set) var counts = Counts()
  public var malformedCount: Int { counts.malformed }
  /// Called for each packet: clients round-robin, the packets of a client in order of arrival.
  public var handler: (OSCPacket, OSCClient) -> Void = { _, _ in }
  /// Returns the work that the handler has deferred to later turns of its client.
  public var remainingWork: () -> [LongWork] = { [] }
  /// Called before each client's turn, for scheduled work, and after it.
  public var beforeTurn: () -> Void = {} { didSet { queue.beforeTurn = beforeTurn } }
  public var afterTurn: () -> Void = {} { didSet { queue.afterTurn = afterTurn } }
  /// Called when a TCP client has disconnected.
  public var whenClosed: (OSCClient) -> Void = { _ in }
  /// Called when an idle TCP client was disconnected to make room, with the seconds since its last request.
  public var whenDisplaced: (_ idleSeconds: Double) -> Void = { _ in }

  let loop: ControlLoop
  private var sockets: [(descriptor: Int32, type: Int32)] = []
  var connections: [Int32: OSCConnection] = [:]
  let queue = FairQueue()
  var replyPorts = ReplyPorts()
  private var slices = 0
  /// Datagrams dropped by this server, and by the system.
  private var dropped = 0, lostBySystem = 0
  private var serial = 0
  private var refusalsLeft = Limits.refusals
  private var refusalsStarted: UInt64 = 0
  /// Receive buffer.
  let buffer: UnsafeMutableRawBufferPointer

  /// - Parameter port: 0 selects a free one, see `port`.
  /// - Throws: `busy` if the port is in use, `bad-name` for an unknown host, `range` for an impossible port.
  public init(
    loop: ControlLoop, host: String = "localhost", port: Int = defaultPort,
    handler: @escaping (OSCPacket, OSCClient) -> Void = { _, _ in }
  ) throws(PatchError) {
    self.loop = loop
    self.handler = handler
    let (port, opened) = try OSCServer.open(host, port)
    self.port = port
    buffer = .allocate(byteCount: 1 << 16, alignment: 16)
    for (descriptor, type) in opened {
      sockets.append((descriptor, type))
      if type == Socket.stream {
        loop.add(descriptor, for: .read) { [unowned self] _ in accept(from: descriptor) }
      } else {
        Socket.set(descriptor, SOL_SOCKET, SO_RCVBUF, 4 << 20)
        Socket.set(descriptor, SOL_SOCKET, SO_SNDBUF, 1 << 20)
        loop.add(descriptor, for: .read) { [unowned self] _ in receive(from: descriptor) }
      }
    }
    queue.handler = { [unowned self] packet, client in handle(packet, from: client) }
    queue.whenEmpty = { [unowned self] client in
      if case .stream(let descriptor, _) = client.identity { connections[descriptor]?.handled() }
    }
    slices = loop.addSlices { [unowned queue] in queue.serve() }
  }

  deinit {
    loop.removeSlices(slices)
    for connection in connections.values { connection.shut() }
    for (descriptor, _) in sockets {
      loop.remove(descriptor)
      close(descriptor)
    }
    buffer.deallocate()
  }

  /// Opens all sockets, or none.
  private static func open(_ host: String, _ wanted: Int) throws(PatchError) -> (Int, [(Int32, Int32)]) {
    let isLocal = host == "localhost"
    var addresses = try SocketAddress.resolve(isLocal ? "127.0.0.1" : host, port: wanted).prefix(1)
    if isLocal, let other = try? SocketAddress.resolve("::1", port: wanted) { addresses += other.prefix(1) }
    // A port that is free for UDP may be in use for TCP: with port 0, try others.
    for attempt in 1... {
      var port = wanted
      var opened: [(Int32, Int32)] = []
      var failure: Int32 = 0
      for (index, type) in addresses.indices.flatMap({ [($0, Socket.datagram), ($0, Socket.stream)] })
      where failure == 0 {
        var address = addresses[index]
        address.port = port
        if let (descriptor, actual) = Socket.bound(address, type) {
          opened.append((descriptor, type))
          port = actual.port
        } else if index == 0 || errno == EADDRINUSE {
          failure = errno
        }
      }
      if failure == 0 { return (port, opened) }
      for (descriptor, _) in opened { close(descriptor) }
      if wanted != 0 || failure != EADDRINUSE || attempt == 16 {
        let reason =
          switch failure {
          case EADDRINUSE: "port \(wanted) is in use"
          case EADDRNOTAVAIL: "this machine has no such address; ip address lists those that it has"
          case EACCES: "ports below 1024 are for root; choose one above"
          default: String(cString: strerror(failure))
          }
        throw PatchError(failure == EADDRINUSE ? .busy : .range, "OSC cannot listen on \(host):\(wanted): \(reason)")
      }
    }
    fatalError("the attempts end above")
  }

  // MARK: UDP

  /// Maximum packets received in a row, so that a flood does not delay handling.
  private static let burst = 256

  private func receive(from descriptor: Int32) {
    for _ in 0..<OSCServer.burst {
      var address = SocketAddress()
      let size = address.fill { recvfrom(descriptor, buffer.baseAddress!, buffer.count, 0, $0, $1) }
      if size < 0 { return }
      let client = OSCClient(server: self, identity: .datagram(descriptor, address))
      if !queue.add(.success(Array(buffer[..<size])), from: client, isLimited: true) {
        dropped += 1
        counts.lost = dropped + lostBySystem
      }
    }
  }

  func send(_ bytes: [UInt8], to address: SocketAddress, from descriptor: Int32) -> Bool {
    let address = replyPorts.isEmpty ? address : replyPorts.target(of: address)
    let sent =
      bytes.count <= Limits.datagram
      && address.with { sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, $1) } == bytes.count
    if !sent { counts.unsent += 1 }
    return sent
  }

  /// Reads the number of datagrams that the system has dropped.
  func countLost() {
    var lost = 0
    for (descriptor, type) in sockets where type == Socket.datagram {
      // SO_MEMINFO: nine words, the last of them the drops (linux/sock_diag.h).
      var memory = [UInt32](repeating: 0, count: 9)
      var size = socklen_t(36)
      if getsockopt(descriptor, SOL_SOCKET, 55, &memory, &size) == 0, size >= 36 { lost += Int(memory[8]) }
    }
    lostBySystem = lost
    counts.lost = dropped + lostBySystem
  }

  // MARK: Both

  private func handle(_ bytes: Result<[UInt8], PatchError>, from client: OSCClient) -> [LongWork] {
    do throws(PatchError) {
      guard let packet = try OSCPacket(try bytes.get()).withoutReplies(&counts.ignored) else { return [] }
      handler(packet, client)
    } catch {
      refuse(error, from: client)
    }
    return remainingWork()
  }

  /// Counts a packet that is not OSC and replies with the error, a limited number of times a second.
  private func refuse(_ error: PatchError, from client: OSCClient) {
    counts.malformed += 1
    let now = ControlLoop.now
    if now - refusalsStarted > 1_000_000_000 { (refusalsStarted, refusalsLeft) = (now, Limits.refusals) }
    if refusalsLeft == 0 { return }
    refusalsLeft -= 1
    client.send(OSCMessage("/fail", ["", .string(error.code.rawValue), .string(error.description)]))
  }

  // MARK: TCP

  private func accept(from listener: Int32) {
    while true {
      let descriptor = weft_accept(listener)
      if descriptor < 0 {
        if errno == EMFILE || errno == ENFILE { pause(listener) }
        return
      }
      guard connections.count < Limits.clients || makeRoom() else {
        counts.refused += 1
        close(descriptor)
        continue
      }
      serial += 1
      connections[descriptor] = OSCConnection(self, descriptor, serial: serial)
    }
  }

  /// Stops accepting for a second: without a free descriptor the waiting client would wake the loop continuously.
  /// Disconnects the client that has been idle for longest.
  ///
  /// - Returns: false if none is idle.
  private func makeRoom() -> Bool {
    let idle = connections.values.filter { $0.isIdle }
    guard let oldest = idle.min(by: { $0.lastActive < $1.lastActive }) else { return false }
    counts.displaced += 1
    let seconds = Double(ControlLoop.now - oldest.lastActive) / 1e9
    oldest.displace(after: seconds)
    whenDisplaced(seconds)
    return true
  }

  private func pause(_ listener: Int32) {
    counts.refused += 1
    loop.change(listener, to: [])
    loop.after(1) { [weak self] in self?.loop.change(listener, to: .read) }
  }
}
