import Control
import PatchKit
import TestSupport

/// Damaged scores: refused with a line for every error, or performed.
final class ScoreTarget: FuzzTarget {
  static let name = "scores"
  private var mutator: Mutator
  private let folder: String

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    let words = CommandGrammar.words + ["0.0 ", "1e9 ", "-1 ", "nan ", "\"", "\\\"", "true", "# ", "\n", "0.01 "]
    mutator = Mutator(seed: seed, corpus: corpus, words: words, marks: " \n\t\r#/\"\\.-+eE0123456789", step: 1)
    self.folder = folder
  }

  func next() -> [UInt8] { mutator.next() }

  func run(_ input: [UInt8]) throws -> Bool {
    let lines: [ScoreLine]
    do {
      lines = try Score.read(input, file: "fuzz")
    } catch {
      for problem in error.errors where problem.place.line == nil { throw BrokenLaw("no line: \(problem)") }
      return false
    }
    let session = try FuzzSession(folder: folder)
    var player = ScorePlayer(lines, sampleRate: 48_000)
    for _ in 0..<20 {
      player.perform(upTo: session.engine.frame, on: session.session)
      try session.play()
    }
    return true
  }
}
