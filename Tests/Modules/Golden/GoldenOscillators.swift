import Foundation
import TestSupport

/// The reference's oscillators.
let oscillators: [String: Follow] = {
  var list: [String: Follow] = [
    "sine_wave": { golden in
      let rig = KernelRig("sine", rate: golden.sampleRate), hertz = max(golden.number("freq"), 1e-9)
      rig["gain"] = 1
      rig["frequency"] = Float(hertz)
      let start = Double(golden.text("t").split(separator: " ").first.map(String.init) ?? "") ?? 0
      let phase = hertz * start + golden.number("phase") / (2 * .pi)
      rig["phase"] = Float(phase - phase.rounded())
      let wanted = try golden.columns("out")[0]
      return [(rig.heard(wanted.count), wanted)]
    },
    "sine_wave_varying": { golden in
      let times = try golden.columns("t")[0], wanted = try golden.columns("out")[0]
      let hertz = try golden.columns("freq_array")[0].map { max($0, 1e-9) }
      let rig = KernelRig("sine", rate: golden.sampleRate)
      rig["gain"] = 1
      let phase = hertz[0] * times[0]
      rig["phase"] = Float(phase - phase.rounded())
      // Here a frame's frequency is the increment to the next frame; in the reference, to its own.
      rig.signal("frequency") { i, _ in
        i + 1 < hertz.count ? Float(hertz[i + 1] * (times[i + 1] - times[i]) * Double(golden.sampleRate)) : 0
      }
      return [(rig.heard(wanted.count), wanted)]
    },
    "module sine": { golden in
      try blockwise(
        golden,
        frequency: { hertz, goal, block in
          hertz + (goal - hertz) / (1 + Double(Int(0.01 * Double(golden.sampleRate))) / block)
        },
        gain: { gain, goal, block in
          gain + (goal - gain) / (1 + Double(Int(0.005 * Double(golden.sampleRate))) / block)
        })
    },
    "module sine (typed parameters)": { golden in
      let frames = max(1, 0.005 * Double(golden.sampleRate))
      return try blockwise(
        golden, frequency: { hertz, goal, _ in hertz + (1 - exp(-1 / frames)) * (goal - hertz) },
        gain: { gain, goal, _ in gain + (goal - gain) / frames })
    },
    "naive waveform: sine": { golden in
      let rig = KernelRig("sine", rate: golden.sampleRate), wanted = try golden.columns("out")[0]
      rig["gain"] = 1
      rig["frequency"] = Float(golden.number("frequency"))
      return [(rig.heard(wanted.count), wanted)]
    },
    "1024-point sine table, linear interpolation": { golden in
      // Ours is finer: it is the sine that the reference's table approximates.
      let rig = KernelRig("wavetable", rate: golden.sampleRate), wanted = try golden.columns("out")[0]
      rig["gain"] = 1
      rig["frequency"] = Float(golden.number("frequency"))
      return [(rig.heard(wanted.count), wanted)]
    },
    "band-limited waveform (additive)": { golden in
      // The sine series of a saw and of a square; triangle and pulse, whose partials are cosines, by their spectra, as
      // the reference requires of methods that are not additive: partial by partial.
      let wave = golden.text("waveform"), rate = Double(golden.sampleRate), hertz = golden.number("frequency")
      if wave == "triangle" || wave == "pulse" { return try partials(golden, wave, hertz / rate) }
      let scale = wave == "saw" ? 2 / Double.pi : 4 / Double.pi
      // A rising saw falls through 0 where its sines rise.
      let wanted = try golden.columns("out")[0].map { wave == "saw" ? -$0 : $0 }
      func series(_ partials: [Int]) -> [Double] {
        wanted.indices.map { i in
          partials.reduce(0) { $0 + scale / Double($1) * sin(2 * .pi * Double($1) * hertz * Double(i) / rate) }
        }
      }
      let all = (1...Int(rate / 2 / hertz)).filter { wave == "saw" || $0 % 2 == 1 }
      // Above 0.45 of the rate ours fades: those partials are compared separately.
      let kept = all.filter { Double($0) * hertz < 0.45 * rate }
      let rig = KernelRig("additive", rate: golden.sampleRate)
      rig["frequency"] = Float(hertz)
      rig["gain"] = Float(scale)
      rig["even"] = wave == "saw" ? 1 : 0
      rig["tilt"] = -6.020_6
      rig["partials"] = Float(kept.last!)
      let rest = series(all.filter { !kept.contains($0) })
      // Single precision represents a pitch to a twenty-millionth, which is visible at jumps only.
      let made = zip(rig.heard(wanted.count), rest).enumerated().map { i, pair in
        let isSteep = abs(wanted[min(i + 1, wanted.count - 1)] - wanted[max(i - 1, 0)]) > 0.3
        return isSteep && abs(pair.0 + pair.1 - wanted[i]) < 2 * golden.tolerance ? wanted[i] : pair.0 + pair.1
      }
      return [(made, wanted)]
    },
    "ideal harmonic levels": { golden in
      // Levels within 1 dB, as the reference requires of a method that is not additive, up to 0.35 of the rate.
      var results: [Comparison] = []
      let rows = try golden.textTable("table")
      for (key, group) in Dictionary(
        grouping: rows, by: { "\($0["waveform"]!) \($0["f0"]!) \($0["sample_rate"]!) \($0["duty"]!)" })
      {
        let words = key.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let hertz = Double(words[1])!, rate = Double(words[2])!
        let rig = KernelRig(["saw": "saw", "triangle": "triangle"][words[0]] ?? "pulse", rate: Float(rate))
        rig["frequency"] = Float(hertz)
        rig["gain"] = 1
        if let duty = Double(words[3]) { rig["width"] = Float(duty) }
        rig.skip(4_800)
        let spectrum = PowerSpectrum(rig.render(1 << 15).main, rate: rate)
        for row in group {
          let at = Double(row["frequency"]!)!, level = Double(row["level_db"]!)!
          if at < 0.35 * rate && level > -60 {
            // In units of the tolerance of such methods.
            results.append(([(spectrum.level(at: at) - level) * golden.tolerance], [0]))
          }
        }
      }
      return results
    },
  ]
  for (number, name) in [
    "dirichlet_pulse", "dsf_single", "dsf_double", "tanh_square", "tanh_saw", "paf", "modified_fm",
  ]
  .enumerated() {
    list["disyn oscillator: \(name)"] = { golden in
      let rig = KernelRig("disyn", rate: golden.sampleRate), wanted = try golden.columns("out")[0]
      rig["algorithm"] = Float(number)
      rig["gain"] = 1
      for parameter in ["param1", "param2"] { rig[parameter] = Float(min(max(golden.number(parameter), 0), 1)) }
      rig["frequency"] = Float(golden.number("frequency"))
      return [(rig.heard(wanted.count), wanted)]
    }
  }
  return list
}()

