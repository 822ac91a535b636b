import PatchKit

/// Ports to which senders of datagrams want their replies: another port of the same host.
struct ReplyPorts {
  /// Maximum number of senders; the oldest is removed first.
  static let limit = 1_024
  private var ports: [SocketAddress: (port: Int, number: Int)] = [:]
  private var lastNumber = 0

  var isEmpty: Bool { ports.isEmpty }

  /// - Parameter port: nil: the port that the sender sends from.
  mutating func set(_ port: Int?, for sender: SocketAddress) {
    guard let port, port != sender.port else {
      ports[sender] = nil
      return
    }
    if ports[sender] == nil, ports.count >= ReplyPorts.limit {
      ports[ports.min { $0.value.number < $1.value.number }!.key] = nil
    }
    lastNumber += 1
    ports[sender] = (port, lastNumber)
  }

  func target(of sender: SocketAddress) -> SocketAddress {
    guard let (port, _) = ports[sender] else { return sender }
    var target = sender
    target.port = port
    return target
  }
}

extension OSCClient {
  /// Sends replies and notifications to another port of the client's host from now on; nil: to its own.
  ///
  /// - Throws: `nothing-to-do` for a stream, which has one way back.
  public func setReplyPort(_ port: Int?) throws(PatchError) {
    guard case .datagram(_, let address) = identity else {
      throw PatchError(.nothingToDo, "a TCP client receives replies on its connection")
    }
    setReplyPort(port, for: address)
  }
}
