// [audio] Eight mono nodes in one step, and conversions into lanes and back.
import DSP
import ModuleKit

/// Eight mono signals, each in its lane.
enum GatherStep {
  static let process: Process = {
    let call = StepCall($0, $1, $2, $3)
    gather(call.inputs, 1, to: call.outputs[0], call.frames)
  }

  /// - Parameter stride: distance from one lane's signal to the next lane's.
  @inline(__always)
  static func gather(
    _ signals: SignalList, _ stride: Int,
    to lanes: Reference<SignalCell>,
    _ frames: Int
  ) {
    var buffers = EightBuffers(), masks = InlineArray<8, Int>(repeating: 0)
    var flowing = 0
    for lane in 0..<Voices.count {
      let signal = signals[lane &* stride]
      buffers.set(lane, to: RawMemory(signal.pointee.base))
      masks[lane] = signal.pointee.mask
      flowing |= signal.pointee.mask
    }
    if flowing == 0 {
      var values = Voices(0)
      for lane in 0..<Voices.count { values[lane] = buffers.first(lane) }
      return lanes.pointee.hold(values)
    }
    buffers.weave(masks: &masks, to: lanes.pointee.flowing(Voices.self), frames: frames)
  }
}

/// Splits the lanes of a signal into eight mono signals.
enum ScatterStep {
  static let process: Process = {
    let call = StepCall($0, $1, $2, $3)
    scatter(call.inputs[0].pointee, to: call.outputs, 1, call.frames)
  }

  @inline(__always)
  static func scatter(
    _ lanes: SignalCell, to signals: SignalList, _ stride: Int, _ frames: Int
  ) {
    let from = lanes.row(Voices.self)
    if lanes.mask == 0 {
      for lane in 0..<Voices.count { signals[lane &* stride].pointee.hold(from[0][lane]) }
      return
    }
    var buffers = EightBuffers()
    for lane in 0..<Voices.count {
      buffers.set(lane, to: RawMemory(signals[lane &* stride].pointee.flowing(Float.self)))
    }
    buffers.unweave(from: from, frames: frames)
  }
}

/// Eight nodes of a module. Each node keeps its own state.
struct PackStep {
  /// Renders all eight at once.
  var eight: Step
  /// State of `eight`, which may decline a block; nil for stateless modules, which never decline.
  var states: Reference<PackedStates>?
  /// Renders the nodes one by one, on signals of their own; wired for lane 0.
  var one: Step
  /// Distance from the signals of one lane to those of the next.
  var stride: Int
  var nodes: Row<RawMemory?>
  var inputCount: Int
  var outputCount: Int
  /// The inputs that must be equal in all lanes.
  var settings: Row<Int>

  static let process: Process = {
    let call = StepCall($0, $1, $2, $3), step = call.state.reference(to: PackStep.self)
    if step.pointee.isUniform(call.inputs) {
      step.pointee.eight.run(call.context)
      guard let states = step.pointee.states, !states.pointee.areRendered else { return }
    }
    step.pointee.runOneByOne(call.inputs, call.outputs, call.context)
  }

  private func isUniform(_ inputs: SignalList) -> Bool {
    for i in 0..<settings.count {
      let value = inputs[settings[i]].pointee.row(Voices.self)[0]
      if Voices.differ(value, Voices(value[0])).signs != 0 { return false }
    }
    return true
  }

  @inline(never)
  private func runOneByOne(
    _ inputs: SignalList,
    _ outputs: SignalList,
    _ context: Reference<RenderContext>
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
      step.inputs = step.inputs + stride
      step.outputs = step.outputs + stride
    }
    for port in 0..<outputCount { GatherStep.gather(one.outputs + port, stride, to: outputs[port], frames) }
  }

  /// Presents one lane of the outputs as if the node had been rendered alone; changes made by `body` are written back.
  func show(
    _ lane: Int, of outputs: SignalList, _ frames: Int, _ body: (Step) -> Void
  ) {
    for port in 0..<outputCount {
      PackStep.extract(lane, of: outputs[port].pointee, to: one.outputs[port], frames)
      one.outputs[port].pointee.isOnGrid = outputs[port].pointee.isOnGrid
    }
    body(one)
    for port in 0..<outputCount {
      outputs[port].pointee.isOnGrid = one.outputs[port].pointee.isOnGrid
      one.outputs[port].pointee.isOnGrid = false
      let lanes = outputs[port].pointee.row(frames: frames, lanes: Voices.count)
      let values = one.outputs[port].pointee.row(frames: frames, lanes: 1)
      for i in values.indices { lanes[i * Voices.count + lane] = values[i] }
    }
  }

  private static func extract(
    _ lane: Int, of from: SignalCell, to: Reference<SignalCell>, _ frames: Int
  ) {
    to.pointee.isPatched = from.isPatched
    let lanes = from.row(Voices.self)
    if from.mask == 0 { return to.pointee.hold(lanes[0][lane]) }
    let values = to.pointee.flowing(Float.self)
    for i in 0..<frames { values[i] = lanes[i][lane] }
  }
}

/// A step that is one node of a chain: the first one renders all, or each renders its node.
struct ChainStep {
  var chain: Reference<ChainStates>
  /// Renders the whole chain.
  var all: Step
  /// Renders this node.
  var one: Step
  var isFirst: Bool

  static let process: Process = {
    let call = StepCall($0, $1, $2, $3), step = call.state.reference(to: ChainStep.self), chain = step.pointee.chain
    if step.pointee.isFirst {
      chain.pointee.isRendered = chain.pointee.isRendered && !call.context.pointee.isIsolating
      if !call.context.pointee.isIsolating { step.pointee.all.run(call.context) }
    }
    if !chain.pointee.isRendered { step.pointee.one.run(call.context) }
  }
}
