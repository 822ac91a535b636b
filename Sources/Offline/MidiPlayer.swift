import Engine

/// Plays a MIDI file: each message goes to the engine at exactly its sample, in the same way as JACK's.
public struct MidiPlayer {
  private let events: [MidiFile.Event], tempos: [MidiFile.Tempo]
  private var next = 0, nextTempo = 0
  private let sampleRate: Double
  /// Room in the event ring buffer that is left to other clients.
  private static let reserve = 1_024

  public init(_ file: MidiFile, sampleRate: Double) {
    events = file.events
    tempos = file.tempos
    self.sampleRate = sampleRate
  }

  public var isDone: Bool { next == events.count }
  /// The frame of the next message, counted from the start of the file; nil at its end.
  public var nextFrame: Int? { isDone ? nil : frame(of: events[next]) }

  private func frame(of event: MidiFile.Event) -> Int { Int((event.seconds * sampleRate).rounded()) }

  /// Returns the next tempo before `frame` of the file, and the frame at which it begins.
  public mutating func tempo(before frame: Int) -> (frame: Int, tempo: MidiFile.Tempo)? {
    guard nextTempo < tempos.count else { return nil }
    let at = Int((tempos[nextTempo].seconds * sampleRate).rounded())
    guard at < frame else { return nil }
    // The beat at that frame: a tempo begins between two.
    var tempo = tempos[nextTempo]
    tempo.beat += (Double(at) / sampleRate - tempo.seconds) * tempo.beatsPerMinute / 60
    nextTempo += 1
    return (at, tempo)
  }

  /// Sends every message before `frame` of the file, as far as the engine has room. The rest is sent by the next call:
  /// a message may be late, but none is lost, and no note hangs.
  ///
  /// - Parameter start: the engine's frame at the start of the file.
  public mutating func perform(before frame: Int, on plans: PlanPublisher, start: Int) {
    while next < events.count, self.frame(of: events[next]) < frame, plans.eventRoom > MidiPlayer.reserve,
      send(events[next].message, to: plans, at: start + self.frame(of: events[next]))
    {
      next += 1
    }
  }

  /// A longer message is a tuning: one event for each of its keys, up to 127, for which there is room.
  private func send(_ message: [UInt8], to plans: PlanPublisher, at frame: Int) -> Bool {
    guard message.first == MidiParser.keyTuning else { return plans.play(midi: message, at: frame) }
    var parser = MidiParser()
    for byte in message {
      guard let key = parser.receive(byte) else { continue }
      _ = plans.play(
        NoteEvent(.keyTuning, key: Float(key.first), value: Float(key.second) + Float(key.part) / 16_384), at: frame)
    }
    return true
  }
}
