// [audio] An envelope over one block.
import DSP

extension ModuleIO {
  /// Renders an envelope with constant times; a constant output where nothing moves at all.
  @inlinable @inline(__always)
  public func play(_ envelope: inout EnvelopeSegment<L>, _ times: EnvelopeTimes<L>, gate port: M.In, to exit: M.Out) {
    let gate = input(port)
    if gate.isConstant && envelope.isIdle && envelope.isUnchanged(gate: gate.value) {
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

  /// Renders an envelope; moving times are sampled on the grid and at gate edges.
  ///
  /// - Parameters:
  ///   - isConstant: whether all its parameters are constant through this block.
  ///   - settings: their values at a frame.
  @inlinable @inline(__always)
  public func play(
    _ envelope: inout TimedEnvelope<L>, gate port: M.In, to exit: M.Out, curve: Float, isConstant: Bool,
    settings: (_ i: Int) -> EnvelopeSettings<L>
  ) {
    let all = L.Bits(-1)
    if isConstant {
      envelope.apply(settings(0), in: all, curve: curve, sampleRate: sampleRate)
      return play(&envelope.segment, envelope.times, gate: port, to: exit)
    }
    let gate = input(port), out = output(exit)
    var running = envelope, i = 0
    if running.isNew { running.apply(settings(0), in: all, curve: curve, sampleRate: sampleRate) }
    // Not `eachGridStretch`, which costs moving envelopes 5 %.
    while i < frames {
      let toGrid = framesToGrid(from: i)
      if toGrid == 0 { running.apply(settings(i), in: all, curve: curve, sampleRate: sampleRate) }
      let stop = min(frames, i &+ (toGrid == 0 ? gridFrames : toGrid))
      let isGateConstant = gate.isConstant || (i..<stop).allSatisfy { running.segment.isUnchanged(gate: gate[$0]) }
      if isGateConstant && running.segment.isUnchanged(gate: gate[i]) {
        running.segment.run(out + i, frames: stop &- i, gate: gate[i], running.times)
      } else {
        for k in i..<stop {
          let edges = running.segment.edges(gate: gate[k])
          if edges.signs != 0 { running.apply(settings(k), in: edges, curve: curve, sampleRate: sampleRate) }
          out[k] = running.segment.next(gate: gate[k], running.times)
        }
      }
      i = stop
    }
    envelope = running
  }
}
