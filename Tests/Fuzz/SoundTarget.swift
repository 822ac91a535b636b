import Glibc
import Hosts
import PatchKit
import SoundFiles
import TestSupport

/// Damaged sound files.
final class SoundTarget: FuzzTarget {
  static let name = "sounds"
  private var mutator: Mutator
  private let path: String

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    let words = [
      "RIFF", "RF64", "WAVE", "fmt ", "data", "ds64", "fLaC", "FORM", "AIFF", "SSND", "caff", "desc", "OggS",
    ]
    mutator = Mutator(seed: seed, corpus: corpus, words: words, marks: "\0\u{1}\u{2}\u{10}\u{20}\u{7f}", step: 1)
    path = folder + "/sound"
  }

  func next() -> [UInt8] { mutator.next() }

  func run(_ input: [UInt8]) throws -> Bool {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    _ = input.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    close(file)
    do {
      let sound = try Sound(path: path)
      // The actual length counts, not the length in the header.
      guard sound.channels.allSatisfy({ $0.count == sound.frames }), sound.frames <= 1 << 24 else {
        throw BrokenLaw("\(input.count) bytes became \(sound.frames) frames")
      }
      return true
    } catch let error as PatchError {
      guard [.unreadable, .limit].contains(error.code) else { throw BrokenLaw("refused as \(error)") }
      return false
    }
  }
}
