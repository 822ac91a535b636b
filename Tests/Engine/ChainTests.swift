import Engine
import ModuleKit
import PatchKit
import TestSupport
import Testing

/// Filters in series that are rendered as one step sound as they do one by one.
@Suite struct ChainTests {
  private static let modes = ["peak", "lowshelf", "highpass", "notch", "allpass", "lowpass", "bandpass", "highshelf"]

  /// A saw through as many filters; `tap` is a filter whose output is read by the second output, too.
  private func rig(filters: Int, isChained: Bool = true, threads: Int = 1, tap: Int? = nil) throws -> EngineRig {
    let rig = EngineRig(threads: threads)
    rig.plans.isPacked = isChained
    rig.create("out", "output")
    rig.create("osc", "saw", [("frequency", .number(110))])
    for k in 0..<filters {
      let mode = ChainTests.modes[k % 6 == 5 ? 0 : k % 6]
      rig.create(
        "f\(k)", "biquad",
        [
          ("cutoff", .number(90 * Float(k + 1))), ("q", .number(0.8)), ("gain", .number(k % 2 == 0 ? 3 : -3)),
          ("mode", .text(mode)),
        ])
      rig.connect(k == 0 ? "osc" : "f\(k - 1)", "f\(k)")
    }
    rig.connect("f\(filters - 1)", "out/left", 0.3)
    if let tap { rig.connect("f\(tap)", "out/right", 0.3) }
    try rig.commit()
    return rig
  }

  private func difference(_ a: [Float], _ b: [Float]) -> Float { peak(zip(a, b).map { $0 - $1 }) }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 14, 16, 17, 40]) func chainedFiltersEqualSingleFilters(count: Int) throws {
    let sound = try rig(filters: count).render(24_000)
    let single = try rig(filters: count, isChained: false).render(24_000)
    #expect(peak(single) > 1e-3)
    let worst = difference(sound, single)
    #expect(worst <= 2e-6 * max(1, peak(single)), "\(worst)")
    // Two filters are faster one after the other.
    #expect((worst > 0) == (count > 2), "\(worst)")
  }

  @Test(arguments: [1, 7, 37, 100, 256, 1_000, 4_096]) func chainsGiveTheSameBitsAtAnyPeriod(period: Int) throws {
    func play(_ period: Int) throws -> [Float] {
      let rig = try rig(filters: 14)
      rig.set("f3", "cutoff", 700, at: 3_001)
      rig.set("f9", "gain", 6, at: 9_999)
      rig.set("f5", "mode", 2, at: 12_345)
      return rig.render(20_000, period: period)
    }
    let sound = try play(period), reference = try play(64)
    #expect(sound == reference)
  }

  @Test func chainedFiltersFollowParametersAndEdits() throws {
    var worst: Float = 0
    let rigs = try [rig(filters: 12), rig(filters: 12, isChained: false)]
    func listen(_ frames: Int) {
      let sounds = rigs.map { $0.render(frames) }
      #expect(peak(sounds[1]) > 1e-4)
      worst = max(worst, difference(sounds[0], sounds[1]))
    }
    for round in 0..<40 {
      for rig in rigs {
        switch round % 4 {
        case 0: rig.set("f\(round % 12)", "cutoff", Float(200 + 37 * round))
        case 1:
          // A cable more into one of the parameters: that filter leaves the chain.
          rig.create("lfo\(round)", "lfo", [("rate", .number(3))])
          rig.connect("lfo\(round)", "f\(round % 12)/cutoff", 0.2)
        case 2:
          rig.disconnect("f\(round % 10)", "f\(round % 10 + 1)")
          rig.connect("f\(round % 10)", "f\(round % 10 + 1)", 0.9)
        default: rig.set("f\(round % 12)", "gain", Float(round % 5 - 2))
        }
        try rig.commit()
      }
      listen([640, 1_000, 64, 2_000][round % 4])
    }
    #expect(worst <= 2e-6, "\(worst)")
  }

  /// Levels, probes and costs look at every node, and change no bit.
  @Test func chainedNodesAreObserved() throws {
    let rigs = try [rig(filters: 14), rig(filters: 14), rig(filters: 14, isChained: false)]
    var energies: [[Int: Float]] = [[:], [:], [:]], scopes: [[Float]] = []
    for (i, rig) in rigs.enumerated() where i > 0 {
      for k in 0..<14 { _ = rig.plans.setMeter(node: rig.serials["f\(k)"]!, isOn: true) }
      _ = rig.plans.setScope(0, node: rig.serials["f5"]!, port: 0, key: 1)
      _ = rig.plans.setProfile(isOn: true)
    }
    let sounds = rigs.map { $0.render(9_600) }
    #expect(sounds[0] == sounds[1])
    for (i, rig) in rigs.enumerated() where i > 0 {
      while let (serial, reading) = rig.plans.nextReading() { energies[i][serial!, default: 0] += reading.energy }
      scopes.append(rig.plans.scope(0, key: 1, frames: 4_000))
    }
    #expect(energies[1].count == 14)
    for (serial, energy) in energies[1] { #expect(abs(energy / energies[2][serial]! - 1) < 1e-4) }
    #expect(scopes[0].count == 4_000 && peak(scopes[0]) > 0.01 && difference(scopes[0], scopes[1]) < 2e-6)
  }

  @Test func outputsWithinAChainCanBeReadByOthers() throws {
    let sounds = try [true, false].map { try rig(filters: 10, isChained: $0, tap: 4).renderStereo(9_600) }
    #expect(peak(sounds[1].right) > 1e-3 && peak(sounds[1].right) != peak(sounds[1].left))
    #expect(difference(sounds[0].left, sounds[1].left) <= 2e-6)
    #expect(difference(sounds[0].right, sounds[1].right) <= 2e-6)
  }

  @Test func chainsGiveTheSameBitsOnTwoThreads() throws {
    func play(threads: Int) throws -> [Float] {
      let rig = try rig(filters: 40, threads: threads)
      if threads > 1 { rig.startWorkers() }
      defer { rig.stopWorkers() }
      return rig.render(9_600)
    }
    let one = try play(threads: 1), two = try play(threads: 2)
    #expect(difference(one, two) <= 2e-6)
  }

  @Test func faultyFilterInAChainIsMutedAlone() throws {
    let rigs = try [rig(filters: 8), rig(filters: 8, isChained: false)]
    for rig in rigs {
      rig.create("in", "input")
      rig.connect("in", "f3", 0.1)
      rig.input = { (4_800..<4_810).contains($0) ? .nan : 0.1 }
      try rig.commit()
    }
    let sounds = rigs.map { $0.render(24_000) }
    let isFinite = sounds[0].allSatisfy { $0.isFinite }
    #expect(isFinite)
    #expect(difference(sounds[0], sounds[1]) <= 2e-6)
    #expect(!rigs[0].faults.isEmpty && rigs[0].faults == rigs[1].faults)
  }

  @Test func chainsAreRealtimeSafe() throws {
    #expect(realtimeIsChecked)
    let rig = try rig(filters: 14)
    var sound: [Float] = [], violations = realtimeViolationsOfRender(rig, 1_000, &sound)
    rig.set("f3", "cutoff", 700)
    violations += realtimeViolationsOfRender(rig, 4_000, &sound)
    #expect(violations == 0)
  }
}
