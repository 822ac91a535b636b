import CRealtime
import Control
import Foundation

extension Soak {
  /// 50,000 messages a second over UDP from one client, while another one, over TCP, asks as usual.
  ///
  /// - Returns: whether everything was answered, or counted as lost, and the sound went on.
  func flood(seconds: Int) throws -> Bool {
    let caller = try connected()
    try prepare(caller)
    let (memory, _, _) = SoakReading.process(identifier)
    let flooder = Flooder(port: port)
    let sent = flooder.run(seconds: seconds) { try self.ask(caller, OSCMessage("/version")) }
    usleep(500_000)
    var status: [String: Double] = [:]
    if case .done(let reply) = try caller.call(OSCMessage("/status"), timeout: 10) {
      for i in stride(from: 1, to: reply.arguments.count - 1, by: 2) {
        status[reply.arguments[i].text ?? ""] = reply.arguments[i + 1].number
      }
    }
    let slow = waits.sorted()
    let grown = SoakReading.process(identifier).memory - memory, lost = Int(status["lost"] ?? -1)
    print(
      "\(sent) messages in \(seconds) s, \(lost) of them lost and counted, \(Int(status["dropped"] ?? 0)) events refused"
    )
    print(
      String(
        format: "another client's answers: %.1f ms in the median, %.1f ms at the slowest; memory grew by %.1f MB",
        slow[slow.count / 2], slow.last!, grown))
    let heard = self.heard
    print("\(heard.all / 48_000) s heard, \(brokenSamples) broken samples")
    return brokenSamples == 0 && lost >= 0 && grown < 32 && sent > 40_000 * seconds
  }
}

/// Sends as fast as it is told, and reads nothing.
private struct Flooder {
  let port: Int
  private static let rate = 50_000

  /// - Parameter beside: called about fifty times a second.
  func run(seconds: Int, beside: () throws -> Void) -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    let packets = (0..<100).map { i in try! OSCMessage("/mod/tone/gain", [.float(Float(i) / 100)]).encoded() }
    let start = weft_nanoseconds(), end = start + UInt64(seconds) * 1_000_000_000
    var sent = 0, nextLook = start
    while weft_nanoseconds() < end {
      let due = Int((weft_nanoseconds() - start) * UInt64(Flooder.rate) / 1_000_000_000)
      while sent < due {
        let packet = packets[sent % 100]
        _ = Glibc.send(descriptor, packet, packet.count, Int32(MSG_NOSIGNAL))
        sent += 1
      }
      if weft_nanoseconds() > nextLook {
        nextLook = weft_nanoseconds() + 20_000_000
        try? beside()
      }
      usleep(500)
    }
    return sent
  }
}
