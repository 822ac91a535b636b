// [control] The steps of a plan, with signals that have no place in memory yet.
import ModuleKit

/// A signal between steps: who writes it first, who reads it last.
/// The cell that may lie outside is only ever read by address: hence `@unchecked`.
package struct PlanSignal: @unchecked Sendable {
  package var isPoly: Bool
  package var firstStep = 0
  package var lastStep = 0
  /// A cell that lies outside the plan: a knob, silence, the unit.
  var external: UnsafeMutablePointer<SignalCell>?
  var lateness = 0
  /// Knobs alone decide it.
  package var isStill = false
  /// Read on the grid (and at a chunk's first frame) only.
  var isOnGrid = true
  /// The buffer's number among those of its width; set by the colouring.
  package var buffer = -1
}

/// A step by kind, with signals by number.
package struct PlanStep: Sendable {
  package enum Kind: Sendable {
    case module(node: Int, group: Int)
    case combine(node: Int, port: Int, sources: Range<Int>)
    case voiceKnob(node: Int, port: Int, group: Int)
    /// The same input of eight nodes: its input is their knobs in lanes, if it has any; each source has eight cables.
    case combineEight(pack: Int, port: Int, sources: Range<Int>)
    case spread
    case accumulate(cable: Int, group: Int, isFirst: Bool)
    case fold
    case readLate(node: Int, port: Int, group: Int)
    case writeLate(node: Int, port: Int, group: Int)
    /// Eight mono signals into lanes, and back.
    case gather
    case scatter
    /// Eight nodes of one voice, by the pack's number.
    case pack(Int)
  }
  package var kind: Kind
  package var inputs: Range<Int>
  package var outputs: Range<Int>
  var isPoly: Bool
  /// Its outputs are functions of knobs alone.
  package var isStill = false
  /// A combining step whose one source may be read in its place.
  var mayPass = false
}

extension PlanStep.Kind {
  /// Its outputs are its inputs in another width.
  var isCopy: Bool {
    switch self {
    case .spread, .gather, .scatter: true
    default: false
    }
  }

  /// What a step that combines reads beside its inputs.
  package var sources: Range<Int>? {
    switch self {
    case .combine(_, _, let sources), .combineEight(_, _, let sources): sources
    default: nil
    }
  }
}

package struct PlanDraft: Sendable {
  package var steps: [PlanStep] = []
  package var signals: [PlanSignal] = []
  /// Signal numbers; steps hold ranges of it.
  package var wires: [Int] = []
  /// The sources of combine steps: the signal, and where in `cables` its cable is, or its eight.
  package var sources: [(signal: Int, cable: Int)] = []
  /// By index; −1: gain 1.
  package var cables: [Int] = []
  /// The nodes of each pack, by lane.
  package var packs: [[Int]] = []
  package private(set) var monoBuffers = 0
  package private(set) var polyBuffers = 0

  mutating func newSignal(isPoly: Bool, external: UnsafeMutablePointer<SignalCell>? = nil) -> Int {
    signals.append(PlanSignal(isPoly: isPoly, external: external))
    signals[signals.count - 1].isStill = external != nil
    return signals.count - 1
  }

  /// - Parameters:
  ///   - isPure: the step gives the same for the same inputs, whatever was before.
  ///   - readsGrid: a combining step whose result is read on the grid only.
  mutating func add(
    _ kind: PlanStep.Kind, inputs: [Int], outputs: [Int], isPoly: Bool, isPure: Bool = false, readsGrid: Bool = false,
    mayPass: Bool = false
  ) {
    let first = wires.count
    var isStill = isPure && inputs.allSatisfy { signals[$0].isStill }
    wires += inputs
    wires += outputs
    if let range = kind.sources {
      for source in sources[range] {
        isStill = isStill && signals[source.signal].isStill
        if !readsGrid { signals[source.signal].isOnGrid = false }
      }
    }
    if !kind.isCopy { for signal in inputs { signals[signal].isOnGrid = false } }
    for signal in outputs { signals[signal].isStill = isStill }
    steps.append(
      PlanStep(
        kind: kind, inputs: first..<first + inputs.count,
        outputs: first + inputs.count..<first + inputs.count + outputs.count, isPoly: isPoly, isStill: isStill,
        mayPass: mayPass))
  }

  /// A source of the combine step that comes next.
  mutating func addSource(_ signal: Int, cables: some Sequence<Int>) {
    sources.append((signal, self.cables.count))
    self.cables += cables
  }

  /// How many notes the steps that sum voices look at.
  func noteLinkCount(_ played: NoteSources, in graph: Graph) -> Int {
    var count = 0
    for step in steps {
      switch step.kind {
      case .accumulate(let cable, _, _): count += played.of[graph.cables[cable].source].count
      case .voiceKnob(let node, _, _): count += graph.players(of: node).count
      default: break
      }
    }
    return count
  }

  /// Puts the still ones among the steps from `first` on before the others: what is left runs in one stretch.
  mutating func putStillFirst(from first: Int) {
    let tail = steps[first...]
    guard tail.contains(where: \.isStill) else { return }
    steps.replaceSubrange(first..., with: tail.filter(\.isStill) + tail.filter { !$0.isStill })
  }

  /// Finds out which step writes each signal first, and which reads it last.
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
    for step in steps where step.mayPass {
      guard case .combine(_, _, let range) = step.kind else { continue }
      let source = sources[range.lowerBound].signal, result = wires[step.outputs.lowerBound]
      signals[source].lastStep = max(signals[source].lastStep, signals[result].lastStep)
    }
  }

  /// Gives every signal a buffer from a pool and takes it back after its last reader. The last freed is the next
  /// used: it is still in cache. A step's outputs never share memory with its inputs.
  mutating func colour() {
    findLives()
    // What is copied is read wherever its copy is; copies of copies come later.
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
      for i in starting[step] {
        if signals[i].isPoly {
          signals[i].buffer = freePoly.popLast() ?? polyBuffers
          polyBuffers = max(polyBuffers, signals[i].buffer + 1)
        } else {
          signals[i].buffer = freeMono.popLast() ?? monoBuffers
          monoBuffers = max(monoBuffers, signals[i].buffer + 1)
        }
      }
      for i in ending[step] {
        if signals[i].isPoly { freePoly.append(signals[i].buffer) } else { freeMono.append(signals[i].buffer) }
      }
    }
  }
}
