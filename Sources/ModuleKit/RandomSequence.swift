// [audio] The random sequence of each voice of a node, by its seed.
import DSP

/// Restarts a random generator where the node's parameter `seed` changes.
public struct RandomSequence<L: Lane>: BitwiseCopyable, Sendable {
  /// The node's own sequence at its start, for seed 0.
  @usableFromInline let own: L.Bits
  @usableFromInline let voice: L.Bits
  @usableFromInline var seed = L.zero

  /// [control]
  public init(_ setup: ModuleSetup) {
    own = setup.randomBits(of: L.self)
    var voice = L.Bits(0)
    for lane in 0..<L.count { voice[lane: lane] = Int32(setup.firstVoice + lane) }
    self.voice = voice
  }

  /// The node's own sequence at its start.
  public var start: Random<L> { Random(own) }

  /// Applies the present seed, a whole number: the same seed is the same sequence in every node.
  @inlinable @inline(__always)
  public mutating func follow(_ seed: L, _ random: inout Random<L>) {
    if L.differ(seed, self.seed).signs != 0 { restart(seed, &random) }
  }

  @inlinable @inline(never)
  mutating func restart(_ seed: L, _ random: inout Random<L>) {
    forEachLane(L.differ(seed, self.seed).signs) { lane in
      let number = UInt64(max(seed[lane: lane], 0))
      random.bits[lane: lane] =
        number == 0
        ? own[lane: lane] : Self.bits(number &* 0xd129_0d3e_4d8a_6e45, voice: Int(voice[lane: lane]))
    }
    self.seed = seed
  }

  /// The start of a voice's sequence: well mixed, never 0.
  /// - Source: SplitMix64 (Steele, Lea and Flood, 2014).
  @usableFromInline static func bits(_ seed: UInt64, voice: Int) -> Int32 {
    let state = seed &+ UInt64(voice + 1) &* 0x9e37_79b9_7f4a_7c15
    var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Int32(truncatingIfNeeded: (z ^ (z >> 31)) | 1)
  }
}
