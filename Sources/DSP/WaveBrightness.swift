// [audio] Choice of the wavetable version by pitch.

/// The version of its cycle that each voice reads: the brightest that does not alias.
///
/// A rising pitch is followed at once, a falling one on the grid, by an octave per millisecond; versions are crossfaded
/// over 256 frames, or 16 where the old one would alias. So a constant pitch reads one version only, and one modulated
/// at audio rate the version for its highest pitch.
public struct WaveBrightness<L: Lane>: BitwiseCopyable {
  public var now = WaveVersion<L>(L.Bits(0))
  @usableFromInline var before = WaveVersion<L>(L.Bits(0))
  /// The version's number; below 0 before the first frame.
  @usableFromInline var number = L.Bits(-1)
  /// The greatest speed, in cycles per frame, at which the version can be read.
  @usableFromInline var ceiling = L(-1)
  /// The greatest speed since the last grid point, and before.
  @usableFromInline var peak = L.zero, held = L.zero
  /// The share of the version before, and its decrease per frame.
  @usableFromInline var share = L.zero, pace = L.zero

  @inlinable @inline(__always) public init() {}

  /// Returns whether nothing changes at this constant speed.
  @inlinable @inline(__always)
  public func isSettled(at speed: L) -> Bool {
    share.isNothing && L.less(L.magnitude(speed), L.maximum(held, peak)).signs == 0
  }

  /// Called before a frame is read; returns whether it is read from one version only.
  /// - Parameter decay: the factor of the held speed from one grid point to the next, at such a point; else nil.
  @inlinable @inline(__always)
  public mutating func follow(_ speed: L, decay: L?) -> Bool {
    let speed = L.magnitude(speed)
    if let decay {
      held = L.maximum(peak, held * decay)
      peak = speed
    } else {
      peak = L.maximum(speed, peak)
      if L.less(ceiling, speed).signs == 0 && share.isNothing { return true }
    }
    advance()
    return share.isNothing
  }

  @inlinable
  mutating func advance() {
    share = L.maximum(share - pace, .zero)
    held = L.maximum(held, peak)
    change()
  }

  /// Starts a crossfade to the wanted version, in voices without one under way.
  @inlinable
  mutating func change() {
    // Octaves of the highest of 1,024 harmonics above half the rate, rounded up.
    let octaves = L.maximum(held * L(4_095.9), L(1))
    let wanted = L.Bits.shiftedRight(L.bitPattern(octaves), by: 23) &- L.Bits(127)
    if (wanted ^ number).isZero { return }
    let isFirst = L.Bits.less(number, L.Bits(0)), next = WaveVersion<L>(wanted), fades = L.less(.zero, share)
    let changes = L.differ(L.converted(wanted), L.converted(number)) & (fades ^ L.Bits(-1))
    let hastens = L.Bits.less(L.Bits.select(fades, number, number &+ L.Bits(1)), wanted)
    pace = L.select(hastens, L(1 / 16), L.select(changes, L(1 / 256), pace))
    before = .select(changes, now, before)
    now = .select(changes, next, now)
    share = L.select(changes, L.select(isFirst, .zero, L(1)), share)
    number = L.Bits.select(changes, wanted, number)
    ceiling = L.fromBitPattern(L.Bits.shiftedLeft(number &+ L.Bits(128), by: 23)) * L(1 / 4_095.9)
  }

  /// The wave during a crossfade of versions; `places` is room for two.
  @inlinable @inline(__always)
  public func value(
    _ phase: Phase<L>, _ cycle: WaveCycle<L>, from reader: WaveReader, by places: UnsafeMutablePointer<WavePlace<L>>
  ) -> L {
    places[0] = WavePlace(phase, cycle, now)
    places[1] = WavePlace(phase, cycle, before)
    let isBetween = cycle.isBetween, y = reader.value(at: places, isBetween: isBetween)
    return L.fma(share, reader.value(at: places + 1, isBetween: isBetween) - y, y)
  }
}
