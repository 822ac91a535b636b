import DSP
import ModuleKit

/// Plays a sound file: from `start` where `gate` rises, to `end`, or in a loop while the gate is held.
///
/// `start` and `end` are shares of the sound. A `speed` below 0 plays backwards; `pitch` is in octaves, so that a cable
/// from `notes` plays the sound in tune, as recorded at A4. A new gate cuts the playing sound without a click. Mono
/// files are played on both sides; of more than two channels the first two.
///
/// Faster than recorded, the sound is band-limited: aliases are below −80 dB, and the band is flat up to 0.8 of half the
/// rate. A sound of more than 22 s (in stereo, at 48 kHz) may lose up to an octave more at the top.
/// - Source: sixteen-point windowed-sinc interpolation, `SincTable`, of copies with narrower bands, `SoundCopies`.
struct Sampler<L: Lane>: Module {
  enum Loop: Int, CaseIterable {
    case off, forward, pingpong
  }
  enum In: Int, InputPort {
    case file, gate, pitch, speed, start, end, loop, gain

    var spec: ParamSpec {
      switch self {
      case .file: .file("The sound")
      case .gate: .gate("Plays where it rises above 0.5")
      case .pitch: .amount("Shift of the pitch", default: 0, range: -10...10, unit: .octaves)
      case .speed: .amount("Playback speed; below 0 backwards", default: 1, range: -16...16)
      case .start: .amount("Start, as a share of the sound", default: 0, range: 0...1, smoothing: .none)
      case .end: .amount("End, as a share of the sound", default: 1, range: 0...1, smoothing: .none)
      case .loop:
        .choice("Loop mode while the gate is on", Loop.allCases.map { "\($0)" }, default: "off")
      case .gain: .gain(default: 1)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "The left channel" : "The right channel" }
  }
  static var about: ModuleAbout { ModuleAbout("sampler", .samples, "Plays a sound file", tail: nil) }

  static var preparation: (@Sendable (SoundBuffer) -> Void)? { { _ = copies(of: $0) } }

  private let left, right: UnsafePointer<Float>?
  private let copies: CopyReader?
  private var choice = CopyChoice<L>()
  private let frames: Int
  private let table = SincTable.shared
  private var heads = Heads()
  /// The fading rest of a cut sound; and the last output.
  private var restLeft = L.zero, restRight = L.zero, lastLeft = L.zero, lastRight = L.zero

  init(_ setup: ModuleSetup) {
    let sound = setup.sound(In.file)
    left = sound?.samples(0)
    right = sound?.samples(1)
    frames = sound?.frames ?? 0
    let copies = sound.map(Self.copies)
    if let copies { setup.keep(copies) }
    self.copies = copies?.reader
  }

  private static func copies(of sound: SoundBuffer) -> SoundCopies {
    sound.derived("copies") { sound in
      SoundCopies((0..<min(sound.channels, 2)).map(sound.samples), frames: sound.frames)
    }
  }

  mutating func process(_ io: ModuleIO<Self>) {
    guard let left, let right, let copies, frames > 0 else {
      io.hold(.left, at: .zero)
      io.hold(.right, at: .zero)
      return
    }
    let gate = io.input(.gate), pitch = io.input(.pitch), speed = io.input(.speed), gain = io.input(.gain)
    let start = io.input(.start), end = io.input(.end)
    let loop = Loop(rawValue: Int(io.input(.loop).value[lane: 0])) ?? .off
    let outLeft = io.output(.left), outRight = io.output(.right)
    let keep = L.exp2(L(-960 * io.period)), isConstant = pitch.isConstant && speed.isConstant
    let last = CopyChoice<L>.period(io.sampleRate) &- 1
    var heads = heads, choice = choice, step = Self.step(speed.value, pitch.value), isSettled = false
    var restLeft = restLeft, restRight = restRight, lastLeft = lastLeft, lastRight = lastRight
    for i in 0..<io.frames {
      let on = L.less(L(0.5), gate[i])
      let rises = on & (heads.isOn ^ L.Bits(-1))
      heads.isOn = on
      var ends = L.Bits(0)
      if !isConstant && (rises | heads.plays).signs != 0 { step = Self.step(speed[i], pitch[i]) }
      if rises.signs != 0 {
        heads.begin(rises, start[i], end[i], frames: frames, backwards: L.less(speed[i], .zero))
        choice.begin(rises, at: step, of: copies)
        isSettled = false
      }
      var x = L.zero, y = L.zero
      if heads.plays.signs != 0 {
        if !isSettled {
          choice.follow(step, isNext: (io.frame &+ i) & last == 0, of: copies)
          isSettled = isConstant && choice.isSettled(at: step)
        }
        let heard =
          choice.isOriginal
          ? table.values(left, right, at: heads.place, heads.part)
          : choice.values(table, copies, at: heads.place, heads.part)
        x = L.select(heads.plays, heard.left, .zero)
        y = L.select(heads.plays, heard.right, .zero)
        ends = heads.advance(by: step, start[i], end[i], frames: frames, loop)
      }
      // A cut fades with a time constant of 1.5 ms; a start from silence is not faded.
      let cuts = rises & L.less(.zero, L.magnitude(lastLeft) + L.magnitude(lastRight))
      restLeft = L.select(cuts, lastLeft - x, restLeft * keep)
      restRight = L.select(cuts, lastRight - y, restRight * keep)
      lastLeft = x + restLeft
      lastRight = y + restRight
      outLeft[i] = lastLeft * gain[i]
      outRight[i] = lastRight * gain[i]
      restLeft = L.select(ends, lastLeft, restLeft)
      restRight = L.select(ends, lastRight, restRight)
    }
    self.heads = heads
    self.choice = choice
    self.restLeft = restLeft
    self.restRight = restRight
    self.lastLeft = lastLeft
    self.lastRight = lastRight
  }

