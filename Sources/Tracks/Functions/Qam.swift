import PatchKit

/// Two amplitude-modulated cosines, one for each ear.
extension SynthFunction {
  static let qam = SynthFunction(
    "qam_beat",
    sideKnobs("L", 200) + sideKnobs("R", 204) + sharedKnobs, others: [VoiceParameter("beatingSidebands", .bool)]
  ) { voice in
    let shift = voice.phaseOscillation("phaseOscRange", "phaseOscFreq", phase: "phaseOscPhaseOffset")
    var envelopes = ["L", "R"].map { side in voice.envelope(side) }
    envelopes = voice.coupled(envelopes)
    let sub = voice["subHarmonicDepth"], subRate = voice.hertz("subHarmonicFreq")
    var swell: VoiceBuilder.Tap?
    if !sub.isZero, !subRate.isZero {
      swell = voice.multiply(voice.wave(subRate, phase: Moving(0.25)), by: sub)
    }
    for (i, side) in ["L", "R"].enumerated() {
      var heard = voice.carrier(side, shift: shift?.scaled(side == "L" ? -1 : 1))
      heard = voice.multiply(heard, by: Moving(0), plus: envelopes[i])
      if let swell { heard = voice.multiply(heard, by: Moving(1), plus: [swell]) }
      heard = voice.edged(voice.multiply(heard, by: voice["amp" + side]))
      if side == "L" { voice.left = [heard] } else { voice.right = [heard] }
    }
  }

  private static func sideKnobs(_ side: String, _ base: Double) -> [Knob] {
    var knobs: [Knob] = []
    knobs.append(Knob("amp" + side, 0.5, Ranges.level))
    knobs.append(Knob("baseFreq" + side, base, Ranges.carrier))
    knobs.append(Knob("qamAmFreq" + side, 4, Ranges.rate))
    knobs.append(Knob("qamAmDepth" + side, 0.5, Ranges.depth))
    knobs.append(Knob("qamAmPhaseOffset" + side, 0, Ranges.phase))
    knobs.append(Knob("qamAm2Freq" + side, 0, Ranges.rate))
    knobs.append(Knob("qamAm2Depth" + side, 0, Ranges.depth))
    knobs.append(Knob("qamAm2PhaseOffset" + side, 0, Ranges.phase))
    knobs.append(Knob("modShape" + side, 1, 0.01...100))
    knobs.append(Knob("startPhase" + side, 0, Ranges.phase, .startOnly))
    return knobs
  }

  private static let sharedKnobs: [Knob] = [
    Knob("crossModDepth", 0, Ranges.depth), Knob("crossModDelay", 0, 0...4, .constant),
    Knob("harmonicDepth", 0, Ranges.depth), Knob("harmonicRatio", 2, 0...100, .constant),
    Knob("subHarmonicFreq", 0, Ranges.rate), Knob("subHarmonicDepth", 0, Ranges.depth),
    Knob("phaseOscFreq", 0, Ranges.rate), Knob("phaseOscRange", 0, Ranges.phase),
    Knob("phaseOscPhaseOffset", 0, Ranges.phase, .constant), Knob("sidebandOffset", 1, Ranges.rate, .constant),
    Knob("sidebandDepth", 0.1, Ranges.depth, .constant), Knob("attackTime", 0, Ranges.seconds, .constant),
    Knob("releaseTime", 0, Ranges.seconds, .constant),
  ]
}