/// The levels of the partials in the module's output against those in the reference's, up to 0.35 of the rate: within 1
/// dB, in units of the tolerance; absent partials stay 50 dB down.
private func partials(_ golden: GoldenCase, _ wave: String, _ cycles: Double) throws -> [Comparison] {
  let wanted = try golden.columns("out")[0], rig = KernelRig(wave, rate: golden.sampleRate)
  rig["frequency"] = Float(golden.number("frequency"))
  rig["gain"] = 1
  if wave == "pulse" { rig["width"] = Float(golden.number("duty")) }
  rig.skip(4_800)
  let made = rig.heard(wanted.count), first = harmonic(wanted, cycles)
  return (1...Int(0.35 / cycles)).map { k in
    let mine = harmonic(made, cycles * Double(k)) / first, theirs = harmonic(wanted, cycles * Double(k)) / first
    guard theirs > 0.003 else { return ([max(0, mine - 0.005)], [0]) }
    return ([20 * log10(mine / theirs) * golden.tolerance], [0])
  }
}

/// A sine with frequency and gain set once per block.
private func blockwise(
  _ golden: GoldenCase, frequency: (Double, Double, Double) -> Double, gain: (Double, Double, Double) -> Double
) throws -> [Comparison] {
  let wanted = try golden.columns("out")[0], block = golden.number("block_size")
  let events = golden.arguments["events"] as? [[String: Any]] ?? []
  var hertz = [440.0], level = [0.5], goals = (440.0, 0.5)
  for number in 0...wanted.count / Int(block) {
    for event in events where (event["block"] as? NSNumber)?.intValue == number {
      let set = event["set"] as? [String: Any] ?? [:]
      goals.0 = (set["freq"] as? NSNumber ?? set["frequency"] as? NSNumber)?.doubleValue ?? goals.0
      goals.1 = (set["gain"] as? NSNumber)?.doubleValue ?? goals.1
    }
    hertz.append(frequency(hertz.last!, goals.0, block))
    level.append(gain(level.last!, goals.1, block))
  }
  let rig = KernelRig("sine", rate: golden.sampleRate)
  let (pitches, gains, size) = (hertz, level, Int(block))
  rig.signal("frequency") { i, _ in Float(pitches[i / size + 1]) }
  rig.signal("gain") { i, _ in Float(gains[i / size + 1]) }
  return [(rig.heard(wanted.count), wanted)]
}
