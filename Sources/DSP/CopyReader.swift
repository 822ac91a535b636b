// [audio] The choice of the copy of a sound by its speed, and reading it.

/// The copies of one or more sounds, those of a sound by number: 0 the sound itself, 1 for lower speeds, then in order
/// of falling bandwidth.
public struct CopyReader: BitwiseCopyable, @unchecked Sendable {
  /// The first frame of each.
  @usableFromInline let left, right: UnsafePointer<UnsafePointer<Float>>
  @usableFromInline let isPair: Bool

  init(left: UnsafePointer<UnsafePointer<Float>>, right: UnsafePointer<UnsafePointer<Float>>, isPair: Bool) {
    (self.left, self.right, self.isPair) = (left, right, isPair)
  }

  /// Speeds up to which a copy is read, as a share of the speed at which it would alias: the rest, 35 cents, is for
  /// crossfades while the pitch rises.
  @usableFromInline static var reserve: Float { 0.98 }

  /// The copy for a speed in frames of the sound per frame, of a sound with so many copies to an octave.
  @inlinable
  static func number<L: Lane>(for speed: L, perOctave: L) -> L.Bits {
    let octaves = L.log2(L.clamp(speed * (1 / reserve), L(1), L(1_024)))
    let step = L.zero - L.floor(L.fma(octaves, L.zero - perOctave, L(1e-5)))
    return L.truncated(L.minimum(step + 1, L.fma(perOctave, L(8), L(1))))
  }

  /// The greatest speed for a copy that is not the first.
  @inlinable
  static func ceiling(_ number: Int, perOctave: Int) -> Float {
    number == 1 + 8 * perOctave ? .infinity : reserve * Float.exp2(Float(number - 1) / Float(perOctave))
  }

  /// Two channels at a position per lane: `part` (0 ..< 1) after frame number `places` of the sound.
  @inlinable @inline(__always)
  func values<L: Lane>(_ table: SincTable, at places: L.Bits, _ part: L, in copy: CopyPlace<L>) -> (left: L, right: L) {
    // Frames of the copy: exact for the high bits of the place, rounded only for the low ones.
    let high = L.Bits.shiftedRight(places, by: copy.shift)
    let low = places &- L.Bits.shiftedLeft(high, by: copy.shift)
    let point = (L.converted(low) + part) * copy.scale, whole = L.floor(point)
    let scaled = L.minimum(point - whole, L(0.999_999)) * Float(SincTable.phases), phase = L.truncated(scaled)
    return L.rowSums(
      high &* copy.factor &+ L.truncated(whole), phase | copy.tag, scaled - L.converted(phase), isPair: isPair
    ) { at, code, part in
      let number = code >> 10, weights = table.weights(code & 0x3ff, part)
      let first = SincTable.products(left[number] + at, weights.near, weights.far)
      return (first, isPair ? SincTable.products(right[number] + at, weights.near, weights.far) : first)
    }
  }
}

/// The rate of a copy: `factor` / 2^`shift` frames per frame of the sound.
public struct CopyPlace<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var shift = L.Bits(0), factor = L.Bits(1)
  @usableFromInline var scale = L(1)
  /// Its index among all, shifted left by 10.
  @usableFromInline var tag = L.Bits(0)

  @inlinable init() {}

  @inlinable
  static func place(_ number: Int, perOctave: Int) -> (factor: Int, shift: Int) {
    if number == 0 { return (1, 0) }
    if number == 1 { return (24, 4) }
    let step = (number &- 2) % perOctave &+ (4 &- perOctave)
    return (step == 0 ? 20 : step == 1 ? 18 : step == 2 ? 15 : 12, 4 &+ (number &- 2) / perOctave)
  }

  /// [control] The end of the band of a copy, as a share of the band of the sound.
  static func band(_ number: Int, perOctave: Int) -> Double {
    let quarters = (number - 1) * (4 / perOctave)
    // 2^(−1/4), 2^(−1/2), 2^(−3/4).
    let shares = [1, 0.840_896_415_253_714_5, 0.707_106_781_186_547_5, 0.594_603_557_501_360_5]
    return shares[quarters % 4] / Double(1 << (quarters / 4))
  }

  @inlinable
  mutating func set(_ lane: Int, to number: Int, perOctave: Int, first: Int) {
    let place = Self.place(number, perOctave: perOctave)
    shift[lane: lane] = Int32(truncatingIfNeeded: place.shift)
    factor[lane: lane] = Int32(truncatingIfNeeded: place.factor)
    scale[lane: lane] = Float(place.factor) / Float(1 &<< place.shift)
    tag[lane: lane] = Int32(truncatingIfNeeded: (first &+ number) &<< 10)
  }

  @inlinable
  static func select(_ mask: L.Bits, _ a: Self, _ b: Self) -> Self {
    var chosen = a
    chosen.shift = L.Bits.select(mask, a.shift, b.shift)
    chosen.factor = L.Bits.select(mask, a.factor, b.factor)
    chosen.scale = L.select(mask, a.scale, b.scale)
    chosen.tag = L.Bits.select(mask, a.tag, b.tag)
    return chosen
  }
}

