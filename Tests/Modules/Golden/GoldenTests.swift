import Foundation
import TestSupport
import Testing

/// A result and its reference.
typealias Comparison = (made: [Double], wanted: [Double])
/// The counterpart of a reference function in this project.
typealias Follow = @Sendable (GoldenCase) throws -> [Comparison]

/// Every case of the reference data that concerns a module or a function, by reading its manifest.
///
/// `followed` has the counterpart of each function; `others` the reason where there is none. A function in neither list
/// fails the test, so that no case is skipped silently.
@Suite struct GoldenTests {
  static let followed: [String: Follow] =
    oscillators.merging(envelopes) { $1 }.merging(voices) { $1 }.merging(filters) { $1 }.merging(plainFunctions) { $1 }
    .merging(physicalModels) { $1 }.merging(naiveWaves) { $1 }

  /// Reasons for which a function of the reference has no module, or differs on purpose.
  static let others: [String: String] = [
    "calculate_transition_alpha": "the course of a track from step to step: of tracks, not of a module",
    "generate_pink_noise_samples": "the filter of `kellett`, on given white noise: tracks",
    "generate_brown_noise_samples": "as `cumulative`, at the peak of the whole signal: tracks",
    "pink_noise (spectral)": "tracks", "brown_noise (float64)": "as the other brown noise",
    "phase_align_signal": "tracks",
    "assemble_track_from_data": "tracks", "load_track_from_json + assemble_track_from_data": "tracks",
    "generate_swept_notch_pink_sound": "filters forwards and backwards: tracks",
    "generate_swept_notch_pink_sound_transition": "filters forwards and backwards: tracks",
    "monaural_beat_stereo_amps_transition": "tracks", "stereo_am_independent_transition": "tracks",
    "wave_shape_stereo_am": "tracks", "wave_shape_stereo_am_transition": "tracks", "qam_beat": "tracks",
    "qam_beat_transition": "tracks", "hybrid_qam_monaural_beat": "tracks",
    "hybrid_qam_monaural_beat_transition": "tracks", "spatial_angle_modulation_monaural_beat": "tracks",
    "spatial_angle_modulation_monaural_beat_transition": "tracks", "spatial_angle_modulation": "tracks",
    "spatial_angle_modulation_transition": "tracks", "subliminal_encode": "tracks",
    "load_voice_preset + generate_voice_audio": "tracks", "load_voice_preset_list + generate_voice_audio": "tracks",
    "generate_audio": "tracks", "swept_notch_noise (deterministic input)": "filters forwards and backwards: tracks",
    "floozy polyphonic voice chain": "a patch: `FloozyTests`, as a plug-in",
    "naive waveform: noise": "changes once a millisecond and repeats: a defect",
    "block parameter smoothing": "of parameters: `GoldenSmoothingTests`, beside them in the engine",
    "parameter smoothing": "of parameters: `GoldenSmoothingTests`, beside them in the engine",
    "biquad coefficients and magnitudes": "checked with the biquad's response",
    "aliasing of simple sawtooth methods": "for information",
  ]

  /// The bursts of noise of the last one belong to a track.
  static let cases = try! GoldenCase.all { $0 != "binaural_tr_glitch" }

  @Test func everyFunctionIsFollowedOrExplained() {
    #expect(Self.cases.count >= 300)
    for function in Set(Self.cases.map(\.function)).sorted() {
      let isFollowed = Self.followed[function] != nil, isExplained = Self.others[function] != nil
      #expect(isFollowed != isExplained, "\(function)")
    }
  }

  @Test(arguments: cases.filter { followed[$0.function] != nil }.map(\.id)) func followsTheReference(id: String) throws
  {
    let golden = try #require(Self.cases.first { $0.id == id })
    let follow = try #require(Self.followed[golden.function])
    let compared = try follow(golden)
    #expect(!compared.isEmpty, "nothing was compared")
    for (made, wanted) in compared {
      #expect(made.count == wanted.count, "\(made.count) values for \(wanted.count)")
      let worst = zip(made, wanted).map { $0.isFinite ? abs($0 - $1) : .infinity }.enumerated().max { $0.1 < $1.1 }
      if let worst { #expect(worst.1 <= golden.tolerance, "\(worst.1) at \(worst.0)") }
    }
  }
}

extension KernelRig {
  /// The samples of an output, from the next frame on.
  func heard(_ frames: Int, _ output: String? = nil) -> [Double] {
    let sound = render(frames)
    return (output.map { sound[$0][0] } ?? sound.main).map(Double.init)
  }
}
