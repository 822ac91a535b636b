import Control
import Glibc
import PatchKit
import TestSupport
import Testing

/// Round-robin service of clients.
@Suite struct FairnessTests {
  /// A server whose handler takes a while for each packet, and clients that have all sent before it looks.
  private final class SlowServer {
    let loop = ControlLoop()
    let server: OSCServer
    private(set) var handled: [String] = []
    private var callers: [OSCCaller] = []

    /// Nanoseconds of this thread.
    private static var processorTime: UInt64 {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    init(_ transport: OSCCaller.Transport, seconds: [String: Double], packets: [(address: String, count: Int)]) throws {
      server = try OSCServer(loop: loop, port: 0)
      server.handler = { [unowned self] packet, _ in
        guard case .message(let message) = packet else { return }
        handled.append(message.address)
        let end = SlowServer.processorTime + UInt64((seconds[message.address] ?? 0) * 1e9)
        while SlowServer.processorTime < end {}
      }
      for (address, count) in packets {
        let caller = try OSCCaller(port: server.port, transport: transport)
        for _ in 0..<count { try caller.send(OSCMessage(address)) }
        callers.append(caller)
      }
      let count = packets.reduce(0) { $0 + $1.count }
      #expect(
        eventually(every: 0) {
          loop.runOnce()
          return handled.count == count
        })
    }
  }

  @Test(arguments: [OSCCaller.Transport.udp, .tcp])
  func aFloodOfLongRequestsLeavesOtherClientsTheirTurn(transport: OSCCaller.Transport) throws {
    let slow = try SlowServer(transport, seconds: ["/slow": 0.005], packets: [("/slow", 100), ("/quick", 3)])
    // A connection may be accepted a few requests late; then it waits for one at most.
    #expect(slow.handled.lastIndex(of: "/quick")! < 10, "\(slow.handled.prefix(20))")
  }

  /// Time is shared, not requests: a client whose requests take 20 slices waits 20 turns of the others.
  @Test func clientsShareTimeNotRequests() throws {
    let slow = try SlowServer(
      .udp, seconds: ["/slow": 0.02, "/short": 0.001], packets: [("/slow", 10), ("/short", 100)])
    let shorts = slow.handled.split(separator: "/slow", omittingEmptySubsequences: true)
    #expect(shorts.contains { $0.count >= 10 }, "\(slow.handled)")
    #expect(slow.handled.lastIndex(of: "/short")! < 108, "\(slow.handled)")
  }

  @Test func theRequestsOfOneClientKeepTheirOrder() throws {
    let loop = ControlLoop(), server = try OSCServer(loop: loop, port: 0)
    var numbers: [Int: [Double]] = [:], steps: [LongWork] = []
    server.handler = { packet, _ in
      guard case .message(let message) = packet, let client = message.arguments[0].number else { return }
      let number = message.arguments[1].number!
      // Every third leaves its work for later.
      var left = Int(number) % 3
      steps = [
        LongWork { _ in
          left -= 1
          if left > 0 { return .more }
          numbers[Int(client), default: []].append(number)
          return .done
        }
      ]
    }
    server.remainingWork = {
      defer { steps = [] }
      return steps
    }
    let callers = try (0..<3).map { _ in try OSCCaller(port: server.port, transport: .udp) }
    for i in 0..<300 {
      for (client, caller) in callers.enumerated() {
        try caller.send(OSCMessage("/x", [.int32(Int32(client)), .int32(Int32(i))]))
      }
    }
    #expect(
      eventually(every: 0) {
        loop.runOnce()
        return numbers.values.reduce(0) { $0 + $1.count } == 900
      })
    for client in 0..<3 { #expect(numbers[client] == (0..<300).map { Double($0) }) }
  }

  @Test func theDatagramsOfOneClientAreBoundedAndOthersAreKept() throws {
    let loop = ControlLoop(), server = try OSCServer(loop: loop, port: 0)
    var (floods, quick) = (0, 0), steps: [LongWork] = []
    server.handler = { packet, _ in
      guard case .message(let message) = packet else { return }
      if message.address == "/quick" { quick += 1 } else { floods += 1 }
      // The first is never done.
      if message.address == "/flood", floods == 1 { steps = [LongWork { _ in .waiting }] }
    }
    server.remainingWork = {
      defer { steps = [] }
      return steps
    }
    let flood = try OSCCaller(port: server.port, transport: .udp),
      other = try OSCCaller(
        port: server.port, transport: .udp)
    let large = OSCMessage("/flood", [.blob([UInt8](repeating: 0, count: 60_000))])
    for _ in 0..<200 {
      try flood.send(large)
      try other.send(OSCMessage("/quick"))
      loop.runOnce()
    }
    #expect(
      eventually(every: 0) {
        loop.runOnce()
        return quick == 200
      })
    #expect(floods == 1 && server.counts.lost > 100, "\(server.counts)")
  }
}
