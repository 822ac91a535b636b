// [control] The steps of a plan in memory, with everything that they refer to.
import DSP
import ModuleKit

/// Builds the steps of a draft, one kind at a time.
struct PlanSteps {
  private(set) var steps: UnsafeMutableBufferPointer<Step>
  private(set) var sites: [FaultSite] = []
  /// The last quanta of feedback inputs.
  private(set) var feedbackBuffers: [UnsafeMutableRawBufferPointer] = []

  private let graph: Graph
  private let signals: PlanSignals
  private let played: NoteSources
  private let weights: UnsafeMutablePointer<VoiceWeights>
  private let isInLoop: [Bool]
  private let sources: UnsafeMutableBufferPointer<CombineSource>
  // Memory for the next step of each kind.
  private var combine: UnsafeMutablePointer<CombineStep>?
  private var noteParameter: UnsafeMutablePointer<NoteParameterStep>?
  private var accumulate: UnsafeMutablePointer<AccumulateStep>?
  private var noteGroup: UnsafeMutablePointer<UnsafeMutablePointer<NoteGroup>>?
  private var packs: PlanPacks

  /// - Parameter isInLoop: per node, whether its output feeds back to it.
  init(
    _ draft: PlanDraft, of graph: Graph, _ signals: PlanSignals, _ played: NoteSources, isInLoop: [Bool],
    weights: UnsafeMutablePointer<VoiceWeights>, in arena: inout PlanArena
  ) {
    self.graph = graph
    self.signals = signals
    self.played = played
    self.weights = weights
    self.isInLoop = isInLoop
    let gains = arena.copy(of: draft.cables.map { $0 < 0 ? Constants.unitGain : graph.cables[$0].gain.ramp })
    sources = arena.copy(
      of: draft.sources.map { source in
        CombineSource(signal: signals.cells[source.signal], gains: gains.baseAddress! + source.cable)
      })
    var combines = 0, accumulates = 0, noteParameters = 0
    for step in draft.steps {
      switch step.kind {
      case .combine, .combineEight: combines += 1
      case .accumulate: accumulates += 1
      case .noteParameter: noteParameters += 1
      default: break
      }
    }
    combine = arena.room(for: combines, of: CombineStep.self).baseAddress
    accumulate = arena.room(for: accumulates, of: AccumulateStep.self).baseAddress
    noteParameter = arena.room(for: noteParameters, of: NoteParameterStep.self).baseAddress
    noteGroup =
      arena.room(for: draft.noteLinkCount(played, in: graph), of: UnsafeMutablePointer<NoteGroup>.self).baseAddress
    packs = PlanPacks(draft, of: graph, in: &arena)
    steps = arena.room(for: draft.steps.count, of: Step.self)
    for (i, step) in draft.steps.enumerated() {
      let site = sites.count
      let (process, state) = build(step, in: &arena)
      (steps.baseAddress! + i).initialize(
        to: Step(
          process: process, state: state, inputs: signals.list(at: step.inputs.lowerBound),
          outputs: signals.list(at: step.outputs.lowerBound), site: sites.count > site ? site : -1))
    }
  }

