/// Something that went wrong in the sound.
public struct EngineFault: BitwiseCopyable, Sendable, Equatable {
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// A node made a sample that is not finite: it was reset, is silent for a while, and comes back.
    case notFinite
    /// A loop grew beyond `Engine.runawayLevel`: so does what follows for each of its nodes that is too loud.
    case runaway
    /// What leaves the outputs was louder than `Engine.loudLevel`; told once a second.
    case tooLoud
    /// Rendering takes longer than the sound lasts: `peak` is its share of the period.
    case overload
    /// A thread that shares the work was late and had to be waited for: in `peak` periods so far; told once a second.
    case late
    /// As many voices were faded, the quietest, so that the rest can play on: `peak` of them.
    case thinned
  }

  /// In place of a serial: no node alone.
  public static let output = -1

  public var kind: Kind
  /// The serial of the node, or `output`.
  public var node: Int
  /// The greatest magnitude; infinite for what is not finite.
  public var peak: Float

  init(_ kind: Kind, node: Int = EngineFault.output, peak: Float) {
    self.kind = kind
    self.node = node
    self.peak = peak
  }
}
