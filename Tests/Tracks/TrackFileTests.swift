import PatchKit
import TestSupport
import Testing
import Tracks

/// Reading of track files: names, aliases, errors with their places.
@Suite struct TrackFileTests {
  private static func errors(_ text: String) -> [PatchError] {
    do throws(PatchErrors) {
      _ = try TrackFile.read(Array(text.utf8), file: "a.json")
      return []
    } catch { return error.errors }
  }

  @Test func everyErrorOfATrackHasItsPlace() {
    let errors = Self.errors(
      """
      { "global_settings": { "sample_rate": 10, "crossfade_curve": "equal_powr" },
        "steps": [
          { "duration": 4, "voices": [{ "synth_function_name": "binaural_beet" }] },
          { "duration": 4, "voices": [
            { "synth_function_name": "binaural_beat", "params": { "beatFreq": "four" } },
            { "synth_function_name": "isochronic_tone", "volume_envelope": { "type": "adrs" } }] }] }
      """)
    let places = errors.map { "\($0.place.line ?? 0):\($0.place.column ?? 0) \($0.place.path ?? "")" }
    #expect(
      places == [
        "1:39 global_settings/sample_rate", "1:62 global_settings/crossfade_curve", "3:58 step 1, voice 1",
        "5:73 step 2, voice 1, params/beatFreq", "6:80 step 2, voice 2/volume_envelope",
      ])
    #expect(errors.map(\.suggestions) == [[], ["equal_power"], ["binaural_beat"], [], ["adsr"]])
  }

  @Test func trackNamesOfSuccessorsAreRead() throws {
    let text = """
      { "globalSettings": { "sampleRate": 8000, "crossfadeDuration": 2, "crossfadeCurve": "equal_power" },
        "progression": [{ "durationSeconds": 3, "start_time": 1, "voices": [
          { "synthFunctionName": "binaural_beat", "isTransition": true, "parameters": { "startBeatFreq": 4 },
            "volumeEnvelope": { "type": "linen", "params": { "attack": 1, "release": 2 } } }] }] }
      """
    let track = try TrackFile.read(Array(text.utf8)).track
    #expect(track.sampleRate == 8_000 && track.crossfade == 2 && track.crossfadeLaw == .equalPower)
    let step = try #require(track.steps.first), voice = try #require(step.voices.first)
    #expect(step.duration == 3 && step.start == 1)
    #expect(voice.isTransition && voice.params == ["startBeatFreq": .number(4)])
    #expect(voice.envelope == .linen(attack: 1, release: 2))
  }

  @Test func unknownKeysOfATrackAreIgnoredOnce() throws {
    let text = """
      { "steps": [{ "duration": 3, "colour": "red", "voices": [] }, { "duration": 3, "colour": "blue" }] }
      """
    let warnings = try TrackFile.read(Array(text.utf8)).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.message.contains("colour") == true)
  }

  /// Damaged texts are refused with an error, whatever they are.
  @Test(arguments: [
    "", "{", "[]", "{\"steps\": 3}", "{\"steps\": [{\"duration\": NaN}]}", "{\"steps\": [{\"duration\": 1e300}]}",
    "{\"steps\": [{\"duration\": 3, \"voices\": [{}]}]}", "\u{0}\u{1}",
    "{\"steps\": [{\"duration\": 1, \"voices\": [{\"synth_function_name\": \"binaural_beat\", "
      + "\"params\": {\"baseFreq\": 1e9}}]}]}",
  ]) func damagedTrackIsRefused(text: String) { #expect(!Self.errors(text).isEmpty) }

  @Test func deeplyNestedTrackIsRefused() {
    #expect(!Self.errors("{\"steps\": " + String(repeating: "[", count: 100_000)).isEmpty)
  }

  /// A curve is arithmetic in alpha; anything else is an error.
  @Test(arguments: [
    ("np.sin(alpha * np.pi / 2)", true), ("alpha ** 2", true), ("1 - (1 - alpha)^3", true), ("sqrt(alpha)", true),
    ("__import__('os').system('true')", false), ("alpha(2)", false), ("beta", false), ("1 +", false), ("", false),
    (String(repeating: "(", count: 150), false),
  ]) func curveExpressionIsArithmetic(text: String, isValid: Bool) {
    let track = """
      { "steps": [{ "duration": 3, "voices": [{ "synth_function_name": "binaural_beat", "is_transition": true,
        "params": { "transition_curve": "\(text)" } }] }] }
      """
    #expect(Self.errors(track).isEmpty == isValid)
  }

  /// The course of a transition against the reference.
  @Test(arguments: try! GoldenCase.all { $0.hasPrefix("alpha_") }.map(\.id)) func transitionFollowsTheReference(
    id: String
  ) throws {
    let golden = try GoldenCase.one(id), wanted = try golden.columns("out")[0]
    var params: [String: TrackValue] = ["transition_curve": .text(golden.text("curve"))]
    for name in ["initial_offset", "post_offset"] { params[name] = .number(golden.number(name)) }
    let transition = VoiceTransition(params, duration: golden.number("total_duration"), frames: wanted.count)
    let worst = wanted.enumerated().map { abs(transition.progress(at: Double($0)) - $1) }.max()!
    #expect(worst <= golden.tolerance)
  }
}
