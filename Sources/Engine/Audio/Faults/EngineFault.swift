/// A fault in the sound.
public struct EngineFault: BitwiseCopyable, Sendable, Equatable {
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// A node produced a non-finite sample: it was reset, is silent for a while, and fades back in.
    case notFinite
    /// A feedback loop exceeded `Engine.runawayLevel`; reported also for each of its nodes that is too loud.
    case runaway
    /// The output exceeded `Engine.loudLevel`; reported at most once a second.
    case tooLoud
    /// Rendering takes longer than the period lasts: `peak` is its share of the period.
    case overload
    /// A worker was late and the audio thread waited for it: in `peak` periods so far; reported at most once a second.
    case late
    /// The quietest voices were faded so that the rest can play on: `peak` of them.
    case thinned
  }

  /// Node number of the whole output.
  public static let output = -1

  public var kind: Kind
  /// The serial of the node, or `output`.
  public var node: Int
  /// The greatest magnitude; infinite for a non-finite sample.
  public var peak: Float

  init(_ kind: Kind, node: Int = EngineFault.output, peak: Float) {
    self.kind = kind
    self.node = node
    self.peak = peak
  }
}
