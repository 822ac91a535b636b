import Foundation
import PatchKit
import class SoundFiles.SoundFileWriter
import TestSupport
import Testing
import Weft

/// The engine as a library: its calls, checked by the rendered sound.
@Suite struct InstrumentTests {
  /// Sines of 0.1 with gates.
  private static let organ = """
    { "weft": 1, "voices": 32,
      "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" }, "touch": { "type": "gain" },
        "env": { "type": "adsr", "params": { "attack": 0.001, "sustain": 1, "release": 0.02 } },
        "osc": { "type": "sine", "params": { "frequency": 440, "gain": 0.1 } }, "vca": { "type": "gain" } },
      "cables": [ ["keys/pitch", "osc/frequency"], ["keys/gate", "env/gate"], ["env", "vca/gain"], ["osc", "vca"],
        ["keys/velocity", "touch/gain"], ["vca", "touch"], ["touch", "out"] ] }
    """
  private let instrument: Instrument
  init() throws { instrument = try Instrument(patch: Self.organ) }

  private func render(_ frames: Int) -> [Float] {
    var mono = [Float](repeating: .nan, count: frames)
    mono.withUnsafeMutableBufferPointer { instrument.sound.process(mono: $0.baseAddress!, frames: frames) }
    return mono
  }
  /// The amplitude of one frequency over half a second, the first 20 ms left out.
  private func level(_ hertz: Float) -> Float { amplitude(of: hertz, in: Array(render(24_960)[960...])) }

  private func amplitude(of hertz: Float, in x: [Float]) -> Float {
    var re = 0.0, im = 0.0
    for (i, value) in x.enumerated() {
      let window = 1 - cos(2 * Double.pi * Double(i) / Double(x.count))
      let angle = 2 * Double.pi * Double(hertz) * Double(i) / 48_000
      re += window * Double(value) * cos(angle)
      im += window * Double(value) * sin(angle)
    }
    return Float(2 * (re * re + im * im).squareRoot() / Double(x.count))
  }

  /// Sounds are relative to the patch file; an unreadable one is an error with its name, not silence.
  @Test func soundsAreReadBesideThePatch() throws {
    let folder = try TemporaryFolder(), path = folder.path + "/player.json"
    let writer = try SoundFileWriter(path: folder.path + "/tone.wav", format: .wav, channels: 1, rate: 48_000)
    let tone = (0..<48_000).map { 0.25 * sinf(2 * .pi * 300 * Float($0) / 48_000) }
    try writer.write(tone, frames: tone.count)
    try writer.finish()
    func save(_ file: String) throws {
      let text = """
        { "weft": 1, "voices": 2,
          "nodes": { "keys": { "type": "notes" }, "out": { "type": "output" },
            "play": { "type": "sampler", "params": { "file": "\(file)" } } },
          "cables": [ ["keys/gate", "play/gate"], ["play", "out"] ] }
        """
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    try save("tone.wav")
    let player = try Instrument(path: path)
    player.noteOn(voice: 1, frequency: 440, amplitude: 1)
    var mono = [Float](repeating: 0, count: 24_960)
    mono.withUnsafeMutableBufferPointer { player.sound.process(mono: $0.baseAddress!, frames: $0.count) }
    #expect(abs(amplitude(of: 300, in: Array(mono[960...])) - 0.25) < 0.001)
    try save("none.wav")
    let error = try #require(throws: PatchErrors.self) { try Instrument(path: path) }
    #expect(error.errors.first?.code == .unreadable && error.description.contains("none.wav"), "\(error)")
  }

  @Test func voicesSoundTheirFrequencies() {
    #expect(instrument.noteOn(voice: 7, frequency: 440, amplitude: 1))
    #expect(instrument.noteOn(voice: 9, frequency: 523.25, amplitude: 0.5))
    #expect(abs(level(440) - 0.1) < 0.001 && instrument.activeVoices == 2)
    #expect(abs(level(523.25) - 0.05) < 0.001)
    // Another voice of the same frequency is another voice; the same voice again is struck again.
    instrument.noteOn(voice: 8, frequency: 523.25, amplitude: 0.5)
    instrument.noteOn(voice: 7, frequency: 330, amplitude: 1)
    #expect(abs(level(330) - 0.1) < 0.001 && instrument.activeVoices == 3)
    instrument.noteOff(voice: 8)
    instrument.noteOff(voice: 9)
    #expect(level(523.25) < 0.001 && abs(level(330) - 0.1) < 0.001)
    #expect(instrument.activeVoices == 1)
  }

  @Test func aSoundingVoiceChanges() {
    instrument.noteOn(voice: 1, frequency: 300, amplitude: 1)
    _ = render(4_800)
    #expect(instrument.setFrequency(1_234.5, voice: 1) && instrument.setAmplitude(0.25, voice: 1))
    #expect(abs(level(1_234.5) - 0.025) < 0.000_5)
    #expect(level(300) < 0.000_5)
    // A silent voice is not started.
    instrument.setFrequency(300, voice: 2)
    #expect(level(300) < 0.000_5 && instrument.activeVoices == 1)
  }

  @Test func aChordStartsOnOneSample() throws {
    #expect(
      instrument.chord([
        .init(voice: 1, frequency: 200, amplitude: 1), .init(voice: 2, frequency: 500, amplitude: 1),
        .init(voice: 3, frequency: 800, amplitude: 1),
      ]))
    let sound = render(4_800)
    var sum = [Float](repeating: 0, count: 4_800)
    for hertz in [200, 500, 800] as [Float] {
      let alone = try InstrumentTests()
      alone.instrument.noteOn(voice: 1, frequency: hertz, amplitude: 1)
      for (i, value) in alone.render(4_800).enumerated() { sum[i] += value }
    }
    #expect(zip(sound, sum).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func thirtySevenNotesThroughThirtyTwoVoices() {
    #expect(instrument.voiceCount == 32)
    #expect(instrument.chord((0..<37).map { .init(voice: 1 + $0, frequency: 200 + 50 * Float($0), amplitude: 1) }))
    let sound = Array(render(48_000)[9_600...])
    #expect(instrument.activeVoices == 32)
    let heard = (0..<37).filter { amplitude(of: 200 + 50 * Float($0), in: sound) > 0.09 }
    #expect(heard == Array(5..<37), "the first have made way: \(heard)")
  }

