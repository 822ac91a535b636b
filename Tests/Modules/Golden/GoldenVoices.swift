import Foundation
import TestSupport

/// The reference's voices for entrainment.
let voices: [String: Follow] = [
  "binaural_beat": { try binaural($0) }, "binaural_beat_transition": { try binaural($0, isTransition: true) },
  "isochronic_tone": { try isochronic($0) }, "isochronic_tone_transition": { try isochronic($0, isTransition: true) },
  "monaural_beat_stereo_amps": { golden in
    let of = VoiceParameters(golden), wanted = try golden.columns("out")
    let depth = min(max(of["ampOscDepth", 0](0), 0), 2)
    return ["L", "R"].enumerated().map { side, name in
      let rig = KernelRig("monaural", rate: Float(of.rate))
      rig["base"] = Float(of["baseFreq", 200](0))
      rig["beat"] = Float(of["beatFreq", 4](0))
      let swell = { (i: Int) -> Double in
        depth == 0 || of["ampOscFreq", 0](0) == 0
          ? 1 : 1 - depth / 2 + depth / 2 * of.wave("ampOscFreq", "ampOscPhaseOffset", i)
      }
      let phaseShift = { (i: Int) in of["phaseOscRange", 0](0) / 2 * of.wave("phaseOscFreq", nil, i) }
      rig.signal("lower") { i, _ in Float(of["amp_lower_\(name)", 0.5](i) * swell(i)) }
      rig.signal("upper") { i, _ in Float(of["amp_upper_\(name)", 0.5](i) * swell(i)) }
      rig.signal("phaselower") { i, _ in Float((of["startPhaseL", 0](i) - phaseShift(i)) / (2 * .pi)) }
      rig.signal("phaseupper") { i, _ in Float((of["startPhaseR", 0](i) + phaseShift(i)) / (2 * .pi)) }
      return (rig.heard(of.count).map { min(max($0, -1), 1) }, wanted[side])
    }
  },
  "rhythmic_waveshaping": { try rhythmic($0) },
  "rhythmic_waveshaping_transition": { try rhythmic($0, isTransition: true) },
  "stereo_am_independent": { golden in
    let of = VoiceParameters(golden), wanted = try golden.columns("out"),
      rig = KernelRig("stereo-am", rate: Float(of.rate))
    rig["base"] = Float(of["carrierFreq", 200](0))
    rig["width"] = Float(of["stereo_width_hz", 0.2](0))
    rig["gain"] = Float(of["amp", 0.25](0))
    for (side, name) in [("L", "left"), ("R", "right")] {
      rig["beat\(name)"] = Float(of["modFreq\(side)", 4](0))
      rig["depth\(name)"] = Float(of["modDepth\(side)", 0.8](0))
      rig["phase\(name)"] = Float(of["modPhase\(side)", 0](0) / (2 * .pi))
    }
    let sound = rig.render(of.count)
    return ["left", "right"].enumerated().map { (sound[$1][0].map(Double.init), wanted[$0]) }
  },
  "node voice: BinauralBeatVoice": { golden in
    let way = NodeWay(golden), wanted = try golden.columns("out"), rig = KernelRig("binaural", rate: golden.sampleRate)
    rig["gain"] = 1
    way.feed(rig, ["base": "base_freq", "beat": "beat_freq", "gainleft": "volume_left", "gainright": "volume_right"])
    let sound = rig.render(way.count)
    return ["left", "right"].enumerated().map { (sound[$1][0].map(Double.init), wanted[$0]) }
  },
  "node voice: IsochronicVoice": { golden in
    let way = NodeWay(golden), wanted = try golden.columns("out"),
      rig = KernelRig("isochronic", rate: golden.sampleRate)
    let base = way.values("base_freq")
    way.feed(rig, ["beat": "beat_freq", "gainleft": "volume_left", "gainright": "volume_right"])
    // The reference's carrier is a step ahead.
    rig.signal("base") { i, _ in Float(base[min(i + 1, way.count - 1)]) }
    for side in ["left", "right"] { rig["phase\(side)"] = Float(base[0] / Double(golden.sampleRate)) }
    rig["ramp"] = Float(golden.number("ramp_percent"))
    rig["gap"] = Float(golden.number("gap_percent"))
    rig["gain"] = Float(golden.number("amplitude") * 2.0.squareRoot())
    let sound = rig.render(way.count), m = min(100, way.count / 20)
    return ["left", "right"].enumerated().map { side, name in
      (sound[name][0].enumerated().map { Double($1) * way.edge($0, m) }, wanted[side])
    }
  },
  "node voice: MonauralBeatVoice": { golden in
    // Two sines and a gain, as they are patched: the second one modulates the level of the first.
    let way = NodeWay(golden), wanted = try golden.columns("out"), depth = golden.number("modulation_depth")
    func sine(_ name: String) -> [Double] {
      let rig = KernelRig("sine", rate: golden.sampleRate), hertz = way.values(name)
      // The reference is a step ahead.
      rig.signal("frequency", isAudioRate: true) { i, _ in Float(hertz[min(i + 1, way.count - 1)]) }
      rig["phase"] = Float(hertz[0] / Double(golden.sampleRate))
      rig["gain"] = 1
      return rig.heard(way.count)
    }
    let carrier = sine("base_freq"), beat = sine("beat_freq"), m = min(1_000, way.count / 10)
    return ["volume_left", "volume_right"].enumerated().map { side, name in
      let volume = way.values(name)
      let made = (0..<way.count).map { i in
        carrier[i] * (1 - depth + depth * (1 + beat[i]) / 2) * volume[i] * way.edge(i, m)
      }
      return (made, wanted[side])
    }
  },
]

