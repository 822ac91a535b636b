// [control] Memory of signals: the buffers and cells of a plan, and constants shared by all plans.
import DSP
import ModuleKit

/// Buffers in one allocation, a cell per signal, and the lists of cells that steps read and write.
struct SignalMemory {
  /// State pointer of stateless steps.
  let anywhere: UnsafeMutableRawPointer
  let cells: [UnsafeMutablePointer<SignalCell>]
  private let wires: UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>
  /// Bytes between the buffers of two tasks: a cache line written by two threads moves between cores, and the processor
  /// prefetches adjacent lines.
  private static let gap = 512

  init(_ draft: StepList, in arena: inout PlanArena) {
    let polyBytes = quantumFrames * MemoryLayout<Voices>.stride, monoBytes = quantumFrames * MemoryLayout<Float>.stride
    let monoStart = draft.polyBuffers * polyBytes
    let bufferBytes = monoStart + draft.monoBuffers * monoBytes
    let buffers = arena.bytes(bufferBytes)
    let order = draft.signalsByTask
    let cellBytes = MemoryLayout<SignalCell>.stride, constantBytes = MemoryLayout<Voices>.stride
    var constant = arena.bytes(order.count * constantBytes + draft.tasks.count * (SignalMemory.gap + CacheLine.bytes))
    var cell = arena.bytes(order.count * cellBytes + draft.tasks.count * (SignalMemory.gap + CacheLine.bytes))
    var cells = draft.signals.map { $0.external ?? cell.assumingMemoryBound(to: SignalCell.self) }, task = 0
    for i in order {
      let signal = draft.signals[i]
      if draft.steps[signal.firstStep].task != task {
        task = draft.steps[signal.firstStep].task
        constant = (constant + SignalMemory.gap).alignedUp(toMultipleOf: CacheLine.bytes)
        cell = (cell + SignalMemory.gap).alignedUp(toMultipleOf: CacheLine.bytes)
      }
      let base = signal.isPoly ? buffers + signal.buffer * polyBytes : buffers + monoStart + signal.buffer * monoBytes
      cells[i] = cell.bindMemory(to: SignalCell.self, capacity: 1)
      cells[i].initialize(to: SignalCell(base: base, constant: constant, feedbackDelay: signal.feedbackDelay))
      cells[i].pointee.isOnGrid = signal.isOnGrid
      cell += cellBytes
      constant += constantBytes
    }
    self.cells = cells
    anywhere = buffers
    let wires = arena.room(for: draft.wires.count + 1, of: UnsafeMutablePointer<SignalCell>.self)
    for (i, signal) in draft.wires.enumerated() { (wires.baseAddress! + i).initialize(to: cells[signal]) }
    self.wires = wires.baseAddress!
  }

  /// The cells from a wire index on.
  func list(at wire: Int) -> UnsafePointer<UnsafeMutablePointer<SignalCell>> { UnsafePointer(wires + wire) }
  func first(at wire: Int) -> UnsafeMutablePointer<SignalCell> { wires[wire] }
}

extension StepList {
  /// The signals owned by the plan, grouped by task.
  fileprivate var signalsByTask: [Int] {
    let own = signals.indices.filter { signals[$0].external == nil }
    guard !tasks.isEmpty else { return own }
    var byTask: [[Int]] = Array(repeating: [], count: tasks.count)
    for i in own { byTask[steps[signals[i].firstStep].task].append(i) }
    return byTask.flatMap { $0 }
  }
}

/// Constant signals shared by all plans.
enum Constants {
  /// 0, for an unpatched audio input.
  nonisolated(unsafe) static let silence = cell(holding: 0, isPatched: false)
  /// 1, for a scaled input while it is, or becomes, unpatched.
  nonisolated(unsafe) static let unit = cell(holding: 1, isPatched: true)
  /// A constant gain of 1.
  nonisolated(unsafe) static let unitGain: UnsafeMutablePointer<Ramp> = {
    let ramp = UnsafeMutablePointer<Ramp>.allocate(capacity: 1)
    ramp.initialize(to: Ramp(at: 1))
    return ramp
  }()

  private static func cell(holding value: Float, isPatched: Bool) -> UnsafeMutablePointer<SignalCell> {
    let base = UnsafeMutablePointer<Voices>.allocate(capacity: 1)
    base.initialize(to: Voices(value))
    let cell = UnsafeMutablePointer<SignalCell>.allocate(capacity: 1)
    cell.initialize(to: SignalCell(base: base, mask: 0))
    cell.pointee.isPatched = isPatched
    return cell
  }

  /// The signal of a parameter: its first stored property.
  static func cell(of parameter: UnsafeMutablePointer<Parameter>) -> UnsafeMutablePointer<SignalCell> {
    UnsafeMutableRawPointer(parameter).assumingMemoryBound(to: SignalCell.self)
  }
}
