// [audio] The read position of a sampler.

/// The read position of each lane, and the zone that it plays.
public struct SampleHeads<L: Lane>: BitwiseCopyable, Sendable {
  public enum Loop: Int, CaseIterable, Sendable {
    case off, forward, pingpong, file
  }
  /// Whole frames and their fractions; the playing lanes; 1 or −1 by the direction of a loop that reverses.
  public var place = L.Bits(0), isOn = L.Bits(0), plays = L.Bits(0)
  public var part = L.zero, direction = L(1)
  /// The frames of the sound, and the number of the last one.
  @usableFromInline var frames = L.Bits(0), last = L.zero
  /// The zone's shift of the pitch, and its gains.
  public var tune = L.zero, left = L(1), right = L(1)
  /// The loop of the zone, if it has one: start and length.
  @usableFromInline var loopStart = L.Bits(0), loopLength = L.Bits(0)
  @usableFromInline var loopStartPart = L.zero, loopLengthPart = L.zero
  @usableFromInline var course = L.Bits(0)
  /// The lanes that repeat that loop while the gate is on, and those that do so always; lanes with an envelope, and
  /// those that ignore the end of the gate.
  @usableFromInline var repeats = L.Bits(0), always = L.Bits(0)
  public var isShaped = L.Bits(0)
  @usableFromInline var ignoresGate = L.Bits(0)

  @inlinable public init() {}

  /// Sets the zone of a lane.
  @inlinable
  public mutating func choose(_ lane: Int, _ zone: SampleZone, loop: Loop, tune: Float) {
    frames[lane: lane] = zone.frames
    last[lane: lane] = Float(zone.frames &- 1)
    self.tune[lane: lane] = tune
    left[lane: lane] = zone.left
    right[lane: lane] = zone.right
    loopStart[lane: lane] = zone.loopStart
    loopLength[lane: lane] = zone.loopLength
    loopStartPart[lane: lane] = zone.loopStartPart
    loopLengthPart[lane: lane] = zone.loopLengthPart
    course[lane: lane] = zone.course
    let hasLoop = zone.loopLength > 0
    let sustains = zone.play == .plain && loop == .file || zone.play == .sustain || zone.play == .continuous
    repeats[lane: lane] = hasLoop && sustains ? -1 : 0
    always[lane: lane] = hasLoop && zone.play == .continuous ? -1 : 0
    isShaped[lane: lane] = zone.play == .plain ? 0 : -1
    ignoresGate[lane: lane] = zone.play == .oneShot ? -1 : 0
  }

  @inlinable
  public mutating func begin(_ lanes: L.Bits, _ start: L, _ end: L, backwards: L.Bits) {
    forEachLane(lanes.signs) { lane in
      let bounds = bounds(lane, start[lane: lane], end[lane: lane])
      place[lane: lane] = Int32(truncatingIfNeeded: backwards[lane: lane] != 0 ? bounds.upperBound : bounds.lowerBound)
    }
    part = L.select(lanes, .zero, part)
    direction = L.select(lanes, L(1), direction)
    plays = plays | lanes
  }

  /// The lanes that repeat the loop of their zone.
  @inlinable @inline(__always)
  var repeating: L.Bits { (repeats & isOn) | always }
  /// The lanes whose gate has ended, where that ends the sound.
  @inlinable @inline(__always)
  public var released: L.Bits { isShaped & (isOn ^ L.Bits(-1)) & (ignoresGate ^ L.Bits(-1)) }

  /// First and last frame.
  @inlinable @inline(__always)
  func bounds(_ lane: Int, _ start: Float, _ end: Float) -> ClosedRange<Int> {
    let last = Double(frames[lane: lane] &- 1)
    let low = Int(last * Double(min(start, end))), high = Int(last * Double(max(start, end)))
    return low...high
  }

  /// Advances by a frame; returns the lanes whose sound has ended.
  @inlinable @inline(__always)
  public mutating func advance(by step: L, _ start: L, _ end: L, _ loop: Loop) -> L.Bits {
    let step = step * direction, moved = part + step, whole = L.floor(moved)
    let next = place &+ L.truncated(whole), rest = L.minimum(moved - whole, L(0.999_999))
    // Far from all bounds, by more than the rounding error there, no lane need be checked.
    let slack = L.fma(last, L(1e-6), L(2)), here = L.converted(next), repeating = repeating
    var low = L.minimum(start, end) * last, high = L.maximum(start, end) * last
    if repeating.signs != 0 {
      let first = L.converted(loopStart), isForward = L.less(.zero, step)
      high = L.select(repeating & isForward, L.minimum(high, first + L.converted(loopLength)), high)
      low = L.select(repeating & (isForward ^ L.Bits(-1)), L.maximum(low, first), low)
    }
    let isInside = L.less(low + slack, here) & L.less(here, high - slack)
    if ((isInside ^ L.Bits(-1)) & plays).signs == 0 {
      place = L.Bits.select(plays, next, place)
      part = L.select(plays, rest, part)
      return L.Bits(0)
    }
    var ends = L.Bits(0)
    forEachLane(plays.signs) { lane in
      part[lane: lane] = rest[lane: lane]
      let before = Int(place[lane: lane]), at = Int(next[lane: lane])
      if repeating[lane: lane] != 0, wrap(lane, at, step[lane: lane], before: before) { return }
      let bounds = bounds(lane, start[lane: lane], end[lane: lane])
      if !move(lane, to: at, step[lane: lane], within: bounds, loop) { ends[lane: lane] = -1 }
    }
    return ends
  }

