/// Damages packets in the ways that break parsers: the driver of every fuzz test. The same seed gives the same run.
public struct PacketMutator {
  private var state: UInt64
  private let corpus: [[UInt8]]

  /// - Parameter corpus: sound packets to start from.
  public init(seed: UInt64, corpus: [[UInt8]]) {
    state = seed
    self.corpus = corpus
  }

  /// Vigna's splitmix64.
  private mutating func random(_ bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((z ^ (z >> 31)) % UInt64(max(1, bound)))
  }

  /// The next packet: a sound one with one to four damages.
  public mutating func next() -> [UInt8] {
    var packet = corpus[random(corpus.count)]
    for _ in 0...random(4) { damage(&packet) }
    return packet
  }

  private mutating func damage(_ packet: inout [UInt8]) {
    let place = random(packet.count)
    switch random(10) {
    case 0 where !packet.isEmpty: packet[place] ^= 1 << UInt8(random(8))
    case 1 where !packet.isEmpty: packet[place] = UInt8(random(256))
    case 2: packet.removeLast(random(packet.count + 1))
    case 3: packet.removeLast(min(packet.count, 4 * random(4)))
    case 4: packet += [UInt8](repeating: UInt8(random(2) * random(256)), count: random(9))
    case 5: word(&packet, [0, 1, -1, 4, 0x7FFF_FFFF, Int32.min, 0xFFFF, Int32(packet.count)][random(8)])
    case 6 where !packet.isEmpty: packet[place] = Array("/#,ifsbhtdScmrTFNI[]\0*{}".utf8)[random(24)]
    case 7 where packet.count >= 4:
      let start = random(packet.count / 4) * 4
      packet.insert(contentsOf: packet[start..<min(packet.count, start + 4 * (1 + random(4)))], at: start)
    case 8 where packet.count >= 8: packet.removeSubrange((place & ~3)..<min(packet.count, (place & ~3) + 4))
    default: splice(&packet)
    }
  }

  /// Writes a big-endian word on a multiple of 4: sizes and counts stand there.
  private mutating func word(_ packet: inout [UInt8], _ value: Int32) {
    guard packet.count >= 4 else { return }
    let start = random(packet.count / 4) * 4
    for i in 0..<4 { packet[start + i] = UInt8(truncatingIfNeeded: value >> Int32(24 - 8 * i)) }
  }

  /// Puts another packet into this one, as an element of a bundle or bare.
  private mutating func splice(_ packet: inout [UInt8]) {
    let other = corpus[random(corpus.count)]
    let size = Int32(other.count)
    let head = (0..<4).map { UInt8(truncatingIfNeeded: size >> Int32(24 - 8 * $0)) }
    packet.insert(
      contentsOf: random(2) == 0 ? head + other : other, at: min(packet.count, random(packet.count + 1) & ~3))
    if packet.count > 4_096 { packet.removeLast(packet.count - 4_096) }
  }
}
