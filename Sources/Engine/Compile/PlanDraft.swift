// [control] The steps of a plan, with signals that have no memory yet.
import ModuleKit

/// A signal between steps: who writes it first, who reads it last.
/// The cell that may lie outside is only ever read by address: hence `@unchecked`.
package struct PlanSignal: @unchecked Sendable {
  package var isPoly: Bool
  package var firstStep = 0
  package var lastStep = 0
  /// A cell that lies outside the plan: a parameter, silence, the unit.
  var external: UnsafeMutablePointer<SignalCell>?
  var lateness = 0
  /// Parameters alone decide it.
  package var isConstant = false
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
    case noteParameter(node: Int, port: Int, group: Int)
    /// The same input of eight nodes: its input is their parameters in lanes, if it has any; each source has eight cables.
    case combineEight(pack: Int, port: Int, sources: Range<Int>)
    case spread
    case accumulate(cable: Int, group: Int)
    case fold
    case total
    case readFeedback(node: Int, port: Int, group: Int)
    case writeFeedback(node: Int, port: Int, group: Int)
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
  /// Its outputs are functions of parameters alone.
  package var isConstant = false
  /// A combining step whose one source may be read in its place.
  var mayPass = false
  /// Which part of the work it belongs to, where threads share it.
  package var task = 0
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
  package var monoBuffers = 0
  package var polyBuffers = 0
  /// What threads may take from one another, in an order in which one thread may do it.
  package var tasks: [PlanTask] = []
  /// The task of the steps that are added now.
  var task = 0

  mutating func newSignal(isPoly: Bool, external: UnsafeMutablePointer<SignalCell>? = nil) -> Int {
    signals.append(PlanSignal(isPoly: isPoly, external: external))
    signals[signals.count - 1].isConstant = external != nil
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
    var isConstant = isPure && inputs.allSatisfy { signals[$0].isConstant }
    wires += inputs
    wires += outputs
    if let range = kind.sources {
      for source in sources[range] {
        isConstant = isConstant && signals[source.signal].isConstant
        if !readsGrid { signals[source.signal].isOnGrid = false }
      }
    }
    if !kind.isCopy { for signal in inputs { signals[signal].isOnGrid = false } }
    for signal in outputs { signals[signal].isConstant = isConstant }
    steps.append(
      PlanStep(
        kind: kind, inputs: first..<first + inputs.count,
        outputs: first + inputs.count..<first + inputs.count + outputs.count, isPoly: isPoly, isConstant: isConstant,
        mayPass: mayPass, task: task))
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
      case .accumulate(let cable, _): count += played.of[graph.cables[cable].source].count
      case .noteParameter(let node, _, _): count += graph.players(of: node).count
      default: break
      }
    }
    return count
  }

  /// Puts the still ones among the steps from `first` on before the others: what is left runs in one stretch.
  mutating func putConstantsFirst(from first: Int) {
    let tail = steps[first...]
    guard tail.contains(where: \.isConstant) else { return }
    steps.replaceSubrange(first..., with: tail.filter(\.isConstant) + tail.filter { !$0.isConstant })
  }
}
