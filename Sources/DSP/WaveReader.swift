// [audio] Reads the tables of a wavetable oscillator.
import Glibc

/// The place of one version of a cycle in its tables.
public struct WaveVersion<L: Lane>: BitwiseCopyable, Sendable {
  /// Right shift from a phase to the number of a point.
  @usableFromInline var shift = L.Bits(0)
  /// The number of the table's first point, which is the cycle's last.
  @usableFromInline var start = L.Bits(0)

  @inlinable @inline(__always)
  init(_ number: L.Bits) {
    // 8,192 points, and half as many in each up to the fifth; each with three guard points.
    let large = L.Bits.select(L.Bits.less(number, L.Bits(4)), number, L.Bits(4)), small = number &- large
    shift = large &+ L.Bits(19)
    start = L.Bits(16_384) &- L.Bits.shiftedRight(L.Bits(16_384), by: large)
    start = start &+ large &* L.Bits(3) &+ small &* L.Bits(515)
  }

  @inlinable @inline(__always)
  static func select(_ mask: L.Bits, _ a: Self, _ b: Self) -> Self {
    var chosen = a
    chosen.shift = L.Bits.select(mask, a.shift, b.shift)
    chosen.start = L.Bits.select(mask, a.start, b.start)
    return chosen
  }
}

/// Interpolates between the second and the third of four points: a polynomial of the fourth degree in each of them.
///
/// Images of a harmonic whose cycle has 8 points are 94 dB below it, of one that has 64 points 117 dB, of one that has
/// 512 points 140 dB. Its loss at the highest harmonics is compensated in the tables.
/// - Source: coefficients by least squares, weighted until the images of harmonics that fall by 6 dB per octave were
///   equally loud, after O. Niemitalo, "Polynomial interpolators for high-quality resampling of oversampled audio"
///   (2001).
public enum WaveKernel {
  @usableFromInline static var points: Int { 4 }

  /// - Parameter z: the place, −½ at the second point and ½ at the third.
  @inlinable @inline(__always)
  static func weights<L: Lane>(_ z: L) -> (L, L, L, L) {
    let y = z * z
    let near = L.fma(L.fma(L(0.009_677_972_5), y, L(-0.251_873_185)), y, L(0.465_278_564)), far = L(0.5) - near
    let nearSlope = L.fma(L(0.471_994_212), y, L(-0.535_786_501)) * z
    let farSlope = L.fma(L(0.156_995_035), y, L(0.154_807_522)) * z
    return (far - farSlope, near + nearSlope, near - nearSlope, far + farSlope)
  }

  /// [control] Its gain for a sine of so many cycles per point, by Gauss's quadrature with eight points.
  static func response(_ frequency: Double) -> Double {
    let places = [0.183_434_642_495_650, 0.525_532_409_916_329, 0.796_666_477_413_627, 0.960_289_856_497_536]
    let shares = [0.362_683_783_378_362, 0.313_706_645_877_887, 0.222_381_034_453_374, 0.101_228_536_290_376]
    var sum = 0.0
    for (place, share) in zip(places, shares) {
      for z in [place / 2, -place / 2] {
        let w = weights(Float(z)), step = 2 * Double.pi * frequency
        let inner = Double(w.1) * cos(step * (z + 0.5)) + Double(w.2) * cos(step * (z - 0.5))
        sum += share / 2 * (inner + Double(w.0) * cos(step * (z + 1.5)) + Double(w.3) * cos(step * (z - 1.5)))
      }
    }
    return sum
  }
}

/// Reads the tables.
public struct WaveReader: BitwiseCopyable, @unchecked Sendable {
  @usableFromInline let memory: UnsafePointer<Float>
  public let count: Int
  @usableFromInline let points = WaveCycles.points

  /// [control] - Parameter cycles: must outlive the reader.
  public init(_ cycles: WaveCycles) {
    memory = cycles.memory
    count = cycles.count
  }

  /// The wave in every lane.
  /// - Parameter isBetween: whether some lane is between two cycles.
  @inlinable @inline(__always)
  public func value<L: Lane>(at place: UnsafePointer<WavePlace<L>>, isBetween: Bool) -> L {
    let point = UnsafeRawPointer(place).assumingMemoryBound(to: L.Bits.self)
    let weights = WaveKernel.weights(place.pointee.z)
    let here = Self.sum(L.fours(memory, point), weights)
    if !isBetween { return here }
    return L.fma(place.pointee.share, Self.sum(L.fours(memory + points, point), weights) - here, here)
  }

  @inlinable @inline(__always)
  static func sum<L: Lane>(_ y: (L, L, L, L), _ w: (L, L, L, L)) -> L {
    L.fma(y.3, w.3, L.fma(y.2, w.2, L.fma(y.1, w.1, y.0 * w.0)))
  }
}

/// The read position of a frame.
public struct WavePlace<L: Lane>: BitwiseCopyable {
  /// The number of the first of four points.
  public var point: L.Bits
  /// Offset from the middle between the second and third point; and the share of the next cycle.
  @usableFromInline var z: L, share: L

  @inlinable @inline(__always)
  public init(_ phase: Phase<L>, _ cycle: WaveCycle<L>, _ version: WaveVersion<L>) {
    point = version.start &+ cycle.start &+ L.Bits.shiftedRight(phase.bits, by: version.shift)
    let part = L.Bits.shiftedLeft(phase.bits, by: L.Bits(32) &- version.shift)
    z = L.converted(part ^ L.Bits(Int32.min)) * L(1 / 4_294_967_296)
    share = cycle.share
  }
}

/// The cycle to read, or the two to mix.
public struct WaveCycle<L: Lane>: BitwiseCopyable {
  @usableFromInline let start: L.Bits
  /// The share of the next one.
  public let share: L

  /// - Parameter position: 0 ... 1, from the first to the last.
  @inlinable @inline(__always)
  public init(at position: L, of reader: WaveReader) {
    let place = L.clamp(position, .zero, L(1)) * L(Float(reader.count - 1))
    // The last cycle is the one before it, fully crossfaded.
    let first = L.minimum(L.floor(place), L(Float(max(reader.count - 2, 0))))
    start = L.truncated(first * L(Float(reader.points)))
    share = place - first
  }

  @inlinable @inline(__always) public var isBetween: Bool { L.less(.zero, share).signs != 0 }
}
