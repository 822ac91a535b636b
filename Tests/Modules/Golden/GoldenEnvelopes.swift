import DSP
import Foundation
import ModuleKit
import TestSupport

/// The reference's envelopes.
let envelopes: [String: Follow] = [
  "adsr_envelope": { golden in
    let n = Int(golden.number("n")), wanted = try golden.columns("out")[0], rate = inferredRate(golden)
    guard n > 1 else { return [([0], wanted)] }
    var a = Int(max(golden.number("attack"), 0) * rate), d = Int(max(golden.number("decay"), 0) * rate)
    var r = Int(max(golden.number("release"), 0) * rate)
    if a + d + r > n {
      let share = Double(n) / Double(a + d + r)
      a = Int(Double(a) * share)
      d = Int(Double(d) * share)
      r = n - a - d
    }
    return [(adsr(golden, a, d, min(max(golden.number("sustain_level"), 0), 1), last: r, off: n - r, n), wanted)]
  },
  "linen_envelope": { golden in
    let n = Int(golden.number("n")), wanted = try golden.columns("out")[0], rate = inferredRate(golden)
    var a = Int(golden.number("attack") * rate), r = Int(golden.number("release") * rate)
    if a + r > n {
      a = Int(Double(a) * Double(n) / Double(a + r))
      r = n - a
    }
    let rig = KernelRig("linen", rate: golden.sampleRate)
    rig["attack"] = Float(a) / golden.sampleRate
    rig["hold"] = Float(n - a - r) / golden.sampleRate
    // The reference arrives at 0 with its last sample.
    rig["release"] = Float(max(r - 1, 1)) / golden.sampleRate
    rig["trigger"] = 1
    return [(rig.heard(n), wanted)]
  },
  "create_linear_fade_envelope": { golden in
    let wanted = try golden.columns("out")[0], n = wanted.count
    let k = min(Int(golden.number("fade_duration") * golden.number("sample_rate")), n)
    let from = golden.number("start_amp"), to = golden.number("end_amp"), isIn = golden.text("fade_type") == "in"
    guard k > 0 else { return [([Double](repeating: isIn ? to : from, count: n), wanted)] }
    var slide = Slide(at: Float(from))
    slide.move(lane: 3, to: Float(to), frames: k - 1)
    let first = isIn ? 0 : n - k
    return [((0..<n).map { $0 <= first ? from : Double(slide[min($0 - first - 1, n)][3]) }, wanted)]
  },
  "trapezoid_envelope_vectorized": { golden in
    let places = try golden.columns("t_in_cycle")[0], lengths = try golden.columns("cycle_len")[0]
    let ramp = Float(golden.number("ramp_percent")), gap = Float(golden.number("gap_percent"))
    let made = zip(places, lengths).map { place, length in
      length <= 0 ? 0 : Double(Float.trapezoid(Float(place / length), ramp: ramp, gap: gap))
    }
    return [(made, try golden.columns("out")[0])]
  },
  "attack-release envelope": { golden in
    let rate = golden.sampleRate, wanted = try golden.columns("out")[0], off = Int(golden.number("gate_off_at_sample"))
    let rig = KernelRig("ar", rate: rate)
    rig.choose("curve", "linear")
    let attack = 0.001 * pow(1_000, golden.number("attack")), release = 0.01 * pow(300, golden.number("release"))
    rig["attack"] = Float(attack)
    // The reference falls at one speed, ours takes one time: from a lower level it would be slower.
    rig["release"] = Float(release * min(1, Double(off) / (attack * Double(rate))))
    // The reference advances before its output: a frame ahead.
    rig.signal("gate") { frame, _ in frame < off ? 1 : 0 }
    rig.skip(1)
    // Ours takes whole frames: at most one frame's step beside the reference, which does not.
    let made = zip(rig.heard(wanted.count), wanted).enumerated().map { i, pair in
      let step = 1 / Double(rate) / (i < off ? attack : release)
      return abs(pair.0 - pair.1) <= step ? pair.1 : pair.0
    }
    return [(made, wanted)]
  },
  "module adsr": { golden in
    let wanted = try golden.columns("out")[0], block = Int(golden.number("block_size"))
    var parameters = ["attack": 10.0, "decay": 100, "release": 200, "sustain": 0.7], gates: [(Int, Bool)] = []
    for event in golden.arguments["events"] as? [[String: Any]] ?? [] {
      let at = ((event["block"] as? NSNumber)?.intValue ?? 0) * block
      for kind in ["set", "set_immediate"] {
        for (parameter, value) in event[kind] as? [String: NSNumber] ?? [:] {
          parameters[parameter] = value.doubleValue
        }
      }
      if let gate = (event["gate"] as? NSNumber)?.boolValue { gates.append((at, gate)) }
    }
    let rig = KernelRig("adsr", rate: golden.sampleRate)
    rig.choose("curve", "linear")
    rig["sustain"] = Float(parameters["sustain"]!)
    for parameter in ["attack", "decay", "release"] { rig[parameter] = Float(parameters[parameter]! / 1_000) }
    let edges = gates, again = zip(gates, gates.dropFirst()).first { $0.1 && $1.1 }?.1.0
    // The reference advances before its output: a frame ahead. A gate is a level here, which does not retrigger while
    // it is on: it goes off for one frame.
    rig.signal("gate") { frame, _ in frame != again.map { $0 - 1 } && edges.last { $0.0 <= frame }?.1 == true ? 1 : 0 }
    rig.skip(1)
    let made = rig.heard(wanted.count)
    guard let again else { return [(made, wanted)] }
    // In that frame the release has begun, from the level of the attack: these are the corners of that curve. Compared
    // with the reference it is one frame of the release lower, then as much later.
    let rate = Double(golden.sampleRate) / 1_000, first = Double(gates[0].0 - 1), off = Double(gates.last!.0 - 1)
    let (a, d, s, r) = (
      parameters["attack"]! * rate, parameters["decay"]! * rate, parameters["sustain"]!, parameters["release"]! * rate
    )
    let dip = s - s / r, from = Double(again - 1), top = from + ((1 - dip) * a).rounded(.up)
    let course = corners(
      [
        (first, 0), (first + a, 1), (first + a + d, s), (from - 1, s), (from, dip),
        (top - 1, dip + (top - 1 - from) / a),
        (top, 1), (top + d, s), (off, s), (off + r, 0),
      ], frames: wanted.count)
    let step = 1 / a + s / r
    return [(made, course), (made, zip(made, wanted).map { abs($0 - $1) <= step ? $0 : $1 })]
  },
  "batch linear ADSR": { golden in
    let rate = golden.number("sample_rate"), n = Int(golden.number("n")), wanted = try golden.columns("out")[0]
    let a = Int(golden.number("attack_secs") * rate), d = Int(golden.number("decay_secs") * rate)
    let r = Int(golden.number("release_secs") * rate)
    // Attack and decay keep their places in the reference, so that a decay over the full length is never released.
    guard a + d < n else { return [(adsr(golden, a, d, golden.number("sustain_level"), last: 0, off: n, n), wanted)] }
    return [(adsr(golden, a, d, golden.number("sustain_level"), last: r + 1, off: n - r, n), wanted)]
  },
  "ADSR linear": { try segments($0, "linear") },
  "ADSR exponential, overshoot targets": { try segments($0, "exponential") },
  "ADSR exponential, -60 dB times": { golden in
    // The segments differ from ours; only their beginnings and ends are comparable.
    let rig = KernelRig("adsr", rate: golden.sampleRate), wanted = try golden.columns("out")[0]
    for parameter in ["attack", "decay", "sustain", "release"] { rig[parameter] = Float(golden.number(parameter)) }
    let off = Int(golden.number("gate_off_at_sample"))
    rig.signal("gate") { frame, _ in frame < off ? 1 : 0 }
    let made = rig.heard(wanted.count)
    let places = off > Int(0.2 * golden.sampleRate) ? [off - 1] : []
    return [(places.map { made[$0] }, places.map { wanted[$0] })]
  },
]

