// [control] The signals of a plan in memory.
import DSP
import ModuleKit

/// Buffers in one block, a cell for each signal, and the lists of cells that steps read and write.
struct PlanSignals {
  /// What a step is given that keeps nothing.
  let anywhere: UnsafeMutableRawPointer
  let cells: [UnsafeMutablePointer<SignalCell>]
  private let wires: UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>

  init(_ draft: PlanDraft, in arena: inout PlanArena) {
    let polyBytes = quantumFrames * MemoryLayout<Voices>.stride, monoBytes = quantumFrames * MemoryLayout<Float>.stride
    let monoStart = draft.polyBuffers * polyBytes
    let bufferBytes = monoStart + draft.monoBuffers * monoBytes
    let buffers = arena.bytes(bufferBytes)
    let owned = draft.signals.count { $0.external == nil }
    var held = arena.bytes(owned * MemoryLayout<Voices>.stride)
    var cell = arena.room(for: max(owned, 1), of: SignalCell.self).baseAddress!
    var cells: [UnsafeMutablePointer<SignalCell>] = []
    cells.reserveCapacity(draft.signals.count)
    for signal in draft.signals {
      if let external = signal.external {
        cells.append(external)
        continue
      }
      let base = signal.isPoly ? buffers + signal.buffer * polyBytes : buffers + monoStart + signal.buffer * monoBytes
      cell.initialize(to: SignalCell(base: base, held: held, lateness: signal.lateness))
      cell.pointee.isOnGrid = signal.isOnGrid
      cells.append(cell)
      cell += 1
      held += MemoryLayout<Voices>.stride
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
