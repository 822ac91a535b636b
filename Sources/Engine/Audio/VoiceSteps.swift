// [audio] Between one voice and many: spreading a mono signal over lanes, and summing voices.
import DSP
import ModuleKit

/// A mono signal in all eight lanes.
enum SpreadStep {
  static let process: Process = { _, inputs, outputs, context in
    let from = inputs[0].pointee.base.assumingMemoryBound(to: Float.self)
    let to = outputs[0].pointee.base.assumingMemoryBound(to: Voices.self)
    outputs[0].pointee.mask = inputs[0].pointee.mask
    let count = inputs[0].pointee.mask == 0 ? 1 : context.pointee.frames
    for i in 0..<count { to[i] = Voices(from[i]) }
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
  @inline(__always) subscript(i: Int) -> Voices {
    position + i + 1 >= length
      ? target : Voices.fma(target - start, Voices(Float(position + i + 1) / Float(length)), start)
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
  /// The first of its sum overwrites what the buffer held.
  var isFirst: Bool

  static let process: Process = { state, inputs, outputs, context in
    let step = state.assumingMemoryBound(to: AccumulateStep.self).pointee
    let x = inputs[0].pointee.base.assumingMemoryBound(to: Voices.self), mask = inputs[0].pointee.mask
    let sum = outputs[0].pointee.base.assumingMemoryBound(to: Voices.self)
    outputs[0].pointee.mask = -1
    let frames = context.pointee.frames
    if step.gain.pointee.isMoving || step.weights.pointee.isMoving {
      for i in 0..<frames {
        let term = x[i & mask] * step.weights.pointee[i] * Voices(step.gain.pointee[i])
        sum[i] = step.isFirst ? term : sum[i] + term
      }
    } else {
      let weight = step.weights.pointee.target * Voices(step.gain.pointee.target)
      if step.isFirst {
        for i in 0..<frames { sum[i] = x[i & mask] * weight }
      } else {
        for i in 0..<frames { sum[i] = Voices.fma(x[i & mask], weight, sum[i]) }
      }
    }
  }
}

/// Sums the lanes of a finished sum to one voice.
enum FoldStep {
  static let process: Process = { _, inputs, outputs, context in
    let from = inputs[0].pointee.base.assumingMemoryBound(to: Voices.self)
    let to = outputs[0].pointee.base.assumingMemoryBound(to: Float.self)
    outputs[0].pointee.mask = -1
    for i in 0..<context.pointee.frames { to[i] = from[i].laneSum }
  }
}
