import DSP
import Foundation
import TestSupport

/// The reference's filters, delays and effects.
let filters: [String: Follow] = {
  var list: [String: Follow] = [
    "module biquad_filter": { golden in
      let run = try Blocks(golden), rig = KernelRig("biquad", rate: golden.sampleRate)
      rig.choose("mode", ["lowpass", "highpass", "bandpass"][Int(run.parameters["mode"] ?? 0)])
      rig["cutoff"] = Float(run.parameters["cutoff"] ?? 1_000)
      rig["q"] = Float(run.parameters["q"] ?? 0.707)
      rig.signal("in") { frame, _ in Float(run.input[frame]) }
      guard run.moves else { return [(rig.heard(run.wanted.count), run.wanted)] }
      // The reference steps to other coefficients at each block, so that its output depends on the blocks; ours moves
      // there within 16 frames, in a form whose states keep their meaning. It is compared with a double-precision model
      // of that, sample by sample; and with the reference by level and correlation.
      let cutoffs = run.course(of: "cutoff", smoothedOver: 0.025, golden)
      rig.signal("cutoff") { frame, _ in Float(cutoffs[frame]) }
      let made = rig.heard(run.wanted.count)
      let course = gliding(run.input, cutoffs.map { $0 / Double(golden.sampleRate) }, q: run.parameters["q"] ?? 0.707)
      return [(made, course), agreement(made, run.wanted, decibels: 0.2, likeness: 0.99)]
    },
    "module acid_filter": { golden in
      let run = try Blocks(golden), rig = KernelRig("acid", rate: golden.sampleRate)
      for (theirs, ours) in [
        "cutoff": "cutoff", "resonance": "resonance", "env_amount": "envelope", "accent": "accent",
        "drive": "drive",
      ] { if let value = run.parameters[theirs] { rig[ours] = Float(value) } }
      rig["decay"] = Float((run.parameters["decay"] ?? 200) / 1_000)
      rig.signal("in") { frame, _ in Float(run.input[frame]) }
      let gates = Set(run.gates)
      rig.signal("gate") { frame, _ in gates.contains(frame) ? 1 : 0 }
      return [(rig.heard(run.wanted.count), run.wanted)]
    },
    "module distortion": { golden in
      // The reference distorts each frame by itself, and aliases; ours averages the curve between successive frames,
      // half a frame late. It is compared with a double-precision model of that, sample by sample; and with the
      // reference by level and correlation. The fold is a sine here: the reference's has corners, which alias.
      let run = try Blocks(golden), mode = Int(run.parameters["mode"] ?? 0)
      if mode == 3 { return try crushed(golden, run) }
      let bend = Bend.all[mode], drive = run.parameters["drive"] ?? 1, mix = run.parameters["mix"] ?? 1
      let tone = 200 + 10_000 * (run.parameters["tone"] ?? 0.5), rig = KernelRig("distortion", rate: golden.sampleRate)
      rig.choose("shape", bend.shape)
      rig.choose("oversampling", "off")
      rig["drive"] = Float(bend.gain * drive)
      rig["tone"] = Float(tone)
      rig.signal("in") { frame, _ in Float(run.input[frame]) }
      let wet = rig.heard(run.wanted.count)
      let mean = dulled(bend.means(run.input.map { $0 * bend.gain * drive }), tone / Double(golden.sampleRate))
      let made = wet.enumerated().map { i, wet in run.input[i] * (1 - mix) + wet * mix * bend.level / max(drive, 1) }
      return [(wet, mean), agreement(made, run.wanted, decibels: 0.5, likeness: 0.99)]
    },
    "TPT state-variable filter": { golden in
      let rig = svf(golden, q: golden.number("q")), n = Int(golden.number("n"))
      rig["cutoff"] = Float(golden.number("frequency"))
      rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      let sound = rig.render(n), wanted = try golden.columns("out")
      return ["low", "band", "high"].enumerated().map { (sound[$1][0].map(Double.init), wanted[$0]) }
    },
    "TPT state-variable filter, swept": { golden in
      let input = try golden.columns("in")[0], wanted = try golden.columns("out")[0]
      let rig = svf(golden, q: golden.number("q"))
      rig.signal("cutoff", isAudioRate: true) { frame, _ in Float(200 * exp2(5 * Double(frame) / 2_048)) }
      rig.signal("in") { frame, _ in Float(input[frame]) }
      return [(rig.heard(wanted.count, "low"), wanted)]
    },
    "one-pole smoother step response": { golden in
      let rate = Double(golden.sampleRate), value = golden.number("value")
      let times = [
        "time_constant": value, "cutoff": 1 / (2 * .pi * value), "t60": value / log(1_000),
        "rise_10_90": value / log(9), "t99": value / log(100),
      ]
      let rig = KernelRig("slew", rate: Float(rate)), wanted = try golden.columns("out")[0]
      rig.choose("curve", "exponential")
      rig["rise"] = Float(times[golden.text("convention")] ?? 0)
      rig.signal("in") { _, _ in 1 }
      return [(rig.heard(wanted.count), wanted)]
    },
    "dc blocker": { golden in
      let rig = KernelRig("dcblock", rate: golden.sampleRate), rate = Double(golden.sampleRate)
      rig["cutoff"] = Float(-log(golden.number("r")) * rate / (2 * .pi))
      rig.signal("in") { frame, _ in 0.5 + 0.3 * Float(sineOf(200 * Double(frame) / rate)) }
      let wanted = try golden.columns("out")[0]
      return [(rig.heard(wanted.count), wanted)]
    },
    "fractional delay": { golden in
      // The third-order Lagrange interpolator, the second column; the line's last frame is one frame ago.
      let input = try golden.columns("in")[0], wanted = try golden.columns("out")[1]
      let memory = UnsafeMutablePointer<Float>.allocate(capacity: 128)
      memory.initialize(repeating: 0, count: 128)
      defer { memory.deallocate() }
      var line = DelayLine(memory: memory, capacity: 128)
      let tap = DelayTap<Float>(Float(golden.number("delay_samples")) + 1)
      return [
        (
          input.map { x in
            line.write(Float(x)); return Double(line.read(tap))
          }, wanted
        )
      ]
    },
    "feedback comb and Schroeder allpass": { golden in
      let delay = Float(golden.number("delay")), g = Float(golden.number("g")), wanted = try golden.columns("out")
      let allpass = KernelRig("allpass")
      allpass["time"] = delay / 48_000
      allpass["feedback"] = g
      allpass.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      let comb = KernelRig("comb")
      comb["frequency"] = 48_000 / delay
      comb["feedback"] = g
      comb.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      return [(comb.heard(1_200), wanted[0]), (allpass.heard(1_200), wanted[1])]
    },
  ]
  let modes = [
    "lowpass": "lowpass", "highpass": "highpass", "bandpass_peak": "bandpass", "notch": "notch", "peak": "peak",
    "lowshelf": "lowshelf", "highshelf": "highshelf", "allpass": "allpass", "bandpass_skirt": "bandpass",
  ]
  for (theirs, ours) in modes {
    list["biquad: \(theirs)"] = { golden in
      let rig = KernelRig("biquad", rate: golden.sampleRate), q = golden.number("q")
      rig.choose("mode", ours)
      rig["cutoff"] = Float(golden.number("frequency"))
      rig["q"] = Float(q)
      rig["gain"] = Float(golden.number("gain_db"))
      rig.signal("in") { frame, _ in frame == 0 ? 1 : 0 }
      // The other band-pass has a gain of q.
      let scale = theirs == "bandpass_skirt" ? q : 1
      return [(rig.heard(512).map { $0 * scale }, try golden.columns("out")[0])]
    }
  }
  return list
}()