  /// Frames of the sound per output frame.
  @inline(__always)
  private static func step(_ speed: L, _ pitch: L) -> L { L.clamp(speed * L.exp2(pitch), L(-256), L(256)) }

  /// The read position of each lane.
  fileprivate struct Heads: BitwiseCopyable {
    /// Whole frames and their fractions; the playing lanes; 1 or −1 by the direction of a ping-pong.
    var place = L.Bits(0), isOn = L.Bits(0), plays = L.Bits(0)
    var part = L.zero, direction = L(1)
  }
}

extension Sampler.Heads {
  /// First and last frame.
  @inline(__always)
  private static func bounds(_ start: Float, _ end: Float, _ frames: Int) -> ClosedRange<Int> {
    let last = Double(frames - 1)
    let low = Int(last * Double(min(start, end))), high = Int(last * Double(max(start, end)))
    return low...high
  }

  mutating func begin(_ lanes: L.Bits, _ start: L, _ end: L, frames: Int, backwards: L.Bits) {
    forEachLane(lanes.signs) { lane in
      let bounds = Self.bounds(start[lane: lane], end[lane: lane], frames)
      place[lane: lane] = Int32(backwards[lane: lane] != 0 ? bounds.upperBound : bounds.lowerBound)
    }
    part = L.select(lanes, .zero, part)
    direction = L.select(lanes, L(1), direction)
    plays = plays | lanes
  }

  /// Advances by a frame; returns the lanes whose sound has ended.
  @inline(__always)
  mutating func advance(
    by step: L, _ start: L, _ end: L, frames: Int, _ loop: Sampler.Loop
  ) -> L.Bits {
    let step = step * direction, moved = part + step, whole = L.floor(moved)
    let next = place &+ L.truncated(whole), rest = L.minimum(moved - whole, L(0.999_999))
    // Far from both bounds, by more than the rounding error there, no lane need be checked.
    let last = L(Float(frames - 1)), slack = L(Float(frames - 1) * 1e-6 + 2), here = L.converted(next)
    let isInside =
      L.less(L.fma(L.minimum(start, end), last, slack), here)
      & L.less(here, L.fma(L.maximum(start, end), last, L.zero - slack))
    if ((isInside ^ L.Bits(-1)) & plays).signs == 0 {
      place = L.Bits.select(plays, next, place)
      part = L.select(plays, rest, part)
      return L.Bits(0)
    }
    var ends = L.Bits(0)
    forEachLane(plays.signs) { lane in
      part[lane: lane] = rest[lane: lane]
      let bounds = Self.bounds(start[lane: lane], end[lane: lane], frames)
      if !move(lane, to: Int(next[lane: lane]), step[lane: lane], within: bounds, frames, loop) {
        ends[lane: lane] = -1
      }
    }
    return ends
  }

  /// Moves one lane to a place; returns false where the sound has ended.
  private mutating func move(
    _ lane: Int, to wanted: Int, _ step: Float, within bounds: ClosedRange<Int>, _ frames: Int, _ loop: Sampler.Loop
  ) -> Bool {
    var at = wanted
    // A bound that was moved past the place applies in the next round.
    if step < 0 ? at >= bounds.lowerBound : at <= bounds.upperBound, at >= 0, at < frames {
      place[lane: lane] = Int32(at)
      return true
    }
    let length = bounds.count
    guard loop != .off, isOn[lane: lane] != 0, length > 1 else {
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
    place[lane: lane] = Int32(at)
    return true
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Sampler<Float>.self, Sampler<Voices>.self) }
