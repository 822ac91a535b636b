import PatchKit

extension SynthFunction {
  private static let binauralKnobs: [Knob] = [
    Knob("ampL", 0.5, Ranges.level), Knob("ampR", 0.5, Ranges.level), Knob("baseFreq", 200, Ranges.carrier),
    Knob("beatFreq", 4, Ranges.beat), Knob("startPhaseL", 0, Ranges.phase, .startOnly),
    Knob("startPhaseR", 0, Ranges.phase, .startOnly), Knob("phaseOscFreq", 0, Ranges.rate),
    Knob("phaseOscRange", 0, Ranges.phase),
  ]

  /// One sine for each ear.
  static let binaural = SynthFunction(
    "binaural_beat",
    binauralKnobs + earKnobs + glitchKnobs
  ) { voice in
    let base = voice.hertz("baseFreq"), beat = voice.hertz("beatFreq", Ranges.beat)
    var values = VoiceBuilder.pitch(base, "base", fm: ["fmleft", "fmright"])
    values["beat"] = beat
    values["gain"] = Moving(1)
    values["phaseleft"] = voice.cycles("startPhaseL")
    values["phaseright"] = voice.cycles("startPhaseR")
    let node = voice.add("binaural", values)
    if base.isConstant, beat.isConstant {
      let middle = Float(values["base"]!.from), half = Float(beat.from) * 0.5, fm = Float(values["fmleft"]!.from)
      voice.compensate(
        node, "phaseleft", phase: values["phaseleft"]!, max(base.from - beat.from / 2, 0), max(middle - half + fm, 0))
      voice.compensate(
        node, "phaseright", phase: values["phaseright"]!, max(base.from + beat.from / 2, 0), max(middle + half + fm, 0))
    }
    if let shift = voice.phaseOscillation("phaseOscRange", "phaseOscFreq") {
      voice.connect(shift.scaled(-1), node, "phaseleft")
      voice.connect(shift, node, "phaseright")
    }
    for (side, name) in [("L", "left"), ("R", "right")] {
      // Without a beat both sides are the same.
      let range = voice["freqOscRange" + side] * (voice.pitch / 2), rate = voice.hertz("freqOscFreq" + side)
      if !range.isZero, !rate.isZero, !beat.isZero {
        let vibrato = voice.multiply(voice.wave(rate), by: range)
        voice.connect(voice.gated(vibrato, by: beat), node, "fm" + name)
      }
      let tap = voice.multiply(VoiceBuilder.Tap(port: PortAddress(node, name)), by: voice["amp" + side])
      let heard = voice.tremolo(
        tap, depth: "ampOscDepth" + side, rate: "ampOscFreq" + side, phase: "ampOscPhaseOffset" + side)
      if side == "L" { voice.left = [heard] } else { voice.right = [heard] }
    }
    voice.addGlitches()
  }

  /// Tremolo and vibrato of each side.
  static let earKnobs: [Knob] = ear("L") + ear("R")

  private static func ear(_ side: String) -> [Knob] {
    var knobs: [Knob] = []
    knobs.append(Knob("ampOscDepth" + side, 0, Ranges.depth))
    knobs.append(Knob("ampOscFreq" + side, 0, Ranges.rate))
    knobs.append(Knob("ampOscPhaseOffset" + side, 0, Ranges.phase))
    knobs.append(Knob("freqOscRange" + side, 0, Ranges.vibrato))
    knobs.append(Knob("freqOscFreq" + side, 0, Ranges.rate))
    return knobs
  }
}

extension VoiceBuilder {
  /// A signal while a value is not 0.
  mutating func gated(_ tap: Tap, by value: Moving) -> Tap {
    guard !value.isConstant, value.from == 0 || value.to == 0 else { return tap }
    let node = add("gain", ["gain": Moving(value.from == 0 ? 0 : 1)])
    connect(tap, node, "in")
    let frame = value.to == 0 ? transition.endFrame : transition.startFrame + 1
    if frame < frames { follow(node, "gain", [(frame - 1, value.to == 0 ? 1 : 0), (frame, value.to == 0 ? 0 : 1)]) }
    return Tap(port: PortAddress(node, "out"))
  }
}
