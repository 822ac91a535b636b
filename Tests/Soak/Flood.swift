import CRealtime
import Control
import Foundation
import TestSupport

extension Soak {
  /// 50,000 messages a second over UDP from one client, while another one, over TCP, sends requests as usual.
  ///
  /// - Returns: true if everything was answered, or counted as lost, and the sound continued.
  func flood(seconds: Int) throws -> Bool {
    let caller = try connected()
    try prepare(caller)
    let (memory, _, _) = SoakReading.process(identifier)
    let sent = Flooder("/mod/tone/gain", port: port).run(seconds: seconds) {
      try self.ask(caller, OSCMessage("/version"))
    }
    usleep(500_000)
    let lost = Int(try status(caller)["lost"] ?? -1), grown = SoakReading.process(identifier).memory - memory
    let dropped = Int(try status(caller)["dropped"] ?? 0)
    // Each of these fails, and is counted: together with the lost ones, they equal those sent.
    let unheard = Flooder("/mod/nobody/gain", port: port).run(seconds: 2) {}
    var after: [String: Double] = [:], counted = 0
    _ = try eventually(every: 200_000) {
      after = try status(caller)
      counted = Int(after["failed"] ?? 0) + Int(after["lost"] ?? 0) - lost
      return counted >= unheard
    }
    // Later requests may count the same losses again.
    usleep(500_000)
    after = try status(caller)
    counted = Int(after["failed"] ?? 0) + Int(after["lost"] ?? 0) - lost
    let slow = waits.sorted()
    print(
      "\(sent) messages in \(seconds) s, \(lost) of them lost and counted, \(dropped) events refused; of \(unheard) "
        + "messages to nobody \(counted) were refused or lost, and counted")
    print(
      String(
        format: "another client's answers: %.1f ms in the median, %.1f ms at the slowest; memory grew by %.1f MB",
        slow[slow.count / 2], slow.last!, grown))
    let heard = self.heard
    print("\(heard.all / 48_000) s heard, \(brokenSamples) broken samples")
    let isTold = after["lost"] == 0 || messages.contains("were lost")
    return brokenSamples == 0 && lost >= 0 && isTold && counted == unheard && grown < 32 && sent > 40_000 * seconds
  }
}

/// Sends at a given rate, and reads nothing.
private struct Flooder {
  let port: Int
  let packets: [[UInt8]]
  private static let rate = 50_000

  init(_ address: String, port: Int) {
    self.port = port
    packets = (0..<100).map { i in try! OSCMessage(address, [.float(Float(i) / 100)]).encoded() }
  }

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
