import Engine
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Equal nodes that share lanes sound as they do one by one.
@Suite struct PackTests {
  private func rigs() -> [EngineRig] {
    let rigs = [EngineRig(), EngineRig()]
    rigs[1].plans.isPacked = false
    return rigs
  }

  /// The greatest difference; infinite where there is no sound.
  private func difference(
    _ rigs: [EngineRig], _ frames: Int, period: Int = 64, mayBeSilent: Bool = false
  ) -> Float {
    let sounds = rigs.map { $0.renderStereo(frames, period: period) }
    let difference = zip(sounds[0].left + sounds[0].right, sounds[1].left + sounds[1].right).map { ($0 - $1).magnitude }
    let isHeard = mayBeSilent || peak(sounds[1].left + sounds[1].right) > 1e-3
    guard difference.allSatisfy(\.isFinite), isHeard else { return .infinity }
    return difference.max() ?? 0
  }

  private func packs(_ rig: EngineRig) throws -> [(work: String, count: Int)] {
    try PlanListing(rig.patch, registry: registry).steps.filter { $0.work.contains("×") }
      .map { ($0.work, $0.name.split(separator: " ").count) }
  }

  @Test(arguments: [1, 37, 64, 100, 1_024]) func packedNodesEqualSingleNodes(period: Int) throws {
    let rigs = rigs()
    _ = PackStorm(seed: 1, rigs: rigs)
    for rig in rigs { try rig.commit() }
    let packs = try packs(rigs[0])
    for module in ["lfo", "biquad", "svf", "onepole", "gain", "pan"] {
      #expect(packs.count { $0.work == "\(module) × 8" && $0.count == 8 } == 4, "\(packs)")
    }
    let worst = difference(rigs, 24_000, period: period)
    #expect(worst <= 1e-6, "\(worst)")
    #expect(worst > 0, "nothing was packed")
  }

  @Test func packedNodesEqualSingleNodesUnderEdits() throws {
    #expect(realtimeIsChecked)
    var worst: Float = 0
    for seed in 1...3 {
      let rigs = rigs()
      var storm = PackStorm(seed: UInt64(seed), rigs: rigs)
      for round in 0..<150 {
        for _ in 0..<round % 4 { storm.edit() }
        for rig in rigs { try rig.commit(ramp: [0.001, 0.005, 0.02][round % 3]) }
        for _ in 0..<round % 3 { storm.setParameter() }
        worst = max(worst, difference(rigs, [64, 192, 640, 1_000][round % 4], period: [64, 32, 100, 64][round % 4]))
        guard worst <= 1e-6 else { break }
      }
    }
    #expect(worst <= 1e-6, "\(worst)")
    print("450 commits of 20 to 36 strips: worst difference to strips one by one \(worst)")
  }

  @Test func packsAreRealtimeSafe() throws {
    #expect(realtimeIsChecked)
    let rig = EngineRig()
    var storm = PackStorm(seed: 9, rigs: [rig])
    let violations = try storm.violationsWhileWatched(rig)
    #expect(violations == 0)
  }

  /// Eight filters with the same source; the external input reaches one of them alone.
  private func desk(_ rigs: [EngineRig]) throws {
    for rig in rigs {
      rig.create("out", "output")
      rig.create("in", "input")
      rig.create("slow", "lfo")
      for k in 0..<8 {
        rig.create("osc\(k)", "saw", [("frequency", .number(100 + 30 * Float(k)))])
        rig.create("filt\(k)", "biquad")
        rig.create("gain\(k)", "gain")
        rig.connect("osc\(k)", "filt\(k)")
        rig.connect("filt\(k)", "gain\(k)")
        rig.connect(k == 3 ? "in" : "slow", "filt\(k)", 0.1)
        rig.connect("gain\(k)", k == 3 ? "out/right" : "out/left", 0.05)
      }
      try rig.commit()
    }
  }

  @Test func faultyPackedNodeIsMutedAlone() throws {
    let rigs = rigs()
    try desk(rigs)
    for rig in rigs { rig.input = { (4_800..<4_810).contains($0) ? .nan : 0.1 } }
    #expect(try packs(rigs[0]).map(\.work) == ["biquad × 8", "gain × 8"])
    let worst = difference(rigs, 48_000)
    #expect(worst <= 1e-6, "\(worst)")
    #expect(!rigs[0].faults.isEmpty && rigs[0].faults == rigs[1].faults)
    #expect(rigs[0].faults.contains(rigs[0].serials["filt3"]!))
  }