private func binaural(_ golden: GoldenCase, isTransition: Bool = false) throws -> [Comparison] {
  let of = VoiceParameters(golden, isTransition: isTransition), wanted = try golden.columns("out")
  let rig = KernelRig("binaural", rate: Float(of.rate))
  rig["gain"] = 1
  rig.signal("base") { i, _ in Float(of["baseFreq", 200](i)) }
  rig.signal("beat") { i, _ in Float(of["beatFreq", 4](i)) }
  for (side, name, sign) in [("L", "left", -1.0), ("R", "right", 1)] {
    rig.signal("fm\(name)") { i, _ in
      of["beatFreq", 4](i) == 0 ? 0 : Float(of["freqOscRange\(side)", 0](i) / 2 * of.wave("freqOscFreq\(side)", nil, i))
    }
    rig.signal("phase\(name)") { i, _ in
      let phaseShift = of["phaseOscRange", 0](i) / 2 * of.wave("phaseOscFreq", nil, i)
      return Float((of["startPhase\(side)", 0](isTransition ? 0 : i) + sign * phaseShift) / (2 * .pi))
    }
    rig.signal("gain\(name)") { i, _ in Float(of["amp\(side)", 0.5](i) * of.swell(side, i)) }
  }
  let sound = rig.render(of.count)
  return ["left", "right"].enumerated().map { (sound[$1][0].map(Double.init), wanted[$0]) }
}

private func isochronic(_ golden: GoldenCase, isTransition: Bool = false) throws -> [Comparison] {
  let of = VoiceParameters(golden, isTransition: isTransition, readsPlain: { $0 != "baseFreq" && $0 != "beatFreq" })
  let wanted = try golden.columns("out"), rate = Double(golden.sampleRate), count = of.count
  // No pulses: silence.
  if of["beatFreq", 4](0) <= 1e-9 && !isTransition { return wanted.map { ([Double](repeating: 0, count: count), $0) } }
  let rig = KernelRig("isochronic", rate: golden.sampleRate), isMono = golden.isOn("forceMono")
  rig["gain"] = Float(2.0.squareRoot())
  rig.signal("base") { i, _ in Float(of["baseFreq", 200](i)) }
  rig.signal("beat") { i, _ in Float(of["beatFreq", 4](i)) }
  rig.signal("ramp") { i, _ in Float(min(max(of["rampPercent", 0.2](i), 0), 1)) }
  rig.signal("gap") { i, _ in Float(min(max(of["gapPercent", 0.15](i), 0), 1)) }
  for (side, name, sign) in [("L", "left", -1.0), ("R", "right", 1)] {
    var cycles = 0.0
    let vibrato = (0..<count).map { i -> Double in
      // The transition integrates its rate, the plain voice does not.
      cycles += of["freqOscFreq\(side)", 0](i) / rate
      let wave = isTransition ? sin(2 * .pi * cycles) : of.wave("freqOscFreq\(side)", nil, i)
      return isMono ? 0 : of["freqOscRange\(side)", 0](i) / 2 * wave
    }
    rig.signal("fm\(name)") { i, _ in Float(vibrato[i]) }
    rig.signal("phase\(name)") { i, _ in
      let phaseShift = of["phaseOscRange", 0](i) / 2 * of.wave("phaseOscFreq", nil, i)
      return Float((of["startPhase\(side)", 0](i) + sign * phaseShift) / (2 * .pi))
    }
    let amp = of["amp", 0.5](0)
    rig.signal("gain\(name)") { i, _ in Float(of["amp\(side)", amp](i) * of.swell(side, i)) }
  }
  let sound = rig.render(count), pan = golden.number("pan")
  let sides = ["left", "right"].map { sound[$0][0].map(Double.init) }
  guard pan != 0 else { return zip(sides, wanted).map { ($0, $1) } }
  // The reference sums its channels before it pans them.
  let mono = zip(sides[0], sides[1]).map { ($0 + $1) / 2 }, angle = (pan + 1) * .pi / 4
  return [(mono.map { $0 * cos(angle) }, wanted[0]), (mono.map { $0 * sin(angle) }, wanted[1])]
}

