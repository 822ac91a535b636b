// [audio] The delays of cables: one that closes a cycle, and one whose path is shorter than one beside it.
import DSP
import ModuleKit

/// The last quantum of one input. Blocks never cross a multiple of the quantum, so the place of frame n is read (frame
/// n − 64) and then written (frame n) in the same block.
enum FeedbackBuffer {
  static let readMono: Process = { read(Float.self, StepCall($0, $1, $2, $3)) }
  static let readPoly: Process = { read(Voices.self, StepCall($0, $1, $2, $3)) }
  static let writeMono: Process = { write(Float.self, StepCall($0, $1, $2, $3)) }
  static let writePoly: Process = { write(Voices.self, StepCall($0, $1, $2, $3)) }

  /// The frames of the present block.
  @inline(__always) private static func part<L: Lane>(_: L.Type, _ call: StepCall) -> Row<L> {
    call.state.row(of: L.self, count: quantumFrames).part(
      from: call.context.pointee.frame & (quantumFrames - 1), count: call.frames)
  }

  @inline(__always)
  private static func read<L: Lane>(_: L.Type, _ call: StepCall) {
    call.outputs[0].pointee.flowing(L.self).copy(part(L.self, call), count: call.frames)
  }

  @inline(__always)
  private static func write<L: Lane>(_: L.Type, _ call: StepCall) {
    let buffer = part(L.self, call), from = call.inputs[0].pointee.row(L.self), mask = call.inputs[0].pointee.mask
    for i in 0..<call.frames { buffer[i] = from[i & mask] }
  }
}

/// The last frames of a cable's source, in its width. Owned by the cable's gain, so that an edit does not empty it.
struct CompensationLine {
  let memory: RawMemory
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
  var line: Reference<CompensationLine>
  var delay: Int
  /// Frames of the crossfade from another delay.
  var fadeFrames: Int

  static let processMono: Process = { run(Float.self, StepCall($0, $1, $2, $3)) }
  static let processPoly: Process = { run(Voices.self, StepCall($0, $1, $2, $3)) }

  @inline(__always)
  private static func run<L: Lane>(_: L.Type, _ call: StepCall) {
    let step = call.state.reference(to: CompensateStep.self).pointee
    var line = step.line.pointee
    let memory = line.memory.row(of: L.self, count: line.capacity), mask = line.capacity - 1
    let frame = call.context.pointee.frame, frames = call.frames
    if line.delay != step.delay {
      (line.former, line.delay) = (line.delay, step.delay)
      (line.position, line.length) = (0, step.fadeFrames)
    }
    if line.next != frame {
      // Idle voices were not rendered.
      for back in 1...max(line.delay, line.former, 1) { memory[(frame - back) & mask] = .zero }
    }
    line.next = frame + frames
    let from = call.inputs[0].pointee.row(L.self), mask0 = call.inputs[0].pointee.mask
    for i in 0..<frames { memory[(frame + i) & mask] = from[i & mask0] }
    let out = call.outputs[0].pointee.flowing(L.self)
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
