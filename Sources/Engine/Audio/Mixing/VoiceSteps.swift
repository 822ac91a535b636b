// [audio] Conversions between one voice and many: spreading a mono signal over lanes, summing voices.
import DSP
import ModuleKit

/// A mono signal in all eight lanes.
enum SpreadStep {
  static let process: Process = {
    let call = StepCall($0, $1, $2, $3), from = call.inputs[0].pointee.row(Float.self)
    if call.inputs[0].pointee.mask == 0 { return call.outputs[0].pointee.hold(Voices(from[0])) }
    let to = call.outputs[0].pointee.flowing(Voices.self)
    for i in 0..<call.frames { to[i] = Voices(from[i]) }
  }
}

/// The weight of each voice of one group in sums: voices beyond the patch's number are silent; weights fade when the
/// number changes.
struct VoiceWeights {
  var start = Voices(0)
  var target = Voices(0)
  var position = 0
  var length = 0

  @inline(__always) var isMoving: Bool { position < length }
  /// Frames until the weights have arrived.
  var remaining: Int { length - position }
  @inline(__always) subscript(i: Int) -> Voices {
    position &+ i &+ 1 >= length
      ? target : Voices.fma(target - start, Voices(Float(position &+ i &+ 1) / Float(length)), start)
  }
  mutating func move(to weights: Voices, frames: Int) {
    start = isMoving ? self[-1] : target
    target = weights
    position = 0
    length = start == weights ? 0 : frames
  }
  mutating func advance(_ frames: Int) { position = min(position + frames, length) }
}

/// Adds one group of voices to the sum of an input. Input 0: the voices; output 0: the sum, in lanes.
struct AccumulateStep {
  var gain: Reference<Ramp>
  var weights: Reference<VoiceWeights>
  /// The note groups of the voices: the loudest of their weights counts, and that alone, since a note may outlast its
  /// voice. Empty: the voices always sound, as many as the patch has.
  var notes: Row<Reference<NoteGroup>>
  /// False for note nodes: their outputs do not show how loud the voices are.
  var isMeasured: Bool

  static let process: Process = {
    let call = StepCall($0, $1, $2, $3), step = call.state.reference(to: AccumulateStep.self)
    let x = call.inputs[0].pointee.row(Voices.self), mask = call.inputs[0].pointee.mask
    let output = call.outputs[0], sum = output.pointee.frames(Voices.self)
    // The first group of a sum overwrites the buffer; which one that is depends on which groups are idle.
    let isFirst = output.pointee.mask == AccumulateStep.empty
    output.pointee.mask = -1
    let frames = call.frames
    if step.pointee.isMeasured { step.pointee.measure(x, mask == 0 ? 1 : frames) }
    if step.pointee.isMoving(isSettled: call.context.pointee.isSettled) {
      for i in 0..<frames {
        let term = x[i & mask] * step.pointee.weight(at: i) * Voices(step.pointee.gain.pointee[i])
        sum[i] = isFirst ? term : sum[i] + term
      }
    } else {
      let weight = step.pointee.constantWeight * Voices(step.pointee.gain.pointee.target)
      if mask == 0 {
        let term = x[0] * weight
        for i in 0..<frames { sum[i] = isFirst ? term : Voices.fma(x[0], weight, sum[i]) }
      } else if isFirst {
        eachFrame(frames) { sum[$0] = x[$0] * weight }
      } else {
        eachFrame(frames) { sum[$0] = Voices.fma(x[$0], weight, sum[$0]) }
      }
    }
  }

  /// The mask of a sum before anything has been added.
  static let empty = 0

  @inline(__always) private func isMoving(isSettled: Bool) -> Bool {
    if !isSettled && (gain.pointee.isMoving || notes.isEmpty && weights.pointee.isMoving) { return true }
    for k in 0..<notes.count where notes[k].pointee.weight.isMoving { return true }
    return false
  }

  @inline(__always) private func weight(at i: Int) -> Voices {
    guard !notes.isEmpty else { return weights.pointee[i] }
    var loudest = notes[0].pointee.weight[i]
    for k in 1..<max(notes.count, 1) { loudest = Voices.maximum(loudest, notes[k].pointee.weight[i]) }
    return loudest
  }

  /// The weight while nothing moves.
  @inline(__always) private var constantWeight: Voices {
    guard !notes.isEmpty else { return weights.pointee.target }
    var loudest = notes[0].pointee.weight.target
    for k in 1..<max(notes.count, 1) { loudest = Voices.maximum(loudest, notes[k].pointee.weight.target) }
    return loudest
  }

  @inline(__always) private func measure(_ x: Row<Voices>, _ count: Int) {
    var a = Voices(0), b = a, c = a, d = a, i = 0
    while i + 4 <= count {
      a = Voices.maximum(Voices.magnitude(x[i]), a)
      b = Voices.maximum(Voices.magnitude(x[i + 1]), b)
      c = Voices.maximum(Voices.magnitude(x[i + 2]), c)
      d = Voices.maximum(Voices.magnitude(x[i + 3]), d)
      i += 4
    }
    while i < count {
      a = Voices.maximum(Voices.magnitude(x[i]), a)
      i += 1
    }
    let peak = Voices.maximum(Voices.maximum(a, b), Voices.maximum(c, d))
    for k in 0..<notes.count { notes[k].pointee.peak = Voices.maximum(peak, notes[k].pointee.peak) }
  }
}

/// Sums the lanes of a finished sum to one voice.
enum FoldStep {
  static let process: Process = {
    let call = StepCall($0, $1, $2, $3), input = call.inputs[0], output = call.outputs[0]
    // Every voice is idle.
    guard input.pointee.mask != AccumulateStep.empty else { return output.pointee.hold(Float(0)) }
    input.pointee.mask = AccumulateStep.empty
    let from = input.pointee.frames(Voices.self)
    let to = output.pointee.flowing(Float.self), frames = call.frames, eights = frames & ~7
    for i in stride(from: 0, to: eights, by: 8) { to.store(from.sums(at: i), at: i) }
    for i in eights..<frames { to[i] = from[i].laneSum }
  }
}

/// Adds folded sums in a fixed order.
struct TotalStep {
  var count: Int

  static let process: Process = {
    let call = StepCall($0, $1, $2, $3), output = call.outputs[0]
    let count = call.state.reference(to: TotalStep.self).pointee.count
    var parts = InlineArray<4, RawMemory>(repeating: RawMemory(output.pointee.buffer)), found = 0
    // A constant here is an empty sum: see `FoldStep`.
    for k in 0..<count where call.inputs[k].pointee.mask != 0 {
      parts[found] = RawMemory(call.inputs[k].pointee.base)
      found += 1
    }
    guard found > 0 else { return output.pointee.hold(Float(0)) }
    let to = RawMemory(output.pointee.flowing(Float.self)), (a, b) = (parts[0], parts[1])
    let (c, d) = (parts[2], parts[3]), bytes = call.frames * MemoryLayout<Float>.stride
    // Buffers are whole multiples of eight.
    for i in stride(from: 0, to: bytes, by: MemoryLayout<Voices>.stride) {
      var sum = a.load(Voices.self, at: i)
      if found > 1 { sum = sum + b.load(Voices.self, at: i) }
      if found > 2 { sum = sum + c.load(Voices.self, at: i) }
      if found > 3 { sum = sum + d.load(Voices.self, at: i) }
      to.store(sum, at: i)
    }
  }
}
