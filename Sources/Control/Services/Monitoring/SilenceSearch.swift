import ModuleKit
import PatchKit

/// Explains silence: follows the signal backwards from the outputs, or from one node, to the place where it ends.
struct SilenceSearch {
  /// A place where the signal ends, the reason and a remedy.
  struct Finding: Equatable {
    enum Reason: String {
      /// No fault: the signal reaches the outputs.
      case heard
      /// Nothing renders.
      case noAudio = "no-audio"
      /// The output ports of the program are not connected.
      case notConnected = "not-connected"
      /// The master volume is at its minimum.
      case volume
      /// Nothing has been committed, or the node has not.
      case notCommitted = "not-committed"
      case noCable = "no-cable"
      /// The output is not connected, and the patch has an `output` node, so that free outputs are not summed.
      case notHeard = "not-heard"
      /// A cable with an amount of 0.
      case amount
      /// A level parameter at its minimum.
      case level
      case gateOff = "gate-off"
      case noNotes = "no-notes"
      /// Muted after a fault.
      case muted
      /// The sound file could not be read, or is not named.
      case noSound = "no-sound"
      /// Nothing arrives at the audio input of the program.
      case noInput = "no-input"
      /// The module is not installed.
      case missing
      /// Another reason.
      case silent
    }
    var node: String
    var reason: Reason
    var sentence: String
    /// A command, or empty.
    var remedy: String = ""
  }

  /// A level below this is silence: −100 dB.
  static let silence: Float = 1e-5
  /// Maximum number of findings.
  static let limit = 32

  /// The committed patch.
  var patch: Patch
  var registry: Registry
  /// The peak of each rendered output.
  var peaks: [PortAddress: Float] = [:]
  /// Peak of the main outputs.
  var outputPeak: Float = 0
  var soundingVoices = 0
  /// Nodes muted after a fault, and nodes with an unreadable file.
  var muted: Set<String> = []
  var unreadable: Set<String> = []

  private var findings: [Finding] = []
  private var visited: Set<String> = []

  init(_ patch: Patch, in registry: Registry) {
    self.patch = patch
    self.registry = registry
  }

  // MARK: Entry points

  /// Explains silence at the outputs.
  mutating func explainOutputs() -> [Finding] {
    (findings, visited) = ([], [])
    if patch.nodes.isEmpty {
      add(SignalAddress.outputs, .notCommitted, "no node has been committed", "/patch/commit")
      return findings
    }
    if outputPeak > SilenceSearch.silence {
      add(SignalAddress.outputs, .heard, "it is heard at \(SilenceSearch.decibels(outputPeak)) dB")
      return findings
    }
    let sinks = sinks
    for id in sinks.isEmpty ? unconnected : sinks { explain(id) }
    if !sinks.isEmpty { for id in unconnected where isLoud(id) { addNotHeard(id) } }
    return findings
  }

  /// Explains the silence of a node.
  mutating func explainNode(_ id: String) -> [Finding] {
    (findings, visited) = ([], [])
    guard isLoud(id) || patch.nodes[id].flatMap({ registry[$0.type] })?.outputs.isEmpty == true else {
      explain(id)
      return findings
    }
    // The node is audible: follow its signal forwards to the place where it ends.
    var node = id
    while isLoud(node), visited.insert(node).inserted {
      let next = patch.cables.keys.filter { $0.source.node == node }.map(\.destination.node)
      guard let follower = next.first(where: { !isLoud($0) }) ?? next.first else {
        if !sinks.isEmpty { addNotHeard(node) }
        break
      }
      node = follower
    }
    if !isLoud(node), !sinks.contains(node) || outputPeak <= SilenceSearch.silence {
      visited.remove(node)
      explain(node)
    }
    if findings.isEmpty {
      let peak = peaks.filter { $0.key.node == id }.values.max()
      add(id, .heard, "it is heard" + (peak.map { " at \(SilenceSearch.decibels($0)) dB" } ?? ""))
    }
    return findings
  }

  /// True if a signal reaches the outputs, before the master volume.
  var isFed: Bool {
    let sinks = Set(sinks)
    if sinks.isEmpty { return unconnected.contains(where: isLoud) }
    return patch.cables.keys.contains { sinks.contains($0.destination.node) && isLoud($0.source) }
  }

  // MARK: The walk

  /// - Parameter output: the silent output; nil: all are.
  private mutating func explain(_ id: String, output: PortAddress? = nil) {
    guard findings.count < SilenceSearch.limit, visited.insert(id).inserted, let node = patch.nodes[id] else { return }
    let before = findings.count
    guard let module = registry[node.type] else {
      return add(id, .missing, "the module \(node.type) is not installed", "weft modules")
    }
    if muted.contains(id) {
      return add(id, .muted, "it is muted after a fault and comes back by itself", "/note/panic")
    }
    if unreadable.contains(id) {
      return add(id, .noSound, "its sound file could not be read", "/samples/list")
    }
    if module.about.takesNotes, soundingVoices == 0 {
      return add(id, .noNotes, "no note sounds", "/note/on 60 0.8 \(id)")
    }
    explainLevels(of: id, node, module)
    explainGates(of: id, node, module)
    explainCables(into: id, module)
    guard !(output.map { isLoud($0) } ?? isLoud(id)) else { return }
    if findings.count == before { explainModule(id, node, module) }
    if findings.count == before {
      add(id, .silent, "it makes no sound, though nothing that feeds it is silent", "weft modules \(node.type)")
    }
  }

