import Glibc
import PatchKit

/// A non-blocking, close-on-exec socket; closed by its owner.
enum Socket {
  static let datagram = Int32(SOCK_DGRAM.rawValue)
  static let stream = Int32(SOCK_STREAM.rawValue)

  static func open(_ family: Int32, _ type: Int32, blocking: Bool = false) -> Int32 {
    let flags = Int32(SOCK_CLOEXEC.rawValue) | (blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
    return socket(family, type | flags, 0)
  }

  /// Limits connect(2) and send(2) of a blocking socket.
  static func setSendTimeout(_ descriptor: Int32, seconds: Int) {
    var timeout = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
  }

  static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Binds a socket, and listens if it is a stream. Returns the bound address with its port, or nil with `errno` set.
  static func bound(_ address: SocketAddress, _ type: Int32) -> (descriptor: Int32, address: SocketAddress)? {
    let descriptor = open(address.family, type)
    if descriptor < 0 { return nil }
    if address.family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), Int32(IPV6_V6ONLY), 1) }
    // For TCP only: a restart must not wait for old connections. For UDP it would allow two servers on one port.
    if type == stream { set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) }
    var actual = SocketAddress()
    if address.with({ bind(descriptor, $0, $1) }) == 0, type == datagram || listen(descriptor, 64) == 0,
      actual.fill({ Int(getsockname(descriptor, $0, $1)) }) == 0
    {
      return (descriptor, actual)
    }
    let reason = errno
    close(descriptor)
    errno = reason
    return nil
  }
}
