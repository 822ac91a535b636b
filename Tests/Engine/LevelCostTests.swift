import DSP
import Engine
import ModuleKit
import PatchKit
import Synchronization
import Testing

/// The cost of measuring the levels of all outputs, counted in module calls.
@Suite struct LevelCostTests {
  @Test func constantModulesAreSkippedWhileLevelsAreMeasured() throws {
    let registry = Registry.linked()
    registry.add(CountedConstant<Float>.self, CountedConstant<Voices>.self)
    let engine = Engine(sampleRate: 48_000), plans = PlanPublisher(engine: engine, registry: registry)
    var patch = Patch()
    try patch.create("level", type: "counted-constant", in: registry)
    try plans.commit(IdentifiedPatch(patch: patch, serials: ["level": 1]), ticket: 1)
    let sound = UnsafeMutablePointer<Float>.allocate(capacity: 128)
    defer { sound.deallocate() }
    func render(blocks: Int) {
      let outputs: [UnsafeMutablePointer<Float>?] = [sound, sound + 64]
      for _ in 0..<blocks {
        outputs.withUnsafeBufferPointer { engine.render(inputs: nil, outputs: $0.baseAddress!, frames: 64) }
        plans.tick()
      }
    }
    func calls(of body: () -> Void) -> Int {
      let before = calledModules.load(ordering: .relaxed)
      body()
      return calledModules.load(ordering: .relaxed) - before
    }
    render(blocks: 200)
    try #require(calls { render(blocks: 100) } == 0, "a constant step is skipped")
    plans.measureLevels(true)
    var levels: [Float] = []
    let measured = calls {
      for _ in 0..<10 {
        render(blocks: 20)
        plans.readLevels { _, _, peak in levels.append(peak) }
      }
    }
    // One block after each reading: of 200 blocks, 190 skip the module.
    #expect(measured == 10, "\(measured)")
    #expect(levels == Array(repeating: 0.5, count: 10), "\(levels)")
  }
}

private let calledModules = Atomic<Int>(0)

/// A pure module of value 0.5 that counts its calls.
private struct CountedConstant<L: Lane>: Module {
  enum In: Int, InputPort {
    case level
    var spec: ParamSpec { .gain("Level", default: 0.5, upTo: 1) }
  }
  enum Out: Int, OutputPort {
    case out
    var summary: String { "The level" }
  }
  static var about: ModuleAbout {
    ModuleAbout("counted-constant", .shaping, "Counts its calls", isPure: true)
  }

  init(_ setup: ModuleSetup) {}

  mutating func process(_ io: ModuleIO<Self>) {
    calledModules.add(1, ordering: .relaxed)
    let level = io.input(.level), out = io.output(.out)
    for i in 0..<io.frames { out[i] = level[i] }
  }
}