  private mutating func explainLevels(of id: String, _ node: PatchNode, _ module: ModuleDescriptor) {
    for spec in module.inputs where spec.isParameter && SilenceSearch.isLevel(spec) && isUsed(spec, of: id) {
      let value = node.value(of: spec), port = PortAddress(id, spec.name)
      // A cable adds to the value unless the input is scaled by it.
      if spec.modulation != .scale, patch.cables.keys.contains(where: { $0.destination == port }) { continue }
      let isClosed = spec.unit == .decibels ? value <= -90 : value == 0
      guard isClosed else { continue }
      let remedy = spec.unit == .decibels ? 0 : max(spec.defaultValue, min(1, spec.range.upperBound))
      add(id, .level, "\(port) is \(value.shortText)", "/mod/\(port) \(remedy.shortText)")
    }
  }

  /// A level, or that of one input of several: `gain2` of `in2`.
  static func isLevel(_ spec: ParamSpec) -> Bool {
    let name = spec.name.prefix { !$0.isNumber }
    return spec.type == .float && ["gain", "level", "amplitude", "volume"].contains(String(name))
  }

  private mutating func explainGates(of id: String, _ node: PatchNode, _ module: ModuleDescriptor) {
    for spec in module.inputs where spec.modulation == .gate && ["gate", "trigger", "clock"].contains(spec.name) {
      let port = PortAddress(id, spec.name)
      let isPatched = patch.cables.keys.contains { $0.destination == port }
      if isPatched || node.value(of: spec) > 0.5 { continue }
      add(id, .gateOff, "\(port) is never on: no cable ends there", "/mod/\(port) on")
    }
  }

  private mutating func explainCables(into id: String, _ module: ModuleDescriptor) {
    let cables = patch.cables.filter { $0.key.destination.node == id }.sorted { $0.key < $1.key }
    let signals = Set(module.inputs.filter { $0.type == .signal }.map(\.name))
    if !signals.isEmpty, !cables.contains(where: { signals.contains($0.key.destination.port) }) {
      let port = PortAddress(id, module.inputs.first { $0.type == .signal }!.name)
      return add(id, .noCable, "no cable ends at \(port)", "/patch/connect ID \(port)")
    }
    for (cable, amount) in cables {
      let source = cable.source.node
      guard let spec = module.inputs.first(where: { $0.name == cable.destination.port }),
        SilenceSearch.passesSignal(spec)
      else { continue }
      if amount == 0 {
        add(
          source, .amount, "the cable to \(cable.destination) has an amount of 0",
          "/patch/connect \(cable.source) \(cable.destination) 1")
      } else if !isLoud(cable.source) {
        explain(source, output: cable.source)
      }
    }
  }

  /// True if silence at an input silences the module.
  private static func passesSignal(_ spec: ParamSpec) -> Bool {
    spec.type == .signal || spec.modulation == .scale || isLevel(spec)
      || spec.modulation == .gate && ["gate", "trigger", "clock"].contains(spec.name)
  }

  // MARK: Facts

  /// The output nodes.
  private var sinks: [String] {
    patch.nodes.filter { registry[$0.value.type]?.outputs.isEmpty == true }.keys.sorted()
  }

  /// Nodes with unconnected outputs.
  private var unconnected: [String] {
    let sources = Set(patch.cables.keys.map(\.source.node))
    return patch.nodes.filter { id, node in
      guard let module = registry[node.type] else { return false }
      return !module.outputs.isEmpty && !sources.contains(id) && module.about.voicing != .source
    }.keys.sorted()
  }

  func isLoud(_ output: PortAddress) -> Bool { peaks[output] ?? 0 > SilenceSearch.silence }

  /// True if any output of a node is audible.
  func isLoud(_ id: String) -> Bool {
    patch.nodes[id].flatMap { registry[$0.type] }?.outputs.contains { isLoud(PortAddress(id, $0.name)) } ?? false
  }

  private mutating func addNotHeard(_ id: String) {
    let sink = sinks.first ?? SignalAddress.outputs
    add(
      id, .notHeard, "its output goes nowhere; with \(sink) in the patch, only what is connected to it is heard",
      "/patch/connect \(id) \(sink)")
  }

  mutating func add(_ node: String, _ reason: Finding.Reason, _ sentence: String, _ remedy: String = "") {
    guard findings.count < SilenceSearch.limit else { return }
    findings.append(Finding(node: node, reason: reason, sentence: sentence, remedy: remedy))
  }

  static func decibels(_ peak: Float) -> String {
    (Float.log2(max(peak, silence)) * 6.020_6).rounded().shortText
  }
}
