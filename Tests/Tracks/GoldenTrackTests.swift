import Foundation
import PatchKit
import SoundFiles
import TestSupport
import Testing
import Tracks

/// Whole tracks against the reference.
@Suite struct GoldenTrackTests {
  static let cases = try! GoldenCase.all { _ in true }.filter {
    $0.folder == "tracks" && $0.file("track") != nil && !without.contains($0.id)
  }
  /// A rendering for information, with a defect; a track with a test of its own; the export, of which
  /// `TrackCompilerTests` compares the file.
  private static let without: Set<String> = [
    "track_volume_envelopes_as_found", "track_spatial_subliminal", "export_pcm16",
  ]

  /// Frames of tracks with voices whose reference is filtered forwards and backwards: away from the thumps that this
  /// makes at both ends of a step.
  private static let compared = ["track_more_voices": [800..<2_400, 3_520..<5_100, 5_930..<8_600]]

  @Test(arguments: cases.map(\.id)) func trackFollowsTheReference(id: String) throws {
    let golden = try #require(Self.cases.first { $0.id == id }), path = try #require(golden.file("track"))
    var track = try TrackFile.read(path: path, allowMissing: true).track
    // The reference ignores the phases of these modulators in its transitions.
    for i in track.steps.indices {
      for k in track.steps[i].voices.indices where track.steps[i].voices[k].name == "wave_shape_stereo_am_transition" {
        track.steps[i].voices[k].params["startStereoModPhaseR"] = .number(0)
      }
    }
    // The noise of the reference, in place of generated noise.
    let white = try? golden.columns("white")
    if white != nil { track.noise?.voice?.params["input_audio_path"] = .text("white") }
    let compiler = try TrackRig.compiler(track) { path, rate in
      if path == "white" { return white.map { [Coloured.pink($0[0])] } }
      // The reference does not resample the sound in place of noise.
      return path.hasSuffix("noise_in.wav") ? (try? Sound(path: path))?.channels : Sound.channels(of: path, rate: rate)
    }
    let sound = try TrackRig.render(compiler.score())
    let wanted = try golden.columns(golden.compared)
    #expect(sound[0].count == wanted[0].count, "\(sound[0].count) frames for \(wanted[0].count)")
    var worst = (at: 0, by: 0.0)
    let ranges = Self.compared[id] ?? [0..<wanted[0].count]
    for side in 0..<2 {
      for (i, (made, reference)) in zip(sound[side], wanted[side]).enumerated() {
        let difference = abs(Double(made) - reference)
        if difference > worst.by, ranges.contains(where: { $0.contains(i) }) { worst = (i, difference) }
      }
    }
    if worst.by <= golden.tolerance { return }
    let (level, correlation) = Self.likeness(sound, wanted)
    let fallback = try #require(golden.fallback, "\(worst.by) at \(worst.at)")
    #expect(
      abs(level) <= fallback.level && correlation >= fallback.correlation,
      "\(worst.by) at \(worst.at); \(level) dB, correlation \(correlation)")
  }

  /// No case of the sections of tracks is skipped: those that no suite here compares are compared by `GoldenTests` of
  /// the modules, which has a test of its own for that.
  @Test func everyCaseOfTracksIsCompared() throws {
    let compared = Set(
      Self.cases.map(\.id) + GoldenVoiceTests.cases.map(\.id) + GoldenNoiseTests.swept
        + ["pink_a", "pink_b", "brown_a", "brown_b", "brown64", "pink_fft_even", "pink_fft_odd"]
        + ["phase_align_a", "phase_align_none", "track_spatial_subliminal", "export_pcm16", "voice_preset_a"]
        + ["voice_list_a"])
    // Two of the reference's own classes are compared as modules; a rendering is for information.
    let others = try GoldenCase.all { _ in true }.filter { ["voices", "tracks", "noise"].contains($0.folder) }
      .map(\.id).filter { !compared.contains($0) }
    #expect(
      Set(others) == ["node_binaural", "node_isochronic", "node_monaural", "track_volume_envelopes_as_found"])
  }

  @Test(arguments: [1, 64, 1_000, 4_096]) func periodDoesNotChangeATrack(period: Int) throws {
    let track = try TrackFile.read(path: golden + "/tracks/track_three_steps_equal_power.json").track
    let score = try TrackRig.compiler(track).score()
    #expect(try TrackRig.render(score, period: period) == TrackRig.render(score, period: 512))
  }

  /// Presets of one voice and of several, away from the thumps of filters that run forwards and backwards.
  @Test(arguments: ["voice_preset_a", "voice_list_a"]) func voicePresetFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id)
    var track = try TrackFile.read(path: try #require(golden.file("preset"))).track
    track.sampleRate = Double(golden.sampleRate)
    track.steps[0].duration = golden.number("duration")
    let sound = try TrackRig.render(TrackRig.compiler(track, measures: false).score())
    for (made, wanted) in zip(sound, try golden.columns("out")) {
      #expect(made.count == wanted.count)
      #expect((800..<1_600).allSatisfy { abs(Double(made[$0]) - wanted[$0]) <= 0.002 })
    }
  }

  /// Spatial voices among others, where the windows of the reference are full. The levels of its voices and steps depend
  /// on peaks of the whole signal, which begins from silence there: they are fitted.
  @Test func spatialTrackFollowsTheReference() throws {
    let golden = try GoldenCase.one("track_spatial_subliminal"), wanted = try golden.columns(golden.compared)
    func render(spatial amp: Double) throws -> [[Float]] {
      var track = try TrackFile.read(path: try #require(golden.file("track"))).track
      for i in track.steps.indices {
        track.steps[i].voices[0].params["amp"] = .number(amp)
      }
      return try TrackRig.render(TrackRig.compiler(track, measures: false).score())
    }
    let others = try render(spatial: 0), all = try render(spatial: 0.2)
    #expect(all[0].count == wanted[0].count)
    for (range, isAlone) in [(2_557..<3_087, true), (4_700..<7_497, false)] {
      // Least squares of the two levels.
      var oo = 0.0, os = 0.0, ss = 0.0, ow = 0.0, sw = 0.0
      func each(_ body: (_ other: Double, _ spatial: Double, _ wanted: Double) -> Void) {
        for side in 0..<2 {
          for i in range {
            body(Double(others[side][i]), Double(all[side][i]) - Double(others[side][i]), wanted[side][i])
          }
        }
      }
      each { other, spatial, wanted in
        oo += other * other
        os += other * spatial
        ss += spatial * spatial
        ow += other * wanted
        sw += spatial * wanted
      }
      // The words of the first step have ended there.
      let own = oo * ss - os * os, o = isAlone ? 0 : (ow * ss - sw * os) / own
      let s = isAlone ? sw / ss : (sw * oo - ow * os) / own
      var worst = 0.0
      each { worst = max(worst, abs(o * $0 + s * $1 - $2)) }
      #expect(worst <= golden.tolerance, "\(worst) in \(range), levels \(o) and \(s)")
    }
  }

  /// Level in dB and correlation of two sounds.
  static func likeness(_ sound: [[Float]], _ wanted: [[Double]]) -> (level: Double, correlation: Double) {
    var own = 0.0, other = 0.0, both = 0.0
    for (side, reference) in zip(sound, wanted) {
      for (a, b) in zip(side, reference) {
        own += Double(a) * Double(a)
        other += b * b
        both += Double(a) * b
      }
    }
    return (10 * log10(own / other), both / (own * other).squareRoot())
  }
}
