import PatchKit

/// The framing of packets in a byte stream.
public enum StreamFraming: Hashable, Sendable {
  /// Each packet preceded by its size, an int32 (OSC 1.0).
  case lengthPrefix
  /// Each packet ended by 0xC0 (RFC 1055); if `bothEnds`, also started by one (OSC 1.1).
  case slip(bothEnds: Bool)

  static let end: UInt8 = 0xC0
  static let escape: UInt8 = 0xDB
  static let escapedEnd: UInt8 = 0xDC
  static let escapedEscape: UInt8 = 0xDD

  /// The framing identified by the first byte of a connection; nil for an invalid byte.
  init?(first: UInt8) {
    switch first {
    case 0, 1: self = .lengthPrefix
    case StreamFraming.end: self = .slip(bothEnds: true)
    case UInt8(ascii: "/"), UInt8(ascii: "#"): self = .slip(bothEnds: false)
    default: return nil
    }
  }

  /// The framed packet.
  public func framed(_ packet: [UInt8]) -> [UInt8] {
    guard case .slip(let bothEnds) = self else { return bigEndian(UInt32(packet.count)) + packet }
    var bytes: [UInt8] = bothEnds ? [StreamFraming.end] : []
    bytes.reserveCapacity(packet.count + packet.count / 16 + 2)
    for byte in packet {
      switch byte {
      case StreamFraming.end: bytes += [StreamFraming.escape, StreamFraming.escapedEnd]
      case StreamFraming.escape: bytes += [StreamFraming.escape, StreamFraming.escapedEscape]
      default: bytes.append(byte)
      }
    }
    return bytes + [StreamFraming.end]
  }
}

/// Splits a stream into packets; the first byte identifies the framing. Buffers at most one packet.
public struct StreamReader {
  /// The largest packet, bytes.
  public static let largest = 16 << 20

  public private(set) var framing: StreamFraming?
  private var packet: [UInt8] = []
  /// Length prefix: its value and the number of its bytes so far.
  private var prefix: UInt32 = 0
  private var prefixBytes = 0
  /// SLIP: true after an escape byte; true while skipping to the end of a broken packet.
  private var escaping = false
  private var skipping = false

  public init(framing: StreamFraming? = nil) { self.framing = framing }

  /// Buffered bytes of a partial packet.
  public var held: Int { packet.count }

  /// Parses the next bytes. Passes each complete packet to the handler, or the reason why one is dropped.
  ///
  /// - Returns: false if the rest of the stream cannot be parsed; the connection should be closed.
  public mutating func parse(
    _ bytes: UnsafeRawBufferPointer, _ handler: (Result<[UInt8], PatchError>) -> Void
  ) -> Bool {
    guard let first = bytes.first else { return true }
    if framing == nil { framing = StreamFraming(first: first) }
    switch framing {
    case .lengthPrefix: return parsePrefixed(bytes, handler)
    case .slip: return parseSlip(bytes, handler)
    case nil:
      handler(.failure(PatchError(.malformed, "a stream must start with a packet's size, with 0xC0 or with '/'")))
      return false
    }
  }

  private mutating func parsePrefixed(
    _ bytes: UnsafeRawBufferPointer, _ handler: (Result<[UInt8], PatchError>) -> Void
  ) -> Bool {
    var rest = bytes[...]
    while true {
      while prefixBytes < 4, let byte = rest.popFirst() {
        prefix = prefix << 8 | UInt32(byte)
        prefixBytes += 1
      }
      if prefixBytes < 4 { return true }
      if prefix == 0 || prefix % 4 != 0 || prefix > StreamReader.largest {
        handler(.failure(PatchError(.malformed, "a packet's size must be a multiple of 4 up to 16 MiB, not \(prefix)")))
        return false
      }
      let part = rest.prefix(Int(prefix) - packet.count)
      packet += part
      rest = rest.dropFirst(part.count)
      if packet.count < Int(prefix) { return true }
      prefix = 0
      prefixBytes = 0
      handler(.success(emptied()))
    }
  }

  private mutating func parseSlip(
    _ bytes: UnsafeRawBufferPointer, _ handler: (Result<[UInt8], PatchError>) -> Void
  ) -> Bool {
    func refuse(_ rule: String) {
      skipping = true
      packet = []
      handler(.failure(PatchError(.malformed, rule)))
    }
    for byte in bytes {
      if byte == StreamFraming.end {
        if escaping && !skipping { refuse("an escape byte (0xDB) must be followed by 0xDC or 0xDD") }
        // Two ends in a row are one packet's end and the next one's start.
        if !skipping && !packet.isEmpty { handler(.success(emptied())) }
        (escaping, skipping) = (false, false)
      } else if skipping {
        continue
      } else if escaping {
        escaping = false
        switch byte {
        case StreamFraming.escapedEnd: packet.append(StreamFraming.end)
        case StreamFraming.escapedEscape: packet.append(StreamFraming.escape)
        default: refuse("an escape byte (0xDB) must be followed by 0xDC or 0xDD")
        }
      } else if byte == StreamFraming.escape {
        escaping = true
      } else {
        packet.append(byte)
      }
      if packet.count > StreamReader.largest { refuse("a packet may have at most 16 MiB") }
    }
    return true
  }

  private mutating func emptied() -> [UInt8] {
    defer { packet = [] }
    return packet
  }
}
