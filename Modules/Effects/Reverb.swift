import DSP
import ModuleKit

/// Reverb: eight delay lines that feed each other, after eight early reflections.
///
/// `decay` is the time to −60 dB at 1 kHz and below; at 6 kHz it is shorter by the share `damping`. A sustained sound
/// is about as loud in the room as before it; no DC enters the room. The voices are summed first: they share one room.
/// - Source: J.-M. Jot and A. Chaigne, "Digital delay networks for designing artificial reverberators" (1991).
struct Reverb<L: Lane>: Module {
  enum In: Int, InputPort {
    case left, right, size, decay, damping, predelay, mix

    var spec: ParamSpec {
      switch self {
      case .left: .audio("Left; alone, it feeds both sides")
      case .right: .audio("Right; alone, it feeds both sides")
      case .size: .amount("Size from a small room (0) to a hall (1)", default: 0.5, range: 0...1, reading: .grid)
      case .decay:
        .time("Time in which the reverberation falls by 60 dB (RT60)", default: 2, range: 0.1...60, reading: .grid)
      case .damping: .amount("Shorter decay of high frequencies", default: 0.3, range: 0...1, reading: .grid)
      case .predelay:
        .amount("Delay before the reverberation", default: 0.01, range: 0...0.5, unit: .seconds, reading: .grid)
      case .mix: .mix(default: 0.3)
      }
    }
  }
  enum Out: Int, OutputPort {
    case left, right
    var summary: String { self == .left ? "Input and reverberation, left" : "Input and reverberation, right" }
  }
  static var about: ModuleAbout {
    ModuleAbout(
      "reverb", .effects, "Stereo reverb", voicing: .sums, tail: nil,
      otherNames: OtherNames(
        "hall, room, plate, ambience, space, FDN, freeverb", superCollider: "FreeVerb, FreeVerb2, GVerb, JPverb",
        pureData: "rev1~, rev2~, rev3~, freeverb~", max: "yafr2"))
  }

  /// Seconds: the lines at size 0.9, and their inputs (even: left, odd: right) after the predelay. Not array literals:
  /// those are initialised on first use, on the audio thread.
  private static var lengths: Voices { Voices(0.0311, 0.0367, 0.0431, 0.0491, 0.0557, 0.0619, 0.0691, 0.0763) }
  private static var reflections: Voices { Voices(0, 0.0013, 0.0113, 0.0101, 0.0047, 0.0059, 0.0179, 0.0193) }

  /// One network and its memory per lane.
  private let rooms: UnsafeMutablePointer<FeedbackNetwork>
  private let inputs: UnsafeMutablePointer<Float>, lines: UnsafeMutablePointer<Float>
  private let inputFrames: Int, lineFrames: Int
  private let offsets: UnsafeMutablePointer<OffsetColumns>

  init(_ setup: ModuleSetup) {
    inputFrames = setup.powerOfTwo(atLeast: Int(0.525 * setup.sampleRate) + 2)
    lineFrames = setup.powerOfTwo(atLeast: Int(0.0841 * setup.sampleRate) + 2)
    rooms = setup.zeros(L.count)
    offsets = setup.keptZeros(1)
    offsets[0] = OffsetColumns(period: 1 / setup.sampleRate)
    inputs = setup.keptZeros(NetworkMemory.size(inputFrames: inputFrames) * L.count)
    lines = setup.keptZeros(NetworkMemory.size(lineFrames: lineFrames) * L.count)
  }

  mutating func process(_ io: ModuleIO<Self>) {
    for lane in 0..<L.count {
      let memory = NetworkMemory(
        inputs: inputs + lane * NetworkMemory.size(inputFrames: inputFrames), inputFrames: inputFrames,
        lines: lines + lane * NetworkMemory.size(lineFrames: lineFrames), lineFrames: lineFrames)
      var room = rooms[lane]
      for (frames, isOnGrid) in io.eachGridStretch {
        if isOnGrid || !room.loss.isSet { reachPoint(&room, io, at: frames.lowerBound, lane) }
        run(&room, memory, io, frames, lane)
      }
      rooms[lane] = room
    }
  }

  private func run(
    _ room: inout FeedbackNetwork, _ memory: NetworkMemory, _ io: ModuleIO<Self>, _ frames: Range<Int>, _ lane: Int
  ) {
    let hasLeft = io.input(.left).isPatched, hasRight = io.input(.right).isPatched
    let first = io.input(hasLeft || !hasRight ? .left : .right)
    let second = io.input(hasRight ? .right : .left)
    let mix = io.input(.mix), left = io.output(.left), right = io.output(.right)
    let fadeStep = 20 * io.period
    let step = room.loss.step
    var i = frames.lowerBound
    while i < frames.upperBound {
      if room.canStepEight && i + 8 <= frames.upperBound {
        let dry = (first.eight(from: i, lane: lane), second.eight(from: i, lane: lane))
        let share = mix.eight(from: i, lane: lane)
        let wet = room.stepEight(dry.0, dry.1, memory, offsets, lossStep: step)
        (dry.0 + (wet.left - dry.0) * share).write(to: left, from: i, lane: lane)
        (dry.1 + (wet.right - dry.1) * share).write(to: right, from: i, lane: lane)
        i += 8
        continue
      }
      let dry = SIMD2(first[i][lane: lane], second[i][lane: lane])
      let wet = room.step(dry, memory, offsets, fadeStep: fadeStep)
      if room.loss.isMoving { room.loss.now.advance(by: step) }
      let y = dry + (wet - dry) * mix[i][lane: lane]
      left[i][lane: lane] = y.x
      right[i][lane: lane] = y.y
      i += 1
    }
  }

  private func reachPoint(_ room: inout FeedbackNetwork, _ io: ModuleIO<Self>, at i: Int, _ lane: Int) {
    let decay = io.input(.decay)[i][lane: lane], damping = io.input(.damping)[i][lane: lane]
    let size = io.input(.size)[i][lane: lane], predelay = io.input(.predelay)[i][lane: lane]
    let wanted = SIMD4(size, predelay, decay, damping)
    if wanted == room.settings && room.loss.isSet && !room.isFading { return room.loss.reachPoint(next: nil) }
    room.settings = wanted
    let taps = Self.taps(scale: 0.1 + size, predelay: predelay, rate: io.sampleRate)
    room.moveTaps(to: taps, fadeStep: 20 * io.period)
    room.loss.reachPoint(
      next: NetworkLoss(
        lengths: Voices.converted(taps.lines) * io.period, decay: decay, damping: damping, period: io.period))
  }

  private static func taps(scale: Float, predelay: Float, rate: Float) -> NetworkTaps {
    let entry = Voices.fma(reflections, Voices(scale), Voices(predelay))
    return NetworkTaps(
      lines: Voices.truncated(Voices.rounded(lengths * Voices(scale * rate))),
      inputs: Voices.truncated(Voices.rounded(entry * Voices(rate))))
  }
}

@section("weft_modules") @used
private let registration: ModuleRegistration = { Registry.from($0).add(Reverb<Float>.self, Reverb<Voices>.self) }
