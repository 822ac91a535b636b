/// The description that a sound file contains beside its samples.
public struct SoundInfo: Sendable, Equatable {
  /// Frames of one cycle of a wavetable; 0: not stated.
  public var cycle = 0
  /// Parts of the file that are ignored, and the reasons.
  public var problems: [String] = []

  public init() {}
}
