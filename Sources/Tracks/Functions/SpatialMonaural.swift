import Glibc
import PatchKit

extension SynthFunction {
  private static let spatialMonauralKnobs: [Knob] = [
    Knob("amp", 0.7, Ranges.level), Knob("amp_lower_L", 0.5, Ranges.level, moving: "_amp_lower_L"),
    Knob("amp_upper_L", 0.5, Ranges.level, moving: "_amp_upper_L"),
    Knob("amp_lower_R", 0.5, Ranges.level, moving: "_amp_lower_R"),
    Knob("amp_upper_R", 0.5, Ranges.level, moving: "_amp_upper_R"), Knob("baseFreq", 200, Ranges.audible),
    Knob("beatFreq", 4, Ranges.beat),
    Knob("startPhaseL", 0, Ranges.phase, .startOnly, moving: "StartPhaseL_monaural"),
    Knob("startPhaseR", 0, Ranges.phase, .startOnly, moving: "StartPhaseU_monaural"),
    Knob("phaseOscFreq", 0, Ranges.rate, moving: "PhaseOscFreq_monaural"),
    Knob("phaseOscRange", 0, Ranges.phase, moving: "PhaseOscRange_monaural"),
    Knob("monaural_ampOscDepth", 0, Ranges.depth, moving: "AmpOscDepth_monaural"),
    Knob("monaural_ampOscFreq", 0, Ranges.rate, moving: "AmpOscFreq_monaural"),
    Knob("monaural_ampOscPhaseOffset", 0, Ranges.phase, moving: "AmpOscPhaseOffset_monaural"),
    Knob("sam_ampOscDepth", .nan, Ranges.depth, moving: "_sam_ampOscDepth"),
    Knob("sam_ampOscFreq", .nan, Ranges.rate, moving: "_sam_ampOscFreq"),
    Knob("sam_ampOscPhaseOffset", .nan, Ranges.phase, moving: "_sam_ampOscPhaseOffset"),
    Knob("ampOscDepth", 0, Ranges.depth, .constant), Knob("ampOscFreq", 0, Ranges.rate, .constant),
    Knob("ampOscPhaseOffset", 0, Ranges.phase, .constant),
  ]

  /// The mean of a monaural beat's sides, with a second swell.
  static let spatialMonaural = SynthFunction(
    "spatial_angle_modulation_monaural_beat",
    spatialMonauralKnobs + silent,
    // Of an angle that the original computes without using it.
    others: []
  ) { voice in
    let shift = voice.phaseOscillation("phaseOscRange", "phaseOscFreq")
    let levels = ["lower", "upper"].map { name in ["L", "R"].map { voice["amp_\(name)_\($0)"] } }
    let clips = (0..<2).contains { levels[0][$0].map(\.magnitude).most + levels[1][$0].map(\.magnitude).most > 1 }
    let names = ["monaural_ampOscDepth", "monaural_ampOscFreq", "monaural_ampOscPhaseOffset"]
    var pairs: [VoiceBuilder.Tap] = []
    for side in clips ? [[0], [1]] : [[0, 1]] {
      let share = 1 / Double(side.count)
      let pair = voice.pair(
        lower: side.map { levels[0][$0] * share }.reduce(Moving(0), +),
        upper: side.map { levels[1][$0] * share }.reduce(Moving(0), +), shift: shift, depth: names[0], rate: names[1],
        phase: names[2])
      pairs.append(clips ? pair.scaled(0.5) : pair)
    }
    let sum = voice.add("mix")
    for (i, pair) in pairs.enumerated() { voice.connect(pair, sum, "in\(i + 1)") }
    var heard = VoiceBuilder.Tap(port: PortAddress(sum, "out"))
    let depth = voice.outer("ampOscDepth"), rate = voice.outer("ampOscFreq")
    if !depth.isZero, !rate.isZero {
      let phase = voice.outer("ampOscPhaseOffset") * (1 / (2 * .pi))
      heard = voice.swell(heard, depth: depth, within: 0...2, from: -0.5, by: 0.5, rate: rate, phase: phase)
    }
    heard = voice.multiply(heard, by: voice["amp"] * voice.levelLimit())
    (voice.left, voice.right) = ([heard], [heard])
  }

  private static let silent: [Knob] = [
    Knob("spatialBeatFreq", 0, -1e9...1e9), Knob("spatialPhaseOffset", 0, -1e9...1e9),
    Knob("pathRadius", 0, -1e9...1e9), Knob("frame_dur_ms", 0, -1e9...1e9, .constant),
    Knob("overlap_factor", 0, -1e9...1e9, .constant),
  ]
}

extension VoiceBuilder {
  /// A parameter of the second swell; static voices also read its plain name.
  fileprivate func outer(_ name: String) -> Moving {
    let own = self["sam_" + name], plain = isTransition ? Moving(0) : self[name]
    return Moving(own.from.isNaN ? plain.from : own.from, own.to.isNaN ? plain.to : own.to)
  }

  /// Seconds of a voice that are searched for its peak.
  private static let searched = 60.0

  /// The factor that brings a peak above 1 to 0.98.
  fileprivate func levelLimit() -> Double {
    let base = hertz("baseFreq"), beat = hertz("beatFreq"), amp = self["amp"]
    let inner = self["monaural_ampOscDepth"], depth = outer("ampOscDepth"), rate = outer("ampOscFreq")
    let levels = ["lower_L", "upper_L", "lower_R", "upper_R"].map { self["amp_" + $0] }
    let bound =
      (levels.map { $0.map(\.magnitude).most }.reduce(0, +) / 2) * amp.map(\.magnitude).most
      * max(1, (depth.most - 1).magnitude) * max(1, (inner.most - 1).magnitude)
    guard bound > 1 else { return 1 }
    let innerRate = hertz("monaural_ampOscFreq"), innerPhase = self["monaural_ampOscPhaseOffset"]
    let phaseRange = self["phaseOscRange"], phaseRate = hertz("phaseOscFreq"), outerPhase = outer("ampOscPhaseOffset")
    var low = self["startPhaseL"].from, high = self["startPhaseR"].from, peak = 0.0
    for i in 0..<min(frames, Int(Self.searched * self.rate)) {
      let place = transition.progress(at: Double(i)), t = Double(i) / self.rate, turn = 2 * Double.pi
      low += turn * max(0, base.at(place) - beat.at(place) / 2) / self.rate
      high += turn * max(0, base.at(place) + beat.at(place) / 2) / self.rate
      let shift = phaseRange.at(place) / 2 * sin(turn * phaseRate.at(place) * t)
      let sines = (sin(low - shift), sin(high + shift))
      func swell(_ depth: Double, _ rate: Double, _ phase: Double) -> Double {
        let depth = min(max(depth, 0), 2)
        return depth == 0 || rate == 0 ? 1 : 1 - depth / 2 + depth / 2 * sin(turn * rate * t + phase)
      }
      let first = swell(inner.at(place), innerRate.at(place), innerPhase.at(place))
      func side(_ k: Int) -> Double {
        min(max((sines.0 * levels[k].at(place) + sines.1 * levels[k + 1].at(place)) * first, -1), 1)
      }
      let second = swell(depth.at(place), rate.at(place), outerPhase.at(place))
      peak = max(peak, ((side(0) + side(2)) / 2 * second * amp.at(place)).magnitude)
    }
    return peak > 1 ? 0.98 / peak : 1
  }
}