  @Test func voiceReleaseAndStop() {
    for i in 0..<16 { instrument.noteOn(voice: 1 + i, frequency: 100 + 77 * Float(i), amplitude: 1) }
    _ = render(4_800)
    #expect(instrument.activeVoices == 16)
    instrument.releaseAll()
    #expect(loudest(render(4_800)[1_200...]) == 0)
    _ = render(9_600)
    #expect(instrument.activeVoices == 0)
    instrument.noteOn(voice: 1, frequency: 100, amplitude: 1)
    _ = render(9_600)
    instrument.stopAll()
    let end = render(4_800)
    #expect(loudest(end[144...]) == 0, "within 3 ms")
    #expect(zip(end.dropFirst(), end).allSatisfy { abs($0 - $1) < 0.01 }, "without a click")
    instrument.noteOn(voice: 2, frequency: 440, amplitude: 1)
    #expect(abs(level(440) - 0.1) < 0.001)
  }

  @Test func theMasterVolumeIsKept() {
    instrument.noteOn(voice: 1, frequency: 440, amplitude: 1)
    instrument.masterVolume = 0.5
    #expect(abs(level(440) - 0.05) < 0.001)
    instrument.masterVolume = -3
    #expect(instrument.masterVolume == 0 && level(440) < 1e-6)
    instrument.masterVolume = .nan
    #expect(instrument.masterVolume == 0)
  }

  @Test func monoPlanarAndInterleavedSoundAreEqual() throws {
    let text = Self.organ.replacing("[\"touch\", \"out\"]", with: "[\"touch\", \"out/left\"], [\"osc\", \"out/right\"]")
    func sound(_ render: (InstrumentOutput, UnsafeMutablePointer<Float>) -> Void) throws -> [Float] {
      let instrument = try Instrument(patch: text)
      instrument.noteOn(voice: 1, frequency: 440, amplitude: 1)
      var samples = [Float](repeating: .nan, count: 2_000)
      samples.withUnsafeMutableBufferPointer { render(instrument.sound, $0.baseAddress!) }
      return samples
    }
    let stereo = try sound { $0.process(left: $1, right: $1 + 1_000, frames: 1_000) }
    let interleaved = try sound { $0.process(interleaved: $1, frames: 1_000) }
    let mono = try sound { $0.process(mono: $1, frames: 1_000) }
    let (left, right) = (stereo[..<1_000], stereo[1_000...])
    #expect(left.contains { $0 != 0 } && Array(left) != Array(right))
    #expect(Array(left) == stride(from: 0, to: 2_000, by: 2).map { interleaved[$0] })
    #expect(Array(right) == stride(from: 1, to: 2_000, by: 2).map { interleaved[$0] })
    #expect(Array(mono[..<1_000]) == zip(left, right).map { ($0 + $1) * 0.5 })
  }

