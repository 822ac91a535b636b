import CRealtime
import Control
import Foundation
import TestSupport
import Testing

/// Clients that vanish, stall, trickle or never read: other clients are still served, and memory is bounded.
@Suite(.serialized) struct FloodTests {
  private let weft: PlayingWeft
  private let client: LibloClient

  init() throws {
    weft = try PlayingWeft()
    client = try LibloClient(port: weft.port)
    client.call("/patch/create", "osc", "sine")
    client.call("/patch/commit")
  }

  /// Resident memory of weft in MB, and its open files.
  private var memory: Int {
    let status = try? String(contentsOfFile: "/proc/\(weft.identifier)/status", encoding: .utf8)
    let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) / 1_024
  }
  private var files: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(weft.identifier)/fd").count) ?? 0
  }

  private func count(_ name: String) -> Int { client.status(name)?.number.map { Int($0) } ?? -1 }

  /// The longest that a well-behaved client waits for an answer, milliseconds.
  private func slowestAnswer(of count: Int) -> Double {
    var slowest = 0.0
    for _ in 0..<count {
      let start = weft_nanoseconds()
      guard client.call("/version") != nil else { return .infinity }
      slowest = max(slowest, Double(weft_nanoseconds() - start) / 1e6)
    }
    return slowest
  }

  @Test func aThousandSubscribersVanish() throws {
    let before = memory
    var refused = 0
    for i in 0..<1_000 {
      let listener = try LibloClient(port: weft.port)
      listener.send("/notify", [.string("on")])
      // Their replies have no receiver; every tenth client waits for its reply.
      if i % 10 == 0, listener.message(from: 0, { $0.arguments.first == "/notify" })?.address == "/fail" {
        refused += 1
      }
    }
    #expect(refused > 50, "beyond 256 they are told that there are too many")
    for i in 0..<200 { client.call("/mod/osc/frequency", .float(Float(200 + i))) }
    #expect(slowestAnswer(of: 100) < 20_000)
    #expect(memory - before < 32, "\(before) MB grew to \(memory) MB")
  }

  @Test func stalledClientsDoNotBlockOthers() throws {
    let (before, filesBefore) = (memory, files)
    var stalled: [TCPPeer] = []
    for _ in 0..<100 {
      // Half a packet only; a byte at intervals; requests without reading the replies.
      let half = try TCPPeer(port: weft.port), trickle = try TCPPeer(port: weft.port)
      half.send([0, 0, 1, 0] + Array("/patch/".utf8))
      trickle.send([0])
      stalled += [half, trickle]
    }
    let deaf = try TCPPeer(port: weft.port)
    let listing = OSCMessage("/registry/list")
    let request = try listing.encoded(), size = UInt32(request.count).bigEndian
    let framed = withUnsafeBytes(of: size) { Array($0) } + request
    var asked = 0
    // Until the queue of replies exceeds its limit.
    while asked < 60_000, deaf.send(framed) { asked += 1 }
    for peer in stalled.dropFirst().prefix(20) { peer.send([0]) }
    #expect(slowestAnswer(of: 100) < 20_000)
    #expect(memory - before < 160, "\(before) MB grew to \(memory) MB")
    #expect(
      eventually(within: 4 * Patience.seconds) { count("stalled") == 1 }, "\(count("stalled")) after \(asked) requests")
    stalled = []
    #expect(eventually { files <= filesBefore + 1 }, "\(filesBefore) files, now \(files)")
    #expect(slowestAnswer(of: 20) < 20_000)
  }

  @Test func idleClientsMakeRoomForOthers() throws {
    var peers: [TCPPeer] = []
    for _ in 0..<300 { peers.append(try TCPPeer(port: weft.port)) }
    #expect(eventually { count("displaced") == 300 - OSCServer.Limits.clients }, "\(count("displaced"))")
    // All of them are idle: a request over TCP is served.
    #expect(try weft.send("/version").status == 0)
    peers = []
    #expect(eventually { (try? TCPPeer(port: weft.port))?.isOpen == true })
    #expect(slowestAnswer(of: 20) < 20_000)
  }
}

/// A TCP client that sends bytes and does not wait.
final class TCPPeer {
  private let descriptor: Int32

  init(port: Int) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
  }

  deinit { close(descriptor) }

  /// True if the connection is not closed within a tenth of a second.
  var isOpen: Bool {
    usleep(100_000)
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) < 0 && errno == EAGAIN
  }

  /// - Returns: false if the peer has closed the connection or stops reading.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var done = 0
    for _ in 0..<20_000 where done < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(
          descriptor, $0.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      }
      if sent < 0 && errno != EAGAIN { return false }
      if sent < 0 { usleep(1_000) } else { done += sent }
    }
    return done == bytes.count
  }
}