  private mutating func build(_ step: PlanStep, in arena: inout PlanArena) -> (Process, UnsafeMutableRawPointer) {
    switch step.kind {
    case .module(let node, let group):
      let instance = graph.nodes[node].instance, kernel = instance.kernel(group: group)
      sites.append(instance.faultSite(group: group, isInLoop: isInLoop[node]))
      return (kernel.process, kernel.state)
    case .combine(let node, let port, let range):
      let process = step.isPoly ? CombineStep.processPoly : CombineStep.processMono
      let parameter =
        step.inputs.isEmpty
        ? Constants.cell(of: graph.nodes[node].instance.parameters.baseAddress! + port)
        : signals.first(at: step.inputs.lowerBound)
      return (process, UnsafeMutableRawPointer(makeCombine(node, port, parameter, range, isWithin: step.mayPass)))
    case .noteParameter(let node, let port, let group):
      let process = step.isPoly ? NoteParameterStep.processPoly : NoteParameterStep.processMono
      return (process, UnsafeMutableRawPointer(makeNoteParameter(node, port, group)))
    case .combineEight(let pack, let port, let range):
      let parameters = step.inputs.isEmpty ? Constants.silence : signals.first(at: step.inputs.lowerBound)
      return (
        CombineStep.processEight,
        UnsafeMutableRawPointer(makeCombine(packs.nodes[pack][0], port, parameters, range, isWithin: false))
      )
    case .accumulate(let cable, let group):
      signals.first(at: step.outputs.lowerBound).pointee.mask = AccumulateStep.empty
      return (AccumulateStep.process, UnsafeMutableRawPointer(makeAccumulate(cable, group)))
    case .spread: return (SpreadStep.process, signals.anywhere)
    case .fold: return (FoldStep.process, signals.anywhere)
    case .total:
      let total = arena.copy(of: [TotalStep(count: step.inputs.count)])
      return (TotalStep.process, UnsafeMutableRawPointer(total.baseAddress!))
    case .gather: return (GatherStep.process, signals.anywhere)
    case .scatter: return (ScatterStep.process, signals.anywhere)
    case .pack(let number):
      sites += packs.sites(number, isInLoop: isInLoop)
      return (
        PackStep.process,
        packs.build(
          number, inputs: signals.list(at: step.inputs.lowerBound), outputs: signals.list(at: step.outputs.lowerBound),
          in: &arena)
      )
    case .readFeedback(let node, let port, let group):
      let instance = graph.nodes[node].instance, buffer = instance.feedbackBuffer(port: port, group: group)
      feedbackBuffers.append(UnsafeMutableRawBufferPointer(start: buffer, count: quantumFrames * instance.valueBytes))
      return (step.isPoly ? FeedbackBuffer.readPoly : FeedbackBuffer.readMono, buffer)
    case .writeFeedback(let node, let port, let group):
      let buffer = graph.nodes[node].instance.feedbackBuffer(port: port, group: group)
      return (step.isPoly ? FeedbackBuffer.writePoly : FeedbackBuffer.writeMono, buffer)
    }
  }

  private mutating func makeCombine(
    _ node: Int, _ port: Int, _ parameter: UnsafeMutablePointer<SignalCell>, _ range: Range<Int>,
    isWithin: Bool
  ) -> UnsafeMutablePointer<CombineStep> {
    let spec = graph.nodes[node].instance.descriptor.inputs[port]
    defer { combine! += 1 }
    combine!.initialize(
      to: CombineStep(
        sources: sources.baseAddress! + range.lowerBound, count: range.count,
        parameter: parameter, rule: spec.modulation,
        isPlain: spec.type == .signal, isWithin: isWithin, isOnGrid: spec.reading == .grid, low: spec.range.lowerBound,
        high: spec.range.upperBound))
    return combine!
  }

  private mutating func makeNoteParameter(_ node: Int, _ port: Int, _ group: Int) -> UnsafeMutablePointer<
    NoteParameterStep
  > {
    let instance = graph.nodes[node].instance, parameter = instance.noteParameters[port]!,
      players = played.setters(of: node)
    defer { noteParameter! += 1 }
    noteParameter!.initialize(
      to: NoteParameterStep(
        parameter: Constants.cell(of: instance.parameters.baseAddress! + port), group: parameter.group(group),
        notes: played.writeNotes(of: players, group, of: graph, into: &noteGroup), noteCount: players.count,
        smoothFrames: parameter.smoothFrames))
    return noteParameter!
  }

  private mutating func makeAccumulate(_ cable: Int, _ group: Int) -> UnsafeMutablePointer<AccumulateStep> {
    let source = graph.cables[cable].source, players = played.of[source]
    let links = played.writeNotes(of: players, group, of: graph, into: &noteGroup)
    defer { accumulate! += 1 }
    accumulate!.initialize(
      to: AccumulateStep(
        gain: graph.cables[cable].gain.ramp, weights: weights + group, notes: links, noteCount: players.count,
        isMeasured: !players.isEmpty && graph.nodes[source].instance.notes == nil))
    return accumulate!
  }
}

extension PlanSteps {
  /// The kernels that belong to the plan alone.
  var kernels: [Kernel] { packs.kernels }
}
