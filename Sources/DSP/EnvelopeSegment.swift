// [audio] Sample-accurate envelope segments: linear and exponential, in one step.

/// The coefficients of an envelope, computed once while its parameters are constant.
public struct EnvelopeTimes<L: Lane>: BitwiseCopyable, Sendable {
  /// Frames of attack, decay and release.
  @usableFromInline var attack = L(1), decay = L(1), release = L(1)
  /// The share of its distance that an exponential segment loses per frame.
  @usableFromInline var attackLoss = L.zero, decayLoss = L.zero, releaseLoss = L.zero
  @usableFromInline var sustain = L.zero
  public var isLinear = true

  /// Overshoot of the target of exponential segments, as a share of the full height.
  @usableFromInline static var attackOvershoot: Float { 0.3 }
  @usableFromInline static var fallOvershoot: Float { 0.0001 }
  /// log2((1 + overshoot) / overshoot): octaves of distance of a full-height segment.
  @usableFromInline static var attackOctaves: Float { 2.115_477_2 }
  @usableFromInline static var fallOctaves: Float { 13.287_856_6 }

  @inlinable @inline(__always) public init() {}

  /// Times in seconds.
  @inlinable @inline(__always)
  public init(attack: L, decay: L, sustain: L, release: L, isLinear: Bool, sampleRate: Float) {
    self.isLinear = isLinear
    self.sustain = sustain
    self.attack = Self.frames(attack, sampleRate)
    self.decay = Self.frames(decay, sampleRate)
    self.release = Self.frames(release, sampleRate)
    if !isLinear {
      attackLoss = Self.loss(L(Self.attackOctaves) / self.attack)
      decayLoss = Self.loss(L(Self.fallOctaves) / self.decay)
      releaseLoss = Self.loss(L(Self.fallOctaves) / self.release)
    }
  }

  @inlinable @inline(__always)
  static func frames(_ seconds: L, _ sampleRate: Float) -> L {
    L.maximum(L.floor(seconds * sampleRate + L(0.5)), L(1))
  }

  /// 1 − 2^−x, precise for small x too.
  @inlinable @inline(__always)
  public static func loss(_ octaves: L) -> L {
    let x = octaves * L(0.693_147_18)
    // Six terms of the series leave 1e-8 at x = ½.
    var p = L.fma(x, L(-1 / 720), L(1 / 120))
    p = L.fma(-x, p, L(1 / 24))
    p = L.fma(-x, p, L(1 / 6))
    p = L.fma(-x, p, L(0.5))
    let small = x * L.fma(-x, p, L(1))
    return L.select(L.less(x, L(0.3)), small, L(1) - L.exp2(-octaves))
  }
}

/// State of one envelope: the present segment as a linear plus an exponential part.
///
/// The level at frame t of a segment is base + slope · t + distance, where the distance shrinks by `loss` of itself per
/// frame. Counting frames, instead of accumulating a level, makes the end exact; only at ends and gate edges is there
/// more to do than three additions and two products.
public struct EnvelopeSegment<L: Lane>: BitwiseCopyable, Sendable {
  @usableFromInline var base = L.zero, slope = L.zero, distance = L.zero, loss = L.zero
  @usableFromInline var t = L.zero, end = L(.infinity)
  /// The start level of the release, and the last output level.
  @usableFromInline var height = L.zero, last = L.zero
  @usableFromInline var isOn = L.Bits(0), isRising = L.Bits(0)

  @inlinable @inline(__always) public init() {}

  /// True if every lane holds its sustain level or is silent.
  @inlinable @inline(__always) public var isIdle: Bool { L.less(end, L(1e30)).signs == 0 }
  /// The level of the next frame while the gate does not change.
  @inlinable @inline(__always) public var level: L { L.fma(slope, t, base + distance) }

  /// The lanes in which the gate has changed.
  @inlinable @inline(__always)
  public func edges(gate: L) -> L.Bits { L.less(L(0.5), gate) ^ isOn }

  /// Returns whether the gate is unchanged in every lane.
  @inlinable @inline(__always)
  public func isUnchanged(gate: L) -> Bool { edges(gate: gate).signs == 0 }

  /// Renders the level of one frame.
  @inlinable @inline(__always)
  public mutating func next(gate: L, _ times: EnvelopeTimes<L>) -> L {
    let edge = L.less(L(0.5), gate) ^ isOn
    if (edge | (L.less(t, end) ^ L.Bits(-1))).signs != 0 { startSegment(edge, times) }
    last = level
    distance = L.fma(-loss, distance, distance)
    t += L(1)
    return last
  }

  /// Renders the levels of some frames through which the gate does not change: nothing is checked between the ends of
  /// segments of any lane.
  @inlinable @inline(__always)
  public mutating func run(_ out: UnsafeMutablePointer<L>, frames: Int, gate: L, _ times: EnvelopeTimes<L>) {
    var i = 0
    while i < frames {
      out[i] = next(gate: gate, times)
      i &+= 1
      let left = L.minimum(end - t, L(Float(frames &- i))).laneMinimum
      let stop = i &+ Int(Float.truncated(left.rounded(.up)))
      guard stop > i else { continue }
      if times.isLinear && loss.isNothing && distance.isNothing {
        runOnLine(out + i, stop &- i)
      } else {
        let base = base, slope = slope, loss = loss
        var t = t, distance = distance
        for k in i..<stop {
          out[k] = L.fma(slope, t, base + distance)
          distance = L.fma(-loss, distance, distance)
          t += L(1)
        }
        self.t = t
        self.distance = distance
      }
      last = out[stop &- 1]
      i = stop
    }
  }

