// [control] The signals of a plan in memory.
import DSP
import ModuleKit

/// Buffers in one block, a cell for each signal, and the lists of cells that steps read and write.
struct PlanSignals {
  /// Bytes of signal buffers.
  let bufferBytes: Int
  /// What a step is given that keeps nothing.
  let anywhere: UnsafeMutableRawPointer
  let cells: [UnsafeMutablePointer<SignalCell>]
  private let wires: UnsafeMutablePointer<UnsafeMutablePointer<SignalCell>>

  init(_ draft: PlanDraft, in arena: inout PlanArena) {
    let polyBytes = quantumFrames * MemoryLayout<Voices>.stride, monoBytes = quantumFrames * MemoryLayout<Float>.stride
    let monoStart = draft.polyBuffers * polyBytes
    bufferBytes = monoStart + draft.monoBuffers * monoBytes
    let buffers = arena.bytes(bufferBytes)
    let held = arena.bytes(draft.signals.count * MemoryLayout<Voices>.stride)
    let own = arena.room(for: draft.signals.count, of: SignalCell.self)
    var cells: [UnsafeMutablePointer<SignalCell>] = []
    cells.reserveCapacity(draft.signals.count)
    for (i, signal) in draft.signals.enumerated() {
      let base = signal.isPoly ? buffers + signal.buffer * polyBytes : buffers + monoStart + signal.buffer * monoBytes
      let cell = own.baseAddress! + i
      cell.initialize(
        to: SignalCell(
          base: signal.external == nil ? base : buffers, held: held + i * MemoryLayout<Voices>.stride,
          lateness: signal.lateness))
      cell.pointee.isOnGrid = signal.isOnGrid
      cells.append(signal.external ?? cell)
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
