import DSP

/// A module: its ports, its description and its kernel, in one value.
///
/// A module is generic over its lane and registers both widths. Its stored properties are the state of one node (of
/// eight voices, in lanes); they are plain bits, so that the engine can reset a node by copying them, and so that
/// nothing here can allocate or free on the audio thread.
public protocol Module: BitwiseCopyable, SendableMetatype {
  associatedtype L: Lane
  /// The inputs: an enum whose case names are the parameters' names.
  associatedtype In: InputPort
  /// The outputs: an enum whose case names are the outputs' names. The first is the main one.
  associatedtype Out: OutputPort

  static var about: ModuleAbout { get }
  /// Prepares slow derived data of a sound, which `init` then finds in `SoundBuffer.derived`: once per sound, on any
  /// thread but the audio thread. Nil: nothing to prepare.
  static var preparation: (@Sendable (SoundBuffer) -> Void)? { get }
  /// Sentences about a sound that is not what the module expects, though it plays it. Nil: it expects nothing.
  static var soundProblems: (@Sendable (SoundBuffer) -> [String])? { get }
  /// Frames by which the outputs lag the inputs, for reports; 0 unless the kernel looks ahead.
  ///
  /// - Parameter value: of an input that is not patched.
  static func latencyFrames(sampleRate: Float, value: (In) -> Float) -> Int
  /// True if its outputs are random, and each voice behind it is to have its own: the node is then as wide as the voices
  /// where all that it feeds is.
  ///
  /// - Parameter value: of an input that is not patched.
  static func isRandom(value: (In) -> Float) -> Bool

  /// [control] The state before the first frame. All memory comes from `setup`.
  init(_ setup: ModuleSetup)
  /// [audio] Renders `io.frames` frames.
  mutating func process(_ io: ModuleIO<Self>)
}

extension Module {
  public static var preparation: (@Sendable (SoundBuffer) -> Void)? { nil }
  public static var soundProblems: (@Sendable (SoundBuffer) -> [String])? { nil }
  public static func latencyFrames(sampleRate: Float, value: (In) -> Float) -> Int { 0 }
  public static func isRandom(value: (In) -> Float) -> Bool { false }
}

/// One input; its case name is the parameter's name everywhere.
public protocol InputPort: RawRepresentable, CaseIterable, Sendable where RawValue == Int {
  var spec: ParamSpec { get }
}

/// One output; its case name is the port's name everywhere.
public protocol OutputPort: RawRepresentable, CaseIterable, Sendable where RawValue == Int {
  /// One line: the signal of this output, with its unit where it is not audio.
  var summary: String { get }
  /// Bounds of the output, up to rounding; nil: none promised.
  var range: ClosedRange<Float>? { get }
}

extension OutputPort {
  public var range: ClosedRange<Float>? { nil }
}

/// The outputs of a module that has none.
public struct NoOutputs: OutputPort {
  public static var allCases: [NoOutputs] { [] }
  public let rawValue: Int
  public init?(rawValue: Int) { return nil }
  public var summary: String { "" }
}

/// The inputs of a module that has none.
public struct NoInputs: InputPort {
  public static var allCases: [NoInputs] { [] }
  public let rawValue: Int
  public init?(rawValue: Int) { return nil }
  public var spec: ParamSpec { .audio("") }
}

/// Description of a module beside its ports.
public struct ModuleAbout: Sendable {
  public var name: String
  public var family: Family
  public var summary: String
  public var voicing: Voicing
  /// Seconds of sound after the inputs fall silent; nil: unlimited.
  public var tail: Float?
  /// True if its inputs arrive one quantum late, so that a cycle through it is legal.
  public var latency: Latency
  /// The input with the seconds that a cable loop through the module takes; nil: no input sets them.
  public var loopTime: Int?
  /// True for a note module: its voices are allocated to notes; its inputs are `NoteInput`.
  public var takesNotes: Bool
  /// True if the outputs move at audio rate.
  public var rate: OutputRate
  /// The only input that counts where the outputs follow the inputs; nil: every one.
  public var rateInput: Int?
  /// True if constant inputs give constant outputs, independent of the past: it is skipped while nothing changes.
  public var isPure: Bool
  /// True if it is silent in the very frames in which its audio inputs are, whatever its parameters: it is skipped with
  /// the idle voices that feed it.
  public var restsInSilence: Bool
  /// Its names elsewhere, for searches and comparisons.
  public var otherNames: OtherNames

  public init(
    _ name: String, _ family: Family, _ summary: String, voicing: Voicing = .follows, tail: Float? = 0,
    latency: Latency = .none, loopTime: Int? = nil, takesNotes: Bool = false, isPure: Bool = false,
    restsInSilence: Bool = false,
    rate: OutputRate? = nil, rateInput: Int? = nil, otherNames: OtherNames = OtherNames()
  ) {
    self.name = name
    self.family = family
    self.summary = summary
    self.voicing = voicing
    self.tail = tail
    self.latency = latency
    self.loopTime = loopTime
    self.takesNotes = takesNotes
    self.isPure = isPure
    self.restsInSilence = restsInSilence
    self.rate = rate ?? family.rate
    self.rateInput = rateInput
    self.otherNames = otherNames
  }
}

extension ModuleAbout {
  /// The fewest frames that a cable loop through a module with `loopTime` takes: its input comes one quantum late, and
  /// its line gives two frames at least.
  public static var shortestLoop: Int { quantumFrames + Int(DelayTap<Float>.least) }
}

/// The family of a module: the name of its folder.
public enum Family: String, Sendable, CaseIterable {
  case oscillators = "Oscillators"
  case noise = "Noise"
  case samples = "Samples"
  case filters = "Filters"
  case envelopes = "Envelopes"
  case mixing = "Mixing"
  case effects = "Effects"
  case notes = "Notes"
  case timing = "Timing"
  case shaping = "Shaping"
  case entrainment = "Entrainment"
  case meters = "Meters"
}

extension Family {
  /// True for modules that make sound by themselves.
  var isSource: Bool { [.oscillators, .noise, .samples, .entrainment].contains(self) }

  /// The rate of the outputs of its modules, unless they say otherwise.
  fileprivate var rate: OutputRate {
    switch self {
    case .oscillators, .noise, .samples, .entrainment: .audio
    case .filters, .mixing, .effects, .shaping: .follows
    case .envelopes, .notes, .timing, .meters: .slow
    }
  }
}

/// The rate at which the outputs of a module move.
public enum OutputRate: String, Sendable {
  /// Sound: inputs that filter it, or that it modulates, are read in every frame.
  case audio
  /// Envelopes, slow oscillators, notes: it is enough to read them every 16 frames.
  case slow
  /// As fast as the signals that it receives.
  case follows
}

/// The width of a node.
public enum Voicing: String, Sendable {
  /// Polyphonic when any of its inputs is.
  case follows
  /// As many voices as the patch has.
  case source
  /// One voice: polyphonic inputs are summed.
  case sums
}

/// When a node's signal inputs are one quantum (64 frames) late.
public enum Latency: String, Sendable {
  case none
  /// Only while the node is part of a cycle; the kernel compensates (`Signal.feedbackDelay`).
  case inCycles
  /// Always: the module's purpose is to close loops.
  case always
}
