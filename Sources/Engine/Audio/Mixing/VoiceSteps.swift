// [audio] Conversions between one voice and many: spreading a mono signal over lanes, summing voices.
import DSP
import ModuleKit

/// A mono signal in all eight lanes.
enum SpreadStep {
  static let process: Process = { _, inputs, outputs, context in
    let from = inputs[0].pointee.base.assumingMemoryBound(to: Float.self)
    if inputs[0].pointee.mask == 0 { return outputs[0].pointee.hold(Voices(from[0])) }
    let to = outputs[0].pointee.flow(Voices.self)
    for i in 0..<context.pointee.frames { to[i] = Voices(from[i]) }
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
  var gain: UnsafeMutablePointer<Ramp>
  var weights: UnsafeMutablePointer<VoiceWeights>
  /// The note groups of the voices: the loudest of their weights counts, and that alone, since a note may outlast its
  /// voice. Empty: the voices always sound, as many as the patch has.
  var notes: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>
  var noteCount: Int
  /// False for note nodes: their outputs do not show how loud the voices are.
  var isMeasured: Bool

  static let process: Process = { state, inputs, outputs, context in
    let step = state.assumingMemoryBound(to: AccumulateStep.self)
    let x = inputs[0].pointee.base.assumingMemoryBound(to: Voices.self), mask = inputs[0].pointee.mask
    let sum = outputs[0].pointee.base.assumingMemoryBound(to: Voices.self)
    // The first group of a sum overwrites the buffer; which one that is depends on which groups are idle.
    let isFirst = outputs[0].pointee.mask == AccumulateStep.empty
    outputs[0].pointee.mask = -1
    let frames = context.pointee.frames
    if step.pointee.isMeasured { step.pointee.measure(UnsafePointer(x), mask == 0 ? 1 : frames) }
    if step.pointee.isMoving(isSettled: context.pointee.isSettled) {
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
    if !isSettled && (gain.pointee.isMoving || noteCount == 0 && weights.pointee.isMoving) { return true }
    for k in 0..<noteCount where notes[k].pointee.weight.isMoving { return true }
    return false
  }

  @inline(__always) private func weight(at i: Int) -> Voices {
    guard noteCount > 0 else { return weights.pointee[i] }
    var loudest = notes[0].pointee.weight[i]
    for k in 1..<max(noteCount, 1) { loudest = Voices.maximum(loudest, notes[k].pointee.weight[i]) }
    return loudest
  }

  /// The weight while nothing moves.
  @inline(__always) private var constantWeight: Voices {
    guard noteCount > 0 else { return weights.pointee.target }
    var loudest = notes[0].pointee.weight.target
    for k in 1..<max(noteCount, 1) { loudest = Voices.maximum(loudest, notes[k].pointee.weight.target) }
    return loudest
  }

  @inline(__always) private func measure(_ x: UnsafePointer<Voices>, _ count: Int) {
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
    for k in 0..<noteCount { notes[k].pointee.peak = Voices.maximum(peak, notes[k].pointee.peak) }
  }
}

/// Sums the lanes of a finished sum to one voice.
enum FoldStep {
  static let process: Process = { _, inputs, outputs, context in
    // Every voice is idle.
    guard inputs[0].pointee.mask != AccumulateStep.empty else { return outputs[0].pointee.hold(Float(0)) }
    inputs[0].pointee.mask = AccumulateStep.empty
    let from = UnsafePointer(inputs[0].pointee.base.assumingMemoryBound(to: Voices.self))
    let to = outputs[0].pointee.flow(Float.self), frames = context.pointee.frames, eights = frames & ~7
    for i in stride(from: 0, to: eights, by: 8) {
      UnsafeMutableRawPointer(to + i).storeBytes(of: Voices.sums(from + i), as: Voices.self)
    }
    for i in eights..<frames { to[i] = from[i].laneSum }
  }
}

/// Adds folded sums in a fixed order.
struct TotalStep {
  var count: Int

  static let process: Process = { state, inputs, outputs, context in
    let count = state.assumingMemoryBound(to: TotalStep.self).pointee.count
    var parts = InlineArray<4, UnsafeRawPointer>(repeating: UnsafeRawPointer(outputs[0].pointee.buffer)), found = 0
    // A constant here is an empty sum: see `FoldStep`.
    for k in 0..<count where inputs[k].pointee.mask != 0 {
      parts[found] = UnsafeRawPointer(inputs[k].pointee.base)
      found += 1
    }
    guard found > 0 else { return outputs[0].pointee.hold(Float(0)) }
    let to = UnsafeMutableRawPointer(outputs[0].pointee.flow(Float.self)), (a, b) = (parts[0], parts[1])
    let (c, d) = (parts[2], parts[3]), bytes = context.pointee.frames * MemoryLayout<Float>.stride
    // Buffers are whole multiples of eight.
    for i in stride(from: 0, to: bytes, by: MemoryLayout<Voices>.stride) {
      var sum = a.load(fromByteOffset: i, as: Voices.self)
      if found > 1 { sum = sum + b.load(fromByteOffset: i, as: Voices.self) }
      if found > 2 { sum = sum + c.load(fromByteOffset: i, as: Voices.self) }
      if found > 3 { sum = sum + d.load(fromByteOffset: i, as: Voices.self) }
      to.storeBytes(of: sum, toByteOffset: i, as: Voices.self)
    }
  }
}
