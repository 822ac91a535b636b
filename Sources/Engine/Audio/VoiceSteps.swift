// [audio] Between one voice and many: spreading a mono signal over lanes, and summing voices.
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

/// How loud each voice of one group is in sums: voices that the patch does not have are silent, and
/// fade when their number changes.
struct VoiceWeights {
  var start = Voices(0)
  var target = Voices(0)
  var position = 0
  var length = 0

  @inline(__always) var isMoving: Bool { position < length }
  /// Frames until they have arrived.
  var rest: Int { length - position }
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
  /// The notes that the voices play: the loudest of their weights counts, and that alone, for a note may outlast its
  /// voice. No notes: the voices always sound, as many as there are.
  var notes: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>
  var noteCount: Int
  /// What leaves a node that takes notes says nothing of how loud its voices are.
  var isMeasured: Bool

  static let process: Process = { state, inputs, outputs, context in
    let step = state.assumingMemoryBound(to: AccumulateStep.self)
    let x = inputs[0].pointee.base.assumingMemoryBound(to: Voices.self), mask = inputs[0].pointee.mask
    let sum = outputs[0].pointee.base.assumingMemoryBound(to: Voices.self)
    // The first of its sum overwrites what the buffer held; which one it is depends on who rests.
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
      let weight = step.pointee.settledWeight * Voices(step.pointee.gain.pointee.target)
      if isFirst {
        eachFrame(frames) { sum[$0] = x[$0 & mask] * weight }
      } else {
        if mask == 0 {
          for i in 0..<frames { sum[i] = Voices.fma(x[0], weight, sum[i]) }
        } else {
          eachFrame(frames) { sum[$0] = Voices.fma(x[$0], weight, sum[$0]) }
        }
      }
    }
  }

  /// The mask of a sum to which nothing has been added.
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

  /// The largest magnitudes of the chunk; four at a time, because each maximum waits for the last.
  /// The same while nothing moves.
  @inline(__always) private var settledWeight: Voices {
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
    let from = inputs[0].pointee.base.assumingMemoryBound(to: Voices.self)
    // Every voice rests.
    guard inputs[0].pointee.mask != AccumulateStep.empty else { return outputs[0].pointee.hold(Float(0)) }
    inputs[0].pointee.mask = AccumulateStep.empty
    let to = outputs[0].pointee.flow(Float.self)
    to.update(repeating: 0, count: context.pointee.frames)
    Voices.addSums(context.pointee.frames, to: to) { from[$0] }
  }
}
