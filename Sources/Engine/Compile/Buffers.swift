// [control] Buffers: signals that share memory (colouring), and the memory of signals.
import DSP
import ModuleKit

extension StepList {
  /// Finds the first writer and the last reader of each signal.
  private mutating func findLives() {
    for (i, step) in steps.enumerated().reversed() {
      for signal in wires[step.outputs] { signals[signal].firstStep = i }
    }
    for (i, step) in steps.enumerated() {
      for signal in wires[step.inputs] { signals[signal].lastStep = i }
      for signal in wires[step.outputs] { signals[signal].lastStep = i }
      if let range = step.kind.sources {
        for source in sources[range] { signals[source.signal].lastStep = i }
      }
    }
    // A chain may write all its outputs in its first step.
    for chain in chains {
      for step in steps[chain.steps] {
        for signal in wires[step.outputs] {
          signals[signal].firstStep = chain.steps.lowerBound
          signals[signal].lastStep = max(signals[signal].lastStep, chain.steps.upperBound - 1)
        }
      }
    }
    for step in steps where step.traits.contains(.mayPass) {
      guard case .combine(_, _, let range) = step.kind else { continue }
      let source = sources[range.lowerBound].signal, result = wires[step.outputs.lowerBound]
      signals[source].lastStep = max(signals[source].lastStep, signals[result].lastStep)
    }
  }

  /// Assigns each signal a buffer from a pool, which is free again after the signal's last reader. The last freed
  /// buffer is reused first: it is still in cache. A step's outputs never share memory with its inputs. Each task has a
  /// pool of its own; a signal that crosses tasks keeps its buffer.
  mutating func colour() {
    findLives()
    // The source of a copy is read wherever the copy is; copies of copies come later.
    for step in steps.reversed()
    where step.kind.isCopy && wires[step.outputs].contains(where: { !signals[$0].isOnGrid }) {
      for signal in wires[step.inputs] { signals[signal].isOnGrid = false }
    }
    var ending: [[Int]] = Array(repeating: [], count: steps.count)
    var starting = ending
    for (i, signal) in signals.enumerated() where signal.external == nil {
      starting[signal.firstStep].append(i)
      ending[signal.lastStep].append(i)
    }
    var freeMono: [Int] = [], freePoly: [Int] = []
    for step in steps.indices {
      if step > 0 && steps[step].task != steps[step - 1].task {
        (freeMono, freePoly) = ([], [])
        // The processor must not prefetch lines that another thread writes.
        (monoBuffers, polyBuffers) = (monoBuffers + 2, polyBuffers + 1)
      }
      for i in starting[step] {
        let mayReuse = staysInTask(i)
        if signals[i].isPoly {
          signals[i].buffer = (mayReuse ? freePoly.popLast() : nil) ?? polyBuffers
          polyBuffers = max(polyBuffers, signals[i].buffer + 1)
        } else {
          signals[i].buffer = (mayReuse ? freeMono.popLast() : nil) ?? monoBuffers
          monoBuffers = max(monoBuffers, signals[i].buffer + 1)
        }
      }
      for i in ending[step] where staysInTask(i) {
        if signals[i].isPoly { freePoly.append(signals[i].buffer) } else { freeMono.append(signals[i].buffer) }
      }
    }
  }

  private func staysInTask(_ signal: Int) -> Bool {
    steps[signals[signal].firstStep].task == steps[signals[signal].lastStep].task
  }
}

/// Buffers in one allocation, a cell per signal, and the lists of cells that steps read and write.
struct SignalMemory {
  /// State pointer of stateless steps.
  let anywhere: RawMemory
  let cells: [Reference<SignalCell>]
  private let wires: Row<Reference<SignalCell>>
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
    var cells = draft.signals.map { $0.external ?? cell.reference(to: SignalCell.self) }, task = 0
    for i in order {
      let signal = draft.signals[i]
      if draft.steps[signal.firstStep].task != task {
        task = draft.steps[signal.firstStep].task
        constant = (constant + SignalMemory.gap).nextLine
        cell = (cell + SignalMemory.gap).nextLine
      }
      let base = signal.isPoly ? buffers + signal.buffer * polyBytes : buffers + monoStart + signal.buffer * monoBytes
      cells[i] = cell.make(
        SignalCell(base: base.pointer, constant: constant.pointer, feedbackDelay: signal.feedbackDelay))
      cells[i].pointee.isOnGrid = signal.isOnGrid
      cells[i].pointee.isAudioRate = signal.isAudioRate
      cell = cell + cellBytes
      constant = constant + constantBytes
    }
    self.cells = cells
    anywhere = buffers
    wires = arena.copy(of: draft.wires.map { cells[$0] })
  }

  /// The cells from a wire index on.
  func list(at wire: Int) -> SignalList { SignalList(wires.rest(from: wire)) }
  func first(at wire: Int) -> Reference<SignalCell> { wires[wire] }
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
  nonisolated(unsafe) static let unitGain = Reference.make(Ramp(at: 1))

  private static func cell(holding value: Float, isPatched: Bool) -> Reference<SignalCell> {
    let base = RawMemory(Reference.make(Voices(value)))
    let cell = Reference.make(SignalCell(base: base.pointer, mask: 0))
    cell.pointee.isPatched = isPatched
    return cell
  }

  /// The signal of a parameter: its first stored property.
  static func cell(of parameter: Reference<Parameter>) -> Reference<SignalCell> {
    parameter.first(SignalCell.self)
  }
}