extension VoiceBuilder {
  /// The envelope of a side: a sum of signals.
  fileprivate mutating func envelope(_ side: String) -> [Tap] {
    let one = Tap(port: PortAddress(add("constant", ["value": Moving(1)]), "out"))
    var result = [one]
    let depth = self["qamAmDepth" + side], rate = hertz("qamAmFreq" + side), shape = self["modShape" + side]
    if !depth.isZero, !rate.isZero {
      var wave = wave(rate, phase: cycles("qamAmPhaseOffset" + side) + Moving(0.25))
      if shape != Moving(1) {
        let root = add("math", choices: ["operation": "power"])
        connect(wave, root, "a")
        if shape.isConstant {
          let power = Tap(port: PortAddress(add("constant", ["value": Moving(1 / shape.from)]), "out"))
          connect(power, root, "b")
        } else {
          let power = add("math", ["b": shape], choices: ["operation": "divide"])
          connect(one, power, "a")
          connect(Tap(port: PortAddress(power, "out")), root, "b")
        }
        wave = Tap(port: PortAddress(root, "out"))
      }
      result.append(multiply(wave, by: depth))
    }
    let second = self["qamAm2Depth" + side], secondRate = hertz("qamAm2Freq" + side)
    guard !second.isZero, !secondRate.isZero else { return result }
    let factor = add("constant", ["value": Moving(0)])
    for tap in result { connect(tap, factor, "value") }
    let wave = multiply(wave(secondRate, phase: cycles("qamAm2PhaseOffset" + side) + Moving(0.25)), by: second)
    return [multiply(Tap(port: PortAddress(factor, "out")), by: Moving(1), plus: [wave])]
  }

  /// Multiplies each envelope by 1 + depth · (the other one, delayed, − 1).
  fileprivate mutating func coupled(_ envelopes: [[Tap]]) -> [[Tap]] {
    let depth = self["crossModDepth"], seconds = self["crossModDelay"].from, delay = Int(seconds * rate)
    guard !depth.isZero, delay > 0 else { return envelopes }
    let late = envelopes.map { taps in
      let less = add("constant", ["value": Moving(-1)])
      for tap in taps { connect(tap, less, "value") }
      let line = add(
        "delay", ["time": Moving(max(Double(delay) / rate, 0.0005)), "feedback": Moving(0), "mix": Moving(1)])
      connect(Tap(port: PortAddress(less, "out")), line, "in")
      return multiply(Tap(port: PortAddress(line, "out")), by: depth)
    }
    return envelopes.enumerated().map { i, taps in
      let sum = add("constant", ["value": Moving(0)])
      for tap in taps { connect(tap, sum, "value") }
      return [multiply(Tap(port: PortAddress(sum, "out")), by: Moving(1), plus: [late[1 - i]])]
    }
  }

  /// The cosine of a side with its harmonic and side bands.
  fileprivate mutating func carrier(_ side: String, shift: Tap?) -> Tap {
    let base = hertz("baseFreq" + side), phase = cycles("startPhase" + side).from, sum = add("mix")
    var place = 0
    func cosine(_ voice: inout VoiceBuilder, _ ratio: Double, offset: Double, level: Moving) {
      var values = Self.pitch(base * ratio + Moving(offset))
      values["gain"] = Moving(1)
      values["phase"] = Moving(phase * ratio + 0.25)
      let node = voice.add("sine", values)
      if let shift { voice.connect(shift.scaled(ratio), node, "phase") }
      place += 1
      voice.connect(voice.multiply(Tap(port: PortAddress(node, "out")), by: level), sum, "in\(place)")
    }
    cosine(&self, 1, offset: 0, level: Moving(1))
    let harmonic = self["harmonicDepth"]
    if !harmonic.isZero { cosine(&self, self["harmonicRatio"].from, offset: 0, level: harmonic) }
    if isOn("beatingSidebands") {
      let offset = hertz("sidebandOffset").from, level = self["sidebandDepth"]
      cosine(&self, 1, offset: -offset, level: level)
      cosine(&self, 1, offset: offset, level: level)
    }
    return Tap(port: PortAddress(sum, "out"))
  }

  /// Attack and release of the voice.
  fileprivate mutating func edged(_ tap: Tap) -> Tap {
    let attack = self["attackTime"].from * rate / pitch, release = self["releaseTime"].from * rate / pitch
    var heard = tap
    let last = Double(frames)
    if attack > 0 {
      let node = add("gain", ["gain": Moving(0)])
      follow(node, "gain", [(0, 0), (Int(attack.rounded()), 1)])
      connect(heard, node, "in")
      heard = Tap(port: PortAddress(node, "out"))
    }
    if release > 0 {
      let from = max(0, Int((last - release).rounded()))
      let node = add("gain", ["gain": Moving(min(1, last / release))])
      follow(node, "gain", [(from, 1), (frames, 0)])
      connect(heard, node, "in")
      heard = Tap(port: PortAddress(node, "out"))
    }
    return heard
  }
}
