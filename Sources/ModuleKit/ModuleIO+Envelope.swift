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

  /// The levels of an envelope whose times move: they are taken on the grid, and where the gate turns.
  ///
  /// - Parameters:
  ///   - last: the times taken last, if any were.
  ///   - take: gives some lanes of the envelope the times of a frame, if they have changed.
  @inlinable @inline(__always)
  public func play(
    _ envelope: inout EnvelopeSegment<L>, gate port: M.In, to exit: M.Out, last: EnvelopeTimes<L>?,
    take: (_ i: Int, _ lanes: L.Bits, _ envelope: inout EnvelopeSegment<L>) -> EnvelopeTimes<L>
  ) {
    let all = L.Bits(-1)
    var times = last ?? take(0, all, &envelope)
    let gate = input(port), out = output(exit)
    var running = envelope, i = 0
    while i < frames {
      let toGrid = framesToGrid(from: i)
      if toGrid == 0 { times = take(i, all, &running) }
      let stop = min(frames, i &+ (toGrid == 0 ? gridFrames : toGrid))
      let isSteady = gate.isConstant || (i..<stop).allSatisfy { running.isSteady(gate: gate[$0]) }
      if isSteady && running.isSteady(gate: gate[i]) {
        running.run(out + i, frames: stop &- i, gate: gate[i], times)
      } else {
        for k in i..<stop {
          let turned = running.turned(gate: gate[k])
          if turned.signs != 0 { times = take(k, turned, &running) }
          out[k] = running.next(gate: gate[k], times)
        }
      }
      i = stop
    }
    envelope = running
  }
}
