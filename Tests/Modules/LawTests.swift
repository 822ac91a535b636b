import DSP
import ModuleKit
import TestSupport
import Testing

/// The laws of all registered modules; nothing here is listed by hand.
@Suite struct LawTests {
  static let names = KernelRig.registry.names

  @Test(arguments: names) func soundsTheSameWhateverThePeriod(name: String) {
    for (scene, lanes) in scenes(of: name, lanes: [1, 8]) {
      let reference = scene.rig(name, lanes: lanes).render(2_000)
      for block in [1, 15, 100, 1_024] {
        let other = scene.rig(name, lanes: lanes).render(2_000, block: block)
        let difference = other.difference(from: reference)
        #expect(difference <= 1e-6 * max(1, reference.peak), "\(scene) lanes \(lanes) block \(block)")
      }
    }
  }

  @Test(arguments: names) func lanesAgreeWithOneVoice(name: String) {
    for (scene, _) in scenes(of: name, lanes: [8]) {
      let eight = scene.rig(name, lanes: 8).render(2_000)
      for lane in [0, 3, 7] {
        let one = scene.rig(name, lanes: 1, lane: lane).render(2_000)
        for o in KernelRig.registry[name]!.outputs.indices {
          let difference = worstDifference(eight.sound[o][lane], one.sound[o][0])
          #expect(difference <= 1e-5 * max(1, one.peak), "\(scene) lane \(lane) output \(one.names[o])")
        }
      }
    }
  }

  /// A voice that is joined by others sounds as if it had stayed alone; the others sound like new ones.
  @Test(arguments: names) func voiceStateMovesIntoALane(name: String) throws {
    for (scene, _) in scenes(of: name, lanes: [1]) {
      for frames in [1_000, 1_024, 3_007] {
        let alone = scene.rig(name, lanes: 1), before = scene.rig(name, lanes: 1), eight = scene.rig(name, lanes: 8)
        alone.skip(frames)
        before.skip(frames)
        try #require(before.handOver(to: eight))
        let sound = eight.render(2_000), reference = alone.render(2_000)
        #expect(sound.isFinite)
        for o in KernelRig.registry[name]!.outputs.indices {
          let difference = worstDifference(sound.sound[o][0], reference.sound[o][0])
          #expect(difference <= 1e-5 * max(1, reference.peak), "\(scene) after \(frames) output \(reference.names[o])")
        }
      }
    }
  }

  @Test(arguments: names) func constantInputEqualsThatValueInEveryFrame(name: String) {
    let constant = Scene(choices: [:], motion: .none)
    let held = constant.rig(name, lanes: 8)
    let written = constant.rig(name, lanes: 8)
    for input in held.module.inputs where input.isPatchable {
      let value = input.type == .signal ? 0.5 : input.defaultValue
      held[input.name] = value
      written.signal(input.name) { _, _ in value }
    }
    #expect(held.render(2_000).difference(from: written.render(2_000)) <= 1e-5)
  }

