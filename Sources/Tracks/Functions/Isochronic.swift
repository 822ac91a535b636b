import PatchKit

extension SynthFunction {
  private static let isochronicKnobs: [Knob] = [
    Knob("amp", 0.5, Ranges.level, .constant), Knob("ampL", .nan, Ranges.level), Knob("ampR", .nan, Ranges.level),
    Knob("baseFreq", 200, Ranges.carrier, .movesAlone), Knob("beatFreq", 4, Ranges.pulse, .movesAlone),
    Knob("rampPercent", 0.2, Ranges.share), Knob("gapPercent", 0.15, Ranges.share),
    Knob("pan", 0, Ranges.pan, .constant), Knob("forceMono", 0, 0...1), Knob("startPhaseL", 0, Ranges.phase),
    Knob("startPhaseR", 0, Ranges.phase), Knob("phaseOscFreq", 0, Ranges.rate),
    Knob("phaseOscRange", 0, Ranges.phase),
  ]

  /// A sine in pulses.
  static let isochronic = SynthFunction(
    "isochronic_tone",
    isochronicKnobs + earKnobs
  ) { voice in
    let beat = voice.hertz("beatFreq")
    if beat.most <= 1e-9 { return }
    let base = voice.hertz("baseFreq")
    var values = VoiceBuilder.pitch(base, "base", fm: ["fmleft", "fmright"])
    values["beat"] = beat.clamped(Ranges.inputRate)
    values["gain"] = Moving(1)
    values["ramp"] = voice["rampPercent"].clamped(0...1)
    values["gap"] = voice["gapPercent"].clamped(0...1)
    values["phaseleft"] = voice.cycles("startPhaseL")
    values["phaseright"] = voice.cycles("startPhaseR")
    let node = voice.add("isochronic", values)
    if base.isConstant {
      let rounded = Float(values["base"]!.from) + Float(values["fmleft"]!.from)
      for side in ["phaseleft", "phaseright"] { voice.compensate(node, side, phase: values[side]!, base.from, rounded) }
    }
    if let shift = voice.phaseOscillation("phaseOscRange", "phaseOscFreq") {
      voice.connect(shift.scaled(-1), node, "phaseleft")
      voice.connect(shift, node, "phaseright")
    }
    let isMono = voice["forceMono"], level = voice["amp"].from
    var sides: [VoiceBuilder.Tap] = []
    for (side, name) in [("L", "left"), ("R", "right")] {
      let range = voice["freqOscRange" + side] * (voice.pitch / 2), rate = voice.hertz("freqOscFreq" + side)
      if !range.isZero, !rate.isZero, isMono.least <= 0.5 {
        // The vibrato of the transition adds its frequencies up, the first included.
        let phase = voice.isTransition ? Moving(rate.from / voice.rate) : Moving(0)
        let wave = voice.wave(rate, phase: phase, count: voice.isTransition ? .sum : .product)
        voice.connect(voice.multiply(wave, by: range), node, "fm" + name)
      }
      let amplitude = voice["amp" + side].map { $0.isNaN ? level : $0 }
      // The module pans with equal power.
      let tap = VoiceBuilder.Tap(port: PortAddress(node, name), amount: 2.0.squareRoot())
      sides.append(
        voice.tremolo(
          voice.multiply(tap, by: amplitude), depth: "ampOscDepth" + side, rate: "ampOscFreq" + side,
          phase: "ampOscPhaseOffset" + side))
    }
    let pan = voice["pan"].from
    guard pan != 0 else {
      (voice.left, voice.right) = ([sides[0]], [sides[1]])
      return
    }
    let place = voice.add("pan", ["pan": Moving(min(max(pan, -1), 1))])
    for side in sides { voice.connect(side.scaled(0.5), place, "in") }
    voice.left = [.init(port: PortAddress(place, "left"))]
    voice.right = [.init(port: PortAddress(place, "right"))]
  }
}
