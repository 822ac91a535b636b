import DSP
import Engine
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Proof that the check works: a module that allocates while rendering is caught, in the engine too.
@Suite struct CarelessModuleTests {
  @Test(.enabled(if: hasMakeFlags, "built without make: RealtimeSanitizer is not linked"))
  func aModuleThatAllocatesIsCaught() throws {
    let registry = Registry.linked()
    registry.add(Careless<Float>.self, Careless<Voices>.self)
    let engine = Engine(sampleRate: 48_000), plans = PlanPublisher(engine: engine, registry: registry)
    var patch = Patch()
    try patch.create("bad", type: "careless", in: registry)
    try plans.commit(IdentifiedPatch(patch: patch, serials: ["bad": 1]), ticket: 1)
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 128)
    defer { sound.deallocate() }
    let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + 64]
    let violations = outputs.withUnsafeBufferPointer { outputs in
      realtimeViolations { engine.render(inputs: nil, outputs: outputs.baseAddress!, frames: 64) }
    }
    #expect(violations > 0)
    #expect(peak(UnsafeBufferPointer(start: sound, count: 64)) > 0, "it did play")
  }
}

/// Allocates an array in every block.
private struct Careless<L: Lane>: Module {
  enum In: Int, InputPort {
    case level
    var spec: ParamSpec { .gain("How loud", default: 1, upTo: 1) }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "A ramp" }
  }
  static var about: ModuleAbout { ModuleAbout("careless", .shaping, "Allocates while it renders") }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    let list = listOfRamp(io.frames), out = io.output(.out)
    for i in 0..<io.frames { out[i] = L(list[i]) }
  }
}

/// Opaque to the optimizer.
@inline(never) private func listOfRamp(_ count: Int) -> [Float] { (0..<count).map { Float($0) / Float(count) } }
