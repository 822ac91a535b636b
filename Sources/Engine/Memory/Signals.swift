// [audio] [control] The fence: signals, steps and states as `ModuleKit` passes them.
import CRealtime
import DSP
import ModuleKit

extension SignalCell {
  /// The values: one per frame, or the one constant; index `i & mask`.
  @inline(__always) func row<L: Lane>(_: L.Type) -> Row<L> {
    Row(base.assumingMemoryBound(to: L.self), count: mask & (quantumFrames - 1) + 1)
  }

  /// The values, one per frame, whatever the mask says.
  @inline(__always) func frames<L: Lane>(_: L.Type) -> Row<L> {
    Row(base.assumingMemoryBound(to: L.self), count: quantumFrames)
  }

  /// The buffer for one value per frame.
  @inline(__always) mutating func flowing<L: Lane>(_: L.Type) -> Row<L> { Row(flow(L.self), count: quantumFrames) }

  /// The values: one per frame, or the one constant, in as many lanes.
  func row(frames: Int, lanes: Int) -> Row<Float> {
    Row(base.assumingMemoryBound(to: Float.self), count: (mask == 0 ? 1 : frames) * lanes)
  }
}

/// The signals of a step, by port.
struct SignalList: BitwiseCopyable {
  fileprivate let cells: UnsafePointer<UnsafeMutablePointer<SignalCell>>

  @inline(__always) fileprivate init(_ cells: UnsafePointer<UnsafeMutablePointer<SignalCell>>) { self.cells = cells }
  /// A reference is a pointer, and nothing else.
  init(_ row: Row<Reference<SignalCell>>) {
    cells = UnsafeRawPointer(row.base).assumingMemoryBound(to: UnsafeMutablePointer<SignalCell>.self)
  }

  @inline(__always) subscript(port: Int) -> Reference<SignalCell> { Reference(cells[port]) }
  /// The signals from a port on.
  @inline(__always) static func + (list: SignalList, ports: Int) -> SignalList { SignalList(list.cells + ports) }
}

/// Arguments of a step: those of a `Process`.
struct StepCall {
  let state: RawMemory
  let inputs: SignalList, outputs: SignalList
  let context: Reference<RenderContext>

  @inline(__always) init(
    _ state: UnsafeMutableRawPointer, _ inputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>,
    _ outputs: UnsafePointer<UnsafeMutablePointer<SignalCell>>, _ context: UnsafePointer<RenderContext>
  ) {
    self.state = RawMemory(state)
    self.inputs = SignalList(inputs)
    self.outputs = SignalList(outputs)
    self.context = Reference(context)
  }

  @inline(__always) var frames: Int { context.pointee.frames }
}

/// A `Process` as its two words, whose call retains nothing; its kernel, or the program, keeps it alive.
struct StepCode: BitwiseCopyable {
  private let code: UnsafeRawPointer
  private let captured: UnsafeRawPointer?

  /// [control]
  init(_ process: @escaping Process) {
    // A closure in a struct has its native form; alone it would be wrapped for generic callers first.
    (code, captured) = unsafeBitCast(Callee(process: process), to: (UnsafeRawPointer, UnsafeRawPointer?).self)
  }

  private struct Callee {
    let process: Process
  }

  @inline(__always) func run(
    _ state: RawMemory, _ inputs: SignalList, _ outputs: SignalList, _ context: Reference<RenderContext>
  ) {
    weft_call(code, captured, state.pointer, inputs.cells, outputs.cells, context.pointer)
  }
}

/// The buffers of eight signals, transposed into lanes and back.
struct EightBuffers {
  private var places = InlineArray<8, UnsafeMutableRawPointer?>(repeating: nil)

  @inline(__always) init() {}

  @inline(__always) mutating func set(_ lane: Int, to memory: RawMemory) { places[lane] = memory.pointer }
  /// The first value of a signal.
  @inline(__always) func first(_ lane: Int) -> Float { places[lane]!.assumingMemoryBound(to: Float.self)[0] }

  /// - Parameter masks: for each signal 0 where it is constant, else −1.
  @inline(__always) mutating func weave(masks: inout InlineArray<8, Int>, to lanes: Row<Voices>, frames: Int) {
    withUnsafeBytes(of: &places) { places in
      withUnsafeBytes(of: &masks) { masks in
        Weave.signals(
          places.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
          masks: masks.baseAddress!.assumingMemoryBound(to: Int.self), to: lanes.base, frames: frames)
      }
    }
  }

  @inline(__always) mutating func unweave(from lanes: Row<Voices>, frames: Int) {
    withUnsafeBytes(of: &places) {
      Weave.signals(
        from: lanes.base, to: $0.baseAddress!.assumingMemoryBound(to: UnsafeMutableRawPointer?.self), frames: frames)
    }
  }
}

extension Row where Element == Voices {
  /// The lane sums of eight values from `i` on.
  @inline(__always) func sums(at i: Int) -> Voices {
    assert(i >= 0 && i + Voices.count <= count)
    return Voices.sums(base + i)
  }
}

extension PackedStates {
  /// - Parameter states: the eight states, by lane.
  init(_ states: Row<RawMemory?>, lanes: RawMemory, form: PackedForm) {
    self.init(
      UnsafeMutableRawPointer(states.base).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
      lanes: lanes.pointer, form: form)
  }
}

extension ChainStates {
  /// - Parameters:
  ///   - nodes: the states of the nodes, first node first; and their inputs and outputs.
  ///   - places: room for a pointer per node.
  init(
    nodes: Row<RawMemory?>, inputs: Row<SignalList>, outputs: Row<SignalList>, places: RawMemory, count: Int,
    needsAllOutputs: Bool
  ) {
    // A list is a pointer, and nothing else.
    func pointers(_ lists: Row<SignalList>) -> UnsafePointer<UnsafePointer<UnsafeMutablePointer<SignalCell>>> {
      UnsafeRawPointer(lists.base).assumingMemoryBound(to: UnsafePointer<UnsafeMutablePointer<SignalCell>>.self)
    }
    self.init(
      nodes: UnsafeMutableRawPointer(nodes.base).assumingMemoryBound(to: UnsafeMutableRawPointer?.self),
      inputs: pointers(inputs), outputs: pointers(outputs),
      places: places.pointer.assumingMemoryBound(to: UnsafeMutablePointer<Float>?.self), count: count,
      needsAllOutputs: needsAllOutputs)
  }
}

extension StateCopy {
  init(from: RawMemory, to: RawMemory, count: Int, isLane: Bool) {
    self.init(from: from.pointer, to: to.pointer, count: count, isLane: isLane)
  }

  @inline(__always) var source: RawMemory { RawMemory(from) }
}
