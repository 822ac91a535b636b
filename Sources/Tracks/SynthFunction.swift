import PatchKit

/// A synth function of tracks: its parameters, and the nodes that it compiles to.
public struct SynthFunction: Sendable {
  public let name: String
  /// True if it has a form whose parameters move during the step.
  public let hasTransition: Bool
  let knobs: [Knob]
  /// The other parameters: switches, texts, lists.
  let others: [VoiceParameter]
  /// Its difference from the original; nil: none.
  public let note: String?
  let build: @Sendable (inout VoiceBuilder) -> Void

  init(
    _ name: String, hasTransition: Bool = true, _ knobs: [Knob], others: [VoiceParameter] = [], note: String? = nil,
    build: @escaping @Sendable (inout VoiceBuilder) -> Void
  ) {
    (self.name, self.hasTransition, self.knobs, self.others) = (name, hasTransition, knobs, others)
    (self.note, self.build) = (note, build)
  }

  package static let all: [SynthFunction] = [
    .binaural, .isochronic, .monaural, .rhythmic, .stereoAm, .waveShape, .qam, .hybrid, .spatial, .spatialMonaural,
    .sweptNoise,
    .subliminal,
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
  static let suffix = "_transition"

  /// Every name that a file can have, transitions included.
  public static let names = all.flatMap { $0.hasTransition ? [$0.name, $0.name + suffix] : [$0.name] }

  /// The function of a name, with or without `_transition`.
  public static func named(_ name: String) -> SynthFunction? {
    if let found = byName[name] { return found }
    guard name.hasSuffix(suffix), let found = byName[String(name.dropLast(suffix.count))] else { return nil }
    return found.hasTransition ? found : nil
  }

  /// A parameter of a transition that is read by every function.
  private static let common = [
    VoiceParameter("initial_offset", .number, 0...Track.longest),
    VoiceParameter("post_offset", .number, 0...Track.longest),
    VoiceParameter("transition_duration", .number, 0...Track.longest), VoiceParameter("transition_curve", .curve),
  ]

  private func parameters(isTransition: Bool) -> [VoiceParameter] {
    knobs.flatMap { knob in knob.names(isTransition: isTransition).map { VoiceParameter($0, .number, knob.range) } }
      + others + (isTransition ? Self.common : [])
  }

  func parameter(_ name: String, isTransition: Bool) -> VoiceParameter? {
    if let found = parameters(isTransition: isTransition).first(where: { $0.name == name }) { return found }
    // Negative offsets count as 0.
    return nil
  }

  /// The numbers of the function, with their ranges.
  package func ranges(isTransition: Bool) -> [(name: String, range: ClosedRange<Double>)] {
    knobs.flatMap { knob in knob.names(isTransition: isTransition).map { ($0, knob.range) } }
  }

  func parameterNames(isTransition: Bool) -> [String] { parameters(isTransition: isTransition).map(\.name) }
}

/// A parameter as a file has it.
struct VoiceParameter: Sendable {
  enum Kind: Sendable {
    case number, bool, text, list
    /// The course of a transition.
    case curve
    /// A file, and several of them.
    case path, paths
    case choice([String])
  }
  let name: String
  let kind: Kind
  let range: ClosedRange<Double>

  init(_ name: String, _ kind: Kind, _ range: ClosedRange<Double> = 0...0) {
    (self.name, self.kind, self.range) = (name, kind, range)
  }
}

/// A number of a synth function: constant, or in a transition from `start…` to `end…`.
struct Knob: Sendable {
  enum Way: Sendable {
    /// Keeps its plain name.
    case constant
    /// A missing end is the start; a missing start is the plain name, then the default.
    case moves
    /// As `moves`, without the plain name.
    case movesAlone
    /// The start counts; the end is ignored.
    case startOnly
    /// Start and end have defaults of their own.
    case between(Double, Double)
  }
  let name: String
  let standard: Double
  let range: ClosedRange<Double>
  let way: Way
  /// The name behind `start` and `end`.
  private let moving: String

  init(
    _ name: String, _ standard: Double, _ range: ClosedRange<Double>, _ way: Way = .moves, moving: String? = nil
  ) {
    (self.name, self.standard, self.range, self.way) = (name, standard, range, way)
    self.moving = moving ?? (name.prefix(1).uppercased() + name.dropFirst())
  }

  private var ends: (String, String) { ("start" + moving, "end" + moving) }

  func names(isTransition: Bool) -> [String] {
    guard isTransition else { return [name] }
    let (start, end) = ends
    return switch way {
    case .constant: [name]
    case .moves, .startOnly: [name, start, end]
    case .movesAlone, .between: [start, end]
    }
  }

  /// The value over the step.
  func value(_ params: [String: TrackValue], isTransition: Bool) -> Moving {
    func number(_ name: String) -> Double? {
      switch params[name] {
      case .number(let number): number
      case .bool(let isOn): isOn ? 1 : 0
      default: nil
      }
    }
    let (start, end) = ends
    guard isTransition else { return Moving(number(name) ?? standard) }
    switch way {
    case .constant: return Moving(number(name) ?? standard)
    case .moves, .movesAlone:
      var plain: Double?
      if case .moves = way { plain = number(name) }
      let from = number(start) ?? plain ?? standard
      return Moving(from, number(end) ?? from)
    case .startOnly: return Moving(number(start) ?? number(name) ?? standard)
    case .between(let from, let to):
      let given = number(start)
      return Moving(given ?? from, number(end) ?? given ?? to)
    }
  }
}

/// A value that goes from one number to another with the transition of its voice.
struct Moving: Equatable, Sendable {
  var from: Double
  var to: Double

  init(_ from: Double, _ to: Double? = nil) { (self.from, self.to) = (from, to ?? from) }

  var isConstant: Bool { from == to }
  var isZero: Bool { from == 0 && to == 0 }
  var least: Double { min(from, to) }
  var most: Double { max(from, to) }
  func map(_ change: (Double) -> Double) -> Moving { Moving(change(from), change(to)) }
  func clamped(_ range: ClosedRange<Double>) -> Moving {
    map { min(max($0, range.lowerBound), range.upperBound) }
  }
  /// The value at a place of the transition, 0 … 1.
  func at(_ place: Double) -> Double { from + (to - from) * place }

  static func + (a: Moving, b: Moving) -> Moving { Moving(a.from + b.from, a.to + b.to) }
  static func - (a: Moving, b: Moving) -> Moving { Moving(a.from - b.from, a.to - b.to) }
  static func * (a: Moving, b: Double) -> Moving { Moving(a.from * b, a.to * b) }
}
