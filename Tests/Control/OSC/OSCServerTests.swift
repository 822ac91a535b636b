import CLiblo
import Control
import Foundation
import PatchKit
import TestSupport
import Testing

/// A server that echoes each message as `/echo ADDRESS …` and reports `/done`.
private final class EchoServer: @unchecked Sendable {
  let running = RunningLoop()
  let port: Int
  private var server: OSCServer?
  /// Touched on the loop's thread.
  private var received: [OSCPacket] = []
  private var closed = 0
  private var clients: Set<OSCClient> = []

  init() throws {
    let loop = running.loop
    let made = try running.call { Box(try OSCServer(loop: loop, port: 0)) }
    port = made.value.port
    server = made.value
    try running.call { [self] in
      server!.handler = { [unowned self] packet, client in
        received.append(packet)
        clients.insert(client)
        guard case .message(let message) = packet else { return }
        client.send(OSCMessage("/echo", [.string(message.address)] + message.arguments))
        client.send(OSCMessage("/done", [.string(message.address)]))
      }
      server!.whenClosed = { [unowned self] _ in closed += 1 }
    }
  }

  func stop() throws {
    try running.call { [self] in server = nil }
    running.stop()
  }

  var counts: OSCServer.Counts { get throws { try running.call { [self] in server!.counts } } }
  var packets: [OSCPacket] { get throws { try running.call { [self] in received } } }
  var clientCount: Int { get throws { try running.call { [self] in clients.count } } }
  var closedCount: Int { get throws { try running.call { [self] in closed } } }
}

@Suite struct OSCServerTests {
  @Test(arguments: [OSCCaller.Transport.udp, .tcp]) func aCallIsAnswered(transport: OSCCaller.Transport) throws {
    let echo = try EchoServer()
    let caller = try OSCCaller(port: echo.port, transport: transport)
    for _ in 0..<20 {
      var replies: [OSCMessage] = []
      let outcome = try caller.call(OSCMessage("/x", OSCSamples.everyType), timeout: Patience.seconds) {
        replies.append($0)
      }
      #expect(outcome == .done(OSCMessage("/done", ["/x"])))
      #expect(replies.first == OSCMessage("/echo", ["/x"] + OSCSamples.everyType))
    }
    #expect(try echo.clientCount == 1)
    try echo.stop()
  }

  @Test(arguments: ["127.0.0.1", "::1", "localhost"]) func everyNameOfLoopbackIsServed(host: String) throws {
    let echo = try EchoServer()
    for transport in [OSCCaller.Transport.udp, .tcp] where host != "::1" || Self.hasIPv6 {
      let caller = try OSCCaller(host: host, port: echo.port, transport: transport)
      #expect(try caller.call(OSCMessage("/x"), timeout: Patience.seconds) == .done(OSCMessage("/done", ["/x"])))
    }
    try echo.stop()
  }

  private static var hasIPv6: Bool {
    (try? OSCServer(loop: ControlLoop(), host: "::1", port: 0)) != nil
  }

  /// liblo's client, with a liblo server on the port that receives the replies.
  @Test(arguments: [(LO_UDP, false), (LO_TCP, false), (LO_TCP, true)] as [(Int32, Bool)])
  func libloClientsAreUnderstood(transport: Int32, slip: Bool) throws {
    let echo = try EchoServer()
    let address = lo_address_new_with_proto(transport, "127.0.0.1", String(echo.port))!
    defer { lo_address_free(address) }
    if slip { lo_address_set_stream_slip(address, 1) }
    let blob = lo_blob_new(3, [0xC0, 0xDB, 1] as [UInt8])!
    defer { lo_blob_free(blob) }
    for value in Int32(0)..<50 {
      let message = lo_message_new()!
      lo_message_add_int32(message, value)
      lo_message_add_blob(message, blob)
      #expect(lo_send_message(address, "/from/liblo", message) > 0)
      lo_message_free(message)
    }
    #expect(try eventually { try echo.packets.count == 50 })
    let expected = (Int32(0)..<50).map {
      OSCPacket.message(OSCMessage("/from/liblo", [.int32($0), .blob([0xC0, 0xDB, 1])]))
    }
    #expect(try echo.packets == expected)
    try echo.stop()
  }

  /// Replies come from the server's port to the port that asked: liblo's server receives them.
  @Test func libloReceivesTheReplies() throws {
    let echo = try EchoServer()
    let replies = Box<[String]>([])
    let server = lo_server_new(nil, nil)!
    defer { lo_server_free(server) }
    lo_server_add_method(
      server, nil, nil,
      { path, types, arguments, _, message, context in
        let box = Unmanaged<Box<[String]>>.fromOpaque(context!).takeUnretainedValue()
        let port = String(cString: lo_address_get_port(lo_message_get_source(message!)!))
        box.value.append(String(cString: path!) + String(cString: types!) + port)
        return 0
      }, Unmanaged.passUnretained(replies).toOpaque())
    let address = lo_address_new("127.0.0.1", String(echo.port))!
    defer { lo_address_free(address) }
    let message = lo_message_new()!
    defer { lo_message_free(message) }
    lo_message_add_float(message, 0.5)
    lo_send_message_from(address, server, "/ping", message)
    while replies.value.count < 2, lo_server_recv_noblock(server, Int32(Patience.seconds * 1_000)) > 0 {}
    #expect(replies.value == ["/echosf\(echo.port)", "/dones\(echo.port)"])
    try echo.stop()
  }