private func rhythmic(_ golden: GoldenCase, isTransition: Bool = false) throws -> [Comparison] {
  let of = VoiceParameters(golden, isTransition: isTransition), wanted = try golden.columns("out")
  let rig = KernelRig("rhythmic", rate: Float(of.rate))
  // In the transition a frame's frequency is the increment to that frame, here to the next one.
  let ahead = isTransition ? 1 : 0
  rig.signal("base") { i, _ in Float(of["carrierFreq", isTransition ? 0 : 200](min(i + ahead, of.count - 1))) }
  rig.signal("beat") { i, _ in Float(of["modFreq", isTransition ? 0 : 4](min(i + ahead, of.count - 1))) }
  rig.signal("depth") { i, _ in Float(of["modDepth", 1](i)) }
  rig.signal("shape") { i, _ in Float(max(1e-6, of["shapeAmount", 5](i))) }
  rig["gain"] = Float(of["amp", 0.25](0))
  rig["pan"] = Float(golden.number("pan"))
  let sound = rig.render(of.count)
  return ["left", "right"].enumerated().map { (sound[$1][0].map(Double.init), wanted[$0]) }
}

/// The parameters of a voice at each frame: constant or, in a transition, moving.
private struct VoiceParameters {
  let golden: GoldenCase
  let count: Int
  /// Frames per second, as the reference counts them.
  let rate: Double
  private let isTransition: Bool
  private let readsPlain: (String) -> Bool

  init(_ golden: GoldenCase, isTransition: Bool = false, readsPlain: @escaping (String) -> Bool = { _ in true }) {
    self.golden = golden
    self.isTransition = isTransition
    self.readsPlain = readsPlain
    count = Int(golden.number("duration") * Double(golden.sampleRate))
    rate = Double(count) / golden.number("duration")
  }

  func time(_ i: Int) -> Double { Double(i) / rate }

  subscript(name: String, standard: Double) -> (Int) -> Double {
    let plain = golden.number(name, or: standard)
    guard isTransition else { return { _ in plain } }
    let capital = name.prefix(1).uppercased() + name.dropFirst()
    let from = golden.number("start" + capital, or: readsPlain(name) ? plain : standard)
    let to = golden.number("end" + capital, or: from)
    return { from + (to - from) * share($0) }
  }

  /// The progress of a transition.
  private func share(_ i: Int) -> Double {
    let total = golden.number("duration"), start = min(max(golden.number("initial_offset"), 0), total)
    let end = max(start, total - max(golden.number("post_offset"), 0))
    let a = end == start ? (time(i) < start ? 0 : 1) : min(max((time(i) - start) / (end - start), 0), 1)
    switch golden.text("transition_curve") {
    case "logarithmic": return 1 - (1 - a) * (1 - a)
    case "exponential": return a * a
    default: return a
    }
  }

  /// A sine of a rate that is a parameter.
  func wave(_ frequency: String, _ offset: String?, _ i: Int) -> Double {
    sin(2 * .pi * self[frequency, 0](i) * time(i) + (offset.map { self[$0, 0](i) } ?? 0))
  }

  /// The tremolo of a side.
  func swell(_ side: String, _ i: Int) -> Double {
    1 - self["ampOscDepth\(side)", 0](i) * (1 + wave("ampOscFreq\(side)", "ampOscPhaseOffset\(side)", i)) / 2
  }
}

/// The nodes of a node voice, with linear interpolation.
private struct NodeWay {
  let count: Int
  private let nodes: [[String: Double]]
  private let rate: Double

  init(_ golden: GoldenCase) {
    rate = Double(golden.sampleRate)
    nodes = (golden.arguments["nodes"] as? [[String: NSNumber]] ?? []).map { $0.mapValues(\.doubleValue) }
    count = Int(nodes.reduce(0) { $0 + $1["duration"]! } * rate)
  }

  func values(_ name: String) -> [Double] {
    var values = [Double](repeating: nodes.last?[name] ?? 0, count: count), start = 0.0
    for (node, next) in zip(nodes, nodes.dropFirst()) {
      let first = Int(start * rate), last = Int((start + node["duration"]!) * rate)
      for i in first..<min(last, count) {
        values[i] = node[name]! + (next[name]! - node[name]!) * Double(i - first) / Double(last - first)
      }
      start += node["duration"]!
    }
    return values
  }

  /// The fade of `m` frames at both ends: halves of a Hann window.
  func edge(_ i: Int, _ m: Int) -> Double {
    guard count > 2 * m else { return 1 }
    let at = min(i, count - 1 - i)
    return at >= m ? 1 : 0.5 - 0.5 * cos(2 * .pi * Double(at) / Double(2 * m - 1))
  }

  func feed(_ rig: KernelRig, _ inputs: [String: String]) {
    for (input, name) in inputs {
      let values = values(name)
      rig.signal(input) { i, _ in Float(values[min(i, values.count - 1)]) }
    }
  }
}
