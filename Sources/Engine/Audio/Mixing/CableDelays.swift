// [audio] The delays of cables: one that closes a cycle, and one whose path is shorter than one beside it.
import DSP
import ModuleKit

/// The last quantum of one input. Blocks never cross a multiple of the quantum, so the place of frame n is read (frame
/// n − 64) and then written (frame n) in the same block.
struct FeedbackBuffer {
  var base: UnsafeMutableRawPointer

  static let readMono: Process = { state, _, outputs, context in read(Float.self, state, outputs[0], context) }
  static let readPoly: Process = { state, _, outputs, context in read(Voices.self, state, outputs[0], context) }
  static let writeMono: Process = { state, inputs, _, context in write(Float.self, state, inputs[0], context) }
  static let writePoly: Process = { state, inputs, _, context in write(Voices.self, state, inputs[0], context) }

  @inline(__always)
  private static func read<L: Lane>(
    _: L.Type, _ buffer: UnsafeMutableRawPointer, _ output: UnsafeMutablePointer<SignalCell>,
    _ context: UnsafePointer<RenderContext>
  ) {
    let buffer = buffer.assumingMemoryBound(to: L.self) + (context.pointee.frame & (quantumFrames - 1))
    output.pointee.flow(L.self).update(from: buffer, count: context.pointee.frames)
  }

  @inline(__always)
  private static func write<L: Lane>(
    _: L.Type, _ buffer: UnsafeMutableRawPointer, _ input: UnsafeMutablePointer<SignalCell>,
    _ context: UnsafePointer<RenderContext>
  ) {
    let buffer = buffer.assumingMemoryBound(to: L.self) + (context.pointee.frame & (quantumFrames - 1))
    let from = input.pointee.base.assumingMemoryBound(to: L.self), mask = input.pointee.mask
    for i in 0..<context.pointee.frames { buffer[i] = from[i & mask] }
  }
}

/// The last frames of a cable's source, in its width. Owned by the cable's gain, so that an edit does not empty it.
struct CompensationLine {
  let memory: UnsafeMutableRawPointer
  /// Frames, a power of two.
  let capacity: Int
  /// The present delay, and the one that fades out while `position` is below `length`.
  var delay: Int, former: Int
  var position = 0, length = 0
  /// The frame that follows the last one written: frames between were silent.
  var next = 0

  /// [control] The longest delay that one block of the line allows.
  static func capacity(for delay: Int) -> Int {
    var capacity = 1_024
    while capacity < delay + quantumFrames { capacity *= 2 }
    return capacity
  }
}

/// Delays a signal. Input 0: the source; output 0: the same, later.
struct CompensateStep {
  var line: UnsafeMutablePointer<CompensationLine>
  var delay: Int
  /// Frames of the crossfade from another delay.
  var fadeFrames: Int

  static let processMono: Process = { state, inputs, outputs, context in
    run(Float.self, state, inputs[0], outputs[0], context)
  }
  static let processPoly: Process = { state, inputs, outputs, context in
    run(Voices.self, state, inputs[0], outputs[0], context)
  }

  @inline(__always)
  private static func run<L: Lane>(
    _: L.Type, _ state: UnsafeMutableRawPointer, _ input: UnsafeMutablePointer<SignalCell>,
    _ output: UnsafeMutablePointer<SignalCell>, _ context: UnsafePointer<RenderContext>
  ) {
    let step = state.assumingMemoryBound(to: CompensateStep.self).pointee
    var line = step.line.pointee
    let memory = line.memory.assumingMemoryBound(to: L.self), mask = line.capacity - 1
    let frame = context.pointee.frame, frames = context.pointee.frames
    if line.delay != step.delay {
      (line.former, line.delay) = (line.delay, step.delay)
      (line.position, line.length) = (0, step.fadeFrames)
    }
    if line.next != frame {
      // Idle voices were not rendered.
      for back in 1...max(line.delay, line.former, 1) { memory[(frame - back) & mask] = .zero }
    }
    line.next = frame + frames
    let from = input.pointee.base.assumingMemoryBound(to: L.self), mask0 = input.pointee.mask
    for i in 0..<frames { memory[(frame + i) & mask] = from[i & mask0] }
    let out = output.pointee.flow(L.self)
    for i in 0..<frames { out[i] = memory[(frame + i - line.delay) & mask] }
    if line.position < line.length {
      for i in 0..<frames {
        let share = min(Float(line.position + i + 1) / Float(line.length), 1)
        let before = memory[(frame + i - line.former) & mask]
        out[i] = L.fma(out[i] - before, L(share), before)
      }
      line.position = min(line.position + frames, line.length)
    }
    step.line.pointee = line
  }
}