  @Test func aPortInUseIsNamed() throws {
    let loop = ControlLoop()
    let first = try OSCServer(loop: loop, port: 0)
    let error = #expect(throws: PatchError.self) { _ = try OSCServer(loop: loop, port: first.port) }
    #expect(error?.code == .busy)
    #expect(error?.message.contains("port \(first.port) is in use") == true)
    #expect(throws: PatchError.self) { _ = try OSCServer(loop: loop, host: "no.such.host.invalid", port: 0) }
    #expect(throws: PatchError.self) { _ = try OSCServer(loop: loop, port: 70_000) }
  }

  @Test func aClosedServerFreesItsPort() throws {
    let loop = ControlLoop()
    var port = 0
    for _ in 0..<50 { port = try OSCServer(loop: loop, port: port).port }
    #expect(throws: PatchError.self) { _ = try OSCCaller(port: port, transport: .tcp) }
  }

  @Test func malformedPacketsAreCountedAndAnswered() throws {
    let echo = try EchoServer()
    let peer = try RawPeer(port: echo.port, SOCK_DGRAM)
    let start = ControlLoop.now
    for _ in 0..<100 { peer.send(Array("/abc".utf8)) }
    #expect(try eventually { try echo.counts.malformed == 100 })
    let reply = try OSCPacket(peer.receive())
    #expect(reply == .message(OSCMessage("/fail", ["", "malformed", "byte 4: an address must end with a zero"])))
    var replies = 1
    while !peer.receive(waiting: false).isEmpty { replies += 1 }
    // The limit per second, for each second of the test.
    let seconds = 1 + Int((ControlLoop.now - start) / 1_000_000_000)
    #expect((OSCServer.Limits.refusals...OSCServer.Limits.refusals * (1 + seconds)).contains(replies), "\(replies)")
    try echo.stop()
  }

  /// Two programs that answer each other's errors would never stop.
  @Test(arguments: ["/done", "/fail", "/synced", "/state", "/notify/edit", "/notify/error"])
  func repliesAreNeverAnswered(address: String) throws {
    let echo = try EchoServer()
    for transport in [OSCCaller.Transport.udp, .tcp] {
      let caller = try OSCCaller(port: echo.port, transport: transport)
      try caller.send(OSCMessage(address, ["/patch/create", "no-such-type", "text"]))
      #expect(try caller.call(OSCMessage("/x"), timeout: Patience.seconds) == .done(OSCMessage("/done", ["/x"])))
    }
    #expect(try echo.packets == [.message(OSCMessage("/x")), .message(OSCMessage("/x"))])
    #expect(try echo.counts.ignored == 2)
    var count = 0
    let mixed = OSCPacket.bundle(timeTag: 1, [.message(OSCMessage(address)), .message(OSCMessage("/x"))])
    #expect(mixed.withoutReplies(&count) == .bundle(timeTag: 1, [.message(OSCMessage("/x"))]) && count == 1)
    #expect(OSCPacket.bundle(timeTag: 1, [.message(OSCMessage(address))]).withoutReplies(&count) == nil)
    try echo.stop()
  }