private func svf(_ golden: GoldenCase, q: Double) -> KernelRig {
  let rig = KernelRig("svf", rate: golden.sampleRate)
  rig["resonance"] = Float((2 - 1 / q) / 1.98)
  return rig
}

/// The reference rounds, then holds every fourth frame, then applies a low-pass: two more modules here.
private func crushed(_ golden: GoldenCase, _ run: Blocks) throws -> [Comparison] {
  let rate = golden.sampleRate, crush = KernelRig("distortion", rate: rate)
  crush.choose("shape", "crush")
  crush.choose("oversampling", "off")
  // Steps of 1/128.
  crush["drive"] = Float(0.5 / (run.parameters["drive"] ?? 1))
  crush["tone"] = 20_000
  crush.signal("in") { frame, _ in Float(run.input[frame]) }
  let steps = crush.heard(run.wanted.count), hold = KernelRig("sample-hold", rate: rate)
  hold.signal("in") { frame, _ in Float(steps[frame]) }
  hold.signal("trigger") { frame, _ in frame % 4 == 0 ? 1 : 0 }
  let held = hold.heard(steps.count), dull = KernelRig("slew", rate: rate)
  dull.choose("curve", "exponential")
  for side in ["rise", "fall"] {
    dull[side] = Float(1 / (2 * .pi * (200 + 10_000 * (run.parameters["tone"] ?? 0.5))))
  }
  dull.signal("in") { frame, _ in Float(held[frame]) }
  return [(dull.heard(steps.count).map { $0 * 0.7 }, run.wanted)]
}

/// A case of the reference's patchable modules: parameters and gates at blocks.
private struct Blocks {
  var parameters: [String: Double] = [:]
  /// Frames at which the gate is set.
  var gates: [Int] = []
  /// Parameters that move while it sounds: the targets, and the block of each.
  private var goals: [(block: Int, parameter: String, value: Double)] = []
  var moves: Bool { !goals.isEmpty }
  let input: [Double], wanted: [Double]

  /// The reference's curve of a moving parameter: a value per block, here at every frame.
  func course(of parameter: String, smoothedOver seconds: Double, _ golden: GoldenCase) -> [Double] {
    let block = Int(golden.number("block_size")),
      pace = 1 + Double(Int(seconds * Double(golden.sampleRate))) / Double(block)
    var value = parameters[parameter] ?? 0, goal = value
    return (0..<wanted.count).map { frame in
      if frame % block == 0 {
        for event in goals where event.block == frame / block && event.parameter == parameter { goal = event.value }
        value += (goal - value) / pace
      }
      return value
    }
  }

  init(_ golden: GoldenCase) throws {
    input = try golden.columns("in")[0]
    wanted = try golden.columns("out")[0]
    for event in golden.arguments["events"] as? [[String: Any]] ?? [] {
      let block = (event["block"] as? NSNumber)?.intValue ?? 0
      for (parameter, value) in event["set_immediate"] as? [String: NSNumber] ?? [:] {
        parameters[parameter] = value.doubleValue
      }
      for (parameter, value) in event["set"] as? [String: NSNumber] ?? [:] {
        goals.append((block, parameter, value.doubleValue))
      }
      if (event["gate"] as? NSNumber)?.boolValue == true { gates.append(block * Int(golden.number("block_size"))) }
    }
  }
}
