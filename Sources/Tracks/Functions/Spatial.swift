import PatchKit

extension SynthFunction {
  /// A sine that moves around the head on a path; placed by the responses of a head where a file of them is known.
  static let spatial = SynthFunction(
    "spatial_angle_modulation", spatialKnobs,
    others: ["pathShape", "startPathShape", "endPathShape"].map { VoiceParameter($0, .text) }
  ) { voice in voice.buildSpatial() }

  private static let spatialKnobs: [Knob] = [
    Knob("amp", 0.7, Ranges.level, .constant), Knob("carrierFreq", 440, Ranges.carrier, .movesAlone),
    Knob("beatFreq", 4, Ranges.rate, .movesAlone), Knob("pathRadius", 1, Ranges.share, .movesAlone),
    Knob("arcStartDeg", 0, -3_600...3_600, .movesAlone), Knob("arcEndDeg", 360, -3_600...3_600, .movesAlone),
    Knob("frame_dur_ms", 46.4, 0...10_000, .constant), Knob("overlap_factor", 8, 0...1_000, .constant),
  ]
}

extension VoiceBuilder {
  /// The ranges of the module.
  private static let windows = 0.002...0.1, overlaps = 2.0...16.0, rates = 0.001...200.0

  fileprivate mutating func buildSpatial() {
    let carrier = hertz("carrierFreq")
    var values = Self.pitch(carrier)
    values["gain"] = Moving(1)
    // The step of a frame counts in that frame.
    values["phase"] = Moving(carrier.from / rate)
    let sine = add("sine", values, ahead: isTransition ? ["frequency": 1, "fm": 1] : [:])
    let window = min(max(self["frame_dur_ms"].from / 1_000, Self.windows.lowerBound), Self.windows.upperBound)
    let overlap = min(max(self["overlap_factor"].from.rounded(), Self.overlaps.lowerBound), Self.overlaps.upperBound)
    let path = path(lead: Int((window * rate).rounded(.toNearestOrEven)) / Int(overlap) / 2)
    let node = add(
      "spatial", ["window": Moving(window), "overlap": Moving(overlap), "azimuth": Moving(path.offset)],
      choices: soundFiles.head.map { ["file": $0] } ?? [:])
    connect(multiply(Tap(port: PortAddress(sine, "out")), by: self["amp"].clamped(0...1)), node, "in")
    for tap in path.taps { connect(tap, node, "azimuth") }
    left = [Tap(port: PortAddress(node, "left"))]
    right = [Tap(port: PortAddress(node, "right"))]
  }

  /// The azimuth in cycles, clockwise from the front.
  ///
  /// - Parameter lead: frames by which it is ahead: a window has the direction of the middle of its first hop.
  private mutating func path(lead: Int) -> (offset: Double, taps: [Tap]) {
    let turns = hertz("beatFreq").clamped(0...Self.rates.upperBound)
    guard turns.most >= Self.rates.lowerBound else { return (0, []) }
    let behind = self["pathRadius"].from < 0 ? 0.5 : 0.0
    func half(_ sign: Double, from offset: Double, _ wave: Tap) -> (Double, [Tap]) {
      (offset + sign * 0.5 + behind, [wave.scaled(sign * 0.5)])
    }
    switch text(isTransition ? "startPathShape" : "pathShape") {
    case "square": return half(-1, from: 0.25, course("saw", turns, lead))
    case "diamond": return half(-1, from: 0.375, course("saw", turns, lead))
    case "linear": return (0.25 + behind, [course("square", turns, lead).scaled(-0.25)])
    case "arc": return (behind, arc(course("sine", turns, lead, phase: -0.25), lead))
    case "oscillating_arc": return (behind, arc(course("triangle", turns, lead, phase: -0.25), lead))
    default: return half(1, from: 0, course("saw", turns, lead))
    }
  }

  /// From the start of the arc, where the wave is −1, to its end.
  private mutating func arc(_ wave: Tap, _ lead: Int) -> [Tap] {
    let start = self["arcStartDeg"] * (1 / 360), end = self["arcEndDeg"] * (1 / 360)
    let middle = add("constant", ["value": Moving(((start + end) * 0.5).at(transition.progress(at: Double(lead))))])
    follow(middle, "value", (start + end) * 0.5, lead)
    let size = (end - start) * 0.5
    guard !size.isConstant else { return [Tap(port: PortAddress(middle, "out")), wave.scaled(size.from)] }
    let product = add(
      "math", ["b": Moving(size.at(transition.progress(at: Double(lead))))], choices: ["operation": "multiply"])
    follow(product, "b", size, lead)
    connect(wave, product, "a")
    return [Tap(port: PortAddress(middle, "out")), Tap(port: PortAddress(product, "out"))]
  }

  /// A slow oscillator whose phase sums its rates, that of the frame included.
  private mutating func course(_ shape: String, _ turns: Moving, _ lead: Int, phase offset: Double = 0) -> Tap {
    func hertz(_ frame: Int) -> Double { turns.at(transition.progress(at: Double(frame))) }
    let phase = (0...lead).reduce(0) { $0 + hertz($1) } / rate + offset
    let first = min(max(hertz(lead + 1), Self.rates.lowerBound), Self.rates.upperBound)
    let node = add(
      "lfo", ["rate": Moving(first), "phase": Moving(phase - phase.rounded(.down))], choices: ["shape": shape])
    follow(node, "rate", turns.clamped(Self.rates), lead + 1)
    return Tap(port: PortAddress(node, "out"))
  }

  /// Automates a parameter with the transition, so many frames earlier.
  private mutating func follow(_ node: String, _ param: String, _ value: Moving, _ lead: Int) {
    guard !value.isConstant else { return }
    let first = max(0, transition.startFrame - lead), last = max(first + 1, transition.endFrame - lead)
    follow(
      node, param,
      ([0] + transition.points(from: first, to: last)).map {
        ($0, value.at(transition.progress(at: Double($0 + lead))))
      })
  }
}
