/// What one input of a module is: its knob, its range, and how cables act on it.
///
/// Every parameter is an input: it has a knob value and, unless it is a setting, can be patched.
/// The name is the case name of the module's `In` list, filled in by the `Registry`.
public struct ParamSpec: Sendable, Equatable {
  public internal(set) var name = ""
  public var type: ParamType
  public var defaultValue: Float
  public var range: ClosedRange<Float>
  public var unit: Unit
  public var curve: Curve
  public var modulation: Modulation
  public var smoothing: Smoothing
  /// The smoothing's time in seconds: the whole way (linear) or the time constant (the others).
  public var smoothingTime: Float
  /// How often the kernel reads this input.
  public var reading: Reading
  public var summary: String

  public init(
    _ type: ParamType, _ summary: String, default defaultValue: Float = 0, range: ClosedRange<Float> = 0...1,
    unit: Unit = .none, curve: Curve = .linear, modulation: Modulation = .add, smoothing: Smoothing = .none,
    smoothingTime: Float = 0.005, reading: Reading = .everyFrame
  ) {
    self.type = type
    self.defaultValue = defaultValue
    self.range = range
    self.unit = unit
    self.curve = curve
    self.modulation = modulation
    self.smoothing = smoothing
    self.smoothingTime = smoothingTime
    self.reading = reading
    self.summary = summary
  }

  /// True if cables may end here.
  public var isPatchable: Bool { modulation != .none }
  /// True if there is a knob to set; a plain audio input has none.
  public var hasKnob: Bool { type != .signal }
  /// True if it names a file: such a setting has no number.
  public var isFile: Bool { if case .file = type { true } else { false } }
  /// The names of an enum's choices, in order.
  public var choices: [String] { if case .choice(let names) = type { names } else { [] } }
}

/// The kind of value that a knob takes.
public enum ParamType: Sendable, Equatable {
  /// A plain audio input: no knob.
  case signal
  case float
  case int
  case bool
  /// One of several names; its value is the index.
  case choice([String])
  /// The name of a sound file, or of one of what is built in; its value is the index of the latter, else their number.
  /// True if the file is converted to the engine's rate, or its frames are taken as they are.
  case file(builtIn: [String], isResampled: Bool)
}

/// The unit of a parameter's value.
public enum Unit: String, Sendable, CaseIterable {
  case hertz = "Hz"
  case seconds = "s"
  case milliseconds = "ms"
  case decibels = "dB"
  case percent = "%"
  case semitones, octaves, cycles
  case none = ""
}

/// How a knob's travel is spread over its range.
public enum Curve: String, Sendable, CaseIterable {
  case linear, logarithmic
}

/// How the cables into an input act on its value.
public enum Modulation: String, Sendable, CaseIterable {
  /// knob + Σ amount · signal, in the parameter's unit.
  case add
  /// knob · Σ amount · signal when patched, the knob alone when not.
  case scale
  /// knob · 2^(Σ amount · signal).
  case octaves
  /// 1 when the knob is on or any cable's amount · signal is above 0.5.
  case gate
  /// A setting: no cable may end here.
  case none
}

/// How a knob moves to a new value.
public enum Smoothing: String, Sendable, CaseIterable {
  case none
  /// A straight line that arrives after the smoothing time.
  case linear
  /// Approaches with the smoothing time as its time constant.
  case exponential
  /// As exponential, in octaves: equal times for equal ratios.
  case logarithmic
}

/// How often a kernel reads an input.
public enum Reading: String, Sendable, CaseIterable {
  case everyFrame
  /// Only at frames whose absolute number is a multiple of `gridFrames`.
  case grid
}

/// Frames between the points of the absolute grid on which coefficients are computed.
public let gridFrames = 16
/// The most frames that a plan renders at a time.
public let quantumFrames = 64
