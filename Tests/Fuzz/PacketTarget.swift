import Control
import PatchKit
import TestSupport

/// Damaged OSC packets into a playing session.
final class PacketTarget: FuzzTarget {
  static let name = "packets"
  static let sequence = 500
  private var mutator: Mutator
  private let folder: String
  private var session: FuzzSession
  private var count = 0

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    // Strings end with a zero and fill words of four bytes.
    let words = CommandGrammar.words.map { $0 + String(repeating: "\0", count: 4 - $0.utf8.count % 4) }
    mutator = Mutator(seed: seed, corpus: corpus, words: words)
    self.folder = folder
    session = try FuzzSession(folder: folder)
  }

  func next() -> [UInt8] { mutator.next() }

  func run(_ input: [UInt8]) throws -> Bool {
    if count % PacketTarget.sequence == 0 { session = try FuzzSession(folder: folder) }
    count += 1
    // An allocation of exact size, so that AddressSanitizer detects a read past its end.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: input.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: input)
    let packet: OSCPacket
    do {
      packet = try OSCPacket(UnsafeRawBufferPointer(copy))
    } catch {
      guard error.code == .malformed || error.code == .limit else { throw BrokenLaw("refused as \(error)") }
      return false
    }
    // A message without arguments may have come without its type-tag string, which encoding adds.
    let again = try packet.encoded()
    let isSame = try again.withUnsafeBytes { try OSCPacket($0).encoded() == again }
    guard isSame, again == input || packet.hasMessageWithoutArguments else {
      throw BrokenLaw("the packet is another one when it is encoded again")
    }
    try session.perform(packet)
    if count % 8 == 0 { try session.play() }
    return true
  }
}

extension OSCPacket {
  fileprivate var hasMessageWithoutArguments: Bool {
    switch self {
    case .message(let message): message.arguments.isEmpty
    case .bundle(_, let packets): packets.contains(where: \.hasMessageWithoutArguments)
    }
  }
}
