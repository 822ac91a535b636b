// [audio] The clock of the session: the tempo that sequencers and scheduled commands share.

/// A beat, the frame at which it falls, and the tempo from there on.
public struct SessionClock: BitwiseCopyable, Sendable, Equatable {
  public enum Source: UInt8, BitwiseCopyable, Sendable {
    /// The session's own tempo, the transport of the host, or a MIDI file.
    case transport
    /// The MIDI clock input.
    case midi
  }
  public var source = Source.transport
  public var isRolling = true
  public var frame = 0
  /// Beats since the start of the first bar, at `frame`.
  public var beat = 0.0
  public var beatsPerMinute = 120.0

  public init() {}
  public init(isRolling: Bool, frame: Int, beat: Double, beatsPerMinute: Double) {
    (self.isRolling, self.frame, self.beat, self.beatsPerMinute) = (isRolling, frame, beat, beatsPerMinute)
  }

  /// A clock that stands at its first beat.
  public static var standing: SessionClock { SessionClock(isRolling: false, frame: 0, beat: 0, beatsPerMinute: 120) }

  /// The MIDI clock input in place of a tempo.
  public static var midi: SessionClock {
    var clock = SessionClock()
    clock.source = .midi
    return clock
  }

  public func beats(at frame: Int, _ sampleRate: Double) -> Double {
    isRolling ? beat + Double(frame - self.frame) * beatsPerMinute / (60 * sampleRate) : beat
  }
}
