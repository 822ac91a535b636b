// [audio] Eight mono nodes in one step, and conversions into lanes and back.
import DSP
import ModuleKit

/// Eight mono signals, each in its lane.
enum GatherStep {
  static let process: Process = { _, inputs, outputs, context in
    gather(inputs, 1, to: outputs[0], context.pointee.frames)
  }

  /// - Parameter stride: distance from one lane's signal to the next lane's.
  @inline(__always)
  static func gather(
    _ signals: UnsafePointer<UnsafeMutablePointer<SignalCell>>, _ stride: Int,
    to lanes: UnsafeMutablePointer<SignalCell>,
    _ frames: Int
  ) {
    var rows = InlineArray<8, UnsafeMutableRawPointer?>(repeating: nil), masks = InlineArray<8, Int>(repeating: 0)
    var flowing = 0
    for lane in 0..<Voices.count {
      let signal = signals[lane &* stride]
      rows[lane] = signal.pointee.base
      masks[lane] = signal.pointee.mask
      flowing |= signal.pointee.mask
    }
    if flowing == 0 {
      var values = Voices(0)
      for lane in 0..<Voices.count { values[lane] = rows[lane]!.assumingMemoryBound(to: Float.self)[0] }
      return lanes.pointee.hold(values)
    }
    let to = lanes.pointee.flow(Voices.self)
    withUnsafeBytes(of: &rows) { rows in
      withUnsafeBytes(of: &masks) { masks in
        Weave.signals(
          rows.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          masks: masks.baseAddress!.assumingMemoryBound(to: Int.self), to: to, frames: frames)
      }
    }
  }
}

/// Splits the lanes of a signal into eight mono signals.
enum ScatterStep {
  static let process: Process = { _, inputs, outputs, context in
    scatter(inputs[0].pointee, to: outputs, 1, context.pointee.frames)
  }

  @inline(__always)
  static func scatter(
    _ lanes: SignalCell, to signals: UnsafePointer<UnsafeMutablePointer<SignalCell>>, _ stride: Int, _ frames: Int
  ) {
    let from = lanes.base.assumingMemoryBound(to: Voices.self)
    if lanes.mask == 0 {
      for lane in 0..<Voices.count { signals[lane &* stride].pointee.hold(from[0][lane]) }
      return
    }
    var rows = InlineArray<8, UnsafeMutableRawPointer?>(repeating: nil)
    for lane in 0..<Voices.count {
      rows[lane] = UnsafeMutableRawPointer(signals[lane &* stride].pointee.flow(Float.self))
    }
    withUnsafeBytes(of: &rows) {
      Weave.signals(
        from: from, to: $0.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self), frames: frames)
    }
  }
}

/// Eight nodes of a module. Each node keeps its own state.
struct PackStep {
  /// Renders all eight at once.
  var eight: Step
  /// State of `eight`, which may decline a block; nil for stateless modules, which never decline.
  var states: UnsafeMutablePointer<PackedStates>?
  /// Renders the nodes one by one, on signals of their own; wired for lane 0.
  var one: Step
  /// Distance from the signals of one lane to those of the next.
  var stride: Int
  var nodes: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  var inputCount: Int
  var outputCount: Int
  /// The inputs that must be equal in all lanes.
  var settings: UnsafeMutablePointer<Int>
  var settingCount: Int

  static let process: Process = { state, inputs, outputs, context in
    let step = state.assumingMemoryBound(to: PackStep.self)
    if step.pointee.isUniform(inputs) {
      step.pointee.eight.run(context)
      guard let states = step.pointee.states, !states.pointee.areRendered else { return }
    }
    step.pointee.runOneByOne(inputs, outputs, context)
  }

  private func isUniform(_ inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>) -> Bool {
    for i in 0..<settingCount {
      let value = inputs[settings[i]].pointee.base.assumingMemoryBound(to: Voices.self)[0]
      if Voices.differ(value, Voices(value[0])).signs != 0 { return false }
    }
    return true
  }

  @inline(never)
  private func runOneByOne(
    _ inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    _ outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    _ context: UnsafePointer<RenderContext>
  ) {
    let frames = context.pointee.frames
    for port in 0..<inputCount {
      ScatterStep.scatter(inputs[port].pointee, to: one.inputs + port, stride, frames)
      for lane in 0..<Voices.count {
        one.inputs[port + lane * stride].pointee.isPatched = inputs[port].pointee.isPatched
      }
    }
    var step = one
    for lane in 0..<Voices.count {
      step.state = nodes[lane]!
      step.run(context)
      step.inputs += stride
      step.outputs += stride
    }
    for port in 0..<outputCount { GatherStep.gather(one.outputs + port, stride, to: outputs[port], frames) }
  }

  /// Presents one lane of the outputs as if the node had been rendered alone; changes made by `body` are written back.
  func show(
    _ lane: Int, of outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>, _ frames: Int, _ body: (Step) -> Void
  ) {
    for port in 0..<outputCount {
      PackStep.extract(lane, of: outputs[port].pointee, to: one.outputs[port], frames)
      one.outputs[port].pointee.isOnGrid = outputs[port].pointee.isOnGrid
    }
    body(one)
    for port in 0..<outputCount {
      outputs[port].pointee.isOnGrid = one.outputs[port].pointee.isOnGrid
      one.outputs[port].pointee.isOnGrid = false
      let lanes = outputs[port].pointee.values(frames: frames, lanes: Voices.count)
      let values = one.outputs[port].pointee.values(frames: frames, lanes: 1)
      for i in values.indices { lanes[i * Voices.count + lane] = values[i] }
    }
  }

  private static func extract(
    _ lane: Int, of from: SignalCell, to: UnsafeMutablePointer<SignalCell>, _ frames: Int
  ) {
    to.pointee.isPatched = from.isPatched
    let lanes = from.base.assumingMemoryBound(to: Voices.self)
    if from.mask == 0 { return to.pointee.hold(lanes[0][lane]) }
    let values = to.pointee.flow(Float.self)
    for i in 0..<frames { values[i] = lanes[i][lane] }
  }
}
