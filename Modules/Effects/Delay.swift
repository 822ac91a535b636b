import DSP
import ModuleKit

/// Echo: repeats the input after `time`, with gain `feedback` and a low-pass set by `damping` in the loop.
///
/// A constant input, such as a control signal, is repeated once: a high-pass at 5 Hz keeps it from going around.
/// A gliding time bends the pitch like tape; a time that jumps is crossfaded within 20 ms, and both sounds follow the
/// time meanwhile. In a loop of cables the time
/// stays exact; it is then at least 66 frames: one quantum and two frames of the line.
struct Delay<L: Lane>: Module {
  enum In: Int, InputPort {
    case `in`, time, feedback, damping, mix

    var spec: ParamSpec {
      switch self {
      case .in: .audio("Input")
      case .time: .time("Time to the first repeat", default: 0.25, range: 0.0005...4)
      case .feedback: .amount("Level of each repeat relative to the one before", default: 0.4, range: 0...1)
      case .damping: .amount("Low-pass of each repeat", default: 0.2, range: 0...1)
      case .mix: .mix(default: 0.5)
      }
    }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "Input and repeats" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "delay", .effects, "Echo with feedback", tail: nil, latency: .inCycles, loopTime: In.time.rawValue,
      otherNames: OtherNames(
        "echo, tape echo, slapback, ping-pong, delay line", superCollider: "DelayN, DelayL, DelayC, CombL, AllpassC",
        pureData: "delwrite~, delread~, delread4~, vd~", vcv: "Delay", max: "delay~, tapin~, tapout~"))
  }

  private var line: DelayLine<L>
  private var reader = GlidingTap<L>()
  private var dull = L.zero
  private var blocker = OffsetBlocker<L>()

  init(_ setup: ModuleSetup) { line = setup.delayLine(seconds: 4) }

  mutating func process(_ io: ModuleIO<Self>) {
    let time = io.input(.time), damping = io.input(.damping)
    let least = L(DelayTap<L>.least + Float(io.input(.in).feedbackDelay))
    // In frames, from place 1 on.
    var delays = InlineArray<65, L>(repeating: .zero)
    var brightness = Self.brightness(damping.value, io.period)
    var line = line, reader = reader, dull = dull, blocker = blocker
    let keep = OffsetBlocker<L>.keep(io.period)
    let fadeStep = L(io.period * 50), rate = L(io.sampleRate)
    // The output holds the delayed signal until it is mixed.
    let out = io.output(.out)
    withUnsafeMutableBytes(of: &delays) { bytes in
      let delays = bytes.baseAddress!.assumingMemoryBound(to: L.self) + 1
      delays[0] = L.maximum(time.value * rate, least)
      if !time.isConstant {
        let seconds = time.samples
        for i in 0..<io.frames { delays[i] = L.maximum(seconds[i] * rate, least) }
      }
      var i = 0
      while i < io.frames {
        // The whole block at once, or, where the echo is shorter, a part.
        let rest = io.frames &- i, part = min(Self.leastBlock, rest)
        if damping.isConstant {
          if rest > part && play(&line, &reader, &dull, &blocker, io, i, rest, delays, brightness, keep) { break }
          if play(&line, &reader, &dull, &blocker, io, i, part, delays, brightness, keep) {
            i &+= part
            continue
          }
        }
        for i in i..<i &+ part {
          if !damping.isConstant { brightness = Self.brightness(damping[i], io.period) }
          let wet = reader.read(line, at: delays[time.isConstant ? 0 : i], fadeStep: fadeStep)
          enter(wet, &line, &dull, &blocker, io, i, brightness, keep)
          out[i] = wet
        }
        i &+= part
      }
    }
    self.line = line
    self.reader = reader
    self.dull = dull
    self.blocker = blocker
    io.mix(.in, with: .out, by: .mix)
  }

  /// The least number of frames that are read at once.
  private static var leastBlock: Int { 16 }

  /// Reads some frames and writes the feedback to the line; false where they must be processed one by one.
  @inline(__always)
  private func play(
    _ line: inout DelayLine<L>, _ reader: inout GlidingTap<L>, _ dull: inout L, _ blocker: inout OffsetBlocker<L>,
    _ io: ModuleIO<Self>, _ i: Int, _ count: Int, _ delays: UnsafeMutablePointer<L>, _ brightness: L, _ keep: L
  ) -> Bool {
    let x = io.input(.in), time = io.input(.time), feedback = io.input(.feedback), out = io.output(.out) + i
    guard let future = line.future(frames: count, feedbackDelay: x.feedbackDelay),
      reader.read(
        line, at: time.isConstant ? delays : delays + i, isConstant: time.isConstant, lead: x.feedbackDelay, out,
        frames: count)
    else { return false }
    // Short loops over few operands, so that those without a frame-to-frame dependency are vectorised.
    for k in 0..<count { future[k] = brightness * out[k] }
    let dark = L(1) - brightness
    var low = dull, loop = blocker
    if x.feedbackDelay == 0 && feedback.isConstant && !x.isConstant {
      let amount = feedback.value, entering = x.samples + i
      for k in 0..<count {
        low = L.fma(dark, low, future[k])
        future[k] = L.fma(loop.next(low, keep: keep), amount, entering[k])
      }
    } else {
      for k in 0..<count {
        low = L.fma(dark, low, future[k])
        let back = loop.next(low, keep: keep)
        future[k] = x.feedbackDelay == 0 ? L.fma(back, feedback[i &+ k], x[i &+ k]) : back * feedback[i &+ k]
      }
      if x.feedbackDelay > 0 { for k in 0..<count { future[k &- x.feedbackDelay] += x[i &+ k] } }
    }
    dull = low
    blocker = loop
    line.advance(count)
    return true
  }

  /// Writes the feedback of one frame to the line.
  @inline(__always)
  private func enter(
    _ wet: L, _ line: inout DelayLine<L>, _ dull: inout L, _ blocker: inout OffsetBlocker<L>, _ io: ModuleIO<Self>,
    _ i: Int, _ brightness: L, _ keep: L
  ) {
    let x = io.input(.in), feedback = io.input(.feedback)
    dull = L.fma(L(1) - brightness, dull, brightness * wet)
    let back = blocker.next(dull, keep: keep)
    if x.feedbackDelay == 0 { return line.write(L.fma(back, feedback[i], x[i])) }
    line.write(back * feedback[i])
    // A late input belongs to an earlier frame: writing it there keeps the loop's time exact.
    line.add(x[i], back: x.feedbackDelay + 1)
  }

  /// The coefficient of a one-pole low-pass: its corner falls from above hearing (damping 0: no low-pass) to 200 Hz
  /// (1).
  @inline(__always)
  private static func brightness(_ damping: L, _ period: Float) -> L {
    let corner = L(2_000) / L.maximum(damping, L(1e-6)) - 1_800
    return L(1) - L.exp2(corner * (-9.064_720_3 * period))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Delay<Float>.self, Delay<Voices>.self) }
