import PatchKit
import TestSupport

/// Damaged scales and keyboards: refused with a line, or 128 keys of a sensible pitch or none.
final class TuningTarget: FuzzTarget {
  static let name = "tunings"
  private var mutator: Mutator
  private let fifths: ScaleFile

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    let words = ["! ", "x\n", "3/2\n", "701.955\n", "127\n", "440.0\n", "-1\n", "1e99\n", "9999999999\n"]
    mutator = Mutator(seed: seed, corpus: corpus, words: words, marks: " \n\t\r!/.-0123456789xX", step: 1)
    fifths = try ScaleFile(Array("fifths\n2\n3/2\n2/1\n".utf8))
  }

  func next() -> [UInt8] { mutator.next() }

  func run(_ input: [UInt8]) throws -> Bool {
    let asScale = try pitches { () throws(PatchError) in (try ScaleFile(input), KeyboardFile()) }
    let asKeyboard = try pitches { () throws(PatchError) in (fifths, try KeyboardFile(input)) }
    return asScale || asKeyboard
  }

  private func pitches(_ read: () throws(PatchError) -> (ScaleFile, KeyboardFile)) throws -> Bool {
    do throws(PatchError) {
      let (scale, keyboard) = try read()
      let pitches = try Tuning.pitches(of: scale, on: keyboard, file: nil)
      // Ninety octaves a step are the widest that a scale may have.
      guard pitches.count == 128, pitches.allSatisfy({ $0.isNaN || $0.magnitude < 20_000 }) else {
        throw PatchError(.range, "\(pitches)")
      }
      return true
    } catch {
      guard error.place.line != nil else { throw BrokenLaw("no line: \(error)") }
      return false
    }
  }
}
