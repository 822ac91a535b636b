import CRealtimeGuard
import Foundation

extension PlayingWeft {
  /// Closes its connections to the JACK server: for the server the client has died, for the client the server has,
  /// while both processes live.
  ///
  /// - Returns: the number of closed connections.
  func cutFromJack() -> Int {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd")) ?? []
    return files.compactMap { Int32($0) }.count { file in
      let copy = weft_copy_of_file(identifier, file)
      guard copy >= 0 else { return false }
      defer { close(copy) }
      // A client's sockets have names such as /dev/shm/jack_server_0_0.
      guard [getsockname, getpeername].contains(where: { name(of: copy, $0).contains("/jack_") }) else { return false }
      return shutdown(copy, Int32(SHUT_RDWR)) == 0
    }
  }

  private func name(
    of socket: Int32, _ get: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> String {
    var address = sockaddr_un(), size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { get(socket, $0, &size) }
    }
    guard status == 0, address.sun_family == sa_family_t(AF_UNIX) else { return "" }
    return withUnsafeBytes(of: address.sun_path) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
