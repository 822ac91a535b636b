// [control] The steps of a plan, with signals that have no memory yet.
import DSP
import ModuleKit

/// A signal between steps, with its first writer and last reader.
/// An external cell is only ever read by address: hence `@unchecked`.
package struct PlanSignal: @unchecked Sendable {
  package var isPoly: Bool
  package var firstStep = 0
  package var lastStep = 0
  /// A cell outside the plan: a parameter, silence, the unit.
  var external: Reference<SignalCell>?
  var feedbackDelay = 0
  /// Depends on parameters alone.
  package var isConstant = false
  /// An input whose source moves at audio rate, and that is read in every frame for that.
  var isAudioRate = false
  /// Read on the grid (and at a block's first frame) only.
  var isOnGrid = true
  /// The buffer's number among those of its width; set by the colouring.
  package var buffer = -1
}

/// Properties of a step.
struct StepTraits: OptionSet, Sendable {
  let rawValue: UInt8
  /// Eight voices at a time.
  static let poly = StepTraits(rawValue: 1)
  /// A function of its inputs, without state.
  static let pure = StepTraits(rawValue: 2)
  /// The result of a combine step is read on the grid only.
  static let readsGrid = StepTraits(rawValue: 4)
  /// A combine step whose single source may be read in its place.
  static let mayPass = StepTraits(rawValue: 8)

  static func poly(if isPoly: Bool) -> StepTraits { isPoly ? .poly : [] }
  static func readsGrid(if reading: Reading, _ isAudioRate: Bool) -> StepTraits {
    reading == .grid || reading == .adaptive && !isAudioRate ? .readsGrid : []
  }
}

