import Engine

/// Plays a MIDI file: each message goes to the engine as one of JACK's does, at exactly its sample.
public struct MidiPlayer {
  private let events: [MidiFile.Event]
  private var next = 0
  private let sampleRate: Double
  /// Messages for which the engine had no room.
  public private(set) var lostCount = 0

  public init(_ file: MidiFile, sampleRate: Double) {
    events = file.events
    self.sampleRate = sampleRate
  }

  public var isDone: Bool { next == events.count }
  /// The frame of the next message, counted from the start of the file; nil at its end.
  public var nextFrame: Int? { isDone ? nil : frame(of: events[next]) }

  private func frame(of event: MidiFile.Event) -> Int { Int((event.seconds * sampleRate).rounded()) }

  /// Sends every message before `frame` of the file.
  ///
  /// - Parameter start: the engine's frame at which the file began.
  public mutating func perform(before frame: Int, on plans: PlanPublisher, start: Int) {
    while next < events.count, self.frame(of: events[next]) < frame {
      if !plans.play(midi: events[next].message, at: start + self.frame(of: events[next])) { lostCount += 1 }
      next += 1
    }
  }
}
