/// Parameters shared by many modules, each with the field's usual range.
extension ParamSpec {
  /// A plain audio input: the sum of its cables, 0 when unpatched.
  public static func audio(_ summary: String) -> ParamSpec {
    ParamSpec(.signal, summary, range: -1_000_000...1_000_000)
  }

  /// A number in its own unit that cables add to.
  public static func amount(
    _ summary: String, default value: Float, range: ClosedRange<Float>, unit: Unit = .none,
    smoothing: Smoothing = .exponential, reading: Reading = .everyFrame
  ) -> ParamSpec {
    ParamSpec(
      .float, summary, default: value, range: range, unit: unit, smoothing: smoothing, reading: reading)
  }

  /// The pitch of an oscillator; cables act in octaves. It may be any key and any slow rate; a knob turns through the
  /// audible part.
  ///
  /// - Parameter lowest: Hz, where memory or a model bounds it.
  public static func frequency(
    _ summary: String = "Pitch of the oscillator", default value: Float = 440, lowest: Float = 0.001
  ) -> ParamSpec {
    ParamSpec(
      .float, summary, default: value, range: lowest...20_000, travel: 20...20_000, unit: .hertz, curve: .logarithmic,
      modulation: .octaves, smoothing: .exponential)
  }

  /// A slow rate; cables act in octaves.
  public static func rate(_ summary: String, default value: Float = 1, reading: Reading = .everyFrame) -> ParamSpec {
    ParamSpec(
      .float, summary, default: value, range: 0.001...200, unit: .hertz, curve: .logarithmic, modulation: .octaves,
      smoothing: .exponential, reading: reading)
  }

  /// A frequency offset that goes through zero.
  public static func linearFM(_ summary: String = "Linear frequency modulation, through zero") -> ParamSpec {
    ParamSpec(.float, summary, default: 0, range: -20_000...20_000, unit: .hertz, smoothing: .exponential)
  }

  /// An amplitude; cables multiply it.
  public static func gain(
    _ summary: String = "Amplitude", default value: Float = 0.5, upTo top: Float = 1
  ) -> ParamSpec {
    ParamSpec(
      .float, summary, default: value, range: 0...top, modulation: .scale, smoothing: .exponential)
  }

  /// A filter's corner; cables act in octaves, at audio rate where their source moves so fast.
  public static func cutoff(_ summary: String = "Corner frequency", default value: Float = 1_000) -> ParamSpec {
    ParamSpec(
      .float, summary, default: value, range: 20...20_000, unit: .hertz, curve: .logarithmic, modulation: .octaves,
      smoothing: .logarithmic, smoothingTime: 0.01, reading: .adaptive)
  }

  /// A filter's resonance, 0 (none) to 1 (its maximum), read on the grid.
  public static func resonance(
    _ summary: String = "Resonance at the corner", default value: Float = 0, range: ClosedRange<Float> = 0...1
  ) -> ParamSpec {
    amount(summary, default: value, range: range, reading: .grid)
  }

  /// A time that cables scale in octaves; it takes effect at once.
  public static func time(
    _ summary: String, default value: Float, range: ClosedRange<Float>, smoothing: Smoothing = .none,
    reading: Reading = .everyFrame
  ) -> ParamSpec {
    ParamSpec(
      .float, summary, default: value, range: range, unit: .seconds, curve: .logarithmic, modulation: .octaves,
      smoothing: smoothing, reading: reading)
  }

  public static func attackTime(default value: Float = 0.01) -> ParamSpec {
    time("Rise time from silence to full level", default: value, range: 0.0001...60)
  }
  public static func decayTime(default value: Float = 0.1) -> ParamSpec {
    time("Fall time from full level to the sustain level", default: value, range: 0.0001...60)
  }
  public static func releaseTime(default value: Float = 0.3) -> ParamSpec {
    time("Fall time to silence after the gate", default: value, range: 0.0001...60)
  }

  /// Restarts an oscillator's cycle.
  public static func sync() -> ParamSpec {
    var spec = audio("Restarts the cycle where it rises through 0")
    spec.isSync = true
    return spec
  }

  /// A switch that a cable above 0.5 also closes.
  public static func gate(_ summary: String = "Starts and holds while above 0.5") -> ParamSpec {
    ParamSpec(.bool, summary, modulation: .gate)
  }

  /// One of several named shapes or modes; a setting.
  ///
  /// - Parameter aliases: former names, by which choices can still be set.
  public static func choice(
    _ summary: String, _ names: [String], default name: String, aliases: [String: String] = [:]
  ) -> ParamSpec {
    var spec = ParamSpec(
      .choice(names), summary, default: Float(names.firstIndex(of: name) ?? -1),
      range: 0...Float(max(names.count - 1, 0)), modulation: .none)
    spec.aliases = aliases
    return spec
  }

  /// The clock that a node follows.
  public static func follow(_ summary: String) -> ParamSpec {
    var spec = choice(summary, ["own", "midi", "session", "file"], default: "session")
    spec.formatOneDefault = 0
    return spec
  }

  /// A sound file: WAV, FLAC, OGG and other formats of libsndfile. The first built-in one is the default.
  ///
  /// - Parameters:
  ///   - cutBy: the setting with the frames of a cycle, by which the sound is cut.
  ///   - takesZones: whether it may be an SFZ file, or a folder of sounds.
  public static func file(
    _ summary: String, builtIn: [String] = [], isResampled: Bool = true, cutBy: String? = nil, takesZones: Bool = false
  ) -> ParamSpec {
    var spec = ParamSpec(
      .file(builtIn: builtIn, isResampled: isResampled), summary, range: 0...Float(builtIn.count), modulation: .none)
    spec.cutBy = cutBy
    spec.takesZones = takesZones
    return spec
  }

  /// A switch without cables.
  public static func toggle(_ summary: String, default value: Bool = false) -> ParamSpec {
    ParamSpec(.bool, summary, default: value ? 1 : 0, modulation: .none)
  }

  /// The same, as a setting on which the number of a node's voices may depend.
  public var decidingWidth: ParamSpec {
    var spec = self
    spec.decidesWidth = true
    return spec
  }

  /// The same, as a setting on which the latency of a node depends.
  public var decidingLatency: ParamSpec {
    var spec = self
    spec.decidesLatency = true
    return spec
  }

  /// The random sequence of a node.
  public static func seed() -> ParamSpec {
    count(
      "Seed of the random sequence; 0: one derived from the node, the same at each start", default: 0, range: 0...65_535
    )
  }

  /// One random signal for all voices.
  public static func shared() -> ParamSpec {
    var spec = toggle("The same in all voices").decidingWidth
    spec.formatOneDefault = 1
    return spec
  }

  /// A whole number without cables.
  public static func count(_ summary: String, default value: Int, range: ClosedRange<Int>) -> ParamSpec {
    ParamSpec(
      .int, summary, default: Float(value), range: Float(range.lowerBound)...Float(range.upperBound),
      modulation: .none)
  }

  /// Crossfade between dry (0) and wet (1).
  public static func mix(_ summary: String = "Mix from dry (0) to effect (1)", default value: Float) -> ParamSpec {
    amount(summary, default: value, range: 0...1)
  }
}