  /// The calls of a playing game neither allocate nor lock nor wait.
  @Test func playingIsRealTimeSafe() {
    #expect(realtimeIsChecked)
    let block = UnsafeMutablePointer<Float>.allocate(capacity: 2_048)
    defer { block.deallocate() }
    let violations = realtimeViolations {
      for i in 0..<2_000 {
        let voice = 1 + i % 50
        instrument.noteOn(voice: voice, frequency: 100 + Float(i % 700), amplitude: 0.5)
        if i % 3 == 0 { instrument.setFrequency(300, voice: voice) }
        if i % 5 == 0 { instrument.setAmplitude(0.7, voice: voice) }
        if i % 7 == 0 { instrument.noteOff(voice: voice - 1) }
        if i % 500 == 499 { instrument.releaseAll() }
        if i == 1_700 { instrument.stopAll() }
        instrument.masterVolume = 0.5 + Float(i) / 4_000
        switch i % 3 {
        case 0: instrument.sound.process(mono: block, frames: 100)
        case 1: instrument.sound.process(interleaved: block, frames: 77)
        default: instrument.sound.process(left: block, right: block + 1_024, frames: 512)
        }
      }
    }
    #expect(violations == 0)
    #expect(instrument.activeVoices > 0)
  }

  @Test func settingAParameterAllocatesNothing() throws {
    let node = "a-name-that-is-not-small"
    let patch = """
      { "weft": 1, "nodes": { "keys": { "type": "notes" }, "\(node)": { "type": "sine" } },
        "cables": [ ["keys", "\(node)/frequency"] ] }
      """
    let instrument = try Instrument(patch: patch), parameter = "frequency"
    #expect(instrument.setParameter(node, parameter, to: 440))
    let violations = realtimeViolations {
      for i in 0..<100 { instrument.setParameter(node, parameter, to: 100 + Float(i)) }
    }
    #expect(violations == 0)
  }

  @Test func invalidInstrumentCallsAreRefused() throws {
    #expect(!instrument.noteOn(voice: 0, frequency: 440, amplitude: 1))
    #expect(!instrument.noteOn(voice: 1, frequency: .nan, amplitude: 1))
    #expect(!instrument.noteOn(voice: 1, frequency: 30_000, amplitude: 1))
    #expect(!instrument.noteOn(voice: 1, frequency: 440, amplitude: 1.1))
    #expect(!instrument.setFrequency(-1, voice: 1) && !instrument.setAmplitude(.infinity, voice: 1))
    #expect(!instrument.noteOff(voice: -1))
    #expect(
      !instrument.chord([.init(voice: 1, frequency: 440, amplitude: 1), .init(voice: 2, frequency: 0, amplitude: 1)]))
    #expect(!instrument.setParameter("osc", "frequenzy", to: 1) && !instrument.setParameter("osc", "gain", to: 7))
    _ = render(4_800)
    #expect(instrument.activeVoices == 0)
    #expect(throws: PatchErrors.self) { try Instrument(patch: "{ \"weft\": 1 }") }
    #expect(throws: PatchErrors.self) { try Instrument(voices: 513) }
    #expect(throws: PatchErrors.self) { try Instrument(path: "/nowhere.json") }
    // 16,384 calls are queued without rendering; more are refused.
    let taken = (0..<17_000).filter { _ in instrument.noteOff(voice: 1) }.count
    #expect(taken == 16_384)
  }

  @Test func defaultPatchAndItsParameters() throws {
    let plain = try Instrument()
    plain.noteOn(voice: 1, frequency: 220, amplitude: 1)
    var mono = [Float](repeating: 0, count: 9_600)
    func render() { mono.withUnsafeMutableBufferPointer { plain.sound.process(mono: $0.baseAddress!, frames: 9_600) } }
    render()
    let before = loudest(mono[4_800...])
    #expect(before > 0.02 && before < 1)
    #expect(plain.setParameter("vca", "gain", to: 0.1))
    render()
    #expect(abs(loudest(mono[4_800...]) / before - 0.5) < 0.15)
  }
}

func loudest(_ x: some Sequence<Float>) -> Float { x.map(\.magnitude).max() ?? 0 }
