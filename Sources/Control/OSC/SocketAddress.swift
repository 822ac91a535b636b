import Glibc
import PatchKit

/// A socket address: IPv4 or IPv6, with its port.
struct SocketAddress: Hashable, Sendable {
  private var storage = sockaddr_storage()
  private(set) var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

  /// An empty address, to be filled by the system.
  init() {}

  init(_ pointer: UnsafePointer<sockaddr>, _ length: socklen_t) {
    withUnsafeMutableBytes(of: &storage) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: Int(length)))
    }
    self.length = length
  }

  /// The addresses of a host by name or number; none is an error.
  ///
  /// - Throws: `bad-name` for an unknown host.
  static func resolve(_ host: String, port: Int) throws(PatchError) -> [SocketAddress] {
    guard (0...65_535).contains(port) else { throw PatchError(.range, "a port is 0 to 65535, not \(port)") }
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard status == 0, var entry = list else {
      // Small systems have no /etc/hosts.
      if host == "localhost" { return try resolve("127.0.0.1", port: port) }
      throw PatchError(.badName, "host \(host) is not known: \(String(cString: gai_strerror(status)))")
    }
    var addresses: [SocketAddress] = []
    while true {
      addresses.append(SocketAddress(entry.pointee.ai_addr, entry.pointee.ai_addrlen))
      guard let next = entry.pointee.ai_next else { return addresses }
      entry = next
    }
  }

  /// `AF_INET` or `AF_INET6`.
  var family: Int32 { Int32(storage.ss_family) }

  var port: Int {
    get {
      with { pointer, _ in
        Int(UInt16(bigEndian: pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port }))
      }
    }
    // The port has the same place in both families.
    set {
      withMutable {
        $0.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port = in_port_t(newValue).bigEndian }
      }
    }
  }

  func with<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  private mutating func withMutable(_ body: (UnsafeMutablePointer<sockaddr>) -> Void) {
    withUnsafeMutablePointer(to: &storage) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) } }
  }

  /// Calls a system function that writes an address here.
  mutating func fill(_ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int) -> Int {
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    defer { length = size }
    return withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &size) }
    }
  }

  static func == (a: SocketAddress, b: SocketAddress) -> Bool {
    a.bytes { a in b.bytes { b in a.elementsEqual(b) } }
  }

  func hash(into hasher: inout Hasher) { bytes { hasher.combine(bytes: $0) } }

  private func bytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: storage) { body(UnsafeRawBufferPointer(rebasing: $0[..<Int(length)])) }
  }
}

extension SocketAddress: CustomStringConvertible {
  /// `127.0.0.1:7770` or `[::1]:7770`.
  var description: String {
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    _ = with { getnameinfo($0, $1, &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) }
    let text = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return family == AF_INET6 ? "[\(text)]:\(port)" : "\(text):\(port)"
  }
}
