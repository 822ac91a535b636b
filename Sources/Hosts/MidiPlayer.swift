import Engine

/// Plays a MIDI file: each message goes to the engine at exactly its sample, in the same way as JACK's.
public struct MidiPlayer {
  private let events: [MidiFile.Event]
  private var next = 0
  private let sampleRate: Double
  /// Room in the event ring buffer that is left to other clients.
  private static let reserve = 1_024

  public init(_ file: MidiFile, sampleRate: Double) {
    events = file.events
    self.sampleRate = sampleRate
  }

  public var isDone: Bool { next == events.count }
  /// The frame of the next message, counted from the start of the file; nil at its end.
  public var nextFrame: Int? { isDone ? nil : frame(of: events[next]) }

  private func frame(of event: MidiFile.Event) -> Int { Int((event.seconds * sampleRate).rounded()) }

  /// Sends every message before `frame` of the file, as far as the engine has room. The rest is sent by the next call:
  /// a message may be late, but none is lost, and no note hangs.
  ///
  /// - Parameter start: the engine's frame at the start of the file.
  public mutating func perform(before frame: Int, on plans: PlanPublisher, start: Int) {
    while next < events.count, self.frame(of: events[next]) < frame, plans.eventRoom > MidiPlayer.reserve,
      plans.play(midi: events[next].message, at: start + self.frame(of: events[next]))
    {
      next += 1
    }
  }
}
