import Glibc
import ModuleKit
import TestSupport
import Testing

/// A sine of 1 kHz into every patchable parameter, and long silence: laws of every module.
@Suite struct AudioRateTests {
  static let names = KernelRig.registry.names

  /// Modulates one parameter, the others are constant; the input is a soft tone, and gates are open.
  private func rig(
    _ name: String, _ modulated: ParamSpec?, lanes: Int, depth: Float, choices: [String: Float] = [:],
    isSynced: Bool = true
  ) -> KernelRig {
    let rig = KernelRig(name, lanes: lanes)
    for input in rig.module.inputs where input.type == .signal && (isSynced || !input.isSync) {
      rig.signal(input.name) { frame, _ in 0.5 * sinf(Float(frame) * 2 * .pi * 220 / 48_000) }
    }
    for input in rig.module.inputs where input.modulation == .gate { rig[input.name] = 1 }
    for (input, value) in choices { rig[input] = value }
    guard let spec = modulated else { return rig }
    let range = spec.range, middle = spec.defaultValue
    rig.signal(spec.name, isAudioRate: spec.reading == .adaptive) { frame, lane in
      let at = spec.reading == .grid ? frame & -gridFrames : frame
      let swing = depth * sinf(Float(at) * 2 * .pi / 48 + Float(lane))
      let value =
        spec.curve == .logarithmic
        ? middle * exp2f(swing * 2) : middle + swing * min(range.upperBound - range.lowerBound, 4) / 2
      return min(max(value, range.lowerBound), range.upperBound)
    }
    return rig
  }

  private func parameters(_ name: String) -> [ParamSpec] {
    KernelRig.registry[name]!.inputs.filter { $0.isPatchable && $0.type == .float }
  }

  /// Over two octaves or four units or the whole range either way, in every mode of the module.
  @Test(arguments: names) func staysFiniteUnderAudioRateModulation(name: String) {
    var choices: [[String: Float]] = [[:]]
    for input in KernelRig.registry[name]!.inputs { choices += input.choices.indices.map { [input.name: Float($0)] } }
    for spec in parameters(name) {
      for choice in choices {
        let sound = rig(name, spec, lanes: 8, depth: 1, choices: choice).render(4_800)
        #expect(sound.isFinite, "\(spec.name) \(choice)")
        if [.filters, .effects].contains(KernelRig.registry[name]!.about.family) {
          #expect(sound.peak < 1_000, "\(spec.name) \(choice): \(sound.peak)")
        }
      }
    }
  }

  /// The largest step of an output against its loudest value, once it has settled.
  private func steps(_ rig: KernelRig) -> [(output: String, step: Float)] {
    rig.skip(4_800)
    let sound = rig.render(4_800)
    return sound.names.map { name in
      let track = sound[name][0], peak = max(track.map(abs).max()!, 1e-3)
      return (name, zip(track, track.dropFirst()).map { abs($1 - $0) }.max()! / peak)
    }
  }

  /// A module without steps of its own makes none when modulated: 1 kHz moves a value by 0.13 of its range per frame.
  /// Nothing is patched into `sync`: a restart is a step.
  @Test(arguments: names) func audioRateModulationMakesNoClick(name: String) {
    let quiet = steps(rig(name, nil, lanes: 1, depth: 0, isSynced: false))
    for spec in parameters(name) {
      for (output, step) in steps(rig(name, spec, lanes: 1, depth: 0.25, isSynced: false)) {
        let before = quiet.first { $0.output == output }!.step
        // A saw, a gate, noise: steps are their purpose.
        guard before < 0.1, KernelRig.registry[name]!.about.family != .timing else { continue }
        #expect(step < 0.5, "\(spec.name) to \(output): \(step), unmodulated \(before)")
      }
    }
  }

  /// Sound, then half a minute of silence: it costs no more than sound did, and no denormals are left.
  @Test(arguments: names) func silenceCostsNoMoreThanSound(name: String) {
    let (silent, sounding) = silenced(name, seconds: 30)
    let costs = leastCosts(of: [silent, sounding])
    #expect(costs[0] < 2 * costs[1] + 30, "\(costs[0]) ns against \(costs[1]) ns")
    #expect(silent.render(640).tracks.joined().allSatisfy { !$0.isSubnormal })
  }

  /// Ten minutes, for all modules with feedback.
  @Test(arguments: [
    "reverb", "delay", "comb", "allpass", "ladder", "svf", "biquad", "pluck", "acid", "flanger", "phaser",
  ])
  func tenMinutesOfSilence(name: String) {
    let (silent, sounding) = silenced(name, seconds: 600)
    let costs = leastCosts(of: [silent, sounding])
    #expect(costs[0] < 2 * costs[1] + 30, "\(costs[0]) ns against \(costs[1]) ns")
  }

  /// A kernel after so many seconds of silence that followed 0.2 s of sound, and one after 0.2 s of sound.
  private func silenced(_ name: String, seconds: Int) -> (silent: KernelRig, sounding: KernelRig) {
    let silent = rig(name, nil, lanes: 8, depth: 0), sounding = rig(name, nil, lanes: 8, depth: 0)
    for rig in [silent, sounding] { rig.skip(9_600) }
    for input in silent.module.inputs where input.type == .signal || input.modulation == .gate {
      silent[input.name] = 0
    }
    silent.skip(seconds * 48_000)
    return (silent, sounding)
  }
}
