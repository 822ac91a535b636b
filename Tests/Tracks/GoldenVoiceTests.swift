import Foundation
import TestSupport
import Testing
import Tracks

/// The synth functions of tracks against the reference, as voices of a compiled track.
@Suite struct GoldenVoiceTests {
  static let cases = try! GoldenCase.all { _ in true }.filter { $0.folder == "voices" && isCompared($0) }

  private static func isCompared(_ golden: GoldenCase) -> Bool {
    // A function with a note differs from the original.
    SynthFunction.named(golden.function).map { $0.note == nil } ?? false
  }

  @Test(arguments: cases.map(\.id)) func synthFunctionFollowsTheReference(id: String) throws {
    let folder = golden
    let golden = try #require(Self.cases.first { $0.id == id })
    let isTransition = golden.function.hasSuffix("_transition")
    var params = golden.arguments.compactMapValues { TrackValue($0) }
    params["duration"] = nil
    // Faults of the reference, applied to the voice.
    switch golden.defect {
    case "offsets and curve ignored":
      for name in ["initial_offset", "post_offset", "transition_curve"] { params[name] = nil }
    case "modulator phases ignored; a missing end value takes the default":
      for name in params.keys where name.contains("Phase") { params[name] = nil }
      params["startStereoModPhaseR"] = .number(0)
    default: break
    }
    // Paths are relative to the folder of the reference data.
    func absolute(_ value: TrackValue) -> TrackValue {
      switch value {
      case .text(let text) where text.hasSuffix(".wav"): .text(folder + "/" + text)
      case .list(let items): .list(items.map(absolute))
      default: value
      }
    }
    params = params.mapValues(absolute)
    let voice = TrackVoice(golden.function, isTransition: isTransition, params: params)
    let track = TrackRig.track(voice, seconds: golden.number("duration"), rate: Double(golden.sampleRate))
    var compiler = try TrackRig.compiler(track, measures: false)
    compiler.gains[1] = 1
    if let white = try? golden.columns("white") { compiler.givenWhite = white[0] }
    let sound = try TrackRig.render(compiler.score())
    var gain = 1.0, first = 0
    if golden.defect == "ears exchanged; level of the whole signal" {
      // The windows of the reference are not normalised, and begin from silence; a peak above 1 is scaled to 0.98.
      gain = TrackRig.windowGain(
        milliseconds: golden.number("frame_dur_ms", or: 46.4), overlap: Int(golden.number("overlap_factor", or: 8)))
      if let peak = golden.notes["peak_before_scaling"] as? Double, peak > 1 { gain *= 0.98 / peak }
      first = (golden.notes["frame_length"] as? Int ?? 0) + 511
    }
    for (made, wanted) in zip(sound, try golden.columns(golden.compared)) {
      #expect(made.count == wanted.count, "\(made.count) frames for \(wanted.count)")
      #expect(first == 0 || first < wanted.count - 1_000)
      let worst = zip(made, wanted).map { abs(Double($0) * gain - $1) }.enumerated().dropFirst(first)
        .max { $0.1 < $1.1 }
      if let worst { #expect(worst.1 <= golden.tolerance, "\(worst.1) at \(worst.0)") }
    }
  }
}
