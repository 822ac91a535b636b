import DSP
import ModuleKit
import PatchKit

/// One node that plays alone, on an engine that is never edited except for its parameters.
final class IdealSound {
  private let alone = EngineRig()
  private let node: PatchNode
  private(set) var values: [String: ParamValue]
  /// Its input for the next block.
  var fed = [Float](repeating: 0, count: IdealMix.block)
  /// Its last output.
  private(set) var sound = [Float](repeating: 0, count: IdealMix.block)

  init(_ node: PatchNode) {
    self.node = node
    values = node.params
    alone.create("n", node.type, node.params.sorted { $0.key < $1.key })
    alone.create("out", "output")
    alone.connect("n", "out/left")
    if IdealMix.takesSound(node.type) {
      alone.create("in", "input")
      alone.connect("in", "n/in")
      alone.input = { [unowned self] in fed[$0 % IdealMix.block] }
    }
    try! alone.commit(ramp: 0)
  }

  /// Sets its parameters.
  func setParameter(to params: [String: ParamValue]) {
    for name in Set(values.keys).union(params.keys).sorted() where values[name] != params[name] {
      let spec = registry[node.type]!.inputs[registry[node.type]!.input(named: name)!]
      let value = try! params[name].map { try spec.number(from: $0, at: name) } ?? spec.defaultValue
      alone.set("n", name, value)
    }
    values = params
  }

  func advance() { sound = alone.render(IdealMix.block) }
}

/// The voices of a node, each rendered alone: every one `spacing` Hz above the last.
final class IdealVoices {
  static let spacing: Float = 37
  private var voices: [IdealSound] = []

  init(_ node: PatchNode) {
    guard case .number(let frequency)? = node.params["frequency"] else { return }
    for i in 0..<IdealMix.mostVoices {
      var voice = node
      voice.params["frequency"] = .number(frequency + IdealVoices.spacing * Float(i))
      voices.append(IdealSound(voice))
    }
  }

  /// The sum of all, each with its weight; groups of eight beyond `groups` are paused.
  func advance(groups: Int, _ weights: [IdealLine]) -> [Float] {
    var sum = [Float](repeating: 0, count: IdealMix.block)
    for i in voices.indices.prefix(groups * Voices.count) {
      voices[i].advance()
      for k in sum.indices { sum[k] += voices[i].sound[k] * weights[i].value(k) }
    }
    return sum
  }
}
