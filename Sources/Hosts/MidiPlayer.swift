import Engine

/// Plays a MIDI file: each message goes to the engine at exactly its sample, in the same way as JACK's.
public struct MidiPlayer {
  private let events: [MidiFile.Event]
  private var next = 0
  private let sampleRate: Double
  /// Messages dropped because the engine's event queue was full.
  public private(set) var lostCount = 0

  public init(_ file: MidiFile, sampleRate: Double) {
    events = file.events
    self.sampleRate = sampleRate
  }

  public var isDone: Bool { next == events.count }
  /// The frame of the next message, counted from the start of the file; nil at its end.
  public var nextFrame: Int? { isDone ? nil : frame(of: events[next]) }

  private func frame(of event: MidiFile.Event) -> Int { Int((event.seconds * sampleRate).rounded()) }

  /// Sends every message before frame `frame` of the file.
  ///
  /// - Parameter start: the engine's frame at the start of the file.
  public mutating func perform(before frame: Int, on plans: PlanPublisher, start: Int) {
    while next < events.count, self.frame(of: events[next]) < frame {
      if !plans.play(midi: events[next].message, at: start + self.frame(of: events[next])) { lostCount += 1 }
      next += 1
    }
  }
}
