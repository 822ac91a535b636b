import Control

/// Plays a MIDI file on a session: its messages, and its tempos on the session's clock.
public struct SongPlayer {
  private var messages: MidiPlayer

  public init(_ file: MidiFile, on session: Session) {
    messages = MidiPlayer(file, sampleRate: session.engine.sampleRate)
  }

  public var isDone: Bool { messages.isDone }

  /// Sends every message and tempo before `frame` of the file.
  ///
  /// - Parameter start: the engine's frame at the start of the file.
  public mutating func perform(before frame: Int, on session: Session, start: Int) {
    while let (at, tempo) = messages.tempo(before: frame) {
      session.setFileTempo(
        Transport(
          isRolling: true, frame: start + at, beat: tempo.beat, beatsPerMinute: tempo.beatsPerMinute,
          beatsPerBar: tempo.beatsPerBar))
    }
    messages.perform(before: frame, on: session.plans, start: start)
  }
}
