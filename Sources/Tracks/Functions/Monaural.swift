import PatchKit

extension SynthFunction {
  /// Two sines on both sides that beat.
  static let monaural = SynthFunction(
    "monaural_beat_stereo_amps",
    [
      Knob("amp_lower_L", 0.5, Ranges.level, moving: "_amp_lower_L"),
      Knob("amp_upper_L", 0.5, Ranges.level, moving: "_amp_upper_L"),
      Knob("amp_lower_R", 0.5, Ranges.level, moving: "_amp_lower_R"),
      Knob("amp_upper_R", 0.5, Ranges.level, moving: "_amp_upper_R"), Knob("baseFreq", 200, Ranges.audible),
      Knob("beatFreq", 4, Ranges.beat), Knob("startPhaseL", 0, Ranges.phase, .startOnly),
      Knob("startPhaseR", 0, Ranges.phase, .startOnly, moving: "StartPhaseU"),
      Knob("phaseOscFreq", 0, Ranges.rate), Knob("phaseOscRange", 0, Ranges.phase),
      Knob("ampOscDepth", 0, Ranges.depth), Knob("ampOscFreq", 0, Ranges.rate),
      Knob("ampOscPhaseOffset", 0, Ranges.phase),
    ]
  ) { voice in
    let shift = voice.phaseOscillation("phaseOscRange", "phaseOscFreq")
    for side in ["L", "R"] {
      let tap = voice.pair(
        lower: voice["amp_lower_" + side], upper: voice["amp_upper_" + side], shift: shift,
        depth: "ampOscDepth", rate: "ampOscFreq", phase: "ampOscPhaseOffset")
      if side == "L" { voice.left = [tap] } else { voice.right = [tap] }
    }
  }
}

extension VoiceBuilder {
  /// The size of a level; one that changes its sign is 0 below 0.
  private static func level(_ value: Moving) -> Moving {
    value.most <= 0 ? value.map(\.magnitude) : value.map { max(0, $0) }
  }

  /// Two sines with a beat and a swell, limited to −1 … 1.
  mutating func pair(
    lower: Moving, upper: Moving, shift: Tap?, depth: String, rate: String, phase: String
  ) -> Tap {
    let most = max(1, lower.most.magnitude, lower.least.magnitude, upper.most.magnitude, upper.least.magnitude)
    // A negative level turns the sine by half a cycle.
    let low = cycles("startPhaseL") + Moving(lower.most <= 0 && !lower.isZero ? 0.5 : 0)
    let high = cycles("startPhaseR") + Moving(upper.most <= 0 && !upper.isZero ? 0.5 : 0)
    let node = add(
      "monaural",
      [
        "base": hertz("baseFreq", Ranges.audible), "beat": hertz("beatFreq", Ranges.beat),
        "lower": Self.level(lower) * (1 / most), "upper": Self.level(upper) * (1 / most), "phaselower": low,
        "phaseupper": high,
      ])
    let base = hertz("baseFreq"), beat = hertz("beatFreq")
    if base.isConstant, beat.isConstant {
      let middle = Float(base.from), half = Float(beat.from) * 0.5
      compensate(
        node, "phaselower", phase: low, max(base.from - beat.from / 2, 0), max(middle - half, 0))
      compensate(
        node, "phaseupper", phase: high, max(base.from + beat.from / 2, 0), max(middle + half, 0))
    }
    if let shift {
      connect(shift.scaled(-1), node, "phaselower")
      connect(shift, node, "phaseupper")
    }
    let depth = self[depth], rate = hertz(rate)
    var heard = Tap(port: PortAddress(node, "out"), amount: most)
    if !depth.isZero, !rate.isZero {
      heard = swell(heard, depth: depth, within: 0...2, from: -0.5, by: 0.5, rate: rate, phase: cycles(phase))
    }
    return lower.map(\.magnitude).most + upper.map(\.magnitude).most > 1 ? clipped(heard) : heard
  }
}
