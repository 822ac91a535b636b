import Foundation
import PatchKit
import SoundFiles
import Testing
import Tracks

/// Bad input of tracks: an error that says what is wrong, or a sound without a broken sample.
@Suite struct TrackInputTests {
  private static func voice(_ params: String) -> String {
    "{\"synth_function_name\": \"binaural_beat\", \"params\": {\(params)}}"
  }
  private static func track(_ duration: String = "1", _ params: String = "", clip: String? = nil) -> String {
    let clips = clip.map { ", \"clips\": [{\"path\": \"\($0)\"}]" } ?? ""
    return "{\"global_settings\": {\"sample_rate\": 8000}, \"steps\": [{\"duration\": \(duration), "
      + "\"voices\": [\(voice(params))]}]\(clips)}"
  }
  private static func errors(_ text: String) -> [PatchError] {
    do throws(PatchErrors) {
      _ = try TrackFile.read(Array(text.utf8), file: "a.json")
      return []
    } catch { return error.errors }
  }

  @Test func truncatedTrackIsRefused() throws {
    let path = golden + "/tracks/track_more_voices.json"
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    for length in stride(from: 0, to: whole.count - 2, by: 97) {
      let text = Array(whole[..<length])
      #expect(throws: PatchErrors.self, "\(length) bytes") { _ = try TrackFile.read(text, file: path) }
    }
  }

  @Test func binaryTrackIsRefused() {
    var state: UInt32 = 1
    for _ in 0..<200 {
      let bytes = (0..<300).map { _ -> UInt8 in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
      }
      #expect(throws: PatchErrors.self) { _ = try TrackFile.read(bytes) }
    }
  }

  @Test func trackOfAHundredMegabytesIsRefused() throws {
    let path = NSTemporaryDirectory() + "weft-\(UInt32.random(in: 0 ... .max)).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    truncate(path, 100 << 20)
    #expect(throws: PatchErrors.self) { _ = try TrackFile.read(path: path) }
  }

  @Test(arguments: ["-5", "0"]) func stepWithoutLengthIsSkipped(duration: String) throws {
    let contents = try TrackFile.read(Array(Self.track(duration).utf8))
    #expect(contents.warnings.count == 1)
    #expect(TrackCompiler(contents.track, rate: 8_000).score().steps.isEmpty)
  }

  @Test(arguments: ["NaN", "1e300", "-1e300", "\"long\"", "1e7"]) func impossibleDurationIsRefused(text: String) {
    #expect(Self.errors(Self.track(text)).first?.place.line == 1)
  }

  @Test(arguments: [
    "\"baseFreq\": -1", "\"baseFreq\": 1e9", "\"baseFreq\": NaN", "\"ampL\": 1e9", "\"ampL\": -1e9",
    "\"beatFreq\": 1e300", "\"ampL\": \"loud\"",
  ]) func impossibleParameterIsRefused(params: String) {
    let errors = Self.errors(Self.track("1", params))
    #expect(!errors.isEmpty && errors.allSatisfy { $0.place.line == 1 })
  }

  @Test(arguments: [("binaural_beet", "binaural_beat"), ("isochronic", "isochronic_tone")])
  func unknownSynthFunctionNamesTheNearest(name: String, nearest: String) {
    let errors = Self.errors(Self.track().replacing("binaural_beat", with: name))
    #expect(errors.count == 1 && errors[0].suggestions.contains(nearest))
  }

  @Test func missingAndEmptyClipsAreErrors() throws {
    let path = NSTemporaryDirectory() + "weft-\(UInt32.random(in: 0 ... .max)).wav"
    defer { try? FileManager.default.removeItem(atPath: path) }
    #expect(throws: PatchError.self) { _ = try Sound.length(of: path) }
    _ = FileManager.default.createFile(atPath: path, contents: nil)
    #expect(throws: PatchError.self) { _ = try Sound.length(of: path) }
    // The rest of the track is played.
    let track = try TrackFile.read(Array(Self.track(clip: path).utf8)).track
    let sound = try TrackRig.render(TrackRig.compiler(track).score())
    #expect(sound[0].contains { $0 > 0.1 })
  }

  /// A clip that has become shorter since the track was compiled.
  @Test func changedClipIsPlayedToItsEnd() throws {
    let path = NSTemporaryDirectory() + "weft-\(UInt32.random(in: 0 ... .max)).wav"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func write(_ frames: Int) throws {
      let writer = try SoundFileWriter(path: path, format: .wav, bits: 32, channels: 1, rate: 8_000)
      try writer.write([Float](repeating: 0.25, count: frames), frames: frames)
      try writer.finish()
    }
    try write(8_000)
    let silent = Self.track("1", "\"ampL\": 0, \"ampR\": 0", clip: path)
    let track = try TrackFile.read(Array(silent.utf8)).track
    let score = try TrackRig.compiler(track).score()
    try write(4_000)
    let sound = try TrackRig.render(score)
    #expect(sound[0][2_000] == 0.25)
    #expect(sound[0][6_000...].allSatisfy { $0.magnitude < 1e-3 })
  }

  /// A sparse file of two hours and a quarter in stereo: more than sounds in memory may have.
  @Test func hugeClipIsRefusedUnread() throws {
    let path = NSTemporaryDirectory() + "weft-\(UInt32.random(in: 0 ... .max)).wav"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let size: UInt32 = 3_200_000_000
    func bytes(_ number: UInt32) -> Data { withUnsafeBytes(of: number.littleEndian) { Data($0) } }
    // RIFF, and a format of 2 channels of 32-bit floats at 48,000 Hz.
    let head =
      Data("RIFF".utf8) + bytes(size + 36) + Data("WAVEfmt ".utf8) + bytes(16) + bytes(3 | 2 << 16) + bytes(48_000)
      + bytes(384_000) + bytes(8 | 32 << 16) + Data("data".utf8) + bytes(size)
    try head.write(to: URL(fileURLWithPath: path))
    truncate(path, 44 + Int(size))
    let start = Date()
    #expect(throws: PatchError.self) { _ = try Sound.length(of: path) }
    do throws(PatchError) { _ = try Sound.length(of: path) } catch {
      #expect(error.code == .limit && error.message.contains("too long"))
    }
    // The header alone promises it.
    truncate(path, 44 + 80_000)
    #expect(try Sound.length(of: path).frames == 10_000)
    #expect(-start.timeIntervalSinceNow < 20)
  }

  @Test func stepsThatOverlapThreeDeepArePlayed() throws {
    var track = try TrackFile.read(Array(Self.track().utf8)).track
    track.crossfade = 0.3
    let step = track.steps[0]
    track.steps = (0..<4).map { i in
      var other = step
      other.number = i + 1
      other.start = 0.25 * Double(i)
      other.voices[0].params["baseFreq"] = .number(200 + 50 * Double(i))
      return other
    }
    let sound = try TrackRig.render(TrackRig.compiler(track).score())
    #expect(sound[0].count == 14_000)
    #expect(sound.allSatisfy { $0.allSatisfy { $0.isFinite && $0.magnitude < 2.1 } })
  }

  /// The longest step: eleven days.
  @Test func longestTrackIsCompiledAtOnce() throws {
    let track = try TrackFile.read(Array(Self.track("1000000", "\"beatFreq\": 0.1").utf8)).track
    let start = Date(), score = TrackCompiler(track, rate: 48_000).score()
    #expect(-start.timeIntervalSinceNow < 2)
    #expect(score.frames == 48_000_000_000 && score.settings.count < 50_000)
    #expect(try TrackRig.render(score.cut(from: 0, to: 4_800))[0].contains { $0 > 0.1 })
  }
}
