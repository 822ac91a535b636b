import PatchKit

/// Left a modulated cosine, right a pair of sines that beat.
extension SynthFunction {
  static let hybrid = SynthFunction(
    "hybrid_qam_monaural_beat",
    [
      Knob("ampL", 0.5, Ranges.level), Knob("ampR", 0.5, Ranges.level), Knob("qamCarrierFreqL", 100, Ranges.carrier),
      Knob("qamAmFreqL", 4, Ranges.rate), Knob("qamAmDepthL", 0.5, Ranges.depth),
      Knob("qamAmPhaseOffsetL", 0, Ranges.phase), Knob("qamStartPhaseL", 0, Ranges.phase, .startOnly),
      Knob("monoCarrierFreqR", 100, Ranges.carrier), Knob("monoBeatFreqInChannelR", 4, Ranges.beat),
      Knob("monoAmDepthR", 0, Ranges.depth), Knob("monoAmFreqR", 0, Ranges.rate),
      Knob("monoAmPhaseOffsetR", 0, Ranges.phase), Knob("monoFmRangeR", 0, Ranges.vibrato),
      Knob("monoFmFreqR", 0, Ranges.rate), Knob("monoFmPhaseOffsetR", 0, Ranges.phase),
      Knob("monoStartPhaseR_Tone1", 0, Ranges.phase, .startOnly),
      Knob("monoStartPhaseR_Tone2", 0, Ranges.phase, .startOnly), Knob("monoPhaseOscFreqR", 0, Ranges.rate),
      Knob("monoPhaseOscRangeR", 0, Ranges.phase), Knob("monoPhaseOscPhaseOffsetR", 0, Ranges.phase),
    ]
  ) { voice in
    voice.left = [voice.modulatedCosine()]
    voice.right = [voice.beatingPair()]
  }
}

extension VoiceBuilder {
  fileprivate mutating func modulatedCosine() -> Tap {
    var values = Self.pitch(hertz("qamCarrierFreqL"))
    values["gain"] = Moving(1)
    values["phase"] = cycles("qamStartPhaseL") + Moving(0.25)
    var heard = Tap(port: PortAddress(add("sine", values), "out"))
    let depth = self["qamAmDepthL"], rate = hertz("qamAmFreqL")
    if !depth.isZero, !rate.isZero {
      let wave = multiply(wave(rate, phase: cycles("qamAmPhaseOffsetL") + Moving(0.25)), by: depth)
      heard = multiply(heard, by: Moving(1), plus: [wave])
    }
    return multiply(heard, by: self["ampL"])
  }

  fileprivate mutating func beatingPair() -> Tap {
    let carrier = hertz("monoCarrierFreqR"), half = hertz("monoBeatFreqInChannelR") * 0.5
    let range = self["monoFmRangeR"] * (pitch / 2), fmRate = hertz("monoFmFreqR")
    let shift = phaseOscillation("monoPhaseOscRangeR", "monoPhaseOscFreqR", phase: "monoPhaseOscPhaseOffsetR")
    var middle: Tap?
    if !range.isZero, !fmRate.isZero {
      // Never below 0 Hz.
      let centre = add("math", ["b": Moving(0)], choices: ["operation": "maximum"])
      connect(Tap(port: PortAddress(add("constant", ["value": carrier]), "out")), centre, "a")
      connect(multiply(wave(fmRate, phase: cycles("monoFmPhaseOffsetR")), by: range), centre, "a")
      middle = Tap(port: PortAddress(centre, "out"))
    }
    let sum = add("mix")
    for (i, sign) in [-1.0, 1].enumerated() {
      var values = Self.pitch((carrier + half * sign).map { max(0, $0) })
      if middle != nil { values = ["frequency": Moving(Self.lowest), "fm": Moving(-Self.lowest)] }
      values["gain"] = Moving(1)
      values["phase"] = cycles("monoStartPhaseR_Tone\(i + 1)")
      let node = add("sine", values)
      if let middle {
        let floor = add("math", ["b": Moving(0)], choices: ["operation": "maximum"])
        connect(middle, floor, "a")
        connect(Tap(port: PortAddress(add("constant", ["value": half * sign]), "out")), floor, "a")
        connect(Tap(port: PortAddress(floor, "out")), node, "fm")
      }
      if let shift { connect(shift.scaled(sign), node, "phase") }
      connect(Tap(port: PortAddress(node, "out")), sum, "in\(i + 1)")
    }
    var heard = Tap(port: PortAddress(sum, "out"))
    let depth = self["monoAmDepthR"], rate = hertz("monoAmFreqR")
    if !depth.isZero, !rate.isZero {
      let phase = cycles("monoAmPhaseOffsetR")
      heard = swell(heard, depth: depth, within: 0...1, from: -0.5, by: -0.5, rate: rate, phase: phase)
    }
    return multiply(heard, by: self["ampR"])
  }
}
