import Engine
import ModuleKit
import PatchKit
import TestSupport

/// Damaged patch files: refused with a place for every error, or read, written, read again, compiled and rendered.
final class PatchTarget: FuzzTarget {
  static let name = "patches"
  private var mutator: Mutator

  init(seed: UInt64, corpus: [[UInt8]], folder: String) throws {
    let words =
      ["\"", "{", "}", "[", "]", ",", ":", "\\u00", "/*", "//", "\n", "1e9", "-0", "1e-50", "null", "true"]
      + ["\"voices\": 512,", "\"weft\": 2,", "\"params\": {", "\"macros\": [", "\"frames\": [", "\"at\": [1, 2]"]
      + ["\"label\": \"", "\"x-a\": ", "\"targets\": [", "\"points\": [[0, 1], [1, 2]]"]
      + registry.names.map { "\"\($0)\"" }
    mutator = Mutator(seed: seed, corpus: corpus, words: words, marks: "{}[],:\"\\/ \n*0123456789.eE-", step: 1)
  }

  func next() -> [UInt8] { mutator.next() }

  func run(_ input: [UInt8]) throws -> Bool {
    let patch: Patch
    do {
      patch = try PatchFile.read(input, file: "fuzz", in: registry)
    } catch {
      for problem in error.errors
      where problem.place.line == nil && problem.place.file == "fuzz" && problem.code != .limit {
        throw BrokenLaw("no line: \(problem)")
      }
      return false
    }
    guard patch.problems(in: registry).isEmpty else { throw BrokenLaw("read with \(patch.problems(in: registry))") }
    let text = PatchFile.text(of: patch, in: registry)
    guard let again = try? PatchFile.read(Array(text.utf8), in: registry), again == patch,
      PatchFile.text(of: again, in: registry) == text
    else { throw BrokenLaw("another patch when it is written and read") }
    try play(patch)
    return true
  }

  private func play(_ patch: Patch) throws {
    let engine = Engine(sampleRate: 48_000)
    let plans = PlanPublisher(engine: engine, registry: registry)
    let serials = Dictionary(uniqueKeysWithValues: patch.nodes.keys.sorted().enumerated().map { ($1, $0 + 1) })
    // A cycle or an oversized patch is an error of compilation, not of the file.
    guard (try? plans.commit(IdentifiedPatch(patch: patch, serials: serials), ticket: 1)) != nil else { return }
    var sound = [Float](repeating: 0, count: 256)
    for _ in 0..<3 {
      sound.withUnsafeMutableBufferPointer { sound in
        let outputs: [UnsafeMutablePointer<Float>?] = [sound.baseAddress!, sound.baseAddress! + 128]
        engine.render(inputs: nil, outputs: outputs, frames: 128)
      }
      plans.tick()
      if let sample = sound.first(where: { !$0.isFinite }) { throw BrokenLaw("a sample that leaves is \(sample)") }
    }
  }
}