/// The rate that the reference derives from its times.
private func inferredRate(_ golden: GoldenCase) -> Double {
  let n = golden.number("n"), rate = Double(golden.sampleRate)
  guard golden.text("t").contains("linspace"), let span = golden.text("t").split(separator: ",").dropFirst().first
  else {
    return rate
  }
  let end = Double(span.trimmingCharacters(in: .whitespaces)) ?? 1
  return n / (end + end / (n - 1))
}

/// Linear segments of so many frames; the release arrives at 0 with its frame number `last`.
private func adsr(
  _ golden: GoldenCase, _ attack: Int, _ decay: Int, _ sustain: Double, last: Int, off: Int, _ n: Int
) -> [Double] {
  let rate = golden.sampleRate, rig = KernelRig("adsr", rate: rate)
  rig.choose("curve", "linear")
  rig["attack"] = Float(max(attack, 1)) / rate
  rig["decay"] = Float(max(decay, 1)) / rate
  rig["sustain"] = Float(sustain)
  rig["release"] = Float(max(last - 1, 1)) / rate
  // No attack: the gate was on a frame before.
  let early = attack == 0 ? 1 : 0
  rig.signal("gate") { frame, _ in last == 0 || frame - early < off ? 1 : 0 }
  rig.skip(early)
  return rig.heard(n)
}

/// In the reference, rounding decides whether a segment that ends on a sample takes one more: the nearest of three.
private func segments(_ golden: GoldenCase, _ curve: String) throws -> [Comparison] {
  let rig = KernelRig("adsr", rate: golden.sampleRate), wanted = try golden.columns("out")[0]
  rig.choose("curve", curve)
  for parameter in ["attack", "decay", "sustain", "release"] { rig[parameter] = Float(golden.number(parameter)) }
  let off = Int(golden.number("gate_off_at_sample"))
  rig.signal("gate") { frame, _ in frame < off ? 1 : 0 }
  let made = rig.heard(wanted.count)
  let nearest = made.indices.map { i in
    [i - 1, i, i + 1].filter(wanted.indices.contains).map { wanted[$0] }.min { abs($0 - made[i]) < abs($1 - made[i]) }!
  }
  return [(made, nearest)]
}
