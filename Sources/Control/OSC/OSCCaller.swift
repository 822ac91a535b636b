import CRealtime
import Glibc
import PatchKit

/// Sends a request to a running server and waits for its replies, as `weft send` does.
public final class OSCCaller {
  public enum Transport: Sendable { case udp, tcp }
  public enum Outcome: Hashable, Sendable {
    case done(OSCMessage)
    case failed(OSCMessage)
    /// No final reply within the timeout.
    case silent
  }

  /// Seconds for connecting, and for sending a part of a request.
  private static let sendTimeout = 5

  private let descriptor: Int32
  private let transport: Transport
  private let place: String
  private var reader = StreamReader(framing: .lengthPrefix)
  /// Messages received and not yet returned by `next`.
  private var waiting: [OSCMessage] = []

  /// - Throws: `unreadable` if nothing listens there, `bad-name` for an unknown host.
  public init(host: String = "127.0.0.1", port: Int = OSCServer.defaultPort, transport: Transport = .tcp)
    throws(PatchError)
  {
    let type = transport == .tcp ? Socket.stream : Socket.datagram
    var opened: Int32 = -1
    for address in try SocketAddress.resolve(host, port: port) where opened < 0 {
      let descriptor = Socket.open(address.family, type, blocking: true)
      if descriptor < 0 { continue }
      // A host that does not answer, or a server that does not read, is given up.
      Socket.setSendTimeout(descriptor, seconds: OSCCaller.sendTimeout)
      if address.with({ connect(descriptor, $0, $1) }) == 0 { opened = descriptor } else { close(descriptor) }
    }
    place = "\(host):\(port)"
    guard opened >= 0 else { throw OSCCaller.silence(place) }
    descriptor = opened
    self.transport = transport
  }

  /// The descriptor, to poll for messages together with other files; `next` then returns them.
  public var file: Int32 { descriptor }

  deinit { close(descriptor) }

  public func send(_ message: OSCMessage) throws(PatchError) {
    let packet = try message.encoded()
    if transport == .udp && packet.count > OSCServer.Limits.datagram {
      throw PatchError(.limit, "\(packet.count) bytes do not fit a datagram; use TCP")
    }
    let bytes = transport == .tcp ? StreamFraming.lengthPrefix.framed(packet) : packet
    var start = 0
    while start < bytes.count {
      let sent = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + start, $0.count - start, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 && errno == EINTR { continue }
      if sent < 0 { throw lost() }
      start += sent
    }
  }

  /// Sends the request and passes on every message up to and including its `/done`, `/fail` or `/synced`.
  ///
  /// - Throws: `unreadable` if the server closes the connection.
  public func call(
    _ request: OSCMessage, timeout seconds: Double = 5, reply: (OSCMessage) -> Void = { _ in }
  ) throws(PatchError) -> Outcome {
    let deadline = weft_nanoseconds() + UInt64(max(0, seconds) * 1e9)
    try send(request)
    if OSCPattern.isPattern(request.address) { return try collect(until: deadline, reply) }
    while let message = try next(before: deadline) {
      reply(message)
      let subject = message.arguments.first?.text
      switch message.address {
      case "/done" where subject == request.address: return .done(message)
      case "/synced" where request.address == "/sync": return .done(message)
      // The failure of an unreadable packet has no address.
      case "/fail" where subject == request.address || subject == "": return .failed(message)
      default: continue
      }
    }
    return .silent
  }

  /// A pattern has as many answers as it matches; the reply to a barrier follows the last of them.
  private func collect(until deadline: UInt64, _ reply: (OSCMessage) -> Void) throws(PatchError) -> Outcome {
    try send(OSCMessage("/sync", [.int32(OSCCaller.barrier)]))
    var outcome = Outcome.silent
    while let message = try next(before: deadline) {
      if message == OSCMessage("/synced", [.int32(OSCCaller.barrier)]) { return outcome }
      reply(message)
      if message.address == "/fail" { outcome = .failed(message) }
      if message.address == "/done", case .silent = outcome { outcome = .done(message) }
    }
    return .silent
  }
  private static let barrier: Int32 = 0x7EF7

  /// The next message from the server; nil if none arrives before `deadline`, in monotonic nanoseconds.
  public func next(before deadline: UInt64) throws(PatchError) -> OSCMessage? {
    while waiting.isEmpty {
      let now = weft_nanoseconds()
      if now >= deadline { return nil }
      var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let milliseconds = min((deadline - now + 999_999) / 1_000_000, 1_000_000)
      if poll(&entry, 1, Int32(milliseconds)) > 0 { try receive() }
    }
    return waiting.removeFirst()
  }

  private func receive() throws(PatchError) {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let size = recv(descriptor, &bytes, bytes.count, 0)
    if size < 0 && errno == EINTR { return }
    if size < 0 || (size == 0 && transport == .tcp) { throw lost() }
    var failure: PatchError?
    let handle: (Result<[UInt8], PatchError>) -> Void = { result in
      do throws(PatchError) { self.collect(try OSCPacket(try result.get())) } catch { failure = error }
    }
    if transport == .udp {
      handle(.success(Array(bytes[..<size])))
    } else {
      _ = bytes.withUnsafeBytes { reader.parse(UnsafeRawBufferPointer(rebasing: $0[..<size]), handle) }
    }
    if let failure { throw failure }
  }

  private func collect(_ packet: OSCPacket) {
    switch packet {
    case .message(let message): waiting.append(message)
    case .bundle(_, let elements): for element in elements { collect(element) }
    }
  }

  private func lost() -> PatchError { OSCCaller.silence(place) }
  private static func silence(_ place: String) -> PatchError {
    PatchError(.unreadable, "nothing answers at \(place): start weft play, or name its address with --osc")
  }
}
