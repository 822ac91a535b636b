import Glibc
import PatchKit

/// One TCP client of a server: splits its stream into packets, queues replies that it has not read yet.
final class OSCConnection {
  let serial: Int
  /// The client's address.
  let peer: SocketAddress
  private unowned let server: OSCServer
  /// Stored here, since connections are closed during the server's deinitialisation.
  private let loop: ControlLoop
  private let descriptor: Int32
  private var reader = StreamReader()
  /// Framed bytes that the system has not accepted yet, from `queueStart` on.
  private var queue: [UInt8] = []
  private var queueStart = 0
  private var isOpen = true
  /// Time of the last received bytes, nanoseconds of the monotonic clock.
  private(set) var lastActive = ControlLoop.now
  /// The rest of the stream cannot be parsed.
  private var isLast = false

  init(_ server: OSCServer, _ descriptor: Int32, serial: Int) {
    self.server = server
    loop = server.loop
    self.descriptor = descriptor
    self.serial = serial
    var peer = SocketAddress()
    _ = peer.fill { Int(getpeername(descriptor, $0, $1)) }
    self.peer = peer
    Socket.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    loop.add(descriptor, for: .read) { [unowned self] ready in
      // Keep this object alive while it removes itself from the server.
      withExtendedLifetime(self) {
        if ready.contains(.write) { flush() }
        if !ready.isDisjoint(with: [.read, .failed]), isHandled { return receive() }
        // Its answers reach nobody, and the loop would wake up for it until all are sent.
        if ready.contains(.failed) { close() }
      }
    }
  }

  var client: OSCClient { OSCClient(server: server, identity: .stream(descriptor, serial: serial)) }

  private func receive() {
    guard isOpen, isHandled else { return }
    let size = recv(descriptor, server.buffer.baseAddress!, server.buffer.count, 0)
    if size < 0 && (errno == EAGAIN || errno == EINTR) { return }
    guard size > 0 else { return close() }
    lastActive = ControlLoop.now
    let client = client
    let follows = reader.parse(UnsafeRawBufferPointer(rebasing: server.buffer[..<size])) {
      _ = server.queue.add($0, from: client, isLimited: false)
    }
    isLast = !follows || server.holdsTooMuch(with: reader.held)
    if isHandled { handled() } else { listen() }
  }

  /// True if all received packets are handled; reading then resumes.
  private var isHandled: Bool { server.queue.isEmpty(client) }

  /// Resumes reading: all received packets are handled.
  func handled() {
    guard isOpen else { return }
    if isLast { return close() }
    listen()
  }

  /// Updates the awaited events: reading if no packets wait, writing if bytes are queued.
  private func listen() {
    var interest: ControlLoop.Interest = isHandled ? .read : []
    if queued > 0 { interest.insert(.write) }
    loop.change(descriptor, to: interest)
  }

  var held: Int { reader.held }
  /// Bytes that the client has not read yet.
  var queued: Int { queue.count - queueStart }

  /// - Returns: false if the client has disconnected, or is disconnected now because it does not read.
  func send(_ packet: [UInt8]) -> Bool {
    guard isOpen else { return false }
    var bytes = (reader.framing ?? .lengthPrefix).framed(packet)
    if queueStart == queue.count {
      let sent = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
      if sent == bytes.count { return true }
      if sent < 0 && errno != EAGAIN {
        close()
        return false
      }
      bytes.removeFirst(max(0, sent))
      queue.removeAll(keepingCapacity: false)
      queueStart = 0
    }
    if queued + bytes.count > OSCServer.Limits.queue || server.queuesTooMuch(with: queued) {
      server.counts.stalled += 1
      close()
      return false
    }
    queue += bytes
    listen()
    return true
  }

  private func flush() {
    guard isOpen else { return }
    let sent = queue.withUnsafeBytes {
      Glibc.send(descriptor, $0.baseAddress! + queueStart, $0.count - queueStart, Int32(MSG_NOSIGNAL))
    }
    if sent < 0 { return errno == EAGAIN ? () : close() }
    queueStart += sent
    if queueStart == queue.count {
      (queue, queueStart) = ([], 0)
      listen()
    } else if queueStart > queue.count / 2 {
      queue.removeFirst(queueStart)
      queueStart = 0
    }
  }

  private func close() {
    guard isOpen else { return }
    let client = client
    shut()
    server.connections[descriptor] = nil
    server.queue.remove(client)
    server.whenClosed(client)
  }

  /// True if no packet waits to be handled or sent.
  var isIdle: Bool { isHandled && queued == 0 }

  /// Disconnects it to make room for another client, with a reason.
  func displace(after seconds: Double) {
    let reason = "disconnected after \(Int(seconds)) s without a request, to make room for another client"
    client.send(OSCMessage("/fail", ["", .string(ErrorCode.limit.rawValue), .string(reason)]))
    close()
  }

  /// Closes the connection without calling `whenClosed`.
  func shut() {
    guard isOpen else { return }
    isOpen = false
    loop.remove(descriptor)
    Glibc.close(descriptor)
  }
}

extension OSCServer {
  /// True if the queues of all clients together exceed the limit; evaluated only for a client with a long queue.
  func queuesTooMuch(with queued: Int) -> Bool {
    queued > 1 << 20 && connections.values.reduce(0) { $0 + $1.queued } > Limits.allQueues
  }

  /// True if the partial packets of all clients together exceed the limit; evaluated only for a client with a large
  /// one.
  func holdsTooMuch(with held: Int) -> Bool {
    held > 1 << 16 && connections.values.reduce(0) { $0 + $1.held } > Limits.partial
  }
}
