import Glibc

/// White Gaussian noise of tracks: the same in every render of a track.
struct WhiteNoise {
  private var state: UInt64

  /// - Parameter seed: a text; another one gives other noise.
  init(seed: String) {
    // FNV-1a.
    state = seed.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Uniform over 0 … 1, 0 excepted. SplitMix64.
  private mutating func uniform() -> Double {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (Double((z ^ (z >> 31)) >> 11) + 1) / 0x1p53
  }

  /// Box and Muller's transform.
  mutating func samples(_ count: Int) -> [Double] {
    (0..<count).map { _ in (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
  }
}