  @Test func packedNodeMetersAndScopes() throws {
    let rigs = rigs()
    try desk(rigs)
    #expect(try packs(rigs[0]).map(\.work) == ["biquad × 8", "gain × 8"])
    var levels: [[Int: Float]] = [[:], [:]], scopes: [[Float]] = []
    for (i, rig) in rigs.enumerated() {
      for k in 0..<8 { _ = rig.plans.setMeter(node: rig.serials["filt\(k)"]!, isOn: true) }
      _ = rig.plans.setScope(0, node: rig.serials["filt5"]!, port: 0, key: 1)
      rig.render(9_600)
      while let (serial, reading) = rig.plans.nextReading() { levels[i][serial!, default: 0] += reading.energy }
      scopes.append(rig.plans.scope(0, key: 1, frames: 4_000))
    }
    #expect(levels[0].count == 8 && Set(levels[0].values).count == 8)
    for (serial, energy) in levels[0] { #expect(abs(energy / levels[1][serial]! - 1) < 1e-4) }
    #expect(scopes[0].count == 4_000 && peak(scopes[0]) > 0.1)
    #expect(zip(scopes[0], scopes[1]).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func packCostIsSharedByItsNodes() throws {
    let rig = rigs()[0]
    try desk([rig])
    #expect(try packs(rig).map(\.work) == ["biquad × 8", "gain × 8"])
    _ = rig.plans.setProfile(isOn: true)
    rig.render(9_600)
    let costs = rig.plans.collectCosts().nanoseconds
    for k in 0..<8 { #expect(costs[rig.serials["filt\(k)"]!, default: 0] > 0) }
  }

  /// Of eight chains in which a packed type occurs twice, with an unpacked one between.
  @Test func noPackDependsOnItsOwnOutput() throws {
    let rigs = rigs()
    for rig in rigs {
      rig.create("out", "output")
      for k in 0..<8 {
        rig.create("osc\(k)", "saw", [("frequency", .number(100 + 30 * Float(k)))])
        for name in ["a", "b"] { rig.create("\(name)\(k)", "biquad") }
        rig.create("echo\(k)", "delay")
        rig.connect("osc\(k)", "a\(k)")
        rig.connect("a\(k)", "echo\(k)")
        rig.connect("echo\(k)", "b\(k)")
        rig.connect("b\(k)", "out", 0.05)
      }
      try rig.commit()
    }
    #expect(try packs(rigs[0]).map(\.work) == ["biquad × 8", "biquad × 8"])
    #expect(difference(rigs, 24_000) <= 1e-6)
  }

  /// Eight nodes of every module of which eight can be packed, with parameters and inputs that differ.
  @Test(arguments: registry.names.filter { if case .none = registry[$0]!.packing { false } else { true } })
  func everyPackedModuleEqualsSingleNodes(name: String) throws {
    let rigs = rigs(), module = registry[name]!
    if case .eight(_, let form) = module.packing { #expect(form.isPlain || name == "biquad") }
    let entrances = [.signal, .bool, .float].lazy.compactMap { type in
      module.inputs.first { $0.type == type && $0.isPatchable }
    }
    guard let entrance = entrances.first, module.about.voicing == .follows else { return }
    var random = LinearRandom(state: 5)
    let values = (0..<8).map { _ in
      module.inputs.filter { $0.isParameter && !$0.isSetting }.map { spec -> (String, ParamValue) in
        let near = Float.random(in: 0.8...1.2, using: &random) * spec.defaultValue
        return (spec.name, .number(min(max(near, spec.range.lowerBound), spec.range.upperBound)))
      }
    }
    for rig in rigs {
      rig.create("out", "output")
      for k in 0..<8 {
        rig.create("osc\(k)", "sine", [("frequency", .number(200 + 100 * Float(k))), ("gain", .number(0.3))])
        // Cheap modules are packed behind a filter only.
        rig.create("filt\(k)", "svf")
        rig.create("node\(k)", name, values[k])
        rig.connect("osc\(k)", "filt\(k)")
        rig.connect("filt\(k)/low", "node\(k)/\(entrance.name)", entrance.type == .bool ? 8 : 0.5)
        for output in module.outputs { rig.connect("node\(k)/\(output.name)", "out/left", 0.05) }
      }
      try rig.commit()
    }
    #expect(try packs(rigs[0]).contains { $0.work == "\(name) × 8" })
    var worst: Float = 0
    for round in 0..<20 {
      worst = max(worst, difference(rigs, 640, period: [64, 100, 16][round % 3], mayBeSilent: entrance.type == .bool))
      let spec = module.inputs.filter { $0.isParameter && !$0.isFile }[
        round % module.inputs.filter { $0.isParameter && !$0.isFile }.count]
      let value = Float.random(in: 0.9...1.1, using: &random) * spec.defaultValue
      for rig in rigs { rig.set("node\(round % 8)", spec.name, spec.isSetting ? spec.range.upperBound : value) }
    }
    #expect(worst <= 1e-6, "\(worst)")
  }
}
