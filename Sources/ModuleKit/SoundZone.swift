import DSP

/// A region of an SFZ file: a sound, the keys and velocities that play it, and how.
public struct SoundZone: Sendable {
  public var sound: SoundBuffer
  public var keys = 0...127
  public var velocities = 0...127
  /// The key at which it is played as recorded, with cents as a fraction; and a shift in cents.
  public var root: Float = 60, tune: Float = 0
  /// Gain, and −1 left … 1 right.
  public var gain: Float = 1, pan: Float = 0
  public var mode = SampleZone.Play.once
  public var loop: SoundLoop?
  /// Envelope: seconds; `sustain` is a level.
  public var attack: Float = 0, hold: Float = 0, decay: Float = 0, sustain: Float = 1, release: Float = 0

  public init(_ sound: SoundBuffer) { self.sound = sound }
}