  /// Phones and Max receive on another port than they send from.
  @Test func repliesGoToAnotherPortOfTheSender() throws {
    let running = RunningLoop(), loop = running.loop
    let server = Box<OSCServer?>(nil)
    let port = try running.call {
      server.value = try OSCServer(loop: loop, port: 0) { packet, client in
        guard case .message(let message) = packet else { return }
        if message.address == "/port" { try? client.setReplyPort(message.arguments.first?.number.map { Int($0) }) }
        client.send(OSCMessage("/done", [.string(message.address)]))
      }
      return server.value!.port
    }
    let sender = try OSCCaller(port: port, transport: .udp), receiver = lo_server_new(nil, nil)!
    defer { lo_server_free(receiver) }
    let count = Box(0)
    lo_server_add_method(
      receiver, nil, nil,
      { _, _, _, _, _, context in
        Unmanaged<Box<Int>>.fromOpaque(context!).takeUnretainedValue().value += 1
        return 0
      }, Unmanaged.passUnretained(count).toOpaque())
    try sender.send(OSCMessage("/port", [.int32(Int32(lo_server_get_port(receiver)))]))
    try sender.send(OSCMessage("/x"))
    while count.value < 2, lo_server_recv_noblock(receiver, Int32(Patience.seconds * 1_000)) > 0 {}
    #expect(count.value == 2)
    #expect(try sender.call(OSCMessage("/x"), timeout: 0.1) == .silent)
    #expect(try sender.call(OSCMessage("/port"), timeout: Patience.seconds) == .done(OSCMessage("/done", ["/port"])))
    let stream = try OSCCaller(port: port, transport: .tcp)
    #expect(
      try stream.call(OSCMessage("/port", [9]), timeout: Patience.seconds) == .done(OSCMessage("/done", ["/port"])))
    try running.call { server.value = nil }
    running.stop()
  }

  @Test func garbageClosesTheConnection() throws {
    let echo = try EchoServer()
    let peer = try RawPeer(port: echo.port, SOCK_STREAM)
    peer.send(Array("GET / HTTP/1.1\r\n\r\n".utf8))
    #expect(try eventually { try echo.closedCount == 1 })
    #expect(try echo.counts.malformed == 1)
    try echo.stop()
  }

  @Test func aLargeReplyGoesOverTCPOnly() throws {
    let echo = try EchoServer()
    let blob = OSCArgument.blob([UInt8](repeating: 0xC0, count: 65_490))
    let udp = try OSCCaller(port: echo.port, transport: .udp)
    // The echo has some bytes more than the request and does not fit.
    var replies: [String] = []
    _ = try udp.call(OSCMessage("/x", [blob]), timeout: Patience.seconds) { replies.append($0.address) }
    #expect(replies == ["/done"])
    #expect(try echo.counts.unsent == 1)
    let huge = OSCArgument.blob([UInt8](repeating: 7, count: 8 << 20))
    let tcp = try OSCCaller(port: echo.port, transport: .tcp)
    var echoed: OSCMessage?
    _ = try tcp.call(OSCMessage("/huge", [huge]), timeout: Patience.seconds) {
      if $0.address == "/echo" { echoed = $0 }
    }
    #expect(echoed?.arguments.last == huge)
    try echo.stop()
  }

  @Test func aClientThatDoesNotReadIsClosedAndOthersAreServed() throws {
    let echo = try EchoServer()
    let stalled = try RawPeer(port: echo.port, SOCK_STREAM)
    let other = try OSCCaller(port: echo.port, transport: .tcp)
    let packet = try OSCMessage("/large", [.blob([UInt8](repeating: 1, count: 4 << 20))]).encoded()
    let bytes = StreamFraming.lengthPrefix.framed(packet)
    for _ in 0..<24 {
      if !stalled.send(bytes) { break }
      // A client that blocked the server would prevent this answer.
      #expect(try other.call(OSCMessage("/x"), timeout: Patience.seconds) == .done(OSCMessage("/done", ["/x"])))
    }
    #expect(try eventually { try echo.counts.stalled == 1 })
    #expect(try echo.closedCount == 1)
    try echo.stop()
  }

  @Test func theOldestIdleClientMakesRoomBeyondTheLimit() throws {
    let echo = try EchoServer()
    let peers = try (0..<OSCServer.Limits.clients + 4).map { _ in try RawPeer(port: echo.port, SOCK_STREAM) }
    // The oldest idle ones make room, and know why.
    #expect(try eventually { try echo.counts.displaced == 4 })
    #expect(try echo.counts.refused == 0 && echo.closedCount == 4)
    #expect(String(decoding: peers[0].receive(), as: UTF8.self).contains("to make room for another client"))
    let last = peers.last!
    last.send(StreamFraming.lengthPrefix.framed(try OSCMessage("/x").encoded()))
    #expect(!last.receive().isEmpty)
    // Those with requests under way stay.
    let caller = try OSCCaller(port: echo.port, transport: .tcp)
    #expect(try caller.call(OSCMessage("/x"), timeout: Patience.seconds) == .done(OSCMessage("/done", ["/x"])))
    try echo.stop()
  }

  @Test func silenceIsReported() throws {
    let loop = ControlLoop()
    let server = try OSCServer(loop: loop, port: 0)
    let caller = try OSCCaller(port: server.port, transport: .udp)
    #expect(try caller.call(OSCMessage("/x"), timeout: 0.05) == .silent)
    withExtendedLifetime(server) {}
  }
}

/// A blocking socket that sends arbitrary bytes.
private final class RawPeer {
  private let descriptor: Int32

  init(port: Int, _ type: __socket_type) throws {
    descriptor = socket(AF_INET, Int32(type.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    #expect(status == 0)
  }

  deinit { close(descriptor) }

  @discardableResult func send(_ bytes: [UInt8]) -> Bool {
    var start = 0
    while start < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 { return false }
      start += sent
    }
    return true
  }

  func receive(waiting: Bool = true) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let size = recv(descriptor, &bytes, bytes.count, waiting ? 0 : Int32(MSG_DONTWAIT))
    return Array(bytes.prefix(max(0, size)))
  }
}
