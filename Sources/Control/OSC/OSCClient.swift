import PatchKit

/// The sender of a packet: an address over UDP, a connection over TCP, or a client of another server. Confined to the
/// thread of the server's loop.
public struct OSCClient: Hashable, CustomStringConvertible {
  enum Identity: Hashable {
    /// A sender's address, and our socket that received the packet.
    case datagram(Int32, SocketAddress)
    /// A connection. Descriptors are reused; serials are not.
    case stream(Int32, serial: Int)
    /// A client of another server, such as a WebSocket: that server sends its replies.
    case other(Int, isNotifiable: Bool)
  }

  private weak var server: OSCServer?
  let identity: Identity

  init(server: OSCServer, identity: Identity) {
    self.server = server
    self.identity = identity
  }

  /// True for connections: packets of any size, and a known end. A datagram holds 65,507 bytes.
  public var isStream: Bool { if case .datagram = identity { false } else { true } }

  /// False for a client that receives nothing but replies.
  var isNotifiable: Bool { if case .other(_, false) = identity { false } else { true } }

  /// Maximum size of a packet to this client, bytes.
  public var largestPacket: Int { isStream ? StreamReader.largest : OSCServer.Limits.datagram }

  /// True if a packet would be sent at once: no bytes are queued for this client.
  public var isReady: Bool {
    guard case .stream(let descriptor, let serial) = identity else { return true }
    guard let connection = server?.connections[descriptor], connection.serial == serial else { return false }
    return connection.queued == 0
  }

  func setReplyPort(_ port: Int?, for address: SocketAddress) { server?.replyPorts.set(port, for: address) }

  /// Sends from the server's port without blocking.
  ///
  /// - Returns: false if the packet is too large or the client has disconnected; counted in the server's `counts`.
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
    case .other: return false
    }
  }

  public static func == (a: OSCClient, b: OSCClient) -> Bool { a.identity == b.identity }
  public func hash(into hasher: inout Hasher) { hasher.combine(identity) }

  public var description: String {
    switch identity {
    case .datagram(_, let address): "udp \(address)"
    case .stream(let descriptor, let serial):
      if let connection = server?.connections[descriptor], connection.serial == serial {
        "tcp \(connection.peer)"
      } else {
        "tcp client \(serial)"
      }
    case .other(let number, true): "web client \(number)"
    case .other(let number, false): "http client \(number)"
    }
  }
}
