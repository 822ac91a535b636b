import DSP
import Engine
import ModuleKit
import PatchKit
import Testing

@Suite struct PortTests {
  /// Outputs above the 64th were once taken for those of the next node, where a mono output is spread over voices.
  @Test func modulesWith66OutputsAreWiredRight() throws {
    let registry = Registry.linked()
    registry.add(ManyOutputs<Float, Ports66>.self, ManyOutputs<Voices, Ports66>.self)
    let engine = Engine(sampleRate: 48_000), plans = PlanPublisher(engine: engine, registry: registry)
    var patch = Patch()
    try patch.setVoices(2)
    try patch.create("a", type: "many-66", in: registry)
    try patch.create("b", type: "many-66", params: [("level", .number(0.1))], in: registry)
    try patch.create("keys", type: "notes", in: registry)
    try patch.create("sum", type: "math", in: registry)
    try patch.create("out", type: "output", in: registry)
    for (from, to, amount) in [
      ("a/out65", "sum/a", Float(1)), ("b/out1", "sum/b", 1), ("keys/gate", "sum/a", 0), ("sum", "out", 1),
    ] {
      _ = try patch.connect(from, to, amount: amount, in: registry)
    }
    try plans.commit(
      IdentifiedPatch(patch: patch, serials: ["a": 1, "b": 2, "keys": 3, "sum": 4, "out": 5]), ticket: 1)
    #expect(plans.play(NoteEvent(.on, key: 60, value: 1)))
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 9_600)
    defer { sound.deallocate() }
    let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + 4_800]
    outputs.withUnsafeBufferPointer { engine.render(inputs: nil, outputs: $0.baseAddress!, frames: 4_800) }
    #expect(abs(sound[4_799] - (0.65 + 0.001)) < 1e-4, "\(sound[4_799])")
  }

  @Test func modulesWithTooManyPortsAreRefused() {
    let registry = Registry.linked(), before = registry.refusals.count
    registry.add(ManyOutputs<Float, Ports257>.self, ManyOutputs<Voices, Ports257>.self)
    #expect(registry["many-257"] == nil && registry.refusals.count == before + 1)
    #expect(registry.refusals.last?.contains("257 outputs; at most 256 are allowed") == true)
  }
}

private protocol PortCount: SendableMetatype {
  static var count: Int { get }
}
private enum Ports66: PortCount {
  static var count: Int { 66 }
}
private enum Ports257: PortCount {
  static var count: Int { 257 }
}

/// Output k is k / 100 times the level.
private struct ManyOutputs<L: Lane, Count: PortCount>: Module {
  enum In: Int, InputPort {
    case level
    var spec: ParamSpec { .gain("Loudness", default: 1, upTo: 1) }
  }
  struct Out: OutputPort, CustomStringConvertible {
    static var allCases: [Out] { (0..<Count.count).map { Out(rawValue: $0)! } }
    let rawValue: Int
    init?(rawValue: Int) { self.rawValue = rawValue }
    var summary: String { "A constant" }
    var description: String { "out\(rawValue)" }
  }
  static var about: ModuleAbout { ModuleAbout("many-\(Count.count)", .shaping, "Many outputs") }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    for k in 0..<Count.count {
      let out = io.output(Out(rawValue: k)!)
      for i in 0..<io.frames { out[i] = io.input(.level)[i] * L(Float(k) / 100) }
    }
  }
}
