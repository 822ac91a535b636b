import Glibc

/// Integrated loudness of a sound, in LUFS; every channel weighs the same.
///
/// - Source: ITU-R BS.1770-4: K-weighting, blocks of 400 ms that overlap by three quarters, gates at -70 LUFS and at
///   10 LU below the mean. The filters are those of libebur128, for any sample rate.
package struct LoudnessMeter {
  /// A section of the filter of two channels.
  private struct Section {
    var b0 = 1.0, b1 = 0.0, b2 = 0.0, a1 = 0.0, a2 = 0.0
    var s1 = SIMD2<Double>.zero, s2 = SIMD2<Double>.zero

    @inline(__always)
    mutating func next(_ x: SIMD2<Double>) -> SIMD2<Double> {
      let y = b0 * x + s1
      s1 = b1 * x - a1 * y + s2
      s2 = b2 * x - a2 * y
      return y
    }
  }
  private let channels: Int
  /// For each pair of channels; the second channel of the last one may be silence.
  private var filters: [(shelf: Section, highPass: Section)]
  private let hop: Int
  private var inHop = 0
  /// Sum of squares of this tenth of a second, and the means of all before.
  private var sum = 0.0
  private var hops: [Double] = []

  package init(channels: Int, rate: Double) {
    var k = tan(.pi * 1_681.974_450_955_533 / rate), q = 0.707_175_236_955_419_6
    let gain = pow(10, 3.999_843_853_973_347 / 20), root = pow(gain, 0.499_666_774_154_541_6)
    var a0 = 1 + k / q + k * k
    let shelf = Section(
      b0: (gain + root * k / q + k * k) / a0, b1: 2 * (k * k - gain) / a0, b2: (gain - root * k / q + k * k) / a0,
      a1: 2 * (k * k - 1) / a0, a2: (1 - k / q + k * k) / a0)
    k = tan(.pi * 38.135_470_876_024_44 / rate)
    q = 0.500_327_037_323_877_3
    a0 = 1 + k / q + k * k
    let highPass = Section(b0: 1, b1: -2, b2: 1, a1: 2 * (k * k - 1) / a0, a2: (1 - k / q + k * k) / a0)
    self.channels = channels
    filters = Array(repeating: (shelf, highPass), count: (channels + 1) / 2)
    hop = max(1, Int((rate / 10).rounded()))
  }

  package mutating func add(_ samples: UnsafePointer<Float>, frames: Int) {
    var done = 0
    while done < frames {
      let count = min(hop - inHop, frames - done)
      for pair in filters.indices { sum += power(samples + done * channels, frames: count, pair) }
      done += count
      inHop += count
      if inHop == hop {
        hops.append(sum / Double(hop))
        (sum, inHop) = (0, 0)
      }
    }
  }

  /// The sum of the squares of two weighted channels. Their filters are local meanwhile, and stay in registers.
  private mutating func power(_ samples: UnsafePointer<Float>, frames: Int, _ pair: Int) -> Double {
    var (shelf, highPass) = filters[pair], sum = SIMD2<Double>.zero
    let left = samples + 2 * pair
    if 2 * pair + 1 < channels {
      for i in 0..<frames {
        let both = SIMD2(Double(left[i * channels]), Double(left[i * channels + 1]))
        let weighted = highPass.next(shelf.next(both))
        sum += weighted * weighted
      }
    } else {
      for i in 0..<frames {
        let weighted = highPass.next(shelf.next(SIMD2(Double(left[i * channels]), 0)))
        sum += weighted * weighted
      }
    }
    filters[pair] = (shelf, highPass)
    return sum.x + sum.y
  }

  /// The mean K-weighted level without gates, in LUFS.
  package var meanLevel: Double {
    -0.691 + 10 * log10(max(hops.reduce(0, +) / Double(max(1, hops.count)), 1e-20))
  }

  /// nil where nothing is louder than -70 LUFS, or the sound is shorter than 400 ms.
  package var loudness: Double? {
    guard hops.count >= 4 else { return nil }
    var blocks: [Double] = []
    for i in 3..<hops.count { blocks.append(hops[(i - 3)...i].reduce(0, +) / 4) }
    func decibels(_ power: Double) -> Double { -0.691 + 10 * log10(power) }
    func mean(_ powers: [Double]) -> Double { powers.reduce(0, +) / Double(powers.count) }
    let loud = blocks.filter { $0 > 0 && decibels($0) > -70 }
    guard !loud.isEmpty else { return nil }
    let gate = decibels(mean(loud)) - 10
    return decibels(mean(loud.filter { decibels($0) > gate }))
  }
}
