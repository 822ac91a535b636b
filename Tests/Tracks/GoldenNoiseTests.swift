import DSP
import Foundation
import SoundFiles
import TestSupport
import Testing
import Tracks

/// The noises of the reference, from the white noise that it stores.
@Suite struct GoldenNoiseTests {
  static let swept = try! GoldenCase.all { $0.hasPrefix("swept_notch_") }.map(\.id)

  @Test func everySweptNotchCaseIsThere() { #expect(Self.swept.count == 5) }

  /// Swept notches over a given sound.
  @Test(arguments: swept) func sweptNotchFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id), wanted = try golden.columns("out")
    let source: [Float]
    if let white = try? golden.columns("white")[0] {
      source = golden.text("noise_type") == "brown" ? Coloured.brown(white) : Coloured.pink(white)
    } else {
      source = try Sound(path: try #require(golden.file("input"))).channels[0]
    }
    var params = golden.arguments.compactMapValues { TrackValue($0) }
    params["duration_seconds"] = nil
    params["input_audio_path"] = .text("source")
    let isTransition = golden.function.hasSuffix("_transition")
    let voice = TrackVoice(
      "generate_swept_notch_pink_sound" + (isTransition ? "_transition" : ""), isTransition: isTransition,
      params: params)
    let rate = Double(golden.sampleRate)
    var track = TrackRig.track(voice, seconds: Double(wanted[0].count) / rate, rate: rate)
    // A whole number of frames.
    track.steps[0].duration += 0.1 / rate
    var compiler = try TrackRig.compiler(track, measures: false) { _, _ in [source] }
    compiler.gains[1] = 1
    for (made, reference) in zip(try TrackRig.render(compiler.score()), wanted) {
      #expect(made.count == reference.count)
      #expect(worstDifference(made, reference) <= golden.tolerance)
    }
  }

  @Test(arguments: ["pink_a", "pink_b"]) func kellettsFilterFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id)
    let made = Coloured.pink(try golden.columns("white")[0])
    #expect(worstDifference(made, try golden.columns("out")[0]) <= golden.tolerance)
  }

  @Test(arguments: ["brown_a", "brown_b", "brown64"]) func runningSumFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id)
    let made = Coloured.brown(try golden.columns("white")[0])
    #expect(worstDifference(made, try golden.columns("out")[0]) <= golden.tolerance)
  }

  /// Noise whose spectrum is multiplied as a whole, as that of bursts is.
  @Test(arguments: ["pink_fft_even", "pink_fft_odd"]) func weightedSpectrumFollowsTheReference(id: String) throws {
    let golden = try GoldenCase.one(id), white = try golden.columns("white")[0], n = white.count
    let gains = (0...n / 2).map { $0 == 0 ? 0 : 1 / (Double($0) * 44_100 / Double(n)).squareRoot() }
    let shaped = Spectrum.weighted(white, by: gains), peak = shaped.map(\.magnitude).max()!
    let worst = zip(shaped, try golden.columns("out")[0]).map { abs($0 / peak - $1) }.max()!
    #expect(worst <= golden.tolerance)
  }
}

/// White noise of the reference, coloured as a whole.
enum Coloured {
  /// By the filter of the module's `kellett`.
  static func pink(_ white: [Double]) -> [Float] {
    var filter = KellettPink<Float>()
    return white.map { 0.11 * filter.next(Float($0)) }
  }

  /// By the running sum of the module's `cumulative`, without its leak, at a peak of 1.
  static func brown(_ white: [Double]) -> [Float] {
    var sum = 0.0
    let sums = white.map { sample in
      sum += sample
      return sum
    }
    let peak = sums.map(\.magnitude).max()! + 1e-8
    return sums.map { Float($0 / peak) }
  }
}
