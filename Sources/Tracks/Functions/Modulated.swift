import PatchKit

/// Functions of a sine with swells, in the table of modules.
extension SynthFunction {
  /// A swelling, distorted sine.
  static let rhythmic = SynthFunction(
    "rhythmic_waveshaping",
    [
      Knob("amp", 0.25, Ranges.level, .constant), Knob("carrierFreq", 200, Ranges.audible, .between(200, 80)),
      Knob("modFreq", 4, Ranges.pulse, .between(12, 7.83)), Knob("modDepth", 1, Ranges.share, .between(1, 1)),
      Knob("shapeAmount", 5, -100...100, .between(5, 5)), Knob("pan", 0, Ranges.pan, .constant),
    ]
  ) { voice in
    let node = voice.add(
      "rhythmic",
      [
        "base": voice.hertz("carrierFreq", Ranges.audible), "beat": voice.hertz("modFreq", Ranges.inputRate),
        "depth": voice["modDepth"].clamped(0...1),
        "shape": voice["shapeAmount"].clamped(1e-6...100), "gain": Moving(1), "pan": voice["pan"].clamped(-1...1),
      ], ahead: voice.isTransition ? ["base": 1, "beat": 1] : [:])
    voice.left = [.init(port: PortAddress(node, "left"), amount: voice["amp"].from)]
    voice.right = [.init(port: PortAddress(node, "right"), amount: voice["amp"].from)]
  }

  /// A swelling sine for each ear.
  static let stereoAm = SynthFunction(
    "stereo_am_independent",
    [
      Knob("amp", 0.25, Ranges.level, .constant), Knob("carrierFreq", 200, Ranges.audible, .between(200, 250)),
      Knob("stereo_width_hz", 0.2, Ranges.beat, .between(0.2, 0.2), moving: "StereoWidthHz"),
      Knob("modFreqL", 4, Ranges.pulse, .between(4, 6)), Knob("modFreqR", 4, Ranges.pulse, .between(4.1, 5.9)),
      Knob("modDepthL", 0.8, Ranges.share, .between(0.8, 0.8)),
      Knob("modDepthR", 0.8, Ranges.share, .between(0.8, 0.8)),
      Knob("modPhaseL", 0, Ranges.phase, .startOnly), Knob("modPhaseR", 0, Ranges.phase, .startOnly),
    ]
  ) { voice in
    let ahead = ["base": 1, "width": 1, "beatleft": 1, "beatright": 1]
    let node = voice.add(
      "stereo-am",
      [
        "base": voice.hertz("carrierFreq", Ranges.audible), "width": voice.hertz("stereo_width_hz", Ranges.beat),
        "gain": Moving(1),
        "beatleft": voice.hertz("modFreqL", Ranges.inputRate), "beatright": voice.hertz("modFreqR", Ranges.inputRate),
        "depthleft": voice["modDepthL"].clamped(0...1), "depthright": voice["modDepthR"].clamped(0...1),
        "phaseleft": voice.cycles("modPhaseL"), "phaseright": voice.cycles("modPhaseR"),
      ], ahead: voice.isTransition ? ahead : [:])
    voice.left = [.init(port: PortAddress(node, "left"), amount: voice["amp"].from)]
    voice.right = [.init(port: PortAddress(node, "right"), amount: voice["amp"].from)]
  }

  /// A swelling, distorted sine with a further swell for each ear.
  static let waveShape = SynthFunction(
    "wave_shape_stereo_am",
    [
      Knob("amp", 0.15, Ranges.level, .constant), Knob("carrierFreq", 200, Ranges.audible, .between(200, 100)),
      Knob("shapeModFreq", 4, Ranges.pulse, .between(4, 8)),
      Knob("shapeModDepth", 0.8, Ranges.share, .between(0.8, 0.8)),
      Knob("shapeAmount", 0.5, -100...100, .between(0.5, 0.5)),
      Knob("stereoModFreqL", 4.1, Ranges.pulse, .between(4.1, 6)),
      Knob("stereoModFreqR", 4, Ranges.pulse, .between(4, 6.1)),
      Knob("stereoModDepthL", 0.8, Ranges.share, .between(0.8, 0.8)),
      Knob("stereoModDepthR", 0.8, Ranges.share, .between(0.9, 0.9)),
      Knob("stereoModPhaseL", 0, Ranges.phase, .startOnly),
      Knob("stereoModPhaseR", .pi / 2, Ranges.phase, .startOnly),
    ]
  ) { voice in
    let node = voice.add(
      "rhythmic",
      [
        "base": voice.hertz("carrierFreq", Ranges.audible), "beat": voice.hertz("shapeModFreq", Ranges.inputRate),
        "depth": voice["shapeModDepth"].clamped(0...1), "shape": voice["shapeAmount"].clamped(1e-6...100),
        "gain": Moving(1),
      ], ahead: voice.isTransition ? ["base": 1, "beat": 1] : [:])
    for (side, name) in [("L", "left"), ("R", "right")] {
      let depth = voice["stereoModDepth" + side]
      let wave = voice.wave(
        voice.hertz("stereoModFreq" + side), phase: voice.cycles("stereoModPhase" + side), count: .sum)
      let tap = VoiceBuilder.Tap(port: PortAddress(node, name), amount: voice["amp"].from * 2.0.squareRoot())
      let heard = voice.multiply(tap, by: Moving(1) - depth * 0.5, plus: [voice.multiply(wave, by: depth * 0.5)])
      if side == "L" { voice.left = [heard] } else { voice.right = [heard] }
    }
  }
}
