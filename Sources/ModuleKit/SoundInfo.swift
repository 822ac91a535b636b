/// The description that a sound file contains beside its samples.
public struct SoundInfo: Sendable, Equatable {
  /// Frames of one cycle of a wavetable; 0: not stated.
  public var cycle = 0
  /// The part that is repeated while a note is held.
  public var loop: SoundLoop?
  /// The MIDI key at which the sound is played as recorded, with cents as a fraction.
  public var root: Float?
  /// Unit vectors to the front, left and up of the sources of head responses, whose channels are left and right of each
  /// in turn; empty for other sounds.
  public var directions: [SIMD3<Float>] = []
  /// Frames of the sound to a frame of the file.
  public var ratio = 1.0
  /// Parts of the file that are ignored, and the reasons.
  public var problems: [String] = []

  public init() {}

  /// The same, for a sound whose rate is multiplied.
  public func resampled(by ratio: Double) -> SoundInfo {
    var info = self
    info.loop?.start *= ratio
    info.loop?.length *= ratio
    info.ratio *= ratio
    return info
  }
}

/// A loop of a sound, in frames.
public struct SoundLoop: Sendable, Equatable {
  public enum Course: Sendable, CaseIterable {
    case forward, alternating, backward
  }
  public var start: Double
  /// The frame `start` + `length` is the frame `start` again.
  public var length: Double
  public var course: Course

  public init(start: Double, length: Double, course: Course = .forward) {
    (self.start, self.length, self.course) = (start, length, course)
  }
}
