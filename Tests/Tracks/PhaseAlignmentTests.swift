import Foundation
import TestSupport
import Testing
import Tracks

/// Steps that are brought into phase with those that they follow.
@Suite struct PhaseAlignmentTests {
  @Test(arguments: ["phase_align_a", "phase_align_none"]) func shiftFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id), next = try golden.columns("next_audio")
    let shift = PhaseAlignment.shift(
      of: next, to: try golden.columns("prev_tail"), most: Int(golden.number("max_search_samples")))
    #expect(shift == golden.notes["alignment_shift_samples"] as? Int)
    let count = next[0].count
    for (side, wanted) in zip(next, try golden.columns("out")) {
      #expect(wanted.indices.allSatisfy { side[(($0 - shift) % count + count) % count] == wanted[$0] })
    }
  }

  /// The level in the middle of a crossfade of two equal tones whose phases are opposite.
  @Test func alignedStepsDoNotCancelEachOther() throws {
    func middle(isAligned: Bool) throws -> Float {
      var track = Track()
      track.sampleRate = 8_000
      track.crossfade = 0.2
      track.alignsPhases = isAligned
      for (i, phase) in [0.0, 3.2].enumerated() {
        let params: [String: TrackValue] = [
          "startPhaseL": .number(phase), "startPhaseR": .number(phase), "baseFreq": .number(200 + Double(i) * 1e-3),
          "beatFreq": .number(0),
        ]
        track.steps.append(
          TrackStep(duration: 1, voices: [TrackVoice("binaural_beat", params: params)], number: i + 1))
      }
      let sound = try TrackRig.render(TrackRig.compiler(track).score())
      return sound[0][7_100..<7_300].map(\.magnitude).max()!
    }
    #expect(try middle(isAligned: false) < 0.1)
    #expect(try middle(isAligned: true) > 0.45)
  }

  @Test func alignmentIsAnOptionOfATrackFile() throws {
    let text = """
      { "global_settings": { "phase_align": true }, "steps": [] }
      """
    let track = try TrackFile.read(Array(text.utf8)).track
    #expect(track.alignsPhases)
    #expect(try TrackFile.read(Array(track.json.utf8)).track.alignsPhases)
  }
}
