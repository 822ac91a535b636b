import Control
import Foundation
import PatchKit
import Testing

/// The commands that `weft play` suggests: each changes what is heard, and nothing clips.
@Suite struct SuggestionTests {
  private static let before = 0.5, seconds = 4.5
  /// Minimum of the K-weighted level of the change relative to the signal, in dB.
  private static let least = -6.0

  private static func patch(_ file: String) throws -> Patch {
    try PatchFile.read(path: PatchesTests.root.appending(path: file).path, in: PatchPlayer.registry)
  }

  @Test(arguments: PatchesTests.examples) func suggestedCommandsAreHeard(_ file: String) throws {
    let patch = try Self.patch(file), suggestions = Suggestions(for: patch, in: PatchPlayer.registry)
    #expect(suggestions.steps.count == 5, "\(suggestions.steps)")
    let note = suggestions.note.map { [(time: 0.0, text: $0)] } ?? []
    let plain = try PatchPerformance(patch, seconds: Self.seconds, note)
    let echo = (suggestions.steps.dropLast().last ?? []).map { (time: Self.before, text: $0) }
    var report: [String] = []
    for step in suggestions.steps {
      let isUndo = step == ["/patch/undo"]
      let reference = isUndo ? try PatchPerformance(patch, seconds: Self.seconds, note + echo) : plain
      let start = isUndo ? Self.before + 0.5 : Self.before
      let changed = try PatchPerformance(
        patch, seconds: Self.seconds, note + (isUndo ? echo : []) + step.map { (time: start, text: $0) })
      let change =
        changed.level(from: Self.before, minus: reference) - reference.level(from: Self.before)
      report.append("\(step[0]): \((change * 10).rounded() / 10) dB, peak \(changed.peak)")
      #expect(changed.failures.isEmpty, "\(file) \(step): \(changed.failures)")
      #expect(change >= Self.least, "\(file) \(step): \(change) dB")
      #expect(changed.peak < 1, "\(file) \(step): peak \(changed.peak)")
    }
    print("\(file): \(report)")
  }

  /// Patches without a description are suggested parameters that exist.
  @Test func patchWithoutADescriptionHasSuggestions() throws {
    var patch = Patch()
    for (id, type) in [("osc", "saw"), ("filt", "svf"), ("out", "output")] {
      try patch.create(id, type: type, in: PatchPlayer.registry)
    }
    try patch.connect("osc", "filt", in: PatchPlayer.registry)
    try patch.connect("filt", "out", in: PatchPlayer.registry)
    let steps = Suggestions(for: patch, in: PatchPlayer.registry).steps
    #expect(steps.count == 5 && steps[0] == ["/mod/osc/frequency 660"] && steps.last == ["/patch/undo"], "\(steps)")
    #expect(steps[1] == ["/mod/filt/cutoff 4000"], "\(steps)")
  }
}
