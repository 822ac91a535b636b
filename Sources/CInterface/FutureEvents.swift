import Control
import Engine
import Offline
import PatchKit

/// Scores and MIDI files that are being played, each from the frame at which it was added.
struct FutureEvents {
  private var scores: [(player: ScorePlayer, start: Int)] = []
  private var songs: [(player: SongPlayer, start: Int)] = []

  mutating func add(_ score: [ScoreLine], at frame: Int, rate: Double) {
    if !score.isEmpty { scores.append((ScorePlayer(score, sampleRate: rate), frame)) }
  }

  mutating func add(_ song: MidiFile, at frame: Int, on session: Session) {
    songs.append((SongPlayer(song, on: session), frame))
  }

  /// Performs what is due.
  ///
  /// - Returns: the frame of the next line of a score.
  mutating func perform(at frame: Int, period: Int, on session: Session) -> Int? {
    for i in scores.indices { scores[i].player.perform(upTo: frame - scores[i].start, on: session) }
    for i in songs.indices {
      songs[i].player.perform(before: frame + period - songs[i].start, on: session, start: songs[i].start)
    }
    return scores.compactMap { score in score.player.nextFrame.map { $0 + score.start } }.min()
  }

  /// The failures of lines that were performed, once; ended players are removed.
  mutating func failures() -> [CallError] {
    var failures: [CallError] = []
    for score in scores where score.player.isDone {
      failures += score.player.failures.map { failure in
        var error = CallError(PatchError(.syntax, failure.message))
        let words = failure.message.split(separator: " ", maxSplits: 1)
        if words.count == 2 { (error.code, error.message) = (String(words[0]), String(words[1])) }
        error.place = "score line \(failure.line)"
        return error
      }
    }
    scores.removeAll { $0.player.isDone }
    songs.removeAll { $0.player.isDone }
    return failures
  }
}
