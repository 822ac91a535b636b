// [audio] The finished value of one input: parameter and cables, by the modulation rule.
import DSP
import ModuleKit

/// One cable into an input, or eight: one into the same input of each node of a pack.
struct CombineSource {
  var signal: Reference<SignalCell>
  /// The gains, one per cable.
  var gains: Row<Reference<Ramp>>

  @inline(__always) var gain: Reference<Ramp> { gains[0] }
}

/// The step that computes an input. Its only output is the input's value for the block.
struct CombineStep {
  var sources: Row<CombineSource>
  var parameter: Reference<SignalCell>
  var rule: Modulation
  /// A plain audio input: no parameter, no range.
  var isPlain: Bool
  /// The signal of its one cable is within the input's range: no clamp is needed.
  var isWithin = false
  /// The kernel reads grid frames (and the first of a block) only.
  var isOnGrid: Bool
  var low: Float
  var high: Float

  static let processMono: Process = { run(OneGain<Float>.self, StepCall($0, $1, $2, $3)) }
  static let processPoly: Process = { run(OneGain<Voices>.self, StepCall($0, $1, $2, $3)) }
  /// The same input of eight nodes.
  static let processEight: Process = { run(EightGains.self, StepCall($0, $1, $2, $3)) }

  @inline(__always) private static func run<G: SourceGain>(_ gain: G.Type, _ call: StepCall) {
    call.state.reference(to: CombineStep.self).pointee.run(gain, call.outputs[0], call.context)
  }
  @inline(__always) private var count: Int { sources.count }

  @inline(__always)
  private func run<G: SourceGain>(
    _ gain: G.Type, _ output: Reference<SignalCell>, _ context: Reference<RenderContext>
  ) {
    let isSettled = context.pointee.isSettled
    if isConstant(gain, isSettled) { return output.pointee.hold(value(gain, at: 0)) }
    if isWithin && passes(gain, isSettled) {
      output.pointee.base = sources[0].signal.pointee.base
      output.pointee.mask = sources[0].signal.pointee.mask
      return
    }
    let out = output.pointee.flowing(G.L.self)
    let frames = context.pointee.frames
    if isOnGrid {
      let first = (0 &- context.pointee.frame) & (gridFrames - 1)
      if first != 0 { out[0] = value(gain, at: 0) }
      grid(gain, out, from: first, to: frames)
    } else if count == 1 && (isSettled || !gain.isMoving(sources[0])) {
      single(gain, out, frames)
    } else if isPlain {
      for k in 0..<count { add(gain, k, to: out, frames, isConstantGain: isSettled || !gain.isMoving(sources[k])) }
    } else {
      for i in 0..<frames { out[i] = value(gain, at: i) }
    }
  }

  /// Adds one of several sources, frame by frame in the order of `value`; the first overwrites the buffer.
  @inline(__always)
  private func add<G: SourceGain>(
    _ gain: G.Type, _ k: Int, to out: Row<G.L>, _ frames: Int, isConstantGain: Bool
  ) {
    let x = sources[k].signal.pointee.row(G.L.self), mask = sources[k].signal.pointee.mask
    let constant = gain.constant(sources[k])
    if !isConstantGain || mask == 0 {
      for i in 0..<frames {
        let term = x[i & mask] * (isConstantGain ? constant : gain.value(sources[k], at: i))
        out[i] = k == 0 ? term : out[i] + term
      }
    } else if k == 0 {
      eachFrame(frames) { out[$0] = x[$0] * constant }
    } else {
      eachFrame(frames) { out[$0] = out[$0] + x[$0] * constant }
    }
  }

  /// The grid frames from `first` on: usually one cable of constant gain.
  @inline(__always)
  private func grid<G: SourceGain>(
    _ gain: G.Type, _ out: Row<G.L>, from first: Int, to frames: Int
  ) {
    typealias L = G.L
    var i = first
    guard count == 1, rule == .octaves, parameter.pointee.mask == 0, !gain.isMoving(sources[0]) else {
      while i < frames {
        out[i] = value(gain, at: i)
        i += gridFrames
      }
      return
    }
    let x = sources[0].signal.pointee.row(L.self), mask = sources[0].signal.pointee.mask
    let gain = gain.constant(sources[0]), parameter = parameterValue(L.self, 0), low = L(low), high = L(high)
    if L.count == 1 && mask != 0 && frames - i == quantumFrames {
      // The four grid points of a quantum of one voice in one vector.
      var octaves = Voices(0)
      for k in 0..<4 { octaves[k] = (x[i + k * gridFrames] * gain)[lane: 0] }
      let values = Voices.clamp(
        Voices(parameter[lane: 0]) * Voices.exp2(octaves), Voices(low[lane: 0]), Voices(high[lane: 0]))
      for k in 0..<4 { out[i + k * gridFrames] = L(values[k]) }
      return
    }
    while i < frames {
      out[i] = L.clamp(parameter * L.exp2(x[i & mask] * gain), low, high)
      i &+= gridFrames
    }
  }

  /// The input equals its one cable's signal: the source's buffer may be read in its place.
  @inline(__always) private func passes<G: SourceGain>(_ gain: G.Type, _ isSettled: Bool) -> Bool {
    guard rule == .scale, parameter.pointee.mask == 0, isSettled || !gain.isMoving(sources[0]) else { return false }
    return G.L.differ(parameterValue(G.L.self, 0) * gain.constant(sources[0]), G.L(1)).isZero
  }