/// A step by kind, with signals by number.
package struct PlanStep: Sendable {
  package enum Kind: Sendable {
    case module(node: Int, group: Int)
    case combine(node: Int, port: Int, sources: Range<Int>)
    case noteParameter(node: Int, port: Int, group: Int)
    /// The same input of eight nodes: its input is their parameters in lanes, if any; each source has eight cables.
    case combineEight(pack: Int, port: Int, sources: Range<Int>)
    case spread
    case accumulate(cable: Int, group: Int)
    /// Delays the source of a cable whose path is shorter than a parallel one.
    case compensate(cable: Int, group: Int)
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
  let traits: StepTraits
  /// Its outputs depend on parameters alone.
  package var isConstant = false
  /// Its task, where several threads render.
  package var task = 0
}

extension PlanStep.Kind {
  /// Its outputs are its inputs at another width.
  var isCopy: Bool {
    switch self {
    case .spread, .gather, .scatter: true
    default: false
    }
  }

  /// The sources that a combine step reads beside its inputs.
  package var sources: Range<Int>? {
    switch self {
    case .combine(_, _, let sources), .combineEight(_, _, let sources): sources
    default: nil
    }
  }
}

/// The steps of a plan in their order, and the signals between them: a plan without memory.
package struct StepList: Sendable {
  package var steps: [PlanStep] = []
  package var signals: [PlanSignal] = []
  /// Signal numbers; steps hold ranges of it.
  package var wires: [Int] = []
  /// The sources of combine steps: the signal, and the index of its cable, or of its eight, in `cables`.
  package var sources: [(signal: Int, cable: Int)] = []
  /// By index; −1: gain 1.
  package var cables: [Int] = []
  /// The nodes of each pack, by lane.
  package var packs: [[Int]] = []
  /// Steps of nodes in series that are rendered as one.
  var chains: [Chain] = []
  package var monoBuffers = 0
  package var polyBuffers = 0
  /// Tasks for several threads, in an order that is valid for one thread.
  package var tasks: [PlanTask] = []
  /// The task of the steps that are being added.
  var task = 0

  mutating func newSignal(isPoly: Bool, external: Reference<SignalCell>? = nil) -> Int {
    signals.append(PlanSignal(isPoly: isPoly, external: external))
    signals[signals.count - 1].isConstant = external != nil
    return signals.count - 1
  }

  mutating func add(_ kind: PlanStep.Kind, inputs: [Int], outputs: [Int], _ traits: StepTraits = []) {
    let first = wires.count
    var isConstant = traits.contains(.pure) && inputs.allSatisfy { signals[$0].isConstant }
    wires += inputs
    wires += outputs
    if let range = kind.sources {
      for source in sources[range] {
        isConstant = isConstant && signals[source.signal].isConstant
        if !traits.contains(.readsGrid) { signals[source.signal].isOnGrid = false }
      }
    }
    if !kind.isCopy { for signal in inputs { signals[signal].isOnGrid = false } }
    for signal in outputs { signals[signal].isConstant = isConstant }
    steps.append(
      PlanStep(
        kind: kind, inputs: first..<first + inputs.count,
        outputs: first + inputs.count..<first + inputs.count + outputs.count, traits: traits, isConstant: isConstant,
        task: task))
  }

  /// Adds a source of the next combine step.
  mutating func addSource(_ signal: Int, cables: some Sequence<Int>) {
    sources.append((signal, self.cables.count))
    self.cables += cables
  }

  /// Moves the constant steps from `first` on before the others: the rest forms a single run.
  mutating func putConstantsFirst(from first: Int) {
    let tail = steps[first...]
    guard tail.contains(where: \.isConstant) else { return }
    steps.replaceSubrange(first..., with: tail.filter(\.isConstant) + tail.filter { !$0.isConstant })
  }

  /// Groups the steps by task. Feedback writes come last, when everything has been rendered.
  mutating func share(_ tasks: [PlanTask]) {
    guard !tasks.isEmpty else { return }
    self.tasks = tasks
    if steps.contains(where: { $0.task == tasks.count }) {
      self.tasks.append(PlanTask(needs: (1 << UInt32(tasks.count)) - 1, home: 0))
    }
    var byTask: [[PlanStep]] = Array(repeating: [], count: self.tasks.count)
    for step in steps { byTask[step.task].append(step) }
    steps = byTask.flatMap { $0 }
  }
}

/// Adjacent steps, each of which reads the first output of the one before as its first input, and nothing else but
/// parameters without cables.
struct Chain: Sendable {
  var steps: Range<Int>
  /// Other steps read an output between the nodes.
  var needsAllOutputs: Bool
}

extension StepList {
  /// The lengths of chains: two filters alone are faster one after the other.
  private static let chainLengths = 3...FilterChain.limit

  /// Finds the chains among the steps in their final order.
  mutating func findChains(in graph: Graph) {
    var readers = Array(repeating: 0, count: signals.count)
    for step in steps {
      for signal in wires[step.inputs] { readers[signal] += 1 }
      if let range = step.kind.sources { for source in sources[range] { readers[source.signal] += 1 } }
    }
    var first = 0
    while first < steps.count {
      var end = first + 1
      if let name = chainedModule(first, in: graph) {
        let most = min(steps.count, first + Self.chainLengths.upperBound)
        while end < most, continues(end, name, in: graph) { end += 1 }
      }
      if end - first >= Self.chainLengths.lowerBound {
        let needsAll = (first..<end - 1).contains { readers[wires[steps[$0].outputs.lowerBound]] > 1 }
        chains.append(Chain(steps: first..<end, needsAllOutputs: needsAll))
      }
      first = end
    }
  }

  /// The module of a step of one voice whose parameters have no cables, if it can be chained.
  private func chainedModule(_ index: Int, in graph: Graph) -> String? {
    let step = steps[index]
    guard case .module(let node, _) = step.kind, !step.traits.contains(.poly), !step.isConstant else { return nil }
    let descriptor = graph.nodes[node].instance.descriptor
    guard descriptor.chaining != nil, wires[step.inputs].dropFirst().allSatisfy({ signals[$0].external != nil }) else {
      return nil
    }
    return "\(descriptor.name) \(descriptor.generation)"
  }

  /// Returns whether a step is of that module, and reads the output of the step before it.
  private func continues(_ index: Int, _ name: String, in graph: Graph) -> Bool {
    let step = steps[index], before = steps[index - 1]
    return step.task == before.task && chainedModule(index, in: graph) == name
      && wires[step.inputs.lowerBound] == wires[before.outputs.lowerBound]
  }
}
