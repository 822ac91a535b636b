// [audio] The feedback delay of an input that closes a cycle: read before it is written, one quantum later.
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
