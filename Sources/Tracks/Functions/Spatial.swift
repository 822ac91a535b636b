import PatchKit

extension SynthFunction {
  /// A sine that turns around the head: panned with equal power, as the original's player in real time does.
  static let spatial = SynthFunction(
    "spatial_angle_modulation", spatialKnobs,
    others: ["pathShape", "startPathShape", "endPathShape"].map { VoiceParameter($0, .text) },
    note: "it is panned between left and right, on a circle: responses of a head are not used"
  ) { voice in
    var values = VoiceBuilder.pitch(voice.hertz("carrierFreq"))
    values["gain"] = Moving(1)
    let sine = voice.add("sine", values), pan = voice.add("pan", ["pan": Moving(0)])
    voice.connect(.init(port: PortAddress(sine, "out")), pan, "in")
    let path = voice.wave(voice.hertz("beatFreq").map { max(0, $0) }, count: .sum)
    voice.connect(voice.multiply(path, by: voice["pathRadius"]), pan, "pan")
    let amp = voice["amp"].clamped(0...1)
    voice.left = [voice.multiply(.init(port: PortAddress(pan, "left")), by: amp)]
    voice.right = [voice.multiply(.init(port: PortAddress(pan, "right")), by: amp)]
  }

  private static let spatialKnobs: [Knob] = [
    Knob("amp", 0.7, Ranges.level, .movesAlone), Knob("carrierFreq", 440, Ranges.carrier, .movesAlone),
    Knob("beatFreq", 4, Ranges.rate, .movesAlone), Knob("pathRadius", 1, Ranges.share, .movesAlone),
    // Of head responses and of other paths.
    Knob("arcStartDeg", 0, -3_600...3_600, .movesAlone), Knob("arcEndDeg", 360, -3_600...3_600, .movesAlone),
    Knob("frame_dur_ms", 46.4, 0...10_000, .constant), Knob("overlap_factor", 8, 0...1_000, .constant),
  ]
}