  /// Linear in every lane: no frame depends on the one before.
  @inlinable @inline(__always)
  mutating func runOnLine(_ out: UnsafeMutablePointer<L>, _ count: Int) {
    let base = base, slope = slope, start = t
    var t = start
    let rounds = count >> 2
    for round in 0..<rounds {
      let four = out + (round << 2)
      four[0] = L.fma(slope, t, base)
      four[1] = L.fma(slope, t + L(1), base)
      four[2] = L.fma(slope, t + L(2), base)
      four[3] = L.fma(slope, t + L(3), base)
      t += L(4)
    }
    for k in (rounds << 2)..<count {
      out[k] = L.fma(slope, t, base)
      t += L(1)
    }
    self.t = t
  }

  /// Continues from the present level with other times, in some lanes.
  @inlinable @inline(__always)
  public mutating func adapt(to times: EnvelopeTimes<L>, in lanes: L.Bits) {
    let other = begun(at: level, isRising: isRising, isOn: isOn, height: height, times)
    replace(with: other, where: L.less(t, end) & lanes)
  }

  /// Starts the next segment in the lanes whose gate changed or whose segment has ended.
  @inlinable @inline(__always)
  mutating func startSegment(_ edge: L.Bits, _ times: EnvelopeTimes<L>) {
    let over = L.less(t, end) ^ L.Bits(-1)
    let on = isOn ^ edge
    let goal = L.select(isRising, L(1), L.select(isOn, times.sustain, .zero))
    var start = L.select(over, goal, level)
    // An exponential's first frame is already one step along.
    if !times.isLinear { start = L.select(edge, last, start) }
    var other = begun(
      at: start, isRising: L.Bits.select(edge, on, L.Bits.select(over, L.Bits(0), isRising)), isOn: on,
      height: L.select(edge, start, height), times)
    if !times.isLinear {
      other.distance = L.select(edge, L.fma(-other.loss, other.distance, other.distance), other.distance)
      other.t = L.select(edge, L(1), .zero)
    }
    replace(with: other, where: edge | over)
  }

  @inlinable @inline(__always)
  func begun(
    at start: L, isRising: L.Bits, isOn: L.Bits, height: L, _ times: EnvelopeTimes<L>
  ) -> Self {
    var new = Self()
    new.isOn = isOn
    new.isRising = isRising
    new.height = height
    new.last = last
    let floor = L.select(isOn, times.sustain, .zero)
    let frames = L.select(isRising, times.attack, L.select(isOn, times.decay, times.release))
    let length: L
    if times.isLinear {
      // Heights at which a segment takes its full time.
      let whole = L.maximum(
        L.select(isRising, L(1), L.select(isOn, L(1) - times.sustain, height)), L(1e-9))
      new.base = start
      new.slope = L.select(isRising, L(1), -whole) / frames
      length = L.select(isRising, L(1) - start, start - floor) / whole
    } else {
      let overshoot = L.select(isRising, L(EnvelopeTimes<L>.attackOvershoot), L(-EnvelopeTimes<L>.fallOvershoot))
      new.base = L.select(isRising, L(1), floor) + overshoot
      new.distance = start - new.base
      new.loss = L.select(isRising, times.attackLoss, L.select(isOn, times.decayLoss, times.releaseLoss))
      let octaves = L.select(isRising, L(EnvelopeTimes<L>.attackOctaves), L(EnvelopeTimes<L>.fallOctaves))
      length = L.log2(L.maximum(-new.distance / overshoot, L(1))) / octaves
    }
    // The first whole frame at or past the end; rounding errors of whole numbers do not count.
    let size = length * frames
    new.end = -L.floor(L.fma(size, L(3e-7), L(1e-3)) - size)
    let isDone = (isRising ^ L.Bits(-1)) & (L.less(floor, start) ^ L.Bits(-1))
    // A raised sustain level is reached at the next gate change or adaptation.
    let climbs = isDone & L.less(start, floor)
    new.base = L.select(isDone, L.select(climbs, start, floor), new.base)
    new.slope = L.select(isDone, (floor - start) * L(1 / 16), new.slope)
    new.distance = L.select(isDone, .zero, new.distance)
    new.end = L.select(isDone, L.select(climbs, L(17), L(.infinity)), new.end)
    return new
  }

  @inlinable @inline(__always)
  mutating func replace(with other: Self, where mask: L.Bits) {
    base = L.select(mask, other.base, base)
    slope = L.select(mask, other.slope, slope)
    distance = L.select(mask, other.distance, distance)
    loss = L.select(mask, other.loss, loss)
    t = L.select(mask, other.t, t)
    end = L.select(mask, other.end, end)
    height = L.select(mask, other.height, height)
    isOn = L.Bits.select(mask, other.isOn, isOn)
    isRising = L.Bits.select(mask, other.isRising, isRising)
  }
}
