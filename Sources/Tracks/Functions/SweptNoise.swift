import PatchKit

extension SynthFunction {
  /// Noise through swept notches.
  static let sweptNoise = SynthFunction(
    "generate_swept_notch_pink_sound", sweptNoiseKnobs,
    others: [
      VoiceParameter("input_audio_path", .path), VoiceParameter("filename", .text),
      VoiceParameter("noise_type", .text), VoiceParameter("lfo_waveform", .choice(["sine", "triangle"])),
      VoiceParameter("filter_sweeps", .list), VoiceParameter("start_filter_sweeps", .list),
      VoiceParameter("end_filter_sweeps", .list), VoiceParameter("notch_q", .list),
      VoiceParameter("start_notch_q", .list), VoiceParameter("end_notch_q", .list),
      VoiceParameter("cascade_count", .list), VoiceParameter("start_cascade_count", .list),
      VoiceParameter("end_cascade_count", .list),
    ]
  ) { voice in voice.buildSweptNoise() }

  private static let sweptNoiseKnobs: [Knob] = [
    Knob("lfo_freq", 1 / 12, 0...200, moving: "_lfo_freq"),
    Knob("lfo_phase_offset_deg", 90, -3_600...3_600, moving: "_lfo_phase_offset_deg"),
    Knob("intra_phase_offset_deg", 0, -3_600...3_600, moving: "_intra_phase_offset_deg"),
    // Written by editors, of the file that the original makes.
    Knob("duration_seconds", 0, -1e9...1e9, .constant), Knob("n_jobs", 0, -1e9...1e9, .constant),
    Knob("sample_rate", 0, -1e9...1e9, .constant), Knob("memory_efficient", 0, -1e9...1e9, .constant),
  ]
}

extension VoiceBuilder {
  /// The level of noise whose peaks reach 0.95.
  private static let noiseLevel = 0.85
  /// Above half the rate the filter cannot be made.
  private static let topCorner = 10_000.0

  fileprivate mutating func buildSweptNoise() {
    if case .text(let path)? = voice.params["input_audio_path"] { return sweep(soundFiles.firsts[path] ?? []) }
    let colour = text("noise_type")?.lowercased() == "brown" ? "brown" : "pink"
    var heard = Tap(port: PortAddress(add("noise", ["gain": Moving(1)], choices: ["colour": colour]), "out"))
    // The original filters forwards and backwards.
    if rate > 2 * Self.topCorner {
      heard = filtered(heard, "lowpass", Self.topCorner, q: 0.5)
    }
    for _ in 0..<2 { heard = filtered(heard, "highpass", 50, q: 0.707_106_8) }
    var sides = (left: heard.scaled(Self.noiseLevel), right: heard.scaled(Self.noiseLevel))
    let passes =
      !isTransition && self["intra_phase_offset_deg"].isZero
      ? [Moving(0)] : [Moving(0), self["intra_phase_offset_deg"]]
    for shift in passes {
      for sweep in sweeps {
        let left = notches(sweep, ahead: shift, into: sides.left)
        let isSame = sides.left.port == sides.right.port
        let right = isSame ? left : notches(sweep, ahead: shift, into: sides.right)
        sides = (
          Tap(port: PortAddress(left, "left"), amount: 1), Tap(port: PortAddress(right, "right"), amount: 1)
        )
      }
    }
    (left, right) = ([sides.left], [sides.right])
  }

  private mutating func filtered(_ tap: Tap, _ mode: String, _ corner: Double, q: Double) -> Tap {
    let node = add("biquad", ["cutoff": Moving(corner), "q": Moving(q)], choices: ["mode": mode])
    connect(tap, node, "in")
    return Tap(port: PortAddress(node, "out"))
  }

  /// A sound that is given in place of noise, through the notches.
  private mutating func sweep(_ source: [Float]) {
    guard !source.isEmpty else { return }
    var sound = SweptNotchSound(rate: rate)
    sound.sweeps = sweeps
    sound.lfo = self["lfo_freq"]
    sound.lead = self["lfo_phase_offset_deg"]
    sound.secondPass = self["intra_phase_offset_deg"]
    sound.hasSecondPass = isTransition
    sound.isTriangle = text("lfo_waveform") == "triangle"
    // Silence follows a short one; the rest of a long one is not heard.
    let heard = source.prefix(frames), course = transition
    let given = Array(heard) + [Float](repeating: 0, count: min(frames - heard.count, Int(rate)))
    let node = play(sound.sides(of: given) { course.progress(at: $0) })
    left = [Tap(port: PortAddress(node, "left"))]
    right = [Tap(port: PortAddress(node, "right"))]
  }

  private mutating func notches(_ sweep: SweptNotchSound.Sweep, ahead shift: Moving, into tap: Tap) -> String {
    let node = add(
      "notches",
      [
        "low": sweep.low.clamped(20...20_000), "high": sweep.high.clamped(20...20_000),
        "q": sweep.q.clamped(0.5...100), "rate": (self["lfo_freq"] * pitch).clamped(0.001...200),
        "phase": (shift * (1 / 360)).map { $0 - $0.rounded() },
        "lead": (self["lfo_phase_offset_deg"] * (1 / 360)).map { $0 - $0.rounded() },
        "stages": Moving(min(max(sweep.stages.from.rounded(.toNearestOrEven), 1), 32)),
      ], choices: ["shape": text("lfo_waveform") == "triangle" ? "triangle" : "sine"])
    connect(tap, node, "in")
    return node
  }

  private var sweeps: [SweptNotchSound.Sweep] {
    func list(_ name: String) -> [TrackValue]? {
      switch voice.params[name] {
      case .list(let items): items
      case .number(let number): [.number(number)]
      default: nil
      }
    }
    func value(_ items: [TrackValue]?, _ i: Int) -> Double? {
      guard let items, !items.isEmpty,
        case .number(let number) = items.count == 1 ? items[0] : items[min(i, items.count - 1)]
      else { return nil }
      return number
    }
    func pair(_ item: TrackValue) -> (Double, Double)? {
      guard case .list(let ends) = item, ends.count == 2, case .number(let low) = ends[0],
        case .number(let high) = ends[1]
      else { return nil }
      return (low, high)
    }
    let prefix = isTransition ? "start_" : ""
    let first = (list(prefix + "filter_sweeps") ?? [.list([.number(1_000), .number(10_000)])]).compactMap(pair)
    let last = isTransition ? (list("end_filter_sweeps") ?? []).compactMap(pair) : []
    return first.enumerated().map { i, ends in
      let to = i < last.count ? last[i] : ends
      func moving(_ name: String, _ standard: Double) -> Moving {
        let from = value(list(prefix + name), i) ?? standard
        return Moving(from, isTransition ? value(list("end_" + name), i) ?? from : from)
      }
      return SweptNotchSound.Sweep(
        low: Moving(ends.0, to.0), high: Moving(ends.1, to.1), q: moving("notch_q", 25),
        stages: moving("cascade_count", 10))
    }
  }
}
