import Control
import Foundation
import Glibc

/// A client of the web server over a plain socket, which can send invalid requests.
final class WebClient {
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  let port: Int

  init(port: Int) throws {
    self.port = port
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  struct Response {
    var status: Int
    var headers: [String: String]
    var body: String
  }

  func write(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    var start = 0
    while start < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
      }
      if sent <= 0 { return }
      start += sent
    }
  }

  /// The next bytes; empty when the server has closed.
  private func fill() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let size = recv(descriptor, &bytes, bytes.count, 0)
    if size > 0 { buffer += bytes[..<size] }
    return size > 0
  }

  /// One request, and its response.
  static func request(
    _ port: Int, _ path: String, method: String = "GET", headers: [String: String] = [:], body: String = ""
  ) throws -> Response {
    let client = try WebClient(port: port)
    return client.request(path, method: method, headers: headers, body: body)
  }

  func request(
    _ path: String, method: String = "GET", headers: [String: String] = [:], body: String = ""
  ) -> Response {
    var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
    if method == "POST" { all["Content-Type"] = "application/json" }
    if !body.isEmpty || method == "POST" { all["Content-Length"] = "\(body.utf8.count)" }
    all.merge(headers) { $1 }
    let lines = all.filter { !$0.value.isEmpty }.map { "\($0.key): \($0.value)\r\n" }.joined()
    write("\(method) \(path) HTTP/1.1\r\n\(lines)\r\n\(body)".utf8)
    return response(untilEnd: all["Connection"] == "close")
  }

  private func response(untilEnd: Bool) -> Response {
    let end = Array("\r\n\r\n".utf8)
    while buffer.firstRange(of: end) == nil, fill() {}
    guard let range = buffer.firstRange(of: end) else { return Response(status: 0, headers: [:], body: "") }
    let lines = String(decoding: buffer[..<range.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    buffer.removeFirst(range.upperBound)
    if untilEnd { while fill() {} }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
    }
    let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    let body = untilEnd ? String(decoding: buffer, as: UTF8.self) : ""
    return Response(status: status, headers: headers, body: body)
  }

  // MARK: WebSocket

  /// Upgrades the connection; returns the status, 101 on success.
  func upgrade(headers: [String: String] = [:]) -> Int {
    let upgrade = [
      "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]
    return request("/", headers: upgrade.merging(headers) { $1 }).status
  }

  func send(_ message: OSCMessage) throws { frame(2, try message.encoded()) }
  func send(text: String) { frame(1, Array(text.utf8)) }

  /// A masked frame.
  func frame(_ opcode: UInt8, _ bytes: [UInt8]) {
    var head: [UInt8] = [0x80 | opcode]
    switch bytes.count {
    case ..<126: head.append(0x80 | UInt8(bytes.count))
    case ..<65_536: head += [0x80 | 126, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)]
    default: head += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (56 - 8 * $0)) }
    }
    let mask: [UInt8] = [1, 2, 3, 4]
    write(head + mask + bytes.enumerated().map { $0.element ^ mask[$0.offset & 3] })
  }

  enum Frame: Equatable {
    case text(String)
    case binary([UInt8])
    case closed(code: Int)
  }

  func next() -> Frame {
    while true {
      if let frame = parse() { return frame }
      if !fill() { return .closed(code: 0) }
    }
  }

  private func parse() -> Frame? {
    guard buffer.count >= 2 else { return nil }
    var size = Int(buffer[1] & 0x7f), at = 2
    if size >= 126 {
      let bytes = size == 126 ? 2 : 8
      guard buffer.count >= 2 + bytes else { return nil }
      size = buffer[2..<2 + bytes].reduce(0) { $0 << 8 | Int($1) }
      at += bytes
    }
    guard buffer.count >= at + size else { return nil }
    let opcode = buffer[0] & 0xf, payload = Array(buffer[at..<at + size])
    buffer.removeFirst(at + size)
    switch opcode {
    case 1: return .text(String(decoding: payload, as: UTF8.self))
    case 2: return .binary(payload)
    default: return .closed(code: payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 0)
    }
  }

  /// The next message with one of these addresses, or any; nil when the server has closed.
  func message(_ addresses: String...) -> OSCMessage? {
    while true {
      switch next() {
      case .binary(let bytes):
        if case .message(let message)? = try? OSCPacket(bytes), addresses.isEmpty || addresses.contains(message.address)
        {
          return message
        }
      case .text: continue
      case .closed: return nil
      }
    }
  }

  /// The next text; nil when the server has closed.
  func text() -> String? {
    while true {
      switch next() {
      case .text(let text): return text
      case .binary: continue
      case .closed: return nil
      }
    }
  }
}
