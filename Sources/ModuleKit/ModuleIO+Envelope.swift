// [audio] An envelope over one chunk.
import DSP

extension ModuleIO {
  /// The levels of an envelope whose times stand still through this chunk; one value where nothing moves at all.
  @inlinable @inline(__always)
  public func play(_ envelope: inout EnvelopeSegment<L>, _ times: EnvelopeTimes<L>, gate port: M.In, to exit: M.Out) {
    let gate = input(port)
    if gate.isConstant && envelope.rests && envelope.isSteady(gate: gate.value) {
      return hold(exit, at: envelope.level)
    }
    let out = output(exit)
    var running = envelope
    if gate.isConstant {
      running.run(out, frames: frames, gate: gate.value, times)
    } else {
      for i in 0..<frames { out[i] = running.next(gate: gate[i], times) }
    }
    envelope = running
  }
}