  @Test(arguments: names.filter { KernelRig.registry[$0]!.about.isPure })
  func pureModulesKeepConstantOutputs(name: String) {
    let used = Scene(choices: [:], motion: .violent).rig(name, lanes: 8)
    let fresh = Scene(choices: [:], motion: .none).rig(name, lanes: 8)
    used.skip(500)
    used.unpatch()
    for input in fresh.module.inputs where input.isPatchable {
      let value = input.type == .signal ? 0.5 : input.defaultValue
      used[input.name] = value
      fresh[input.name] = value
    }
    let after = used.render(200), first = fresh.render(200)
    #expect(after.difference(from: first) == 0)
    for output in fresh.module.outputs { #expect(fresh.isConstant(output.name) && used.isConstant(output.name)) }
  }

  @Test(arguments: names) func staysFiniteAtEveryExtreme(name: String) {
    let inputs = KernelRig.registry[name]!.inputs
    var settings: [[String: Float]] = []
    for bound in [\ClosedRange<Float>.lowerBound, \.upperBound] {
      let parameters = inputs.filter(\.isParameter)
      settings += parameters.map { [$0.name: $0.range[keyPath: bound]] }
      settings.append(Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.range[keyPath: bound]) }))
    }
    for rate: Float in [44_100, 48_000, 96_000, 192_000] {
      for (i, setting) in settings.enumerated() {
        for stimulus in Stimulus.allCases {
          let rig = KernelRig(name, lanes: i % 2 == 0 ? 8 : 1, rate: rate)
          for input in inputs where input.type == .signal { rig.signal(input.name) { f, _ in stimulus.at(f) } }
          for input in inputs where input.modulation == .gate { rig.signal(input.name) { f, _ in f < 500 ? 1 : 0 } }
          for (input, value) in setting { rig[input] = value }
          #expect(rig.render(1_000).isFinite, "\(setting) \(stimulus) at \(rate)")
        }
      }
    }
  }

  @Test(arguments: names) func staysFiniteWhenModulatedOverTheWholeRange(name: String) {
    for (scene, lanes) in scenes(of: name, lanes: [1, 8], motions: [.violent]) {
      let rig = scene.rig(name, lanes: lanes)
      let sound = rig.render(10_000)
      #expect(sound.isFinite, "\(scene) lanes \(lanes)")
      for (o, output) in rig.module.outputs.enumerated() {
        guard let range = output.range else { continue }
        let isWithin = sound.sound[o].allSatisfy { lane in
          lane.allSatisfy { $0 >= range.lowerBound - 1e-6 && $0 <= range.upperBound + 1e-6 }
        }
        #expect(isWithin, "\(output.name), \(scene) lanes \(lanes)")
      }
    }
  }

  @Test(arguments: names) func startsAfreshAfterAReset(name: String) {
    for (scene, lanes) in scenes(of: name, lanes: [1, 8]) {
      let used = scene.rig(name, lanes: lanes)
      used.skip(3_000)
      used.reset()
      let fresh = scene.rig(name, lanes: lanes)
      #expect(used.render(2_000).difference(from: fresh.render(2_000)) == 0, "\(scene) lanes \(lanes)")
    }
  }

  /// Runs like the audio thread, with denormals flushed: the rest of a tail is 0 or audible.
  @Test(arguments: names) func fallsSilentAfterItsTail(name: String) {
    let module = KernelRig.registry[name]!
    guard let tail = module.about.tail, module.inputs.contains(where: \.isPatchable) else { return }
    for (scene, _) in scenes(of: name, lanes: [1]) {
      let rig = scene.rig(name, lanes: 1)
      rig.skip(12_000)
      for input in module.inputs where input.isPatchable {
        rig[input.name] = input.type == .signal ? 0 : input.defaultValue
      }
      rig.skip(Int(tail * rig.sampleRate) + 64)
      let rest = rig.render(1_000)
      #expect(rest.peak < 1e-5, "\(scene): −100 dB after \(tail) s")
      #expect(rest.tracks.joined().allSatisfy { !$0.isSubnormal }, "\(scene)")
    }
  }

  @Test(arguments: names) func keepsTheRulesOfTheAudioThread(name: String) {
    #expect(realtimeIsChecked)
    for (scene, lanes) in scenes(of: name, lanes: [1, 8]) {
      let rig = scene.rig(name, lanes: lanes)
      rig.skip(2_000, block: 100)
      #expect(rig.violations == 0, "\(scene) lanes \(lanes)")
    }
  }

  /// One scene per choice of each setting, the others at their defaults; and per width.
  private func scenes(of name: String, lanes: [Int], motions: [Scene.Motion] = [.gentle, .sounds]) -> [(Scene, Int)] {
    var choices: [[String: Float]] = [[:]]
    for input in KernelRig.registry[name]!.inputs { choices += input.choices.indices.map { [input.name: Float($0)] } }
    let isAdaptive = KernelRig.registry[name]!.inputs.contains { $0.reading == .adaptive }
    return (isAdaptive && motions.count > 1 ? motions + [.fast] : motions).flatMap { motion in
      choices.flatMap { choice in lanes.map { (Scene(choices: choice, motion: motion), $0) } }
    }
  }
}

/// Inputs of a module for a full-range test of numbers.
enum Stimulus: CaseIterable {
  case high, low, impulse, silence

  func at(_ frame: Int) -> Float {
    switch self {
    case .high: 1
    case .low: -1
    case .impulse: frame == 10 ? 1 : 0
    case .silence: 0
    }
  }
}
