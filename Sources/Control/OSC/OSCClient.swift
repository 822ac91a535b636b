import PatchKit

/// Who sent a packet: an address over UDP, a connection over TCP. Belongs to the thread of the server's loop.
public struct OSCClient: Hashable, CustomStringConvertible {
  enum Identity: Hashable {
    /// By the socket of ours that it came to.
    case datagram(Int32, SocketAddress)
    /// Descriptors are used again; the serial is not.
    case stream(Int32, serial: Int)
  }

  private weak var server: OSCServer?
  let identity: Identity

  init(server: OSCServer, identity: Identity) {
    self.server = server
    self.identity = identity
  }

  /// A stream takes packets of any size and says when it ends; a datagram holds 65,507 bytes.
  public var isStream: Bool { if case .stream = identity { true } else { false } }

  /// The most bytes a packet to this client may have.
  public var largestPacket: Int { isStream ? StreamReader.largest : OSCServer.Limits.datagram }

  /// Whether a packet goes out at once: nothing waits for a client that does not read.
  public var isReady: Bool {
    guard case .stream(let descriptor, let serial) = identity else { return true }
    guard let connection = server?.connections[descriptor], connection.serial == serial else { return false }
    return connection.queued == 0
  }

  /// Sends from the server's port, without waiting.
  ///
  /// - Returns: false when the packet is too large or the client is gone; counted in the server's `counts`.
  @discardableResult
  public func send(_ message: OSCMessage) -> Bool { send(.message(message)) }

  @discardableResult
  public func send(_ packet: OSCPacket) -> Bool {
    guard let server else { return false }
    guard let bytes = try? packet.encoded(), bytes.count <= largestPacket else {
      server.counts.unsent += 1
      return false
    }
    switch identity {
    case .datagram(let descriptor, let address): return server.send(bytes, to: address, from: descriptor)
    case .stream(let descriptor, let serial):
      guard let connection = server.connections[descriptor], connection.serial == serial else { return false }
      return connection.send(bytes)
    }
  }

  public static func == (a: OSCClient, b: OSCClient) -> Bool { a.identity == b.identity }
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  public var description: String {
    switch identity {
    case .datagram(_, let address): "udp \(address)"
    case .stream(_, let serial): "tcp client \(serial)"
    }
  }
}