  /// Nothing moves: neither gains nor signals nor the parameter.
  @inline(__always) private func isConstant<G: SourceGain>(_ gain: G.Type, _ isSettled: Bool) -> Bool {
    guard isPlain || parameter.pointee.mask == 0 else { return false }
    for k in 0..<count {
      if sources[k].signal.pointee.mask != 0 || !isSettled && gain.isMoving(sources[k]) { return false }
    }
    return true
  }

  /// One cable of constant gain, the usual case: one pass without a branch in it.
  @inline(__always)
  private func single<G: SourceGain>(_ gain: G.Type, _ out: Row<G.L>, _ frames: Int) {
    typealias L = G.L
    let x = sources[0].signal.pointee.row(L.self)
    let mask = sources[0].signal.pointee.mask
    let width = gain, gain = gain.constant(sources[0]), low = L(low), high = L(high)
    if isPlain {
      for i in 0..<frames { out[i] = x[i & mask] * gain }
      return
    }
    let parameters = parameter.pointee.row(L.self), moving = parameter.pointee.mask
    if mask != 0 && moving == 0 {
      let parameter = parameters[0]
      // The most frequent case: no mask, no second check.
      switch rule {
      case .add, .none: eachFrame(frames) { out[$0] = L.clamp(L.fma(x[$0], gain, parameter), low, high) }
      case .scale:
        let factor = gain * parameter
        eachFrame(frames) { out[$0] = L.clamp(x[$0] * factor, low, high) }
      case .octaves: for i in 0..<frames { out[i] = L.clamp(parameter * L.exp2(x[i] * gain), low, high) }
      case .gate:
        eachFrame(frames) { out[$0] = L.select(L.less(L(0.5), L.maximum(x[$0] * gain, parameter)), L(1), L.zero) }
      }
      return
    }
    switch rule {
    case .add, .none:
      for i in 0..<frames { out[i] = L.clamp(L.fma(x[i & mask], gain, parameters[i & moving]), low, high) }
    case .scale:
      for i in 0..<frames { out[i] = L.clamp(x[i & mask] * gain * parameters[i & moving], low, high) }
    case .octaves:
      for i in 0..<frames { out[i] = L.clamp(parameters[i & moving] * L.exp2(x[i & mask] * gain), low, high) }
    case .gate:
      for i in 0..<frames { out[i] = value(width, at: i) }
    }
  }

  @inline(__always)
  private func value<G: SourceGain>(_ gain: G.Type, at i: Int) -> G.L {
    typealias L = G.L
    var sum = L.zero
    if rule == .gate {
      for k in 0..<count { sum = L.maximum(term(gain, k, i), sum) }
      let isOpen = L.less(L(0.5), L.maximum(sum, parameterValue(L.self, i)))
      return L.select(isOpen, L(1), L.zero)
    }
    for k in 0..<count { sum += term(gain, k, i) }
    if isPlain { return sum }
    let parameter = parameterValue(L.self, i)
    switch rule {
    case .scale: return L.clamp(parameter * sum, L(low), L(high))
    case .octaves: return L.clamp(parameter * L.exp2(sum), L(low), L(high))
    case .add, .gate, .none: return L.clamp(parameter + sum, L(low), L(high))
    }
  }

  @inline(__always)
  private func parameterValue<L: Lane>(_: L.Type, _ i: Int) -> L {
    parameter.pointee.row(L.self)[i & parameter.pointee.mask]
  }

  @inline(__always)
  private func term<G: SourceGain>(_ gain: G.Type, _ k: Int, _ i: Int) -> G.L {
    let signal = sources[k].signal.pointee
    return signal.row(G.L.self)[i & signal.mask] * gain.value(sources[k], at: i)
  }
}

/// Reads the gain of one source of an input, in the width of the input.
protocol SourceGain {
  associatedtype L: Lane
  static func isMoving(_ source: CombineSource) -> Bool
  /// The gain at frame i of the block.
  static func value(_ source: CombineSource, at i: Int) -> L
  /// The gain while it does not move.
  static func constant(_ source: CombineSource) -> L
}

/// One cable, the same for all voices.
enum OneGain<L: Lane>: SourceGain {
  @inline(__always) static func isMoving(_ source: CombineSource) -> Bool { source.gain.pointee.isMoving }
  @inline(__always) static func value(_ source: CombineSource, at i: Int) -> L { L(source.gain.pointee[i]) }
  @inline(__always) static func constant(_ source: CombineSource) -> L { L(source.gain.pointee.target) }
}

/// Eight cables, one into each node of a pack.
enum EightGains: SourceGain {
  @inline(__always) static func isMoving(_ source: CombineSource) -> Bool {
    for lane in 0..<Voices.count where source.gains[lane].pointee.isMoving { return true }
    return false
  }
  @inline(__always) static func value(_ source: CombineSource, at i: Int) -> Voices {
    var values = Voices(0)
    for lane in 0..<Voices.count { values[lane] = source.gains[lane].pointee[i] }
    return values
  }
  @inline(__always) static func constant(_ source: CombineSource) -> Voices {
    var values = Voices(0)
    for lane in 0..<Voices.count { values[lane] = source.gains[lane].pointee.target }
    return values
  }
}
