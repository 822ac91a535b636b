import DSP
import ModuleKit
import PatchKit

/// One node that plays on its own, on an engine of its own that no edit touches, or that only its parameters do.
final class IdealSound {
  private let alone = EngineRig()
  private let node: PatchNode
  private(set) var values: [String: ParamValue]
  /// What goes into it in the block that is made next.
  var fed = [Float](repeating: 0, count: IdealMix.block)
  /// What it has made last.
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

  /// Its parameters set off to where they are to stand.
  func turn(to params: [String: ParamValue]) {
    for name in Set(values.keys).union(params.keys).sorted() where values[name] != params[name] {
      let spec = registry[node.type]!.inputs[registry[node.type]!.input(named: name)!]
      let value = try! params[name].map { try spec.number(from: $0, at: name) } ?? spec.defaultValue
      alone.set("n", name, value)
    }
    values = params
  }

  func advance() { sound = alone.render(IdealMix.block) }
}

/// The voices of a node, each on its own: every one as many Hz above the last as `spacing` says.
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

  /// The sum of all, each as loud as it is to be; groups of eight beyond `groups` stand still.
  func advance(groups: Int, _ weights: [IdealLine]) -> [Float] {
    var sum = [Float](repeating: 0, count: IdealMix.block)
    for i in voices.indices.prefix(groups * Voices.count) {
      voices[i].advance()
      for k in sum.indices { sum[k] += voices[i].sound[k] * weights[i].value(k) }
    }
    return sum
  }
}
