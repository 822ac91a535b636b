// [control] The signals of a plan in memory.
import DSP
import ModuleKit

/// Buffers in one block, a cell for each signal, and the lists of cells that steps read and write.
struct PlanSignals {
  /// What a step is given that keeps nothing.
  let anywhere: UnsafeMutableRawPointer
  let cells: [UnsafeMutablePointer<SignalCell>]
  private let wires: UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>
  /// Bytes between what two tasks write: a cache line that two threads want goes to and fro, and the processor reads
  /// some lines ahead.
  private static let gap = 512

  init(_ draft: PlanDraft, in arena: inout PlanArena) {
    let polyBytes = quantumFrames * MemoryLayout<Voices>.stride, monoBytes = quantumFrames * MemoryLayout<Float>.stride
    let monoStart = draft.polyBuffers * polyBytes
    let bufferBytes = monoStart + draft.monoBuffers * monoBytes
    let buffers = arena.bytes(bufferBytes)
    let order = draft.signalsByTask
    let cellBytes = MemoryLayout<SignalCell>.stride, heldBytes = MemoryLayout<Voices>.stride
    var held = arena.bytes(order.count * heldBytes + draft.tasks.count * (PlanSignals.gap + CacheLine.bytes))
    var cell = arena.bytes(order.count * cellBytes + draft.tasks.count * (PlanSignals.gap + CacheLine.bytes))
    var cells = draft.signals.map { $0.external ?? cell.assumingMemoryBound(to: SignalCell.self) }, task = 0
    for i in order {
      let signal = draft.signals[i]
      if draft.steps[signal.firstStep].task != task {
        task = draft.steps[signal.firstStep].task
        held = (held + PlanSignals.gap).alignedUp(toMultipleOf: CacheLine.bytes)
        cell = (cell + PlanSignals.gap).alignedUp(toMultipleOf: CacheLine.bytes)
      }
      let base = signal.isPoly ? buffers + signal.buffer * polyBytes : buffers + monoStart + signal.buffer * monoBytes
      cells[i] = cell.bindMemory(to: SignalCell.self, capacity: 1)
      cells[i].initialize(to: SignalCell(base: base, held: held, lateness: signal.lateness))
      cells[i].pointee.isOnGrid = signal.isOnGrid
      cell += cellBytes
      held += heldBytes
    }
    self.cells = cells
    anywhere = buffers
    let wires = arena.room(for: draft.wires.count + 1, of: UnsafeMutablePointer<SignalCell>.self)
    for (i, signal) in draft.wires.enumerated() { (wires.baseAddress! + i).initialize(to: cells[signal]) }
    self.wires = wires.baseAddress!
  }

  /// A stretch of the lists, by where it begins in those of the draft.
  func list(at wire: Int) -> UnsafePointer<UnsafeMutablePointer<SignalCell>> { UnsafePointer(wires + wire) }
  func first(at wire: Int) -> UnsafeMutablePointer<SignalCell> { wires[wire] }
}

extension PlanDraft {
  /// The signals that are the plan's own, those of each task side by side.
  fileprivate var signalsByTask: [Int] {
    let own = signals.indices.filter { signals[$0].external == nil }
    guard !tasks.isEmpty else { return own }
    var byTask: [[Int]] = Array(repeating: [], count: tasks.count)
    for i in own { byTask[steps[signals[i].firstStep].task].append(i) }
    return byTask.flatMap { $0 }
  }
}
