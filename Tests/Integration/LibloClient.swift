import CLiblo
import CRealtime
import Control
import Foundation
import TestSupport

/// An OSC client like those of other programs: liblo over UDP, with replies on the sending socket.
final class LibloClient {
  private let server: lo_server
  private let address: lo_address
  /// All received messages, oldest first.
  private(set) var received: [OSCMessage] = []

  struct NoSocket: Error {}

  init(port: Int) throws {
    guard let server = lo_server_new(nil, nil), let address = lo_address_new("127.0.0.1", "\(port)") else {
      throw NoSocket()
    }
    self.server = server
    self.address = address
    lo_server_add_method(server, nil, nil, collect, Unmanaged.passUnretained(self).toOpaque())
  }

  deinit {
    lo_address_free(address)
    lo_server_free(server)
  }

  func send(_ path: String, _ arguments: [OSCArgument] = []) {
    let message = LibloClient.message(arguments)
    defer { lo_message_free(message) }
    lo_send_message_from(address, server, path, message)
  }

  /// Sends several messages in one bundle, immediate unless a time tag is given.
  func send(bundle: [OSCMessage], at tag: UInt64 = OSCTime.immediately) {
    let packet = lo_bundle_new(lo_timetag(sec: UInt32(tag >> 32), frac: UInt32(truncatingIfNeeded: tag)))
    defer { lo_bundle_free_recursive(packet) }
    for message in bundle { lo_bundle_add_message(packet, message.address, LibloClient.message(message.arguments)) }
    lo_send_bundle_from(address, server, packet)
  }

  private static func message(_ arguments: [OSCArgument]) -> lo_message {
    let message = lo_message_new()!
    for argument in arguments {
      switch argument {
      case .int32(let value): lo_message_add_int32(message, value)
      case .float(let value): lo_message_add_float(message, value)
      case .double(let value): lo_message_add_double(message, value)
      case .string(let value): lo_message_add_string(message, value)
      default: preconditionFailure("these tests send no \(argument.kind)")
      }
    }
    return message
  }

  /// Receives pending messages, waiting at most `milliseconds` for the first.
  func receive(milliseconds: Int32 = 0) {
    guard lo_server_wait(server, milliseconds) > 0 else { return }
    while lo_server_recv_noblock(server, 0) > 0 {}
  }

  /// Waits for the first message since `start` that meets the condition.
  func message(
    from start: Int, within seconds: Double = Patience.seconds, _ isIt: (OSCMessage) -> Bool
  ) -> OSCMessage? {
    var found = received[start...].first(where: isIt)
    _ = eventually(within: seconds, every: 0) {
      if found == nil { receive(milliseconds: 20) }
      found = found ?? received[start...].first(where: isIt)
      return found != nil
    }
    return found
  }

  /// Datagrams to this client dropped by the system because its receive buffer was full.
  var lost: Int {
    // SO_MEMINFO: nine words, the last of them the drops (linux/sock_diag.h).
    var memory = [UInt32](repeating: 0, count: 9), size = socklen_t(36)
    return getsockopt(lo_server_get_socket_fd(server), SOL_SOCKET, 55, &memory, &size) == 0 ? Int(memory[8]) : 0
  }

  /// One value of `/status`; nil if it does not exist, or without an answer.
  func status(_ name: String) -> OSCArgument? {
    guard let reply = call("/status")?.arguments, let at = reply.firstIndex(of: .string(name)) else { return nil }
    return reply[at + 1]
  }

  /// Nodes `keys` and `osc`, four voices, and A4 held.
  func holdKeyOnSine() {
    for line in [
      ["/patch/create", "keys", "notes"], ["/patch/create", "osc", "sine"],
      ["/patch/connect", "keys/pitch", "osc/frequency"], ["/patch/connect", "keys/gate", "osc/gain"],
    ] { send(line[0], line.dropFirst().map { .string($0) }) }
    call("/patch/voices", 4)
    call("/patch/commit")
    call("/note/on", 69, 0.8)
  }

  /// Sends a request and waits for its `/done` or `/fail`.
  @discardableResult
  func call(_ path: String, _ arguments: OSCArgument...) -> OSCMessage? {
    let start = received.count
    send(path, arguments)
    return message(from: start) {
      ["/done", "/fail"].contains($0.address) && $0.arguments.first == .string(path)
        || $0.address == "/synced" && path == "/sync"
    }
  }

  /// Filters messages of another server to an earlier client with the same port number.
  fileprivate func isFromServer(_ message: lo_message) -> Bool {
    lo_message_get_source(message).map { strcmp(lo_address_get_port($0), lo_address_get_port(address)) == 0 } ?? false
  }

  fileprivate func receive(
    _ path: String, _ types: String, _ values: UnsafeMutablePointer<UnsafeMutablePointer<lo_arg>?>?
  ) {
    let arguments = types.enumerated().map { index, type -> OSCArgument in
      let value = values![index]!
      switch type {
      case "i": return .int32(value.pointee.i)
      case "f": return .float(value.pointee.f)
      case "s": return .string(String(cString: UnsafeRawPointer(value).assumingMemoryBound(to: CChar.self)))
      default: return .nil
      }
    }
    received.append(OSCMessage(path, arguments))
  }
}

private func collect(
  _ path: UnsafePointer<CChar>?, _ types: UnsafePointer<CChar>?,
  _ values: UnsafeMutablePointer<UnsafeMutablePointer<lo_arg>?>?, _ count: Int32, _ message: lo_message?,
  _ client: UnsafeMutableRawPointer?
) -> Int32 {
  let client = Unmanaged<LibloClient>.fromOpaque(client!).takeUnretainedValue()
  if client.isFromServer(message!) { client.receive(String(cString: path!), String(cString: types!), values) }
  return 0
}