/// The copy that each voice reads: the one with the widest band that does not alias.
///
/// A rising speed is followed within 16 frames. A falling one is followed after an eighth to half of a second, so that a
/// vibrato stays in one copy, with a crossfade of 256 frames. The sound itself is read from a start at its own speed
/// until the speed changes.
public struct CopyChoice<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var now = CopyPlace<L>(), before = CopyPlace<L>()
  @usableFromInline var number = L.Bits(0), wanted = L.Bits(0)
  /// The index of the first copy of each voice's sound among all, and the number of copies to an octave.
  @usableFromInline var first = L.Bits(0)
  @usableFromInline var perOctave = L(4)
  /// The speeds between which the copy need not be changed.
  @usableFromInline var floor = L(1), ceiling = L(1)
  /// The greatest speed of this period and of the one before.
  @usableFromInline var peak = L(1), last = L(1)
  /// The share of the copy before, and its decrease per frame.
  @usableFromInline var share = L.zero, pace = L.zero

  @inlinable @inline(__always) public init() {}

  /// True if every voice reads the sound itself.
  @inlinable @inline(__always) public var isOriginal: Bool { number.isZero && share.isNothing }

  /// Frames for which the greatest speed is held: a power of two, at least an eighth of a second.
  @inlinable @inline(__always)
  public static func period(_ sampleRate: Float) -> Int {
    1 &<< (Int.bitWidth &- (Int(sampleRate * 0.125) | 1).leadingZeroBitCount)
  }

  /// Sets the sound of a voice, before it begins.
  @inlinable @inline(__always)
  public mutating func choose(_ lane: Int, first: Int32, perOctave: Float) {
    self.first[lane: lane] = first
    self.perOctave[lane: lane] = perOctave
  }

  /// Starts some voices at a speed, without a crossfade.
  @inlinable
  public mutating func begin(_ lanes: L.Bits, at speed: L) {
    let speed = L.magnitude(speed)
    peak = L.select(lanes, speed, peak)
    last = L.select(lanes, speed, last)
    share = L.select(lanes, .zero, share)
    let start = L.Bits.select(
      L.differ(speed, L(1)), CopyReader.number(for: speed, perOctave: perOctave), L.Bits(0))
    wanted = L.Bits.select(lanes, start, wanted)
    number = L.Bits.select(lanes, start, number)
    set(lanes)
  }

  /// Returns whether nothing changes at this constant speed.
  @inlinable @inline(__always)
  public func isSettled(at speed: L) -> Bool {
    share.isNothing && (wanted ^ number).isZero
      && L.less(L.magnitude(speed), L.maximum(last, peak)).signs == 0
  }

  /// Called before a frame is read.
  /// - Parameter isNext: whether a period begins.
  @inlinable @inline(__always)
  public mutating func follow(_ speed: L, isNext: Bool) {
    let speed = L.magnitude(speed)
    if isNext {
      last = peak
      peak = speed
    } else {
      peak = L.maximum(speed, peak)
      if (L.less(ceiling, speed) | L.less(speed, floor)).signs == 0 && share.isNothing { return }
    }
    advance(speed)
  }

  @inlinable
  mutating func advance(_ speed: L) {
    share = L.maximum(share - pace, .zero)
    let held = L.maximum(last, peak)
    let leaves = L.differ(speed, L(1)) | L.differ(held, L(1)) | L.Bits.less(L.Bits(0), number)
    wanted = L.Bits.select(leaves, CopyReader.number(for: held, perOctave: perOctave), L.Bits(0))
    let fades = L.less(.zero, share), differs = L.differ(L.converted(wanted), L.converted(number))
    let rises = L.Bits.less(number, wanted), changes = differs & (fades ^ L.Bits(-1))
    pace = L.select(rises, L(1 / 16), L.select(changes, L(1 / 256), pace))
    if changes.signs == 0 { return }
    before = .select(changes, now, before)
    share = L.select(changes, L(1), share)
    number = L.Bits.select(changes, wanted, number)
    set(changes)
  }

  @inlinable
  mutating func set(_ lanes: L.Bits) {
    forEachLane(lanes.signs) { lane in
      let number = Int(number[lane: lane]), perOctave = Int(perOctave[lane: lane])
      now.set(lane, to: number, perOctave: perOctave, first: Int(first[lane: lane]))
      floor[lane: lane] = number == 0 ? 1 : 0
      ceiling[lane: lane] = number == 0 ? 1 : CopyReader.ceiling(number, perOctave: perOctave)
    }
  }

  /// Two channels at a position per lane.
  @inlinable @inline(__always)
  public func values(
    _ table: SincTable, _ reader: CopyReader, at places: L.Bits, _ part: L
  ) -> (left: L, right: L) {
    let heard = reader.values(table, at: places, part, in: now)
    if share.isNothing { return heard }
    let old = reader.values(table, at: places, part, in: before)
    return (L.fma(share, old.left - heard.left, heard.left), L.fma(share, old.right - heard.right, heard.right))
  }
}
