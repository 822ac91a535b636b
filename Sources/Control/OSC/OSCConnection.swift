import Glibc
import PatchKit

/// One TCP client of a server: cuts what it sends into packets, queues what it has not read yet.
final class OSCConnection {
  let serial: Int
  private unowned let server: OSCServer
  /// Kept apart, because the server closes its connections when it cannot be asked for anything any more.
  private let loop: ControlLoop
  private let descriptor: Int32
  private var reader = StreamReader()
  /// Framed bytes that the system did not take yet, from `queueStart` on.
  private var queue: [UInt8] = []
  private var queueStart = 0
  private var isOpen = true

  init(_ server: OSCServer, _ descriptor: Int32, serial: Int) {
    self.server = server
    loop = server.loop
    self.descriptor = descriptor
    self.serial = serial
    Socket.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    loop.add(descriptor, for: .read) { [unowned self] ready in
      // Removing itself from the server must not end it here.
      withExtendedLifetime(self) {
        if ready.contains(.write) { flush() }
        if !ready.isDisjoint(with: [.read, .failed]) { receive() }
      }
    }
  }

  var client: OSCClient { OSCClient(server: server, identity: .stream(descriptor, serial: serial)) }

  private func receive() {
    guard isOpen else { return }
    let size = recv(descriptor, server.buffer.baseAddress!, server.buffer.count, 0)
    if size < 0 && (errno == EAGAIN || errno == EINTR) { return }
    guard size > 0 else { return close() }
    let client = client
    // Handled after the reader is done: a handler may send, which asks the reader for its framing.
    var results: [Result<[UInt8], PatchError>] = []
    let follows = reader.take(UnsafeRawBufferPointer(rebasing: server.buffer[..<size])) { results.append($0) }
    for result in results where isOpen {
      switch result {
      case .success(let packet): packet.withUnsafeBytes { server.take($0, from: client) }
      case .failure(let error): server.refuse(error, from: client)
      }
    }
    if !follows || server.holdsTooMuch(with: reader.held) { close() }
  }

  var held: Int { reader.held }

  /// - Returns: false when the client is gone, or is given up now because it does not read.
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
      loop.change(descriptor, to: [.read, .write])
    }
    if queue.count - queueStart + bytes.count > OSCServer.Limits.queue {
      server.counts.stalled += 1
      close()
      return false
    }
    queue += bytes
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
      loop.change(descriptor, to: .read)
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
    server.whenClosed(client)
  }

  /// Closes without telling anyone.
  func shut() {
    guard isOpen else { return }
    isOpen = false
    loop.remove(descriptor)
    Glibc.close(descriptor)
  }
}

extension OSCServer {
  /// Whether the clients together hold more than they may; asked only of those that hold much.
  func holdsTooMuch(with held: Int) -> Bool {
    held > 1 << 16 && connections.values.reduce(0) { $0 + $1.held } > Limits.partial
  }
}