  /// Moves one lane to a place; returns false where the sound has ended.
  @inlinable
  mutating func move(
    _ lane: Int, to wanted: Int, _ step: Float, within bounds: ClosedRange<Int>, _ loop: Loop
  ) -> Bool {
    var at = wanted
    // A bound that was moved past the place applies in the next round.
    if step < 0 ? at >= bounds.lowerBound : at <= bounds.upperBound, at >= 0, at < Int(frames[lane: lane]) {
      place[lane: lane] = Int32(truncatingIfNeeded: at)
      return true
    }
    let length = bounds.count
    guard loop == .forward || loop == .pingpong, isShaped[lane: lane] == 0, isOn[lane: lane] != 0, length > 1 else {
      plays[lane: lane] = 0
      return false
    }
    if loop == .forward {
      at = (at - bounds.lowerBound) % length
      at = bounds.lowerBound + (at < 0 ? at + length : at)
    } else {
      at = at > bounds.upperBound ? bounds.upperBound : bounds.lowerBound
      part[lane: lane] = 0
      direction[lane: lane] = -direction[lane: lane]
    }
    place[lane: lane] = Int32(truncatingIfNeeded: at)
    return true
  }

  /// Moves one lane back into the loop of its zone, if it has left it; else returns false.
  @inlinable
  mutating func wrap(_ lane: Int, _ at: Int, _ step: Float, before: Int) -> Bool {
    let start = Double(loopStart[lane: lane]) + Double(loopStartPart[lane: lane])
    let length = Double(loopLength[lane: lane]) + Double(loopLengthPart[lane: lane])
    var now = Double(at) + Double(part[lane: lane])
    if step > 0 ? now < start + length : now >= start || Double(before) + 1 < start { return false }
    let beyond = (step > 0 ? now - (start + length) : start - now).truncatingRemainder(dividingBy: length)
    switch (course[lane: lane], step > 0) {
    case (0, true): now = start + beyond
    case (1, true):
      now = start + length - 1 - min(beyond, length - 1)
      direction[lane: lane] = -direction[lane: lane]
    case (1, false):
      now = start + min(beyond, length - 1)
      direction[lane: lane] = -direction[lane: lane]
    case (2, true):
      now = start + length - 1 - min(beyond, length - 1)
      direction[lane: lane] = -direction[lane: lane]
    default: now = start + length - beyond
    }
    now = min(max(now, 0), Double(frames[lane: lane] &- 1))
    let whole = Int(now)
    place[lane: lane] = Int32(truncatingIfNeeded: whole)
    part[lane: lane] = min(Float(now - Double(whole)), 0.999_999)
    return true
  }

  /// The share of the sound one loop earlier, near the end of a loop that runs forwards: 0 … 1 over `frames`; and the
  /// place there.
  @inlinable @inline(__always)
  public func seam(_ frames: L, _ step: L) -> (share: L, place: L.Bits, part: L) {
    let none = L.zero
    let isForward = repeating & plays & L.less(none, step) & L.less(none, direction) & L.Bits.less(course, L.Bits(1))
    // No longer than the loop, nor than what is before it.
    let room = L.minimum(L.minimum(frames, L.converted(loopLength)), L.converted(loopStart))
    let toEnd = L.converted(place &- loopStart &- loopLength) + (part - loopStartPart - loopLengthPart)
    let share = L.select(
      isForward & L.less(none, room), L.clamp(toEnd / L.maximum(room, L(1)) + 1, none, L(1)), none)
    let moved = part - loopLengthPart, borrow = L.less(moved, none), isHeard = L.less(none, share)
    let earlier = place &- loopLength &- (borrow & L.Bits(1))
    return (
      share, L.Bits.select(isHeard, earlier, place),
      L.select(isHeard, L.minimum(moved + L.select(borrow, L(1), none), L(0.999_999)), part)
    )
  }
}
