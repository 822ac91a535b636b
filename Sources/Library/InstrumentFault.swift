import Engine

/// A fault of a playing instrument. It plays on.
public struct InstrumentFault: Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable, Equatable {
    /// A node made a sample that is not finite: it is reset, is silent for a while, and fades back in.
    case notFinite
    /// A feedback loop became louder than full scale + 24 dB, and was muted and reset.
    case runaway
    /// The output is louder than full scale + 6 dB; at most once a second.
    case tooLoud
    /// Rendering takes longer than the sound lasts.
    case overload
  }
  public var kind: Kind
  /// The id of the node; nil: the whole output.
  public var node: String?
  /// The greatest magnitude, full scale is 1; of an overload its share of the time.
  public var peak: Float

  init(_ fault: EngineFault, node: String?) {
    kind =
      switch fault.kind {
      case .notFinite: .notFinite
      case .runaway: .runaway
      case .tooLoud: .tooLoud
      case .overload, .late, .thinned: .overload
      }
    self.node = node
    peak = fault.peak
  }

  public var description: String {
    let place = node ?? "the output"
    return switch kind {
    case .notFinite: "\(place) made a sample that is not finite; it is muted, reset, and comes back"
    case .runaway: "the feedback loop of \(place) became too loud; it is muted, reset, and comes back"
    case .tooLoud: "\(place) has a peak of \(peak); full scale is 1"
    case .overload: "rendering takes longer than the sound lasts"
    }
  }
}
