// [control] Buffer colouring: signals that share memory.
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
