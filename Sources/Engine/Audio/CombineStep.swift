// [audio] The finished value of one input: its knob and its cables, by the parameter's rule.
import DSP
import ModuleKit

/// One cable into an input.
struct CombineSource {
  var signal: UnsafeMutablePointer<SignalCell>
  var gain: UnsafeMutablePointer<Ramp>
}

/// An input step. Its only output is the input's value for the chunk.
struct CombineStep {
  var sources: UnsafeMutablePointer<CombineSource>
  var count: Int
  var knob: UnsafeMutablePointer<SignalCell>
  var rule: Modulation
  /// A plain audio input: no knob, no range.
  var isPlain: Bool
  /// What comes through its one cable is within the input's range: it need not be held there.
  var isWithin = false
  /// The kernel reads grid frames (and the first of a chunk) only.
  var isOnGrid: Bool
  var low: Float
  var high: Float

  static let processMono: Process = { state, _, outputs, context in
    state.assumingMemoryBound(to: CombineStep.self).pointee.run(Float.self, outputs[0], context)
  }
  static let processPoly: Process = { state, _, outputs, context in
    state.assumingMemoryBound(to: CombineStep.self).pointee.run(Voices.self, outputs[0], context)
  }

  @inline(__always)
  private func run<L: Lane>(
    _: L.Type, _ output: UnsafeMutablePointer<SignalCell>, _ context: UnsafePointer<RenderContext>
  ) {
    let isSettled = context.pointee.isSettled
    if isConstant(isSettled) { return output.pointee.hold(value(L.self, at: 0)) }
    if isWithin && passes(L.self, isSettled) {
      output.pointee.base = sources[0].signal.pointee.base
      output.pointee.mask = sources[0].signal.pointee.mask
      return
    }
    let out = output.pointee.flow(L.self)
    let frames = context.pointee.frames
    if isOnGrid {
      let first = (0 &- context.pointee.frame) & (gridFrames - 1)
      if first != 0 { out[0] = value(L.self, at: 0) }
      grid(L.self, out, from: first, to: frames)
    } else if count == 1 && (isSettled || !sources[0].gain.pointee.isMoving) {
      single(L.self, out, frames)
    } else {
      for i in 0..<frames { out[i] = value(L.self, at: i) }
    }
  }

  /// The grid frames from `first` on: usually one cable of steady amount.
  @inline(__always)
  private func grid<L: Lane>(_: L.Type, _ out: UnsafeMutablePointer<L>, from first: Int, to frames: Int) {
    var i = first
    guard count == 1, rule == .octaves, knob.pointee.mask == 0, !sources[0].gain.pointee.isMoving else {
      while i < frames {
        out[i] = value(L.self, at: i)
        i += gridFrames
      }
      return
    }
    let x = sources[0].signal.pointee.base.assumingMemoryBound(to: L.self), mask = sources[0].signal.pointee.mask
    let gain = L(sources[0].gain.pointee.target), knob = knobValue(L.self, 0), low = L(low), high = L(high)
    while i < frames {
      out[i] = L.clamp(knob * L.exp2(x[i & mask] * gain), low, high)
      i &+= gridFrames
    }
  }

  /// The input is what comes through its cable, as it is: it may be read where it lies.
  @inline(__always) private func passes<L: Lane>(_: L.Type, _ isSettled: Bool) -> Bool {
    guard rule == .scale, knob.pointee.mask == 0, isSettled || !sources[0].gain.pointee.isMoving else { return false }
    return L.differ(knobValue(L.self, 0) * L(sources[0].gain.pointee.target), L(1)).isZero
  }

  /// Nothing moves: neither cables nor their signals nor the knob.
  @inline(__always) private func isConstant(_ isSettled: Bool) -> Bool {
    guard isPlain || knob.pointee.mask == 0 else { return false }
    for k in 0..<count {
      if sources[k].signal.pointee.mask != 0 || !isSettled && sources[k].gain.pointee.isMoving { return false }
    }
    return true
  }

  /// One cable of steady amount, the usual case: one pass without a branch in it.
  @inline(__always)
  private func single<L: Lane>(_: L.Type, _ out: UnsafeMutablePointer<L>, _ frames: Int) {
    let x = sources[0].signal.pointee.base.assumingMemoryBound(to: L.self)
    let mask = sources[0].signal.pointee.mask
    let gain = L(sources[0].gain.pointee.target), low = L(low), high = L(high)
    if isPlain {
      for i in 0..<frames { out[i] = x[i & mask] * gain }
      return
    }
    let knobs = knob.pointee.base.assumingMemoryBound(to: L.self), moving = knob.pointee.mask
    if mask != 0 && moving == 0 {
      let knob = knobs[0]
      // The usual case of the usual case: nothing to mask, nothing to look at twice.
      switch rule {
      case .add, .none: eachFrame(frames) { out[$0] = L.clamp(L.fma(x[$0], gain, knob), low, high) }
      case .scale:
        let factor = gain * knob
        eachFrame(frames) { out[$0] = L.clamp(x[$0] * factor, low, high) }
      case .octaves: for i in 0..<frames { out[i] = L.clamp(knob * L.exp2(x[i] * gain), low, high) }
      case .gate:
        eachFrame(frames) { out[$0] = L.select(L.less(L(0.5), L.maximum(x[$0] * gain, knob)), L(1), L.zero) }
      }
      return
    }
    switch rule {
    case .add, .none:
      for i in 0..<frames { out[i] = L.clamp(L.fma(x[i & mask], gain, knobs[i & moving]), low, high) }
    case .scale:
      for i in 0..<frames { out[i] = L.clamp(x[i & mask] * gain * knobs[i & moving], low, high) }
    case .octaves:
      for i in 0..<frames { out[i] = L.clamp(knobs[i & moving] * L.exp2(x[i & mask] * gain), low, high) }
    case .gate:
      for i in 0..<frames { out[i] = value(L.self, at: i) }
    }
  }

  @inline(__always)
  private func value<L: Lane>(_: L.Type, at i: Int) -> L {
    var sum = L.zero
    if rule == .gate {
      for k in 0..<count { sum = L.maximum(term(L.self, k, i), sum) }
      let isOpen = L.less(L(0.5), L.maximum(sum, knobValue(L.self, i)))
      return L.select(isOpen, L(1), L.zero)
    }
    for k in 0..<count { sum += term(L.self, k, i) }
    if isPlain { return sum }
    let knob = knobValue(L.self, i)
    switch rule {
    case .scale: return L.clamp(knob * sum, L(low), L(high))
    case .octaves: return L.clamp(knob * L.exp2(sum), L(low), L(high))
    case .add, .gate, .none: return L.clamp(knob + sum, L(low), L(high))
    }
  }

  @inline(__always)
  private func knobValue<L: Lane>(_: L.Type, _ i: Int) -> L {
    knob.pointee.base.assumingMemoryBound(to: L.self)[i & knob.pointee.mask]
  }

  @inline(__always)
  private func term<L: Lane>(_: L.Type, _ k: Int, _ i: Int) -> L {
    let signal = sources[k].signal.pointee
    return signal.base.assumingMemoryBound(to: L.self)[i & signal.mask] * L(sources[k].gain.pointee[i])
  }
}
