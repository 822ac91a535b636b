// [control] A plan as text, printed by `weft plan`.
import ModuleKit
import PatchKit

/// The steps and buffers of the plan that a patch compiles to.
public struct PlanListing: Sendable {
  /// One step of the plan.
  public struct Step: Sendable {
    /// The node's id, with its voice group where there are several: `osc1`, `osc1[2]`.
    public var name: String
    /// The module's type, or a step of the engine (`combine`, `spread`, `sum`, `fold`, `total`, `late`).
    public var work: String
    /// Buffers read and written: `m3` is the fourth mono buffer, `p0` the first polyphonic one; `-` is outside the
    /// plan.
    public var reads: [String]
    public var writes: [String]
  }

  public let steps: [Step]
  public let monoBuffers: Int
  public let polyBuffers: Int
  public let voices: Int
  /// The sounds that could not be read.
  public let unreadable: [PatchError]
  /// Warnings: parts of the patch that compile differently than written.
  public let warnings: [PatchError]
  /// Nodes in the order of the plan, and the cables between them, for drawing.
  public let nodes: [(id: String, type: String, isPoly: Bool)]
  public let cables: [(from: String, to: String, amount: Float)]
  /// The steps with their signals, for tests.
  package let list: StepList

  /// - Parameter threads: number of rendering threads.
  /// - Throws: every error of the patch, cycles included.
  public init(
    _ patch: Patch, registry: Registry, sampleRate: Double = 48_000, threads: Int = 1,
    sounds: @escaping SoundSource = noSounds
  ) throws(PatchErrors) {
    var serials: [String: Int] = [:]
    for (i, id) in patch.nodes.keys.sorted().enumerated() { serials[id] = i + 1 }
    let builder = GraphBuilder(registry: registry, sampleRate: Float(sampleRate), sounds: sounds)
    let built = try builder.graph(of: IdentifiedPatch(patch: patch, serials: serials), reusing: Graph())
    let graph = built.graph
    unreadable = built.unreadable
    warnings = built.warnings + built.soundProblems
    let list = PatchRouter.route(graph, threads: threads)
    self.list = list
    monoBuffers = list.monoBuffers
    polyBuffers = list.polyBuffers
    voices = patch.voices
    nodes = graph.nodes.map { ($0.id, $0.instance.descriptor.name, $0.instance.isPoly) }
    cables = graph.cables.map { cable in
      let ends = graph.names(of: cable)
      return (ends.from, ends.to, cable.amount)
    }
    func buffer(_ signal: Int) -> String {
      let signal = list.signals[signal]
      return signal.buffer < 0 ? "-" : (signal.isPoly ? "p" : "m") + "\(signal.buffer)"
    }
    func name(_ node: Int, _ group: Int) -> String {
      graph.nodes[node].instance.isPoly && graph.groups > 1 ? "\(graph.nodes[node].id)[\(group)]" : graph.nodes[node].id
    }
    func port(_ node: Int, _ port: Int) -> String {
      graph.nodes[node].id + "/" + graph.nodes[node].instance.descriptor.inputs[port].name
    }
    steps = list.steps.map { step in
      var reads = list.wires[step.inputs].map(buffer)
      let writes = list.wires[step.outputs].map(buffer)
      switch step.kind {
      case .module(let node, let group):
        return Step(
          name: name(node, group), work: graph.nodes[node].instance.descriptor.name, reads: reads, writes: writes)
      case .combine(let node, let input, let sources):
        reads = list.sources[sources].map { buffer($0.signal) }
        return Step(name: port(node, input), work: "combine", reads: reads, writes: writes)
      case .noteParameter(let node, let input, _):
        return Step(name: port(node, input), work: "note parameter", reads: reads, writes: writes)
      case .combineEight(let pack, let input, let sources):
        reads = list.sources[sources].map { buffer($0.signal) } + reads
        return Step(
          name: list.packs[pack].map { port($0, input) }.joined(separator: " "), work: "combine", reads: reads,
          writes: writes)
      case .compensate(let index, let group):
        let cable = graph.cables[index], ends = graph.names(of: cable)
        let place = graph.nodes[cable.source].instance.isPoly && graph.groups > 1 ? "[\(group)]" : ""
        return Step(
          name: "\(ends.from)\(place) -> \(ends.to)", work: "delay \(cable.delay)", reads: reads, writes: writes)
      case .spread: return Step(name: "", work: "spread", reads: reads, writes: writes)
      case .accumulate(let cable, let group):
        return Step(
          name: "\(graph.names(of: graph.cables[cable]).to)[\(group)]", work: "sum", reads: reads, writes: writes)
      case .fold: return Step(name: "", work: "fold", reads: reads, writes: writes)
      case .total: return Step(name: "", work: "total", reads: reads, writes: writes)
      case .gather: return Step(name: "", work: "gather", reads: reads, writes: writes)
      case .scatter: return Step(name: "", work: "scatter", reads: reads, writes: writes)
      case .pack(let number):
        let nodes = list.packs[number]
        return Step(
          name: nodes.map { graph.nodes[$0].id }.joined(separator: " "),
          work: "\(graph.nodes[nodes[0]].instance.descriptor.name) × \(nodes.count)", reads: reads, writes: writes)
      case .readFeedback(let node, let input, _):
        return Step(name: port(node, input), work: "late read", reads: reads, writes: writes)
      case .writeFeedback(let node, let input, _):
        return Step(name: port(node, input), work: "late write", reads: reads, writes: writes)
      }
    }
  }

  /// One line per step.
  public var text: String {
    var lines = ["\(steps.count) steps, \(monoBuffers) mono and \(polyBuffers) polyphonic buffers, voices \(voices)"]
    // Groups of eight names get a line of their own.
    let width = (steps.map(\.name.count).filter { $0 <= 32 }.max() ?? 0) + 2
    for (i, step) in steps.enumerated() {
      let number = String(repeating: " ", count: max(0, 4 - "\(i)".count)) + "\(i)"
      let name = step.name + String(repeating: " ", count: max(2, width - step.name.count))
      let work = step.work + String(repeating: " ", count: max(1, 12 - step.work.count))
      lines.append(
        "\(number)  \(name)\(work)\(step.reads.joined(separator: " ")) -> \(step.writes.joined(separator: " "))")
    }
    return lines.joined(separator: "\n")
  }

  /// The patch as a Graphviz graph.
  public var dot: String {
    var lines = ["digraph patch {", "  rankdir=LR; node [shape=box];"]
    for node in nodes {
      lines.append("  \"\(node.id)\" [label=\"\(node.id)\\n\(node.type)\"\(node.isPoly ? ", peripheries=2" : "")];")
    }
    for cable in cables {
      let from = cable.from.split(separator: "/"), to = cable.to.split(separator: "/")
      let amount = cable.amount == 1 ? "" : " × \(cable.amount)"
      lines.append("  \"\(from[0])\" -> \"\(to[0])\" [label=\"\(from[1]) → \(to[1])\(amount)\"];")
    }
    return (lines + ["}"]).joined(separator: "\n")
  }
}
