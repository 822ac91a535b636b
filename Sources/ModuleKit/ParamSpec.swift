/// The specification of one input of a module: its value, its range, and its modulation by cables.
///
/// Every parameter is an input: it has a value and, unless it is a setting, can be patched. The name is the case name
/// of the module's `In` list, filled in by the `Registry`.
public struct ParamSpec: Sendable, Equatable {
  public internal(set) var name = ""
  public var type: ParamType
  public var defaultValue: Float
  public var range: ClosedRange<Float>
  /// The ends of a control's travel: of a knob, a macro, a MIDI mapping. Within the range, which may be wider.
  public var travel: ClosedRange<Float>
  public var unit: Unit
  public var curve: ParameterCurve
  public var modulation: Modulation
  public var smoothing: Smoothing
  /// The smoothing time in seconds: of the whole ramp (linear), or the time constant (others).
  public var smoothingTime: Float
  /// The rate at which the kernel reads this input.
  public var reading: Reading
  /// Of a file: the setting with the frames of a cycle, by which its sound is cut.
  public var cutBy: String?
  /// Of a file: true if it may be an SFZ file, or a folder of sounds.
  public var takesZones = false
  /// True for an input that restarts a cycle: a source has it beside its pitch.
  public var isSync = false
  /// Former names of choices, by which they can still be set.
  public var aliases: [String: String] = [:]
  /// The default in patch files of format 1, where that was another one.
  public var formatOneDefault: Float?
  /// True for an input that the module did not have when patch format 1 was current: never the main one of such a file.
  public var isUnknownToFormatOne = false
  /// True if the number of a node's voices may depend on it: a change compiles the patch.
  public var decidesWidth = false
  /// True if the latency of a node depends on it: a change compiles the patch.
  public var decidesLatency = false
  public var summary: String

  public init(
    _ type: ParamType, _ summary: String, default defaultValue: Float = 0, range: ClosedRange<Float> = 0...1,
    travel: ClosedRange<Float>? = nil, unit: Unit = .none, curve: ParameterCurve = .linear,
    modulation: Modulation = .add, smoothing: Smoothing = .none,
    smoothingTime: Float = Float(DefaultTimes.ramp), reading: Reading = .everyFrame
  ) {
    self.type = type
    self.defaultValue = defaultValue
    self.range = range
    self.travel = travel ?? range
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
  /// True if it is a pitch or a rate that cables move in octaves.
  public var isPitch: Bool { unit == .hertz && modulation == .octaves || unit == .octaves && isPatchable }
  /// True if it has a value to set; a plain audio input has none.
  public var isParameter: Bool { type != .signal }
  /// True if it names a file: such a setting is not a number.
  public var isFile: Bool { if case .file = type { true } else { false } }
  /// The names of an enum's choices, in order.
  public var choices: [String] { if case .choice(let names) = type { names } else { [] } }
}

/// The type of a parameter's value.
public enum ParamType: Sendable, Equatable {
  /// A plain audio input: no value.
  case signal
  case float
  case int
  case bool
  /// One of several names; its value is the index.
  case choice([String])
  /// The name of a sound file, or of a built-in sound; its value is the index of the latter, else their number.
  /// `isResampled`: the file is converted to the engine's rate; otherwise its frames are unchanged.
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

/// Mapping of a control's travel to the parameter's range.
public enum ParameterCurve: String, Sendable, CaseIterable {
  case linear, logarithmic
}

/// Modulation of an input by its cables.
public enum Modulation: String, Sendable, CaseIterable {
  /// parameter + Σ amount · signal, in the parameter's unit.
  case add
  /// parameter · Σ amount · signal when patched, the parameter alone when not.
  case scale
  /// parameter · 2^(Σ amount · signal).
  case octaves
  /// 1 when the switch is on or any cable's amount · signal is above 0.5.
  case gate
  /// A setting: no cable may end here.
  case none
}

/// Smoothing of a parameter towards a new value.
public enum Smoothing: String, Sendable, CaseIterable {
  case none
  /// Linear, arrives after the smoothing time.
  case linear
  /// Approaches with the smoothing time as its time constant.
  case exponential
  /// As exponential, in octaves: equal times for equal ratios.
  case logarithmic
}

/// The rate at which a kernel reads an input.
public enum Reading: String, Sendable, CaseIterable {
  case everyFrame
  /// Only at frames whose absolute number is a multiple of `gridFrames`.
  case grid
  /// Every frame where the source of a cable moves at audio rate (`Signal.isAudioRate`), else on the grid.
  case adaptive
}

/// Frames between the points of the absolute grid on which coefficients are computed.
public let gridFrames = 16
/// The greatest block size of a plan, frames.
public let quantumFrames = 64
